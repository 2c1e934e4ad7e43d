"""Whether this process lives, and whether it can serve: the truth, within a bounded time."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from persistence import migrations
from server.wiring import Parts

CHECK_SECONDS = 2.0
"""How long a check may take; one that cannot have a connection within it has failed."""


def health_routes(
    parts: Parts, is_stopping: Callable[[], bool], are_others_ready: Callable[[], bool] = lambda: True
) -> list[Route]:
    """`/health/live` answers while the event loop turns; `/health/ready` only while requests would be served.

    Not by this process alone: a connection may be dealt to any of those that share the port.
    """
    readiness = Readiness(parts)

    async def live(_request: Request) -> JSONResponse:
        return JSONResponse({"status": "live"})

    async def ready(_request: Request) -> JSONResponse:
        database, redis = await readiness.checked()
        is_serving = not is_stopping() and are_others_ready()
        checks = {"serving": is_serving, "database": database, "redis": redis}
        # Redis is told but not required: losing it delays, and changes no outcome.
        is_ready = checks["serving"] and checks["database"]
        words = {name: "ok" if holds else "failing" for name, holds in checks.items()}
        return JSONResponse({"status": "ready" if is_ready else "not ready", **words}, 200 if is_ready else 503)

    return [Route("/health/live", live), Route("/health/ready", ready)]


class Readiness:
    """Asks the database and Redis at once; however many ask for it together, each is asked once."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._asking: asyncio.Task[tuple[bool, bool]] | None = None

    async def checked(self) -> tuple[bool, bool]:
        """Whether the database can be had and is current, and whether Redis is there."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        return await asyncio.shield(self._asking)

    async def _ask(self) -> tuple[bool, bool]:
        return await asyncio.gather(
            within_time(is_database_current(self._parts)), within_time(is_redis_there(self._parts))
        )


async def within_time(check: Awaitable[bool]) -> bool:
    """Its answer, if it comes in time. One that comes too late is not waited for, nor is its being canceled."""
    asked = asyncio.ensure_future(check)
    done, _ = await asyncio.wait([asked], timeout=CHECK_SECONDS)
    if not done:
        asked.cancel()
        return False
    try:
        return asked.result()
    except (OSError, TimeoutError, RedisError):
        return False


async def is_database_current(parts: Parts) -> bool:
    """Whether a connection can be had in time and the schema is the one this release needs."""
    try:
        # The timeout is also how long a canceled statement may take to end before its connection is given up.
        async with parts.pool.acquire(timeout=CHECK_SECONDS) as connection:
            return await migrations.is_current(connection)
    except (asyncpg.PostgresError, asyncpg.InterfaceError):
        return False


async def is_redis_there(parts: Parts) -> bool:
    return bool(await parts.redis.ping())
