"""Captures, refunds, cancellations and parcels in any order: the books stay right after each (rules Y1, O8, M8, S1)."""

from contextlib import suppress
from random import Random

import pytest

from domain.shared.errors import Refused
from server.doctor import findings
from server.doctor.orders import CHECKS as ORDERS
from server.doctor.payments import CHECKS as PAYMENTS
from server.doctor.sending import CHECKS as SENDING
from server.doctor.stock import ALLOCATED
from tests.after_sale.test_canceling import two_vendors
from tests.factories.after_sale import Sale
from tests.factories.buying import Buying

ACTS = 14
BOOKS = (*ORDERS, *PAYMENTS, *SENDING, ALLOCATED)
BROKEN = """
SELECT 'payment ' || id FROM payment
WHERE NOT (0 <= refunded_minor AND refunded_minor <= captured_minor AND captured_minor <= authorized_minor)
UNION ALL
SELECT 'line ' || id FROM order_line
WHERE fulfilled + canceled > quantity OR canceled + refunded > quantity OR delivered > fulfilled
   OR canceled_gross_minor + refunded_gross_minor > total_gross_minor
"""


async def act(sale: Sale, chance: Random) -> None:
    line, count = chance.randrange(2), chance.randint(1, 2)
    match chance.choice(["capture", "refund", "refund_units", "cancel", "part", "send", "send", "settle"]):
        case "capture":
            await sale.capture(f"{chance.randint(1, 90)}.{chance.randint(10, 99)}")
        case "refund":
            await sale.refund(adjustment=f"{chance.randint(0, 20)}.{chance.randint(10, 99)}")
        case "refund_units":
            await sale.refund((line, count))
        case "cancel":
            await sale.cancel((line, count))
        case "part":
            await sale.cancel(part=line)
        case "send":
            await sale.send(line, count)
        case "settle":
            await sale.settle()


@pytest.mark.parametrize("token", ["tok_ok", "tok_refund_failing"])
@pytest.mark.parametrize("seed", [*range(4), *(pytest.param(at, marks=pytest.mark.slow) for at in range(4, 40))])
async def test_y1_m8_no_sequence_of_acts_breaks_the_books(shop: Buying, seed: int, token: str):
    sale = await two_vendors(shop, first=4, second=3, token=token)
    chance = Random(f"{seed} {token}")

    for _ in range(ACTS):
        with suppress(Refused):
            await act(sale, chance)
        broken = await shop.pool.fetch(BROKEN)
        assert broken == []
    await sale.settle()

    async with shop.pool.acquire() as connection:
        found = [str(finding) for finding in await findings(connection) if finding.check in BOOKS]
    assert found == []
