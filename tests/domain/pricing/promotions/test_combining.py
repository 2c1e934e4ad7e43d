"""Which promotions apply together (rule P5)."""

from itertools import permutations

from domain.pricing.promotions.actions import Per
from domain.pricing.promotions.engine import Declined, Refusal
from domain.pricing.promotions.model import Stacking
from domain.shared.ids import PromotionId
from tests.factories.promoting import (
    amount,
    applied,
    in_category,
    make_goods,
    make_item,
    make_situation,
    paid,
    percent,
    promoted,
)

EXCLUSIVE = Stacking.EXCLUSIVE


def test_p5_one_of_an_exclusion_group_applies_the_one_that_saves_more() -> None:
    tenth = percent("tenth", "10", exclusion_group="sale")
    three = amount("three", 3_00, exclusion_group="sale")

    assert applied(promoted(make_situation(make_item(20_00)), tenth, three)) == {"three"}
    assert applied(promoted(make_situation(make_item(40_00)), tenth, three)) == {"tenth"}


def test_p5_a_tie_in_a_group_goes_to_the_lower_priority_and_then_to_the_lower_id() -> None:
    situation = make_situation(make_item(20_00))
    b, c = (amount(name, 2_00, exclusion_group="sale") for name in "bc")
    preferred = amount("z", 2_00, exclusion_group="sale", priority=-1)

    assert applied(promoted(situation, c, b)) == {"b"}
    assert applied(promoted(situation, c, preferred, b)) == {"z"}


def test_p5_an_exclusive_promotion_competes_with_all_others_together() -> None:
    alone = percent("alone", "25", stacking=EXCLUSIVE)
    others = [percent("a", "10"), percent("b", "10", Per.ORDER), percent("c", "10", needs_code=True)]
    situation = make_situation(make_item(100_00))

    assert applied(promoted(situation, alone, *others)) == {"a", "b", "c"}
    assert applied(promoted(situation, alone, *others[:2])) == {"alone"}


def test_p5_of_two_exclusive_promotions_the_larger_saving_wins() -> None:
    found = promoted(
        make_situation(make_item(100_00)),
        percent("a", "10", stacking=EXCLUSIVE),
        percent("b", "20", stacking=EXCLUSIVE),
    )

    assert paid(found) == [80_00]
    assert found.declined == (Declined(PromotionId("promotion_a"), None, Refusal.NOT_COMBINED),)


def test_p5_groups_are_chosen_together_where_one_choice_depends_on_another() -> None:
    shoes = in_category("shoes")
    group_a = [percent("a1", "50", exclusion_group="a"), amount("a2", 45_00, Per.UNIT, exclusion_group="a")]
    group_b = [percent("b1", "50", exclusion_group="b", selection=shoes), amount("b2", 40_00, exclusion_group="b")]
    situation = make_situation(make_item(100_00, goods=make_goods("shoe", "shoes")))

    found = promoted(situation, *group_a, *group_b)

    assert paid(found) == [10_00]
    assert applied(found) == {"a1", "b2"}


def test_p5_many_groups_are_chosen_one_after_another() -> None:
    groups = [
        percent(f"{group}{member}", str(member + 1), exclusion_group=str(group))
        for group in range(10)
        for member in range(5)
    ]

    found = promoted(make_situation(make_item(1_000_00)), *groups)

    assert applied(found) == {f"{group}4" for group in range(10)}


def test_p5_the_order_in_which_promotions_are_found_changes_nothing() -> None:
    offers = [
        percent("a", "10"),
        amount("b", 3_00, exclusion_group="x"),
        percent("c", "20", exclusion_group="x", needs_code=True),
        percent("d", "25", stacking=EXCLUSIVE),
    ]
    situation = make_situation(make_item(19_99), make_item(5_49), make_item(99))

    found = {promoted(situation, *order).allocations for order in permutations(offers)}

    assert len(found) == 1
