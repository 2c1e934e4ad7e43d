"""Remembering the statements of one purchase, with their values and in their order."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from asyncpg.connection import LoggedQuery

from bench.client import AnsweredWithErrorsError, Asking
from bench.workloads import offers, purchase
from domain.shared.news import News
from persistence.statement import Pool
from server.graphql_drain import Drain
from server.settings import Settings
from server.web import web_app
from server.wiring import open_parts

WARM_UP_PURCHASES = 3
"""Until nothing is read any more that a process reads once."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A statement as it was sent: once, or once for each of several sets of values."""

    sql: str
    arguments: tuple[Any, ...]
    is_many: bool


@dataclass(frozen=True, slots=True)
class Recording:
    """What a purchase sent to the database, and of which topics it told that they changed."""

    sent: Sequence[Sent]
    topics: frozenset[str]


class HeardNews:
    """Implements `domain.shared.news.News`: passes on what is told, and remembers its topics."""

    def __init__(self, news: News) -> None:
        self._news = news
        self.topics: set[str] = set()

    async def tell(self, *topics: str) -> None:
        self.topics.update(topics)
        await self._news.tell(*topics)

    def of(self, topic: str) -> AsyncIterator[None]:
        return self._news.of(topic)


class Application(Asking):
    """The store's own application in this process, asked without a connection."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def send(self, body: bytes) -> bytes:
        parts: list[bytes] = []
        statuses: list[int] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])
            else:
                parts.append(message.get("body", b""))

        await self._app(_scope(body), receive, send)
        if statuses != [200]:
            raise AnsweredWithErrorsError(b"".join(parts)[:500].decode(errors="replace"))
        return b"".join(parts)


def _scope(body: bytes) -> dict[str, Any]:
    headers = {b"host": b"bench", b"content-type": b"application/json", b"content-length": b"%d" % len(body)}
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "query_string": b"",
        "root_path": "",
        "headers": list(headers.items()),
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "extensions": {},
    }


class Recorder:
    """Buys, and remembers what the database was sent, and who was told."""

    def __init__(self, application: Application, news: HeardNews) -> None:
        self._application = application
        self._news = news
        self._sent: list[Sent] = []

    def hear(self, record: LoggedQuery) -> None:
        is_many = not isinstance(record.args, tuple)
        self._sent.append(Sent(record.query, tuple(record.args), is_many))

    async def offers(self) -> list[str]:
        return await offers(self._application)

    async def purchase(self, offer_id: str) -> Recording:
        self._sent = []
        self._news.topics.clear()
        await purchase(self._application, offer_id)
        await asyncio.sleep(0)  # asyncpg tells of a statement in the turn of the loop after it
        return Recording(self._sent, frozenset(self._news.topics))


@asynccontextmanager
async def recorder(settings: Settings) -> AsyncIterator[Recorder]:
    """A recorder whose application has bought before."""
    async with AsyncExitStack() as stack:
        parts = await stack.enter_async_context(open_parts(settings))
        news = HeardNews(parts.news)
        parts = replace(parts, services=replace(parts.services, news=news))
        found = Recorder(Application(web_app(parts, Drain())), news)
        await _listen(parts.pool, found)
        bought = (await found.offers())[0]
        for _ in range(WARM_UP_PURCHASES):
            await found.purchase(bought)
        yield found


async def _listen(pool: Pool, found: Recorder) -> None:
    """Hear of every statement, on whichever connection of the pool."""
    async with AsyncExitStack() as stack:
        for _ in range(pool.get_max_size()):
            connection = await stack.enter_async_context(pool.acquire())
            connection.add_query_logger(found.hear)
