"""Sends the statements of purchases, in the environment of a store: `python -m bench.replay CONNECTIONS SECONDS
[PER_SECOND]`, as many purchases a second as are asked for, or else as can be made.

Like a load generator it says that it begins, and then what it saw; its own CPU time is that of the process that sends.
Each connection buys another offer, as buyers do.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime

import asyncpg
import uvloop
from redis.asyncio import Redis

from bench.load import Seen, tell, timed
from bench.replay.pairing import NotReplayableError, Pairing, fresh_tokens
from bench.replay.recording import Recorder, Recording, recorder
from bench.replay.template import Template
from domain.shared.news import News
from persistence.engine import SESSION
from persistence.news import RedisNews
from persistence.statement import Connection
from server.garbage import collect_from_now_on
from server.logs import set_up_logs
from server.settings import Settings

ATTEMPTS = 5
"""At two purchases of the same statements, as now and then one reads anew what a process keeps for a while."""

PLACED = "SELECT count(*) FROM \"order\" WHERE status = 'CONFIRMED'"


async def templates(settings: Settings, connections: int) -> Sequence[Template]:
    assert settings.database_url is not None
    lister = await asyncpg.connect(settings.database_url)
    async with recorder(settings) as record:
        offers = (await record.offers())[:connections]
        found = [await template(record, offer_id, lister) for offer_id in offers]
    await lister.close()
    return found


async def template(record: Recorder, offer_id: str, connection: Connection) -> Template:
    for _ in range(ATTEMPTS - 1):
        with suppress(NotReplayableError):
            return await _template(record, offer_id, connection)
    return await _template(record, offer_id, connection)


async def _template(record: Recorder, offer_id: str, connection: Connection) -> Template:
    began = datetime.now(UTC)
    first, second = await record.purchase(offer_id), await record.purchase(offer_id)
    return Pairing(began, await kinds_of(first, connection)).template(first, second)


async def kinds_of(recording: Recording, connection: Connection) -> Mapping[str, Sequence[str]]:
    """The names of the types of each statement's parameters."""
    found: dict[str, Sequence[str]] = {}
    for sent in recording.sent:
        if sent.sql not in found:
            statement = await connection.prepare(sent.sql) if sent.arguments else None
            found[sent.sql] = [kind.name for kind in statement.get_parameters()] if statement else ()
    return found


def buying(connection: Connection, template: Template, news: News) -> Callable[[], Awaitable[None]]:
    """Buys, and wakes the worker as the store does: what it does then is the same, and as soon."""

    async def buy() -> None:
        await template.buy(connection, fresh_tokens(template.tokens), datetime.now(UTC))
        await news.tell(*template.topics)

    return buy


async def replay(connections: int, seconds: float, per_second: float | None) -> Seen:
    """Raises RuntimeError if the statements placed other than one order for each purchase."""
    settings = Settings.read()
    assert settings.redis_url is not None
    set_up_logs(settings, "bench")
    ready = await templates(settings, connections)
    opened = [await asyncpg.connect(settings.database_url, server_settings=dict(SESSION)) for _ in ready]
    redis = Redis.from_url(settings.redis_url)
    news = RedisNews(redis)
    telling = asyncio.create_task(news.run())
    turns = [buying(connection, template, news) for connection, template in zip(opened, ready, strict=True)]
    before = await opened[0].fetchval(PLACED)
    collect_from_now_on()
    seen = await timed(turns, seconds, per_second)
    placed = await opened[0].fetchval(PLACED) - before
    telling.cancel()
    await redis.aclose()
    for connection in opened:
        await connection.close()
    if placed < seen.turns:
        raise RuntimeError(f"{seen.turns} purchases placed {placed} orders")
    return seen


def main(connections: str, seconds: str, per_second: str | None = None) -> None:
    tell(asdict(uvloop.run(replay(int(connections), float(seconds), float(per_second) if per_second else None))))


if __name__ == "__main__":
    main(*sys.argv[1:])
