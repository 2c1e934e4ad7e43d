"""Which failures of the database pass: the same request may succeed a moment later.

Its transaction was undone, or it is not known whether it was: asking again under the same idempotency key is right both
times.
"""

from collections.abc import Iterator

import asyncpg

MAX_CHAIN = 8
PASSING = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.PostgresConnectionError,
    asyncpg.InternalClientError,
    ConnectionError,
)
"""Victims of others' transactions, waits for locks that were too long, and a database that restarts or is not there.

asyncpg has an InternalClientError for a statement that meets the end of its connection while it is being sent.
"""
CLOSED = ("connection is closed", "connection was closed", "pool is closing", "connection has been released")


def is_retryable(error: BaseException) -> bool:
    """Whether it, or what it came after, is a failure that passes."""
    return any(_passes(each) for each in _chain(error))


def _passes(error: BaseException) -> bool:
    if isinstance(error, asyncpg.InterfaceError):
        return any(words in str(error) for words in CLOSED)
    return isinstance(error, PASSING) or _is_missing_socket(error)


def _is_missing_socket(error: BaseException) -> bool:
    """Of a database that is reached by a socket file and does not run; a file that is missing has a name."""
    return isinstance(error, FileNotFoundError) and error.filename is None


def _chain(error: BaseException) -> Iterator[BaseException]:
    each: BaseException | None = error
    for _ in range(MAX_CHAIN):
        if each is None:
            return
        yield each
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
