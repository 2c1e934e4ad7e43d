"""Orders whose total was rounded to what can be paid: their money moves in such steps as well (rules M4, M8 and Y1)."""

from contextlib import suppress
from random import Random

import pytest

from domain.shared.errors import Refused
from server.doctor import findings
from tests.after_sale.test_any_order import BOOKS, act
from tests.factories.after_sale import Sale, eur, sold
from tests.factories.buying import Buying


async def rounded_to(shop: Buying, step: int, *prices: int, quantity: int = 3) -> Sale:
    """An order in a market of net prices that takes multiples of `step` minor units."""
    sql = "UPDATE market SET prices_include_tax = false, price_granularity = jsonb_build_object('EUR', $1::int)"
    await shop.pool.execute(sql, step)
    shop.reference.forget()
    await shop.reference.facts()
    return await sold(shop, *[(await shop.offer(price=price), quantity) for price in prices])


async def money_given_back(sale: Sale) -> list[int]:
    rows = await sale.shop.pool.fetch("SELECT amount_minor FROM refund ORDER BY id")
    return [row["amount_minor"] for row in rows]


async def test_m4_a_refund_of_everything_is_what_was_paid_though_the_total_was_rounded_down(shop: Buying):
    sale = await rounded_to(shop, 50, 1_003)
    order = await sale.order()
    await sale.capture()

    await sale.refund((0, 3), shipping=order.totals.shipping.gross.amount)

    assert order.totals.rounding.minor < 0
    assert await money_given_back(sale) == [order.totals.total.gross.minor]
    assert (await sale.money())[0][2:] == (order.totals.total.gross.amount,) * 2


async def test_m4_units_go_back_one_by_one_in_amounts_that_can_be_paid(shop: Buying):
    sale = await rounded_to(shop, 50, 1_003)
    order = await sale.order()
    await sale.capture()

    for _ in range(3):
        await sale.refund((0, 1))
    await sale.refund(shipping=order.totals.shipping.gross.amount)

    given = await money_given_back(sale)
    assert sum(given) == order.totals.total.gross.minor
    assert [minor % 50 for minor in given] == [0, 0, 0, 0]


async def test_m4_what_is_left_of_a_canceled_order_can_be_paid(shop: Buying):
    sale = await rounded_to(shop, 50, 1_003)
    total = (await sale.order()).totals.total.gross

    await sale.cancel((0, 1))
    order = await sale.order()
    await sale.capture()
    await sale.refund((0, 2), shipping=order.totals.shipping.gross.amount)

    assert order.net_total.minor % 50 == 0
    assert await money_given_back(sale) == [order.net_total.minor]
    assert order.net_total < total


async def test_m4_goods_that_are_sent_in_parts_are_taken_in_amounts_that_can_be_paid(shop: Buying):
    sale = await rounded_to(shop, 50, 1_003)

    for _ in range(3):
        await sale.send(0, 1)
        await sale.settle()

    captured = [eur(amount).minor for kind, _, amount in await sale.operations() if kind == "CAPTURE"]
    assert sum(captured) == (await sale.order()).totals.total.gross.minor
    assert [minor % 50 for minor in captured] == [0, 0, 0]


@pytest.mark.parametrize("seed", range(4))
async def test_m4_y1_no_sequence_of_acts_breaks_the_books_of_a_rounded_order(shop: Buying, seed: int):
    sale = await rounded_to(shop, 50, 1_003, 777, quantity=4)
    chance = Random(seed)

    for _ in range(10):
        with suppress(Refused):
            await act(sale, chance)
    await sale.settle()

    async with shop.pool.acquire() as connection:
        assert [str(finding) for finding in await findings(connection) if finding.check in BOOKS] == []
