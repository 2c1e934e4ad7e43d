"""A shop's web process that keeps answers, and what happens in its back office."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from redis.asyncio import Redis

from domain.shared.events import Event, EventType
from persistence import outbox
from persistence.ids import new_id
from persistence.statement import Pool
from server.graphql_drain import Drain
from server.jobs.indexing import index_changes
from server.jobs.relay import relay
from server.settings import Settings
from server.web import web_app
from server.wiring import Parts
from tests.factories.customers import open_door
from tests.server.front import Front
from tests.server.graphql_server import listening

PATIENCE_SECONDS = 20.0
LOOK_SECONDS = 0.05


@dataclass(frozen=True)
class Shop:
    """One web process; its worker is the test."""

    front: Front
    parts: Parts

    @property
    def pool(self) -> Pool:
        return self.parts.pool

    async def data(self, query: str, headers: dict[str, str] | None = None, **variables: Any) -> Any:
        """The data of a GET."""
        answer = (await self.front.get(headers, query=query, variables=variables)).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def kept(self) -> dict[str, int]:
        """How many were given a kept answer, by where it was."""
        return await self.figures("commerce_answers_kept_total", "level")

    async def bypassed(self) -> dict[str, int]:
        return await self.figures("commerce_answers_bypassed_total", "reason")

    async def figures(self, name: str, label: str) -> dict[str, int]:
        found = {}
        for line in (await self.front.metrics()).splitlines():
            if line.startswith(f"{name}{{"):
                labels, _, value = line.rpartition(" ")
                found[labels.partition(f'{label}="')[2].partition('"')[0]] = int(float(value))
        return found

    async def record(self, *events: Event) -> None:
        """Write events as whoever changes something does."""
        async with self.pool.acquire() as connection, connection.transaction():
            await outbox.record(connection, events, actor=None, new_id=new_id)

    async def relay(self) -> None:
        """What a worker does: the events take their places in the log, and the index follows them."""
        while await relay(self.pool, self.parts.news):
            pass
        while await index_changes(self.parts):
            pass

    async def changed(self, product_id: str) -> None:
        await self.record(Event(EventType.PRODUCT_CHANGED, product_id))
        await self.relay()


@asynccontextmanager
async def open_shop(
    pool: Pool, redis_url: str, *, has_redis: bool = True, is_seeing: bool = True, **settings: Any
) -> AsyncIterator[Shop]:
    """A web process over this database. `has_redis`: whether its Redis is there."""
    async with open_door(pool, redis_url) as door, Redis(host="127.0.0.1", port=1) as nowhere:
        redis = door.parts.redis if has_redis else nowhere
        parts = replace(door.parts, settings=Settings(**settings), redis=redis)
        app = web_app(parts, Drain())
        async with app.router.lifespan_context(app), listening(app) as port:
            shop = Shop(Front(door, f"http://127.0.0.1:{port}"), parts)
            if is_seeing:
                await eventually(shop, sees)
            await index_changes(parts)
            yield shop


async def sees(shop: Shop) -> bool:
    return "commerce_answers_seeing 1.0" in await shop.front.metrics()


async def eventually(shop: Shop, condition: Callable[[Shop], Awaitable[bool]]) -> None:
    """Wait until the condition holds; fail if it never does."""
    deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    while not await condition(shop):
        assert asyncio.get_running_loop().time() < deadline, "it never came true"
        await asyncio.sleep(LOOK_SECONDS)
