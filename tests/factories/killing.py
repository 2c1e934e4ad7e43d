"""A process that the kernel kills while it waits: at the nth await of what it is at, whatever it is waiting for.

What it had sent by then arrives and is acted upon; what would have come next never happens.
"""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Callable, Coroutine, Generator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from domain.shared.ids import CheckoutId, OrderId
from domain.shared.money import Money
from integrations.stripe.adapter import StripeAdapter
from integrations.test_gateway.adapter import TestGatewayAdapter
from persistence.engine import open_pool
from persistence.pricing.reference import Reference
from tests.factories.after_sale import Sale
from tests.factories.buying import Buying
from tests.factories.catalog import CatalogWriter
from tests.factories.gateways import stripe_at

KILLED: Final = -signal.SIGKILL
END_SECONDS: Final = 60.0

type Act = Callable[[Buying], Coroutine[Any, Any, object]]

_processes: Final = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload([__name__])


@dataclass(frozen=True, slots=True)
class Place:
    """Where a shop is: its database, its gateway, and what its clocks say."""

    database_url: str
    gateway: type
    gateway_url: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Charge:
    checkout_id: CheckoutId
    total: Money

    async def __call__(self, shop: Buying) -> object:
        return await shop.complete(self.checkout_id, total=self.total, key="one")


@dataclass(frozen=True, slots=True)
class Capture:
    order_id: OrderId

    async def __call__(self, shop: Buying) -> object:
        return await Sale(shop, self.order_id).capture("100")


@dataclass(frozen=True, slots=True)
class Refund:
    order_id: OrderId

    async def __call__(self, shop: Buying) -> object:
        return await Sale(shop, self.order_id).refund(adjustment="30")


@dataclass
class Doomed:
    """Awaits what it is given; once that has to wait for the `last` time, this process is killed."""

    act: Coroutine[Any, Any, object]
    last: int

    def __await__(self) -> Generator[Any, Any, object]:
        waiting = self.act.__await__()
        error: BaseException | None = None
        while True:
            try:
                waits_for = next(waiting) if error is None else waiting.throw(error)
            except StopIteration as end:
                return end.value
            self.last -= 1
            if self.last < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            error = None
            try:
                yield waits_for
            except BaseException as raised:  # noqa: BLE001 - whatever it is, it is for whoever waits
                error = raised


async def is_killed(place: Place, act: Act, last: int) -> bool:
    """Let a process of its own do it; whether it was killed after so many waits, and did not come to the end."""
    process = _processes.Process(target=_live, args=(place, act, last))
    process.start()
    await asyncio.to_thread(process.join, END_SECONDS)
    status = process.exitcode
    process.close()
    assert status in {0, KILLED}, f"it ended with {status}"
    return status == KILLED


def _live(place: Place, act: Act, last: int) -> None:
    asyncio.run(_act(place, act, last))


async def _act(place: Place, act: Act, last: int) -> None:
    async with (
        await open_pool(place.database_url, min_size=2, max_size=2) as pool,
        stripe_at(place.gateway_url)
        if place.gateway is StripeAdapter
        else TestGatewayAdapter(place.gateway_url) as gateway,
    ):
        reference = Reference(pool)
        await reference.facts()
        shop = Buying(pool, cast("CatalogWriter", None), reference, gateway, now=place.now)
        await Doomed(act(shop), last)
