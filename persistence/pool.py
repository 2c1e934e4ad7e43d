"""A pool whose single statements take a free connection without the upkeep of lending it.

asyncpg lends connections to whoever runs several statements on one: it makes a proxy, shields the return by a task and
resets the session. One statement on a connection that is there and free needs nothing of that, which takes as long as a
small statement itself. Nor does a statement that the connection has prepared, lent or not, need what asyncpg does for
others. Everything else, and whatever goes wrong, is asyncpg's own business.

What is used here is private to asyncpg: its version is pinned, and a test says when it moves.
"""

# ruff: noqa: SLF001
import asyncio
from typing import Any

from asyncpg.connection import Connection
from asyncpg.exceptions import InvalidCachedStatementError, OutdatedSchemaCacheError
from asyncpg.pool import Pool as LendingPool

type Holder = Any
"""asyncpg's own place for one connection, whether or not that is open."""


class Session(Connection):
    """A connection that runs what it has prepared before without the steps that asyncpg takes to prepare it."""

    __slots__ = ()
    _drop_global_statement_cache: Any
    _protocol: Any
    _query_loggers: Any
    _stmt_cache: Any

    async def _execute(
        self,
        query: str,
        args: Any,
        limit: int,
        timeout: float | None,  # noqa: ASYNC109 - asyncpg's own
        *,
        return_status: bool = False,
        record_class: Any = None,
        **rare: Any,
    ) -> Any:
        """The rows; with their status if it is asked for."""
        protocol = self._protocol
        prepared = self._stmt_cache.get((query, record_class or protocol.get_record_class(), False))
        if prepared is not None and not rare and not self._query_loggers:
            seconds = protocol._get_timeout(timeout)
            try:
                return await protocol.bind_execute(prepared, args, "", limit, return_status, seconds)
            except InvalidCachedStatementError:  # what it reads looks different now: it has not run
                if protocol.is_in_transaction():
                    self._drop_global_statement_cache()
                    raise
            except OutdatedSchemaCacheError:
                await self.reload_schema_state()
                raise
        asyncpgs: Any = super()
        return await asyncpgs._execute(
            query, args, limit, timeout, return_status=return_status, record_class=record_class, **rare
        )


class Pool(LendingPool):
    """asyncpg's pool, for sessions in which statements leave nothing behind."""

    _closing: bool
    _generation: int
    _loop: asyncio.AbstractEventLoop
    _max_queries: float
    _queue: Any

    async def fetch(self, query: str, *arguments: Any, **options: Any) -> Any:
        return await self._run(LendingPool.fetch, Connection.fetch, query, arguments, options)

    async def fetchrow(self, query: str, *arguments: Any, **options: Any) -> Any:
        return await self._run(LendingPool.fetchrow, Connection.fetchrow, query, arguments, options)

    async def fetchval(self, query: str, *arguments: Any, **options: Any) -> Any:
        return await self._run(LendingPool.fetchval, Connection.fetchval, query, arguments, options)

    async def execute(self, query: str, *arguments: Any, **options: Any) -> Any:
        return await self._run(LendingPool.execute, Connection.execute, query, arguments, options)

    async def release(self, connection: Any, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 - asyncpg's own
        """Back at once where nothing has to be undone: neither a transaction nor a statement is under way."""
        lent, holder = connection._con, connection._holder
        if not self._is_clean(holder, lent):
            await super().release(connection, timeout=timeout)
            return
        lent._on_release()
        holder._timeout = None
        holder._release()
        holder._setup_inactive_callback()

    def _is_clean(self, holder: Holder, connection: Any) -> bool:
        if self._closing or holder._pool is not self or not self._is_fit(holder, connection):
            return False
        protocol = connection._protocol
        is_open = protocol.is_in_transaction() or connection._top_xact is not None
        is_heard = connection._listeners or connection._log_listeners
        return not (is_open or is_heard or protocol._is_cancelling() or holder._in_use is None)

    async def _run(self, lending: Any, own: Any, query: str, arguments: tuple[Any, ...], options: Any) -> Any:
        holder = self._taken()
        if holder is None:
            return await lending(self, query, *arguments, **options)
        connection = holder._con
        try:
            result = await own(connection, query, *arguments, **options)
        except BaseException:
            await self._released(holder, connection)
            raise
        if self._is_fit(holder, connection) and not connection._protocol.is_in_transaction():
            holder._release()
            holder._setup_inactive_callback()
        else:
            await self._released(holder, connection)
        return result

    def _taken(self) -> Holder | None:
        """A connection that is free and fit; None if asyncpg has to see to one, or others wait."""
        queue = self._queue
        if queue is None or self._closing or queue._getters or queue.empty():
            return None
        holder: Holder = queue.get_nowait()
        if not self._is_fit(holder, holder._con):
            queue.put_nowait(holder)
            return None
        holder._maybe_cancel_inactive_callback()
        holder._in_use = self._loop.create_future()
        return holder

    def _is_fit(self, holder: Holder, connection: Any) -> bool:
        return (
            connection is not None
            and holder._con is connection
            and not connection.is_closed()
            and holder._generation == self._generation
            and connection._protocol.queries_count < self._max_queries
        )

    async def _released(self, holder: Holder, connection: Any) -> None:
        """Back as asyncpg takes it back; where the connection was lost, it has done so already."""
        if holder._con is connection and holder._in_use is not None:
            await asyncio.shield(holder.release(None))
