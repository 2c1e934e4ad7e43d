"""The connection pool, and what every connection is told once."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import asyncpg
import orjson

from persistence.pool import Pool, Session

if TYPE_CHECKING:
    from persistence.statement import Connection

COMMAND_TIMEOUT_SECONDS = 30.0
LOCK_TIMEOUT_SECONDS = 5
MAX_QUERIES = 50_000
"""After which a connection is replaced, so that what PostgreSQL keeps for it does not grow for ever."""
IDLE_SECONDS = 300.0
"""After which one that nobody needs is closed."""

SESSION: Mapping[str, str] = {
    "timezone": "UTC",
    "application_name": "global-commerce",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "lock_timeout": f"{LOCK_TIMEOUT_SECONDS}s",
}
"""Settings of PostgreSQL on every connection."""


async def _prepare(connection: "Connection") -> None:
    for name in ("json", "jsonb"):
        await connection.set_type_codec(name, encoder=_encode, decoder=orjson.loads, schema="pg_catalog")


async def _keep_session(connection: "Connection") -> None:
    """Nothing to undo on release: statements of ours leave nothing in the session, and asyncpg's reset costs a trip."""


def _encode(value: Any) -> str:
    return orjson.dumps(value).decode()


async def open_pool(
    url: str,
    *,
    min_size: int = 2,
    max_size: int = 16,
    prepared_statements: bool = True,
    on_statement: Callable[[Any], None] | None = None,
) -> "asyncpg.Pool[asyncpg.Record]":
    """A pool on a `postgresql://` URL. Behind PgBouncer older than 1.21, `prepared_statements` must be off.

    `on_statement` is given asyncpg's record of each statement after it has ended.
    """

    async def prepare(connection: "Connection") -> None:
        await _prepare(connection)
        if on_statement is not None:
            connection.add_query_logger(on_statement)

    return await Pool(
        url,
        loop=None,
        connection_class=Session,
        record_class=asyncpg.Record,
        max_queries=MAX_QUERIES,
        max_inactive_connection_lifetime=IDLE_SECONDS,
        min_size=min_size,
        max_size=max_size,
        init=prepare,
        reset=_keep_session,
        command_timeout=COMMAND_TIMEOUT_SECONDS,
        statement_cache_size=512 if prepared_statements else 0,
        server_settings=dict(SESSION),
    )
