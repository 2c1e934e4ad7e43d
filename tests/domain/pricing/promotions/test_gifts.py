"""Gifts that lie ready for their promotions: given whole or not at all, and seen by nothing else."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.pricing.promotions.actions import Action, BuyGet, FreeGift, Per, ShippingAmountOff
from domain.pricing.promotions.model import BasketRequirement, Conditions
from domain.pricing.promotions.situation import Delivery, Item
from domain.shared.ids import OfferId, PromotionId
from tests.factories.promoting import (
    amount,
    in_category,
    make_goods,
    make_item,
    make_promotion,
    make_situation,
    offered,
    paid,
    percent,
    promoted,
)

CAP = OfferId("offer_cap")
GIFT = make_promotion("gift", FreeGift(CAP), conditions=Conditions(min_value={"EUR": 50_00}))


def make_cap(price: int = 9_00, quantity: int = 1, *givers: str) -> Item:
    """Caps that lie ready to be given."""
    by = frozenset(PromotionId(f"promotion_{name}") for name in givers or ("gift",))
    return make_item(price, quantity, make_goods("cap", "hats"), gift_of=by)


def test_p6_a_gift_is_free_once_it_is_due_and_counts_for_no_threshold():
    large = make_promotion("large", percent("x", "10").action, conditions=Conditions(min_value={"EUR": 60_00}))

    assert paid(promoted(make_situation(make_item(50_00), make_cap(90_00)), GIFT, large)) == [50_00, 0]
    assert paid(promoted(make_situation(make_item(49_99), make_cap(90_00)), GIFT, large)) == [49_99, 90_00]


@pytest.mark.parametrize(
    "action",
    [percent("x", "50").action, amount("x", 5_00).action, percent("x", "50", Per.ORDER).action, BuyGet(1, 1)],
    ids=["percent", "amount", "percent of the order", "buy one, get one"],
)
def test_p3_no_other_promotion_touches_a_gift(action: Action):
    other = make_promotion("other", action, selection=in_category("hats"))

    found = promoted(make_situation(make_item(60_00), make_cap()), GIFT, other)

    assert paid(found) == [60_00, 0]
    assert [each.promotion_id for each in found.applied] == ["promotion_gift"]


def test_a_gift_is_no_part_of_a_required_basket():
    needed = BasketRequirement(in_category("hats"), 1)
    other = make_promotion("other", percent("x", "10").action, conditions=Conditions(basket=(needed,)))

    assert paid(promoted(make_situation(make_item(60_00), make_cap()), GIFT, other)) == [60_00, 0]


@pytest.mark.parametrize(("budget", "left"), [(9_00, 0), (8_99, 9_00)])
def test_a_gift_is_given_whole_or_not_at_all(budget: int, left: int):
    found = promoted(make_situation(make_item(60_00), make_cap()), offered(GIFT, budget_left=budget))

    assert paid(found) == [60_00, left]
    assert [(each.offer_id, each.quantity) for each in found.gifts] == ([(CAP, 1)] if left else [])


def test_each_of_two_promotions_gives_its_own_units():
    more = make_promotion("more", FreeGift(CAP, 2), conditions=Conditions(min_value={"EUR": 70_00}))
    caps = make_cap(9_00, 3, "gift", "more")

    assert paid(promoted(make_situation(make_item(70_00), caps), GIFT, more)) == [70_00, 0]
    assert paid(promoted(make_situation(make_item(60_00), caps), GIFT, more)) == [60_00, 18_00]


def test_of_several_gifts_any_that_is_in_the_cart_is_free():
    choice = make_promotion("choice", FreeGift(CAP, 1, (OfferId("offer_mug"),)))
    mug = make_item(12_00, 1, make_goods("mug"))

    assert paid(promoted(make_situation(make_item(10_00), mug), choice)) == [10_00, 0]
    (told,) = promoted(make_situation(make_item(10_00)), choice).gifts
    assert (told.offers, told.quantity) == ((CAP, "offer_mug"), 1)


def test_p5_a_gift_competes_with_what_it_is_worth():
    gift = make_promotion("gift", FreeGift(CAP), exclusion_group="one")
    off = percent("off", "10", exclusion_group="one")

    assert paid(promoted(make_situation(make_item(80_00), make_cap(9_00)), gift, off)) == [80_00, 0]
    assert paid(promoted(make_situation(make_item(95_00), make_cap(9_00)), gift, off)) == [85_50, 9_00]


@given(
    st.lists(st.tuples(st.integers(0, 100_00), st.integers(1, 5)), min_size=1, max_size=5),
    st.integers(1, 90),
    st.integers(0, 300_00),
    st.integers(0, 10_00),
    st.tuples(st.integers(1, 50_00), st.integers(1, 3)),
)
def test_p6_a_gift_changes_nothing_of_what_is_bought(bought, percentage, threshold, shipping_off, gift):
    price, quantity = gift
    items = [make_item(each, count, make_goods(f"item_{at}")) for at, (each, count) in enumerate(bought)]
    rules = [
        make_promotion("gift", FreeGift(CAP, quantity)),
        percent("off", str(Decimal(percentage)), conditions=Conditions(min_value={"EUR": threshold})),
        make_promotion("sent", ShippingAmountOff({"EUR": shipping_off}), conditions=Conditions(min_quantity=3)),
    ]
    deliveries = [Delivery(4_90, tuple(range(len(items))))]

    alone = promoted(make_situation(*items, deliveries=deliveries), *rules)
    beside = promoted(make_situation(*items, make_cap(price, quantity), deliveries=deliveries), *rules)

    assert beside.amounts == (*alone.amounts, 0)
    assert beside.charges == alone.charges
    assert beside.allocations[:-1] == alone.allocations
    assert (len(alone.gifts), beside.gifts) == (1, ())
