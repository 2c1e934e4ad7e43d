"""Watching whether a transaction is open while somebody outside of the shop is asked (rule I4)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from inspect import iscoroutinefunction
from typing import Any

from persistence.statement import Pool

OPEN_TRANSACTIONS = """
SELECT array_agg(query) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
  AND xact_start IS NOT NULL AND state <> 'idle' AND backend_type = 'client backend'
"""
"""Those of clients: now and then a backend that is idle begins one of its own, to catch up with other databases."""


@dataclass
class Watched:
    """A gateway, or another outside party, that looks for open transactions whenever it is asked."""

    party: Any
    pool: Pool
    asked: list[str] = field(default_factory=list)
    found: list[Any] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        act = getattr(self.party, name)
        return self._watching(name, act) if iscoroutinefunction(act) else act

    def _watching(self, name: str, act: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def watched(*arguments: Any, **named: Any) -> Any:
            self.asked.append(name)
            open_now = await self.pool.fetchval(OPEN_TRANSACTIONS)
            if open_now:
                self.found.append((name, open_now))
            return await act(*arguments, **named)

        return watched
