import dataclasses
import pickle
from copy import copy
from dataclasses import field, fields
from inspect import signature

import pytest

from domain.checkout.model import Checkout
from domain.pricing.taxation.facts import NO_TAX_FACTS
from domain.shared.making import dataclass, replace
from domain.shared.money import Money, TaxedMoney


@dataclasses.dataclass(frozen=True, slots=True)
class Written:
    """As dataclasses write it."""

    first: int
    second: str = "two"
    third: list[int] = field(default_factory=list)
    named: bool = field(default=False, kw_only=True)
    kept: dict[str, int] = field(default_factory=dict, init=False, compare=False)

    def __post_init__(self) -> None:
        if self.first < 0:
            raise ValueError(self.second)


@dataclass(frozen=True, slots=True)
class Quick:
    first: int
    second: str = "two"
    third: list[int] = field(default_factory=list)
    named: bool = field(default=False, kw_only=True)
    kept: dict[str, int] = field(default_factory=dict, init=False, compare=False)

    def __post_init__(self) -> None:
        if self.first < 0:
            raise ValueError(self.second)


@dataclass(frozen=True, slots=True)
class Longer(Quick):
    fourth: int = 4


@dataclass(frozen=True, slots=True)
class Payable(Money):
    is_due: bool = True


def test_it_takes_what_the_written_one_takes():
    assert signature(Quick) == signature(Written)
    assert Quick.__init__.__annotations__ == Written.__init__.__annotations__
    assert Quick.__init__.__qualname__ == "Quick.__init__"


@pytest.mark.parametrize("values", [{}, {"second": "2"}, {"third": [3]}, {"named": True}])
def test_all_fields_are_as_the_written_one_has_them(values):
    quick, written = Quick(1, **values), Written(1, **values)

    assert [getattr(quick, each.name) for each in fields(quick)] == [
        getattr(written, each.name) for each in fields(written)
    ]


def test_each_has_its_own_of_what_is_made():
    assert Quick(1).third is not Quick(1).third
    assert Quick(1).kept is not Quick(1).kept


@pytest.mark.parametrize("values", [(), (1, "2", [], True), (1, "2", [], {}, {})])
def test_what_the_written_one_refuses_is_refused(values):
    for kind in (Quick, Written):
        with pytest.raises(TypeError):
            kind(*values)


def test_the_whole_is_looked_at():
    with pytest.raises(ValueError, match="two"):
        Quick(-1)


def test_the_type_checker_refuses_what_sets_a_field():
    quick = Quick(1)
    quick.first = 2  # type: ignore[misc] # an ignored error that is none is an error itself
    with pytest.raises(AttributeError):
        quick.another = 3  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Hashed:
    """By its own hash."""

    number: int

    def __hash__(self) -> int:
        return 7


@dataclass(frozen=True, slots=True, eq=False)
class Itself:
    """Like nothing but itself."""

    number: int


@dataclass(slots=True)
class Changing:
    number: int


def test_it_has_the_hash_of_a_frozen_one():
    assert hash(Money(1, "EUR")) == hash(Money(1, "EUR")) != hash(Money(2, "EUR"))
    assert hash(Hashed(1)) == 7
    assert Itself(1) != Itself(1)
    assert len({Itself(1), Itself(1)}) == 2
    with pytest.raises(TypeError, match="unhashable"):
        hash(Changing(1))


def test_it_is_compared_copied_and_changed_by_its_fields():
    assert Money(1, "EUR") == replace(Money(2, "EUR"), minor=1) == copy(Money(1, "EUR"))
    assert pickle.loads(pickle.dumps(TaxedMoney.zero("EUR"))) == TaxedMoney.zero("EUR")


def test_a_subclass_is_made_whole():
    assert repr(Longer(1, named=True)) == "Longer(first=1, second='two', third=[], named=True, kept={}, fourth=4)"


CHANGED = [
    (Money(1, "EUR"), {"minor": 2}),
    (Money(1, "EUR"), {}),
    (NO_TAX_FACTS, {"distance_sales": {"vendor_1": 5}}),
    (Quick(1, named=True), {"second": "2"}),
    (Longer(1, third=[3]), {"first": 2, "fourth": 5}),
    (Payable(1, "EUR", is_due=False), {"minor": 2}),
    (Written(1), {"named": True}),
]


@pytest.mark.parametrize(("value", "changes"), CHANGED)
def test_one_is_changed_as_dataclasses_change_it(value, changes):
    changed = replace(value, **changes)

    assert changed == dataclasses.replace(value, **changes)
    assert type(changed) is type(value)
    assert changed is not value


def test_a_changed_one_is_looked_at_as_well():
    with pytest.raises(ValueError, match="are not"):
        replace(TaxedMoney.zero("EUR"), net=Money(1, "EUR"))


@pytest.mark.parametrize("value", [Money(1, "EUR"), Written(1), Payable(1, "EUR")])
def test_what_is_no_field_cannot_be_changed(value):
    with pytest.raises(TypeError, match="amount"):
        replace(value, amount=2)


def test_a_class_of_many_fields_names_each_of_them():
    assert list(signature(Checkout).parameters) == [each.name for each in fields(Checkout)]
