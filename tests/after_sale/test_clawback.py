"""Returns of goods that promotions reduced because of others (rules P7 and P8)."""

from typing import Any

import pytest

from domain.pricing.promotions.model import ReturnRule
from tests.after_sale.returning import brought_back, deliver
from tests.factories.after_sale import Sale, eur, sold
from tests.factories.buying import Buying
from tests.factories.promotions import promote

FIVE_FROM_FIFTY: dict[str, Any] = {
    "action": {"kind": "amount", "amounts": {"EUR": "5.00"}, "per": "ORDER"},
    "conditions": {"min_value": {"EUR": "50.00"}},
}
BUY_TWO_GET_ONE: dict[str, Any] = {"action": {"kind": "buy_get", "buy": 2, "get": 1}}


async def sale_under(shop: Buying, prices: list[int], rule: ReturnRule = ReturnRule.KEEP, **promotion: Any) -> Sale:
    """One unit at each price, sold under a promotion and paid."""
    await promote(shop, return_rule=rule, **promotion)
    sale = await sold(shop, *[(await shop.offer(price=price), 1) for price in prices])
    await sale.capture()
    return sale


async def goods(sale: Sale) -> str:
    return (await sale.order()).totals.lines.gross.amount


async def test_p8_by_default_each_unit_goes_back_for_what_it_was_paid(shop: Buying):
    sale = await sale_under(shop, [3_000, 3_000], **FIVE_FROM_FIFTY)

    await sale.refund((0, 1))

    assert await goods(sale) == "55.00"
    assert await sale.refunds() == [("RETURN", "SUCCEEDED", "27.50")]


async def test_p8_a_clawback_keeps_what_the_remaining_goods_cost_without_the_discount(shop: Buying):
    sale = await sale_under(shop, [3_000, 3_000], ReturnRule.CLAWBACK, **FIVE_FROM_FIFTY)

    await sale.refund((0, 1))
    await sale.refund((1, 1))

    assert await sale.refunds() == [("RETURN", "SUCCEEDED", "25.00"), ("RETURN", "SUCCEEDED", "30.00")]


async def test_p8_a_clawback_is_never_more_than_what_goes_back(shop: Buying):
    sale = await sale_under(shop, [4_900, 100], ReturnRule.CLAWBACK, **FIVE_FROM_FIFTY)

    refused = await sale.refund((1, 1), adjustment="0.01")

    assert refused == sale.order_id
    assert await sale.refunds() == [("RETURN", "SUCCEEDED", "0.01")]


async def test_p8_a_promotion_still_earned_is_not_clawed_back(shop: Buying):
    sale = await sale_under(shop, [6_000, 6_000], ReturnRule.CLAWBACK, **FIVE_FROM_FIFTY)

    await sale.refund((0, 1))

    assert await sale.refunds() == [("RETURN", "SUCCEEDED", "60.00")]


@pytest.mark.parametrize(
    ("returned", "refunded"), [(0, "23.00"), (2, "3.00"), (5, "0.00")], ids=["the-30", "the-free-10", "the-free-5"]
)
async def test_p7_returning_units_prices_the_groups_of_what_is_kept_anew(shop: Buying, returned: int, refunded: str):
    sale = await sale_under(shop, [3_000, 2_000, 1_000, 800, 800, 500], **BUY_TWO_GET_ONE)
    assert await goods(sale) == "66.00"

    await sale.refund((returned, 1), adjustment="0.01")

    ((_, _, amount),) = await sale.refunds()
    assert eur(amount) == eur(refunded) + eur("0.01")


async def test_p7_all_units_returned_one_by_one_give_back_exactly_what_was_paid(shop: Buying):
    sale = await sale_under(shop, [3_000, 2_000, 1_000, 800, 800, 500], **BUY_TWO_GET_ONE)

    for line in (2, 0, 5, 1, 4, 3):
        await sale.refund((line, 1), adjustment="0.01")

    given = sum((eur(amount) for _, _, amount in await sale.refunds()), eur("0"))
    assert given == eur("66.06")


@pytest.mark.parametrize(
    ("rule", "refunded"), [(ReturnRule.KEEP, "32.40"), (ReturnRule.CLAWBACK, "29.90")], ids=["keep", "clawback"]
)
async def test_p8_goods_that_come_back_are_refunded_as_the_promotion_says(
    shop: Buying, rule: ReturnRule, refunded: str
):
    """60.00 less 5.00 from 50.00 on: one of two units goes back for 27.50, or 25.00, and its delivery for 4.90."""
    sale = await sale_under(shop, [3_000, 3_000], rule, **FIVE_FROM_FIFTY)
    for line in (0, 1):
        await sale.send(line, 1)
    await deliver(sale)
    await sale.settle()

    await brought_back(sale, (0, 1))

    assert await sale.refunds() == [("RETURN", "SUCCEEDED", refunded)]
