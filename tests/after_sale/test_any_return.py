"""Captures, refunds, cancellations and returns in any order: no unit goes back twice, no cent too many (O8, M8, Y1)."""

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
CHOICES = [
    *("ask", "ask", "approve", "receive", "receive", "restock", "close", "keep"),
    *("send", "send", "capture", "refund", "adjust", "cancel"),
]
BOOKS = (*ORDERS, *PAYMENTS, *SENDING, *RETURNS, ALLOCATED)
BROKEN = """
SELECT id FROM order_line
WHERE return_requested + returned > delivered OR canceled + refunded > quantity
   OR canceled_gross_minor + refunded_gross_minor > total_gross_minor
UNION ALL
SELECT id FROM payment
WHERE NOT (0 <= refunded_minor AND refunded_minor <= captured_minor AND captured_minor <= authorized_minor)
"""
MOST_SEEDS = 60


async def act(sale: Sale, asked: list[Return], chance: Random) -> None:
    line, count = chance.randrange(2), chance.randint(1, 2)
    match chance.choice(CHOICES):
        case "ask":
            asked.append(await ask(sale, (line, count)))
        case "send":
            await sale.send(line, count)
            await deliver(sale)
            await sale.settle()
        case "capture":
            await sale.capture(f"{chance.randint(1, 60)}.{chance.randint(10, 99)}")
        case "refund":
            await sale.refund((line, 1))
        case "adjust":
            await sale.refund(adjustment=f"{chance.randint(0, 10)}.{chance.randint(10, 99)}")
        case "cancel":
            await sale.cancel((line, 1))
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


async def problems_of_settling(sale: Sale, item: Return) -> list[str]:
    """Why the worker cannot refund what came back: what was given as a favor before may not leave enough."""
    try:
        await settled(sale, item)
    except Refused as refusal:
        return [problem.code.value for problem in refusal.problems]
    return []


@pytest.mark.parametrize(
    "seed", [*range(6), *(pytest.param(at, marks=pytest.mark.slow) for at in range(6, MOST_SEEDS))]
)
async def test_y1_o8_m8_no_sequence_of_acts_counts_a_unit_or_a_cent_twice(shop: Buying, seed: int):
    sale = await two_vendors(shop, first=4, second=3)
    chance, asked = Random(seed), list[Return]()

    for _ in range(ACTS):
        with suppress(Refused):
            await act(sale, asked, chance)
        assert await shop.pool.fetch(BROKEN) == []
    await sale.settle()
    for item in asked:
        assert set(await problems_of_settling(sale, item)) <= {"AMOUNT_EXCEEDS_REFUNDABLE"}
    await sale.settle()

    assert await shop.pool.fetch(BROKEN) == []
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
