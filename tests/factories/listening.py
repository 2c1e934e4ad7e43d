"""Clients that change things and listen, within this process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from domain.shared.actor import GUEST, Actor
from persistence.pricing.reference import Reference
from persistence.statement import Pool
from resolvers.context import Context
from schema.root import schema
from tests.factories.requests import Client
from tests.fakes.news import LocalNews

PATIENCE_SECONDS = 10
QUIET_SECONDS = 0.2


class Heard:
    """The answers of a subscription, as they come."""

    def __init__(self) -> None:
        self._answers: asyncio.Queue[Any] = asyncio.Queue()

    async def pump(self, stream: Any) -> None:
        async for answer in stream:
            self._answers.put_nowait(answer)

    async def next(self, count: int = 1) -> list[dict[str, Any]]:
        """What the subscribed field answers next, so many times."""
        found = []
        async with asyncio.timeout(PATIENCE_SECONDS):
            for _ in range(count):
                answer = await self._answers.get()
                assert answer.errors is None, answer.errors
                found.append(next(iter(answer.data.values())))
        return found

    async def is_quiet(self) -> bool:
        """Whether nothing comes for a while."""
        try:
            async with asyncio.timeout(QUIET_SECONDS):
                await self._answers.get()
        except TimeoutError:
            return True
        return False


@dataclass(frozen=True, slots=True)
class Listener(Client):
    """A client whose world has news."""

    news: LocalNews = field(default_factory=LocalNews)

    async def context(self) -> Context:
        context = await Client.context(self)
        context.services = replace(context.services, news=self.news)
        return context

    @asynccontextmanager
    async def listen(self, query: str, **variables: Any) -> AsyncIterator["Heard"]:
        """What a subscription answers, from when it listens until the block ends."""
        stream: Any = await schema.subscribe(query, variable_values=variables, context_value=await self.context())
        heard = Heard()
        pumping = asyncio.create_task(heard.pump(stream))
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self.news.joined.get()
            yield heard
        finally:
            pumping.cancel()
            await asyncio.gather(pumping, return_exceptions=True)

    def on_behalf_of(self, actor: Actor) -> "Listener":
        """Another client in the same world."""
        return replace(self, actor=actor)


def make_listener(pool: Pool, actor: Actor = GUEST, news: LocalNews | None = None) -> Listener:
    return Listener(pool, Reference(pool), actor=actor, news=news or LocalNews())
