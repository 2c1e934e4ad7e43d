"""A store that sells behind a load balancer while its web processes are replaced one after another."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from server.sample_accounts import EVENTS_KEY
from tests.journeys.balancer import Balancer, balancing
from tests.journeys.buying import buy, offer_of
from tests.journeys.client import Client, client_of
from tests.journeys.listening import replay
from tests.journeys.shoppers import Told, shop_together
from tests.journeys.world import World

SOLD = [("terracotta-pot", "house"), ("letterpress-cards", "atelier-mori"), ("corduroy-rabbit", "brightwater-supply")]
UNPLACED = "SELECT id FROM event WHERE position IS NULL"
SHOPPERS = 3


@dataclass
class Selling:
    """Shoppers buy until `close`. `first` is the event behind which listeners are to hear of all."""

    world: World
    balancer: Balancer
    integrator: Client
    first: dict[str, Any]
    shopping: "asyncio.Task[None]"
    closing: asyncio.Event
    told: Told
    names: list[str] = field(default_factory=lambda: ["web"])

    async def replace(self, *, killed: bool = False) -> None:
        """Put a process beside the present one, and then end that, while the balancer still believes in it."""
        name, by = self.names[-1], f"web {len(self.names)}"
        self.balancer.ports.append(await self.world.start_beside(by))
        self.names.append(by)
        if killed:
            await self.world.kill_for_good(name)
        else:
            assert await self.world.stop(name) == 0
        del self.balancer.ports[0]

    async def close(self) -> list[str]:
        """Sell no more; the ids of all events behind the first, in their order."""
        self.closing.set()
        await self.shopping
        await self.world.until_none(UNPLACED)
        return [event["id"] for event in await replay(self.integrator, self.first["cursor"])]


@asynccontextmanager
async def selling(world: World) -> AsyncIterator[Selling]:
    async with balancing(world.port) as balancer, client_of(balancer.origin) as guest:
        offers = [await offer_of(guest.in_market("de"), slug, vendor) for slug, vendor in SOLD]
        await buy(guest.in_market("de"), "de", (offers[0], 1))
        await world.until_none(UNPLACED)
        integrator, told, closing = guest.bearing(EVENTS_KEY), Told(), asyncio.Event()
        first = (await replay(integrator))[-1]
        seed = random.randrange(1 << 30)
        shopping = asyncio.create_task(
            shop_together(balancer.origin, offers, told, closing, shoppers=SHOPPERS, seed=seed)
        )
        try:
            yield Selling(world, balancer, integrator, first, shopping, closing, told)
        finally:
            shopping.cancel()
            await asyncio.gather(shopping, return_exceptions=True)
