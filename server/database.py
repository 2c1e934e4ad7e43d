"""Reaching the database at a start: it may be starting too, or be down just then."""

import asyncio
import os
import time
from typing import TYPE_CHECKING, Any

import asyncpg
import structlog

from persistence.engine import open_pool
from server.settings import SettingsError

if TYPE_CHECKING:
    from persistence.statement import Pool

PATIENCE_SECONDS = 60.0
RETRY_SECONDS = 0.5
PASSING = (OSError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError)
"""What may be otherwise in a moment. A `TimeoutError` is an `OSError`."""
LASTING = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.ClientConfigurationError,
)

logger = structlog.get_logger(__name__)


async def reach(url: str, *, patience_seconds: float = 0.0, **options: Any) -> "Pool":
    """A pool on the database, with the options of `open_pool`; waits for it as long as that may help.

    SettingsError, in one line, for one that refuses us or stays away.
    """
    ends, is_told = time.monotonic() + patience_seconds, False
    while True:
        try:
            return await open_pool(url, **options)
        except LASTING as error:
            raise SettingsError(f"DATABASE_URL: {error}") from None
        except PASSING as error:
            if time.monotonic() >= ends:
                raise SettingsError(f"DATABASE_URL: the database cannot be reached: {_reason(error)}") from None
            if not is_told:
                logger.warning("database_awaited", error=type(error).__name__, seconds=patience_seconds)
                is_told = True
        await asyncio.sleep(RETRY_SECONDS)


def _reason(error: Exception) -> str:
    """In the system's words where it has some: event loops have their own, one of them for each address tried."""
    number = error.errno if isinstance(error, OSError) else None
    return os.strerror(number) if number is not None else str(error) or type(error).__name__


async def check_reachable(url: str) -> None:
    """SettingsError, in one line, unless the database lets us in."""
    await (await reach(url, min_size=1, max_size=1)).close()
