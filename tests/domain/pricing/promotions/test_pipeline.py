"""In which order promotions take their turns, what each sees, and what they take (rules P3, P4, P6, P18, T14)."""

from decimal import Decimal

import pytest

from domain.pricing.discounts import Funding, Stage
from domain.pricing.promotions.actions import FixedPrice, FreeGift, Per, ShippingAmountOff, ShippingPercentageOff
from domain.pricing.promotions.engine import Declined, Refusal
from domain.pricing.promotions.model import BasketRequirement, Conditions, Promotion, UnitCap
from domain.pricing.promotions.selection import EVERYTHING, Selection, Targets
from domain.pricing.promotions.situation import Buyer, Delivery, Offered
from domain.shared.ids import CollectionId, MarketId, OfferId, PromotionId, VendorId
from domain.shared.money import Money, Rounding
from tests.factories.promoting import (
    amount,
    applied,
    in_category,
    make_goods,
    make_item,
    make_promotion,
    make_situation,
    offered,
    paid,
    percent,
    promoted,
    taken,
)

SHOES = in_category("shoes")
SHOE = make_goods("shoe", "shoes")
BOOK = make_goods("book", "books")


def test_p3_percentages_of_different_stages_multiply() -> None:
    sale = percent("sale", "40")
    coupon = percent("coupon", "70", needs_code=True)

    found = promoted(make_situation(make_item(100_00)), coupon, sale)

    assert paid(found) == [18_00]
    assert taken(found) == [("sale", 100_00, 40_00), ("coupon", 60_00, 42_00)]


def test_p3_stages_follow_from_what_a_promotion_does() -> None:
    value = Conditions(min_value={"EUR": 1})

    assert percent("a", "5").stage is Stage.CATALOG
    assert make_promotion("b", FixedPrice({"EUR": 5})).stage is Stage.CATALOG
    assert percent("c", "5", conditions=value).stage is Stage.LINE
    assert percent("d", "5", usage_limit=9).stage is Stage.LINE
    assert percent("e", "5", Per.LINE).stage is Stage.LINE
    assert percent("f", "5", Per.ORDER).stage is Stage.ORDER
    assert percent("g", "5", needs_code=True).stage is Stage.COUPON
    assert make_promotion("h", ShippingPercentageOff(), needs_code=True).stage is Stage.SHIPPING


def test_p3_no_stage_takes_a_line_below_nothing() -> None:
    found = promoted(make_situation(make_item(3_00)), amount("five", 5_00), amount("code", 5_00, needs_code=True))

    assert paid(found) == [0]
    assert taken(found) == [("five", 3_00, 3_00)]


def test_p4_a_stage_goes_by_priority_and_then_by_id() -> None:
    sale = percent("sale", "20")
    tenth = percent("b", "10", needs_code=True, priority=1)
    five = amount("a", 5_00, needs_code=True, priority=2)

    found = promoted(make_situation(make_item(49_99)), five, tenth, sale)

    assert taken(found) == [("sale", 49_99, 10_00), ("b", 39_99, 4_00), ("a", 35_99, 5_00)]
    assert paid(found) == [30_99]


def test_p4_of_one_priority_the_lower_id_goes_first() -> None:
    found = promoted(make_situation(make_item(10_00)), percent("b", "10"), amount("a", 1_00, Per.UNIT))

    assert [name for name, _, _ in taken(found)] == ["a", "b"]


@pytest.mark.parametrize(("rounding", "left"), [(Rounding.HALF_UP, 2_37), (Rounding.HALF_EVEN, 2_38)])
def test_m5_percentages_round_as_the_market_does(rounding: Rounding, left: int) -> None:
    found = promoted(make_situation(make_item(2_50), rounding=rounding), percent("five", "5"))

    assert paid(found) == [left]


def test_m6_a_percentage_of_units_leaves_a_line_of_equal_units() -> None:
    found = promoted(make_situation(make_item(3_33, 3)), percent("tenth", "10"))

    assert paid(found) == [3 * 3_00]


@pytest.mark.parametrize(("line_discount", "is_met"), [(4_00, False), (2_00, True)])
def test_p6_thresholds_see_goods_after_line_discounts(line_discount: int, *, is_met: bool) -> None:
    line = amount("line", line_discount, Per.LINE)
    threshold = amount("five off from fifty", 5_00, conditions=Conditions(min_value={"EUR": 50_00}))

    found = promoted(make_situation(make_item(52_00)), line, threshold)

    assert ("five off from fifty" in applied(found)) == is_met


def test_p6_thresholds_do_not_see_order_discounts() -> None:
    first = amount("first", 10_00, priority=1)
    second = amount("second", 5_00, priority=2, conditions=Conditions(min_value={"EUR": 50_00}))

    found = promoted(make_situation(make_item(50_00)), first, second)

    assert paid(found) == [35_00]


