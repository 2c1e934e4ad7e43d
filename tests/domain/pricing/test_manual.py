"""What staff take off by hand: explained, split to the last cent, and never more than there is."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.pricing.discounts import Funding, Stage
from domain.pricing.manual import ManualDiscount, ManualPricing, discounted_by_hand
from domain.pricing.promoting.discounting import Discounted, PricedGoods
from domain.pricing.promoting.offering import Offering
from domain.pricing.quote import QuoteLine, quote
from domain.shared.ids import VendorId
from tests.factories.pricing import HOUSE, make_market, make_rate, make_request
from tests.factories.promoting import make_goods, offered, percent

TEN = Offering((offered(percent("ten", "10")),))


def goods(*prices: int, quantity: int = 1) -> list[PricedGoods]:
    return [PricedGoods(f"line_{at}", make_goods(f"o{at}"), price, quantity) for at, price in enumerate(prices)]


def by_hand(**values: Any) -> ManualDiscount:
    return ManualDiscount("customer_staff", "Sorry", **values)


def found(manual: ManualPricing, lines: list[PricedGoods], offering: Offering = TEN) -> Discounted:
    return discounted_by_hand(manual, offering, lines, market=make_market(), currency="EUR", language="en")


def taken(result: Discounted, key: str = "line_0") -> list[tuple[str, int, int]]:
    return [(each.promotion.name, each.base.minor, each.amount.minor) for each in result.lines.get(key, ())]


def test_p3_a_discount_of_the_order_by_hand_sees_what_promotions_leave():
    result = found(ManualPricing(by_hand(percent=Decimal(10))), goods(1000))

    assert taken(result) == [("ten", 1000, 100), ("Sorry", 900, 90)]


def test_p18_it_names_who_gave_it_and_the_platform_pays():
    (allocation,) = found(ManualPricing(by_hand(amount=30)), goods(1000), Offering()).lines["line_0"]

    assert (allocation.promotion.id, allocation.stage) == ("customer_staff", Stage.ORDER)
    assert allocation.funded_by is Funding.PLATFORM


def test_a_line_with_a_discount_or_price_by_hand_takes_part_in_no_promotion():
    manual = ManualPricing(lines={"line_0": by_hand(percent=Decimal(5))}, priced=frozenset({"line_1"}))

    result = found(manual, goods(1000, 1000, 1000))

    assert [taken(result, f"line_{at}") for at in range(3)] == [
        [("Sorry", 1000, 50)],
        [],
        [("ten", 1000, 100)],
    ]


def test_m7_an_amount_is_split_in_proportion_to_what_is_left():
    result = found(ManualPricing(by_hand(amount=100)), goods(200, 100), Offering())

    assert [taken(result, key)[0][2] for key in ("line_0", "line_1")] == [67, 33]


def test_without_promotions_none_applies():
    assert found(ManualPricing(with_promotions=False), goods(1000)).lines == {}


MONEY = st.integers(0, 10**9)
DISCOUNT = st.one_of(
    st.builds(by_hand, amount=MONEY), st.builds(by_hand, percent=st.decimals(0, 100, places=4, allow_nan=False))
)


@given(
    prices=st.lists(MONEY, min_size=1, max_size=6),
    quantity=st.integers(1, 50),
    order=st.none() | DISCOUNT,
    own=st.dictionaries(st.integers(0, 5), DISCOUNT),
)
def test_p18_no_line_falls_below_zero_and_each_discount_sees_what_those_before_left(
    prices: list[int], quantity: int, order: ManualDiscount | None, own: dict[int, ManualDiscount]
):
    lines = goods(*prices, quantity=quantity)
    manual = ManualPricing(order, {f"line_{at}": discount for at, discount in own.items()})

    result = found(manual, lines)

    for line in lines:
        left = line.unit_price * quantity
        for allocation in result.lines.get(line.key, ()):
            assert allocation.base.minor == left
            assert 0 < allocation.amount.minor <= left
            left -= allocation.amount.minor


@given(prices=st.lists(MONEY, min_size=1, max_size=6), amount=MONEY)
def test_m7_the_parts_of_an_amount_by_hand_sum_to_it_or_to_all_there_is(prices: list[int], amount: int):
    result = found(ManualPricing(by_hand(amount=amount)), goods(*prices), Offering())

    parts = [each.amount.minor for found_of in result.lines.values() for each in found_of]
    assert sum(parts) == min(amount, sum(prices))


@pytest.mark.parametrize(("vendor_id", "taxed"), [(HOUSE, 4_500), (VendorId("vendor_a"), 5_000)])
def test_v1_a_discount_by_hand_lowers_the_taxable_amount_of_the_house_alone(vendor_id: VendorId, taxed: int):
    """60.00 with 20 % of tax, 6.00 off by hand: the platform pays it, so the vendor of 50.00 net is taxed on 50.00."""
    line = PricedGoods("line", make_goods("lamp", vendor_id=vendor_id), 60_00, 1)
    taken = found(ManualPricing(by_hand(amount=6_00)), [line], Offering())

    priced = quote(
        make_request(
            QuoteLine("line", vendor_id, 60_00, 1, "standard", taken.of_line("line")),
            rates={"standard": (make_rate("0.20"),)},
        )
    )

    (tax,) = priced.totals.taxes
    assert (priced.totals.total.gross.minor, tax.base.minor) == (54_00, taxed)
