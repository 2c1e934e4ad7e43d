"""What waits to be delivered, as workers take it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from domain.shared.ids import WebhookId
from domain.webhooks.delivering.ports import Claim
from domain.webhooks.model import WebhookDelivery, WebhookDeliveryState
from domain.webhooks.retrying import Answer, Verdict
from persistence.statement import Connection, Database, Pool
from persistence.webhooks import fanning
from persistence.webhooks.queries import (
    DELIVERIES,
    DELIVERY_COLUMNS,
    WEBHOOK_COLUMNS,
    delivery_of,
    told_up_to,
    webhook_of,
)

READER_PAUSE = timedelta(seconds=1)
"""For how long one that is ahead of the log's reader waits for it."""

_CLAIM = f"""
UPDATE webhook SET leased_until = $2 WHERE id IN (
    SELECT id FROM webhook
    WHERE state = 'ENABLED' AND due_at <= $1 AND held_until <= $1 AND leased_until <= $1
    ORDER BY leased_until, id LIMIT $3 FOR UPDATE SKIP LOCKED)
RETURNING {WEBHOOK_COLUMNS}
"""  # noqa: S608 - made of constants
_SECRETS = """
SELECT webhook_id, sealed FROM webhook_secret
WHERE webhook_id = ANY($1::text[]) AND (expires_at IS NULL OR expires_at > $2) ORDER BY number DESC
"""
_DUE = f"""
SELECT {DELIVERY_COLUMNS} FROM {DELIVERIES}
WHERE delivery.webhook_id = $1 AND delivery.state = 'WAITING' AND delivery.next_attempt_at <= $2
ORDER BY delivery.position, delivery.id LIMIT $3
"""  # noqa: S608
_MOVE = """
UPDATE webhook_delivery SET state = $2, attempts = attempts + 1, tries = tries + 1, next_attempt_at = $3, ended_at = $4
WHERE id = $1 RETURNING attempts
"""
_ATTEMPT = """
INSERT INTO webhook_attempt (webhook_id, webhook_delivery_id, number, at, milliseconds, outcome, status_code, response)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_SUCCEEDED = """
UPDATE webhook SET failures = 0, failing_since = NULL, last_success_at = $2 WHERE id = $1
"""
_FAILED = """
UPDATE webhook SET failures = failures + $3, held_until = greatest(held_until, $4),
    failing_since = CASE WHEN $3 > 0 THEN coalesce(failing_since, $2) ELSE failing_since END,
    last_failure_at = CASE WHEN $3 > 0 THEN $2 ELSE last_failure_at END
WHERE id = $1
"""
_WITHHOLD = """
UPDATE webhook_delivery SET state = 'WITHHELD', next_attempt_at = NULL, ended_at = $2
WHERE id = $1 AND state = 'WAITING'
"""
_HELD = "SELECT behind FROM webhook WHERE id = $1 AND leased_until = $2 FOR UPDATE"
_RELEASE = """
UPDATE webhook SET leased_until = $2, behind = $3, due_at = least($4, (
    SELECT min(next_attempt_at) FROM webhook_delivery WHERE webhook_id = $1 AND state = 'WAITING'))
WHERE id = $1
"""
_FORGET = """
DELETE FROM webhook_delivery WHERE id IN (
    SELECT id FROM webhook_delivery WHERE state <> 'WAITING' AND ended_at < $1 LIMIT $2)
"""
_FORGET_SECRETS = "DELETE FROM webhook_secret WHERE expires_at < $1"


class Desk:
    """Implements `domain.webhooks.delivering.ports.Desk`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def claim(self, *, now: datetime, until: datetime, limit: int) -> Sequence[Claim]:
        rows = await self._pool.fetch(_CLAIM, now, until, limit)
        secrets = await self._pool.fetch(_SECRETS, [row["id"] for row in rows], now) if rows else ()
        return [
            Claim(webhook_of(row), until, tuple(each["sealed"] for each in secrets if each["webhook_id"] == row["id"]))
            for row in rows
        ]

    async def catch_up(self, webhook_id: WebhookId, *, now: datetime) -> None:
        await fanning.catch_up(self._pool, webhook_id, now=now)

    async def due(self, webhook_id: WebhookId, *, now: datetime, limit: int) -> Sequence[WebhookDelivery]:
        return [delivery_of(row) for row in await self._pool.fetch(_DUE, webhook_id, now, limit)]

    async def note(self, delivery: WebhookDelivery, answer: Answer, verdict: Verdict, *, now: datetime) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            ended_at = None if verdict.next_attempt_at else now
            state = verdict.state.value
            number = await connection.fetchval(_MOVE, delivery.id, state, verdict.next_attempt_at, ended_at)
            if number is None:
                return
            await _keep(connection, delivery, answer, number=number, now=now)
            if verdict.state is WebhookDeliveryState.SUCCEEDED:
                await connection.execute(_SUCCEEDED, delivery.webhook_id, now)
            elif not delivery.is_ping:
                held_until = verdict.held_until or now
                await connection.execute(_FAILED, delivery.webhook_id, now, int(verdict.blames), held_until)

    async def withhold(self, delivery: WebhookDelivery, *, now: datetime) -> None:
        await self._pool.execute(_WITHHOLD, delivery.id, now)

    async def release(self, claim: Claim, *, now: datetime) -> None:
        """Whether anything is due is looked for when the webhook is locked, since others put deliveries in line."""
        webhook_id = claim.webhook.id
        async with self._pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(_HELD, webhook_id, claim.until)
            if row is None:
                return
            behind, told = row["behind"], await told_up_to(connection)
            crowd = await fanning.waiting(connection, webhook_id, at_most=fanning.CROWD)
            if behind is None and crowd == fanning.CROWD:
                behind = told
            more_at = None
            if behind is not None and crowd < fanning.ROOM:
                more_at = now if behind < told else now + READER_PAUSE
            await connection.execute(_RELEASE, webhook_id, now, behind, more_at)

    async def position(self) -> int:
        return await told_up_to(self._pool)


async def forget_deliveries(database: Database, *, ended_before: datetime, now: datetime, limit: int) -> int:
    """Delete what ended before a moment, and secrets that sign no more; how many deliveries there were."""
    await database.execute(_FORGET_SECRETS, now)
    status: str = await database.execute(_FORGET, ended_before, limit)
    return int(status.removeprefix("DELETE "))


async def _keep(
    connection: Connection, delivery: WebhookDelivery, answer: Answer, *, number: int, now: datetime
) -> None:
    await connection.execute(
        _ATTEMPT,
        delivery.webhook_id,
        delivery.id,
        number,
        now,
        answer.milliseconds,
        answer.outcome.value,
        answer.status_code,
        answer.response,
    )