def test_p6_a_threshold_that_a_currency_lacks_is_never_reached() -> None:
    threshold = percent("tenth", "10", conditions=Conditions(min_value={"EUR": 50_00}))

    found = promoted(make_situation(make_item(99_00), currency="CHF"), threshold)

    assert paid(found) == [99_00]


def test_t14_gift_cards_are_neither_discounted_nor_counted() -> None:
    card = make_item(50_00, goods=make_goods("card", is_gift_card=True))
    threshold = percent("tenth", "10", Per.ORDER, conditions=Conditions(min_value={"EUR": 50_00}))
    everything = percent("half", "50")

    found = promoted(make_situation(card, make_item(20_00)), threshold, everything)

    assert paid(found) == [50_00, 10_00]


def test_t5_an_amount_off_the_order_is_allocated_by_largest_remainder() -> None:
    lines = [make_item(19_99), make_item(5_49), make_item(99)]

    found = promoted(make_situation(*lines), amount("ten", 10_00))

    assert [amount for _, _, amount in taken(found)] == [7_55, 2_08, 37]


def test_p18_every_discount_names_rule_code_stage_base_amount_and_who_pays() -> None:
    coupon = amount("welcome", 3_00, needs_code=True, funding=Funding.VENDOR)

    found = promoted(make_situation(make_item(20_00)), coupon)

    (allocation,) = found.allocations[0]
    assert (allocation.promotion.id, allocation.promotion.name) == (coupon.id, "welcome")
    assert (allocation.code, allocation.stage, allocation.funded_by) == ("WELCOME", Stage.COUPON, Funding.VENDOR)
    assert (allocation.base, allocation.amount) == (Money(20_00, "EUR"), Money(3_00, "EUR"))


def test_p18_a_promotion_that_takes_nothing_says_why() -> None:
    threshold = amount("big", 5_00, needs_code=True, conditions=Conditions(min_value={"EUR": 50_00}))

    found = promoted(make_situation(make_item(20_00)), threshold)

    assert found.declined == (Declined(PromotionId("promotion_big"), "BIG", Refusal.NOT_MET),)


def test_a_promotion_is_named_in_the_language_of_the_buyer() -> None:
    sale = percent("sale", "10", translations={"de": {"name": "Schlussverkauf"}})

    assert sale.name_in("de-AT") == "Schlussverkauf"
    assert sale.name_in("fr") == "sale"


@pytest.mark.parametrize(
    ("conditions", "buyer", "applies"),
    [
        (Conditions(), Buyer(), True),
        (Conditions(markets=frozenset({MarketId("market_de")})), Buyer(), True),
        (Conditions(markets=frozenset({MarketId("market_us")})), Buyer(), False),
        (Conditions(currencies=frozenset({"USD"})), Buyer(), False),
        (Conditions(customer_groups=frozenset({"vip"})), Buyer(frozenset({"vip"})), True),
        (Conditions(customer_groups=frozenset({"vip"})), Buyer(), False),
        (Conditions(segments=frozenset({"lapsed"})), Buyer(segments=frozenset({"lapsed"})), True),
        (Conditions(companies=frozenset({"company_1"})), Buyer(company_id="company_1"), True),
        (Conditions(companies=frozenset({"company_1"})), Buyer(), False),
        (Conditions(first_order=True), Buyer(is_first_order=True), True),
        (Conditions(first_order=True), Buyer(), False),
        (Conditions(min_quantity=3), Buyer(), True),
        (Conditions(min_quantity=4), Buyer(), False),
        (Conditions(basket=(BasketRequirement(SHOES),)), Buyer(), True),
        (Conditions(basket=(BasketRequirement(SHOES, 2),)), Buyer(), False),
        (Conditions(basket=(BasketRequirement(in_category("hats")),)), Buyer(), False),
    ],
)
def test_all_conditions_have_to_be_met(conditions: Conditions, buyer: Buyer, *, applies: bool) -> None:
    situation = make_situation(make_item(10_00, goods=SHOE), make_item(5_00, 2, BOOK), buyer=buyer)

    found = promoted(situation, percent("tenth", "10", conditions=conditions))

    assert bool(found.applied) == applies


