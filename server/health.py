"""Whether this process lives, and whether it can serve: the truth, within a bounded time."""

import asyncio
from collections.abc import Awaitable

import asyncpg
from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from persistence import migrations
from server.graphql_drain import Drain
from server.wiring import Parts

CHECK_SECONDS = 2.0


def health_routes(parts: Parts, drain: Drain) -> list[Route]:
    """`/health/live` answers while the event loop turns; `/health/ready` only while requests would be served."""

    async def live(_request: Request) -> JSONResponse:
        return JSONResponse({"status": "live"})

    async def ready(_request: Request) -> JSONResponse:
        checks = {
            "serving": not drain.is_draining,
            "database": await within_time(is_database_current(parts)),
            "redis": await within_time(is_redis_there(parts)),
        }
        # Redis is told but not required: losing it delays, and changes no outcome.
        is_ready = checks["serving"] and checks["database"]
        words = {name: "ok" if holds else "failing" for name, holds in checks.items()}
        return JSONResponse({"status": "ready" if is_ready else "not ready", **words}, 200 if is_ready else 503)

    return [Route("/health/live", live), Route("/health/ready", ready)]


async def within_time(check: Awaitable[bool]) -> bool:
    try:
        return await asyncio.wait_for(check, CHECK_SECONDS)
    except (OSError, TimeoutError, RedisError):
        return False


async def is_database_current(parts: Parts) -> bool:
    """Whether a connection can be had in time and the schema is the one this release needs."""
    try:
        return await migrations.is_current(parts.pool)
    except (asyncpg.PostgresError, asyncpg.InterfaceError):
        return False


async def is_redis_there(parts: Parts) -> bool:
    return bool(await parts.redis.ping())
