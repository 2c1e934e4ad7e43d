"""From the log to deliveries: one line for each event and each webhook that wants it.

One reader takes the log for all webhooks that keep up with it. One that was paused, is new, has too much waiting, or
is told again catches up by itself, and joins the others once it has seen all that they have; the reader's row in `log`
is what both hold meanwhile, always before the webhook's, so that no event falls between them. Whatever is told twice
is there once, since a delivery's id is made of its event and its webhook.
"""

from collections.abc import Sequence
from datetime import datetime

from domain.shared.ids import WebhookId
from domain.webhooks.model import delivery_id
from persistence.outbox import EVENTS
from persistence.statement import Connection, Database, Pool, Record
from persistence.webhooks.queries import READER

BATCH = 500
"""Events that the reader takes at once."""
WINDOW = 10_000
"""How far one that catches up looks ahead for events of its kinds."""
ROOM = 1_000
"""One that catches up has at most so many deliveries waiting."""
CROWD = 5_000
"""One with more waiting than so many falls behind instead."""

_BEGIN = """
INSERT INTO log (name, position) SELECT $1, coalesce((SELECT position FROM log WHERE name = $2), 0)
ON CONFLICT DO NOTHING
"""
_TAKE = "SELECT position FROM log WHERE name = $1 FOR UPDATE SKIP LOCKED"
_HOLD = "SELECT position FROM log WHERE name = $1 FOR SHARE"
_LAST = """
SELECT max(position) FROM (SELECT position FROM event WHERE position > $1 ORDER BY position LIMIT $2) AS ahead
"""
_ADVANCE = "UPDATE log SET position = $2 WHERE name = $1"
_WANTED = """
SELECT webhook.id AS webhook_id, event.id AS event_id, event.position
FROM event JOIN webhook ON webhook.vendor_id = event.vendor_id
WHERE event.position > $1 AND event.position <= $2 AND webhook.behind IS NULL
    AND (webhook.events = '{}' OR event.type = ANY (webhook.events))
UNION ALL
SELECT webhook.id, event.id, event.position FROM event CROSS JOIN webhook
WHERE event.position > $1 AND event.position <= $2 AND webhook.behind IS NULL AND webhook.vendor_id IS NULL
    AND (webhook.events = '{}' OR event.type = ANY (webhook.events))
ORDER BY position
"""
_WANTED_BY_ONE = """
SELECT webhook.id AS webhook_id, event.id AS event_id, event.position FROM event JOIN webhook ON webhook.id = $1
    AND (webhook.vendor_id IS NULL OR webhook.vendor_id = event.vendor_id)
    AND (webhook.events = '{}' OR event.type = ANY (webhook.events))
WHERE event.position > $2 AND event.position <= $3
ORDER BY event.position LIMIT $4
"""
_INSERT = """
INSERT INTO webhook_delivery AS delivery (id, webhook_id, event_id, position, state, created_at, next_attempt_at)
SELECT id, webhook_id, event_id, position, 'WAITING', $5, $5
FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) AS wanted (id, webhook_id, event_id, position)
ON CONFLICT (id) DO UPDATE SET state = 'WAITING', tries = 0, next_attempt_at = $5, ended_at = NULL
    WHERE delivery.state <> 'WAITING' AND delivery.position <= $6
"""
_WAKE = """
UPDATE webhook SET due_at = least(due_at, $2) WHERE id IN (
    SELECT id FROM webhook WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE)
"""
_BEHIND = "SELECT behind, again_until FROM webhook WHERE id = $1 AND state = 'ENABLED' FOR UPDATE"
_WAITING = """
SELECT count(*) FROM (
    SELECT FROM webhook_delivery WHERE webhook_id = $1 AND state = 'WAITING' LIMIT $2) AS waiting
"""
_CATCH_UP = """
UPDATE webhook SET behind = $2::bigint, again_until = CASE WHEN $2::bigint IS NULL THEN 0 ELSE again_until END
WHERE id = $1
"""


async def fan_out(pool: Pool, *, now: datetime) -> bool:
    """Put the next events of the log in line for all webhooks that keep up; whether there may be more.

    One process at a time does so; the others find nothing to do.
    """
    async with pool.acquire() as connection, connection.transaction():
        position = await connection.fetchval(_TAKE, READER)
        if position is None:
            await connection.execute(_BEGIN, READER, EVENTS)
            return False
        last = await connection.fetchval(_LAST, position, BATCH)
        if last is None:
            return False
        wanted = await connection.fetch(_WANTED, position, last)
        await _put_in_line(connection, wanted, now=now)
        await connection.execute(_ADVANCE, READER, last)
    return bool(last - position >= BATCH)


async def catch_up(pool: Pool, webhook_id: WebhookId, *, now: datetime) -> None:
    """Put in line some of the events that a webhook is behind with; once there are no more, it keeps up."""
    if await pool.fetchval("SELECT behind FROM webhook WHERE id = $1", webhook_id) is None:
        return
    async with pool.acquire() as connection, connection.transaction():
        told: int | None = await connection.fetchval(_HOLD, READER)
        row = await connection.fetchrow(_BEHIND, webhook_id)
        room = ROOM - await waiting(connection, webhook_id, at_most=ROOM)
        if told is None or row is None or row["behind"] is None or told < row["behind"] or not room:
            return
        until = min(told, row["behind"] + WINDOW)
        wanted = await connection.fetch(_WANTED_BY_ONE, webhook_id, row["behind"], until, room)
        await _put_in_line(connection, wanted, now=now, again_until=row["again_until"])
        seen = wanted[-1]["position"] if len(wanted) == room else until
        await connection.execute(_CATCH_UP, webhook_id, None if seen == told else seen)


async def waiting(database: Database, webhook_id: WebhookId, *, at_most: int) -> int:
    """How many deliveries wait, counted no further than `at_most`."""
    counted: int = await database.fetchval(_WAITING, webhook_id, at_most)
    return counted


async def _put_in_line(
    connection: Connection, wanted: "Sequence[Record]", *, now: datetime, again_until: int = 0
) -> None:
    if not wanted:
        return
    await connection.execute(
        _INSERT,
        [delivery_id(row["webhook_id"], row["event_id"]) for row in wanted],
        [row["webhook_id"] for row in wanted],
        [row["event_id"] for row in wanted],
        [row["position"] for row in wanted],
        now,
        again_until,
    )
    await connection.execute(_WAKE, sorted({row["webhook_id"] for row in wanted}), now)
