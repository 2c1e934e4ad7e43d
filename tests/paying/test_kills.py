"""A process that is killed at any await of a charge, a capture or a refund: one reconciliation balances the books."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from integrations.stripe.adapter import StripeAdapter
from integrations.test_gateway.adapter import TestGatewayAdapter
from persistence.statement import Pool
from server.jobs.gateways import reconcile
from tests.factories.buying import buying_in, running_gateway
from tests.factories.gateways import RunningDouble
from tests.factories.killing import Act, Capture, Charge, Place, Refund, is_killed
from tests.factories.paying import StripeShop, stripe_shop_in

EVERY = 1
SOME = 7
"""Of the awaits, those at which a process is killed in a run that may not take minutes."""

FEWEST_AWAITS = 25

type Held = dict[str, tuple[int, int]]


@dataclass
class Till:
    """A shop and its gateway, of which `held` tells what was taken and given back of each payment."""

    paying: StripeShop
    place: Place
    held: Callable[[], Awaitable[Held]]
    method: str
    token: str

    async def reconcile(self) -> None:
        later = self.paying.later(minutes=10)
        has_notices = self.place.gateway is StripeAdapter
        await reconcile(later.parts if has_notices else replace(later.parts, stripe_notices=None))
        await later.work()

    async def charge(self) -> Act:
        checkout_id = await self.paying.ready(self.token, self.method)
        return Charge(checkout_id, (await self.paying.shop.checkout(checkout_id)).totals.total.gross)

    async def capture(self) -> Act:
        return Capture((await self.paying.bought(self.token, self.method)).order_id)

    async def refund(self) -> Act:
        sale = await self.paying.bought(self.token, self.method)
        await sale.capture("100")
        return Refund(sale.order_id)

    async def check_books(self) -> None:
        """Each payment is at the gateway what it is here, each order has one, and nothing is under way."""
        pool = self.paying.shop.pool
        rows = await pool.fetch("SELECT * FROM payment")
        ours = {row["gateway_reference"]: (row["captured_minor"], row["refunded_minor"]) for row in rows}
        assert ours == await self.held()
        assert [(row["state"], row["claimed_minor"]) for row in rows] == [("AUTHORIZED", 0)] * len(rows)
        assert len(rows) == await self.paying.shop.count("order")
        assert await pool.fetchval("SELECT count(*) FROM payment_operation WHERE state <> 'SUCCEEDED'") == 0


@pytest.fixture(params=[TestGatewayAdapter, StripeAdapter], ids=["test gateway", "stripe"])
async def till(
    request: pytest.FixtureRequest, pool: Pool, worker_database_url: str, double: RunningDouble
) -> AsyncIterator[Till]:
    if request.param is StripeAdapter:
        async with stripe_shop_in(pool, double) as paying:
            place = Place(worker_database_url, StripeAdapter, double.url, paying.shop.now)
            yield Till(paying, place, lambda: held_by_stripe(double), "stripe_card", "pm_card_visa")
    else:
        async with running_gateway() as gateway:
            paying = StripeShop(await buying_in(pool, gateway), double)
            place = Place(worker_database_url, TestGatewayAdapter, gateway._http._base_url, paying.shop.now)
            yield Till(paying, place, lambda: held_by_test_gateway(paying), "test_card", "tok_ok")


async def held_by_stripe(double: RunningDouble) -> Held:
    charges: dict[str, Any] = {item["payment_intent"]: item for item in await double.objects("charge")}
    return {
        item["id"]: (item["amount_received"], charges[item["id"]]["amount_refunded"])
        for item in await double.objects("payment_intent")
    }


async def held_by_test_gateway(paying: StripeShop) -> Held:
    found = await paying.shop.authorizations()
    return {item["id"]: (item["captured_minor"], item["refunded_minor"]) for item in found}


@pytest.mark.parametrize("every", [pytest.param(EVERY, marks=pytest.mark.slow), SOME], ids=["each await", "some"])
@pytest.mark.parametrize("what", ["charge", "capture", "refund"])
async def test_i3_whoever_is_killed_at_any_await_did_it_once_after_one_reconciliation(
    till: Till, what: str, every: int
):
    prepare: Callable[[], Awaitable[Act]] = getattr(till, what)
    waits, awaits = 0, 0
    while await is_killed(till.place, await prepare(), waits):
        await till.reconcile()
        await till.check_books()
        waits += every
        awaits += 1
    assert awaits > FEWEST_AWAITS / every
