"""Forgetting what is kept for a time only."""

from datetime import timedelta

from persistence.customers.repository import delete_expired_sessions
from persistence.jobs import forget_history
from server.wiring import Parts

HISTORY_TERM = timedelta(days=14)
KEY_TERM = timedelta(hours=48)
BATCH = 5_000

_FORGET = """
DELETE FROM idempotency WHERE (scope, operation, key) IN (
    SELECT scope, operation, key FROM idempotency WHERE created_at < $1 ORDER BY created_at LIMIT $2)
"""


async def forget_old_keys(parts: Parts) -> bool:
    """Idempotency keys are kept twice as long as rule I1 asks for."""
    status = await parts.pool.execute(_FORGET, parts.services.now() - KEY_TERM, BATCH)
    return status == f"DELETE {BATCH}"


async def forget_ended_sessions(parts: Parts) -> bool:
    """Refresh tokens that nobody could use any more."""
    return await delete_expired_sessions(parts.pool, parts.services.now(), limit=BATCH) == BATCH


async def forget_old_jobs(parts: Parts) -> bool:
    """What the queue remembers of jobs that were done long ago."""
    return await forget_history(parts.pool, parts.services.now() - HISTORY_TERM, limit=BATCH) == BATCH
