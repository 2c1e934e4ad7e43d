"""Returns and refunds in any order: no unit is asked for, received or refunded twice (rules O8, M8, Y1)."""

from contextlib import suppress
from random import Random

import pytest

from domain.returns.model import Return, ReturnState
from domain.shared.errors import Refused
from server.doctor import findings
from server.doctor.orders import CHECKS as ORDERS
from server.doctor.payments import CHECKS as PAYMENTS
from server.doctor.returns import CHECKS as RETURNS
from server.doctor.sending import CHECKS as SENDING
from server.doctor.stock import ALLOCATED
from tests.after_sale.returning import ask, cancel, decide, deliver, found, settled, warehouse_of
from tests.after_sale.test_canceling import two_vendors
from tests.factories.after_sale import Sale
from tests.factories.buying import Buying

ACTS = 18
BOOKS = (*ORDERS, *PAYMENTS, *SENDING, *RETURNS, ALLOCATED)
BROKEN = """
SELECT id FROM order_line
WHERE return_requested + returned > delivered OR canceled + refunded > quantity
   OR canceled_gross_minor + refunded_gross_minor > total_gross_minor
"""


async def act(sale: Sale, asked: list[Return], chance: Random) -> None:
    line, count = chance.randrange(2), chance.randint(1, 2)
    match chance.choice(["ask", "ask", "approve", "receive", "receive", "restock", "close", "keep", "refund", "send"]):
        case "ask":
            asked.append(await ask(sale, (line, count)))
        case "send":
            await sale.send(line, count)
            await deliver(sale)
            await sale.settle()
        case "refund":
            await sale.refund((line, 1))
        case verb if asked:
            await act_on(sale, await found(sale, chance.choice(asked).id), verb, chance)


async def act_on(sale: Sale, item: Return, verb: str, chance: Random) -> None:
    lines = [line.id for line in await sale.lines()]
    at, came = lines.index(item.lines[0].order_line_id), chance.randint(1, 2)
    match verb:
        case "approve":
            await decide(sale, item, ReturnState.APPROVED)
        case "receive":
            await decide(sale, item, ReturnState.RECEIVED, (at, came))
            await settled(sale, item)
        case "restock":
            await decide(sale, item, ReturnState.RECEIVED, (at, came), restock_to=await warehouse_of(sale, at))
        case "close":
            await decide(sale, item, ReturnState.CLOSED)
        case "keep":
            await cancel(sale, item)


@pytest.mark.parametrize("seed", range(6))
async def test_o8_m8_no_sequence_of_acts_counts_a_unit_twice(shop: Buying, seed: int):
    sale = await two_vendors(shop, first=4, second=3)
    chance, asked = Random(seed), list[Return]()

    for _ in range(ACTS):
        with suppress(Refused):
            await act(sale, asked, chance)
        assert await shop.pool.fetch(BROKEN) == []
    for item in asked:
        await settled(sale, item)
    await sale.settle()

    async with shop.pool.acquire() as connection:
        wrong = [str(finding) for finding in await findings(connection) if finding.check in BOOKS]
    assert wrong == []


@pytest.mark.parametrize("seed", range(3))
async def test_m8_all_units_back_in_any_order_give_back_all_of_their_price(shop: Buying, seed: int):
    sale = await two_vendors(shop, first=4, second=3)
    chance = Random(seed)
    for line, count in ((0, 4), (1, 3)):
        await sale.send(line, count)
    await deliver(sale)
    await sale.settle()

    left = [0] * 4 + [1] * 3
    chance.shuffle(left)
    for line in left:
        item = await ask(sale, (line, 1))
        await decide(sale, item, ReturnState.APPROVED)
        await decide(sale, item, ReturnState.RECEIVED, (line, 1))
        await settled(sale, item)

    lines = await sale.lines()
    given = await shop.pool.fetch("SELECT refunded_gross_minor FROM order_line ORDER BY position")
    assert [row[0] for row in given] == [line.total.gross.minor for line in lines]
    assert sum(row[0] for row in given) + sum(part.shipping_given_back for part in await sale.parts()) == sum(
        [refund["amount_minor"] for refund in await shop.pool.fetch("SELECT amount_minor FROM refund")]
    )