@pytest.mark.parametrize(
    ("selection", "touched"),
    [
        (EVERYTHING, {"shoe", "book"}),
        (SHOES, {"shoe"}),
        (Selection(exclude=SHOES.include), {"book"}),
        (Selection(include=(Targets(offers=frozenset({OfferId("offer_book")})),)), {"book"}),
        (Selection(include=(*SHOES.include, Targets(brands=frozenset({"brand_b"})))), {"shoe", "book"}),
        (Selection(include=(Targets(categories=SHOES.include[0].categories, brands=frozenset({"brand_b"})),)), set()),
        (Selection(include=(Targets(collections=frozenset({CollectionId("new")})),)), {"book"}),
    ],
)
def test_a_selection_includes_and_excludes_goods(selection: Selection, touched: set[str]) -> None:
    book = make_goods("book", "books", brand_id="brand_b", collections=frozenset({"new"}))

    assert {name for name, goods in (("shoe", SHOE), ("book", book)) if selection.holds(goods)} == touched


def test_a_vendors_own_promotion_touches_its_own_goods_alone() -> None:
    vendor = VendorId("vendor_a")
    own = make_item(10_00, goods=make_goods("own", vendor_id=vendor))

    found = promoted(make_situation(own, make_item(10_00)), percent("own", "10", vendor_id=vendor))

    assert paid(found) == [9_00, 10_00]


def test_a_fixed_price_never_raises_a_price() -> None:
    fixed = make_promotion("fixed", FixedPrice({"EUR": 8_00}))

    found = promoted(make_situation(make_item(10_00, 2), make_item(5_00)), fixed)

    assert paid(found) == [16_00, 5_00]


def test_a_promotion_without_an_amount_in_the_currency_does_nothing() -> None:
    found = promoted(make_situation(make_item(10_00), currency="CHF"), amount("five", 5_00))

    assert paid(found) == [10_00]


def test_a_budget_ends_where_it_is_spent() -> None:
    offer = Offered(percent("half", "50"), budget_left=7_00)

    found = promoted(make_situation(make_item(10_00), make_item(20_00)), offer)

    assert [amount for _, _, amount in taken(found)] == [2_33, 4_67]


def test_p12_a_capped_sale_reduces_no_more_units_than_are_left() -> None:
    flash = percent("flash", "50", unit_cap=UnitCap(total=100))

    found = promoted(make_situation(make_item(10_00, 3)), offered(flash, units_left=2))

    assert paid(found) == [20_00]
    assert [each.units for each in found.applied] == [2]


def test_p12_a_sale_that_is_sold_out_does_not_apply() -> None:
    found = promoted(make_situation(make_item(10_00)), offered(percent("flash", "50"), units_left=0))

    assert paid(found) == [10_00]


def test_a_gift_costs_nothing_while_its_promotion_applies_and_does_not_count_for_it() -> None:
    gift = make_promotion("gift", FreeGift(OfferId("offer_cap")), conditions=Conditions(min_value={"EUR": 50_00}))
    cap = make_item(9_00, 2, make_goods("cap"))

    assert paid(promoted(make_situation(make_item(50_00), cap), gift)) == [50_00, 9_00]
    assert paid(promoted(make_situation(make_item(45_00), cap), gift)) == [45_00, 18_00]


def test_a_gift_that_is_not_in_the_cart_is_offered() -> None:
    gift = make_promotion("gift", FreeGift(OfferId("offer_cap"), 3))
    cap = make_item(9_00, 1, make_goods("cap"))

    found = promoted(make_situation(make_item(50_00), cap), gift)

    assert [(each.promotion.name, each.offer_id, each.quantity) for each in found.gifts] == [("gift", "offer_cap", 2)]


def test_free_delivery_has_a_limit() -> None:
    free = make_promotion("free", ShippingPercentageOff(limits={"EUR": 5_00}))
    situation = make_situation(
        make_item(10_00), make_item(10_00), deliveries=[Delivery(4_90, (0,)), Delivery(9_90, (1,))]
    )

    found = promoted(situation, free)

    assert sum(found.charges) == 4_90 + 9_90 - 5_00
    assert found.applied[0].amount == Money(5_00, "EUR")


def test_delivery_is_reduced_in_proportion_to_the_goods_that_are_touched() -> None:
    half = make_promotion("half", ShippingPercentageOff(Decimal(50)), selection=SHOES)
    situation = make_situation(
        make_item(30_00, goods=SHOE), make_item(10_00, goods=BOOK), deliveries=[Delivery(4_00, (0, 1))]
    )

    (allocation,) = promoted(situation, half).delivery_allocations[0]

    assert (allocation.base.minor, allocation.amount.minor) == (3_00, 1_50)


def test_an_amount_off_delivery_is_given_once() -> None:
    off: Promotion = make_promotion("off", ShippingAmountOff({"EUR": 6_00}))
    situation = make_situation(make_item(1), make_item(1), deliveries=[Delivery(4_00, (0,)), Delivery(8_00, (1,))])

    assert promoted(situation, off).charges == (2_00, 4_00)
