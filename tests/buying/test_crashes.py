"""A process that dies at any point of a completion leaves nothing that cannot be finished (rule I3)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.checkout.settling.usecases import resume
from domain.payments.gateways import Gateways
from domain.payments.ports import AuthorizationRequest
from domain.shared.errors import Refused
from domain.shared.ids import CheckoutId
from persistence.ids import new_id
from persistence.payments.repository import unsettled_payments
from resolvers.context import Services
from server.jobs.checkouts import close_expired_checkouts, settle_payments
from server.wiring import Parts
from tests.factories.buying import Buying, outcomes
from tests.factories.crashing import Crash, mortal
from tests.factories.refusals import problems_of

ALWAYS = datetime(2100, 1, 1, tzinfo=UTC)


async def run_jobs(shop: Buying) -> None:
    """What a worker does about unfinished payments, until there are none."""
    for payment_id in await unsettled_payments(shop.pool, before=ALWAYS, now=shop.now, limit=10):
        await outcomes([resume(shop.unit_of_work(), payment_id, shop.around)])


async def check_consistency(shop: Buying) -> None:
    reserved = await shop.pool.fetchval("SELECT coalesce(sum(quantity), 0)::int FROM reservation")
    allocated = await shop.pool.fetchval("SELECT coalesce(sum(quantity), 0)::int FROM allocation")
    (found,) = await shop.pool.fetch("SELECT sum(reserved)::int, sum(allocated)::int FROM stock_level")
    assert tuple(found) == (reserved, allocated)
    held = [item for item in await shop.authorizations() if item["status"] == "authorized"]
    assert len(held) == await shop.count("order")


@pytest.mark.parametrize("by_job", [True, False], ids=["a job goes on", "the buyer asks again"])
async def test_i3_wherever_a_completion_dies_there_is_one_order_and_one_charge_in_the_end(shop: Buying, by_job: bool):
    offer = await shop.offer(stock=1_000)
    steps = 0
    while True:
        checkout = await shop.ready((offer, 1))
        total = (await shop.checkout(checkout)).totals.total.gross
        try:
            await mortal(shop, steps).complete(checkout, total=total, key="one")
        except Crash:
            pass
        else:
            break
        later = shop.later(seconds=30)
        if by_job:
            await run_jobs(later)
            await check_consistency(shop)
        done = await later.complete(checkout, total=total, key="one")
        steps += 1
        assert done.order_id is not None
        assert await shop.count("order") == len(await shop.authorizations()) == steps
        assert await shop.stock(offer) == (1_000, 0, steps)
        await check_consistency(shop)
    assert steps > 12


async def test_s6_wherever_a_late_payment_dies_its_hold_is_let_go_in_the_end(shop: Buying):
    steps = 0
    while True:
        offer = await shop.offer(stock=1)
        checkout = await shop.ready((offer, 1), token="tok_failing")
        await problems_of(shop.complete(checkout))
        late = shop.later(hours=2)
        await late.start(await late.cart((offer, 1)))
        payment_id = await shop.pool.fetchval("SELECT id FROM payment ORDER BY id DESC LIMIT 1")
        dying = mortal(late, steps)
        try:
            await resume(dying.unit_of_work(), payment_id, dying.around)
        except Refused:
            break
        except Crash:
            await run_jobs(late)
        steps += 1
        assert {item["status"] for item in await shop.authorizations()} == {"voided"}
        assert {row["state"] for row in await shop.pool.fetch("SELECT state FROM payment")} == {"VOIDED"}
        assert await shop.count("event") == steps
        assert await shop.stock(offer) == (1, 1, 0)
        await check_consistency(shop)
    assert steps > 10


async def test_a_gateway_that_is_down_leaves_the_payment_to_later_calls(shop: Buying):
    checkout = await shop.ready((await shop.offer(), 1))
    await shop.gateway._post("/control", {"failing_calls": 2})

    refused = [await problems_of(shop.complete(checkout, key="one")) for _ in range(2)]
    done = await shop.complete(checkout, key="one")

    assert refused == [[("IDEMPOTENCY_IN_PROGRESS", ())]] * 2
    assert done.order_id is not None


def parts_of(shop: Buying, **services: Any) -> Parts:
    known: dict[str, Any] = dict.fromkeys(Services.__slots__)
    known |= {
        "pool": shop.pool,
        "news": shop.news,
        "new_id": new_id,
        "now": lambda: shop.now,
        "reference": shop.reference,
        "completing": shop.around,
    }
    absent: Any = None
    return Parts(absent, shop.pool, absent, absent, Services(**(known | services)), absent, absent)


async def test_a_payment_that_cannot_be_finished_stands_in_no_others_way(shop: Buying):
    broken, sound = [await shop.ready((await shop.offer(), 1), token="tok_failing") for _ in range(2)]
    for checkout in (broken, sound):
        await problems_of(shop.complete(checkout))
    await shop.pool.execute("UPDATE payment SET updated_at = created_at - interval '1 hour'")
    broken_key = await shop.pool.fetchval("SELECT gateway_key FROM payment WHERE checkout_id = $1", broken)

    class Broken:
        name = shop.gateway.name

        async def authorize(self, request: AuthorizationRequest, *, key: str) -> Any:
            if key == broken_key:
                raise ZeroDivisionError
            return await shop.gateway.authorize(request, key=key)

    late = replace(shop, now=datetime.now(UTC) + timedelta(seconds=30))
    broken_gateway: Any = Broken()
    around = replace(shop.around, gateways=Gateways.of(broken_gateway), now=lambda: late.now)
    await settle_payments(parts_of(late, completing=around))

    rows = await shop.pool.fetch("SELECT checkout_id, state FROM payment ORDER BY id")
    assert [tuple(row) for row in rows] == [(broken, "INTENDED"), (sound, "AUTHORIZED")]


async def test_a_job_closes_what_has_expired_and_leaves_what_is_being_paid(shop: Buying):
    offer = await shop.offer(stock=5)
    open_one = await shop.start(await shop.cart((offer, 1)))
    paying = await shop.ready((offer, 1), token="tok_failing")
    await problems_of(shop.complete(paying))

    await close_expired_checkouts(parts_of(shop.later(hours=2)))

    rows = await shop.pool.fetch("SELECT id, state FROM checkout ORDER BY id")
    assert {CheckoutId(row["id"]): row["state"] for row in rows} == {open_one: "CLOSED", paying: "COMPLETING"}
    assert await shop.stock(offer) == (5, 1, 0)


async def test_i7_an_event_is_there_exactly_when_its_change_is(shop: Buying):
    """Wherever a process dies, nobody is told of an order that there is not, nor is one placed untold."""
    steps = 0
    while True:
        checkout = await shop.ready((await shop.offer(), 1))
        total = (await shop.checkout(checkout)).totals.total.gross
        try:
            await mortal(shop, steps).complete(checkout, total=total, key="one")
        except Crash:
            steps += 1
        else:
            break
        finally:
            orders = await shop.pool.fetch('SELECT id FROM "order" ORDER BY id')
            told = await shop.pool.fetch("SELECT subject_id FROM event WHERE type = 'ORDER_PLACED' ORDER BY subject_id")
        assert [row["subject_id"] for row in told] == [row["id"] for row in orders]
    assert steps > 12
