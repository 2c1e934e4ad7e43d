"""Goods that come back: asked for, decided, received, refunded and restocked (rules O1, O3, O7, O8, M8, Y6)."""

import pytest

from domain.orders.model import OrderStatus
from domain.returns.model import ReturnState, ReturnStatus, return_status
from domain.shared.errors import Refused
from tests.after_sale.returning import (
    approve,
    ask,
    ask_as_buyer,
    brought_back,
    cancel,
    counts,
    decide,
    deliver,
    delivered,
    in_days,
    receive,
    settled,
    states,
    warehouse_of,
)
from tests.factories.after_sale import Sale, sold
from tests.factories.buying import Buying, outcomes
from tests.factories.refusals import problems_of


async def three_for_a_hundred(shop: Buying) -> Sale:
    """Three units, 100.00 together by a discount of the whole, and 4.90 of delivery."""
    return await delivered(shop, (await shop.offer(price=3_333), 3))


async def test_one_of_three_units_comes_back_and_is_refunded(shop: Buying):
    sale = await three_for_a_hundred(shop)

    asked = await ask_as_buyer(sale, (0, 1))
    approved = await approve(sale, asked)
    done = await receive(sale, asked, (0, 1))

    assert states([asked, approved, done]) == ["REQUESTED", "APPROVED", "REFUNDED"]
    assert await counts(sale) == (0, 1, 1)
    assert await sale.refunds() == [("RETURN", "SUCCEEDED", "33.33")]
    assert return_status(await sale.lines()) is ReturnStatus.PARTIALLY_RETURNED
