"""The event log: written with the change, placed after the commit, read from any position.

Positions are given by one writer at a time (`place`), after the events' transactions committed; so a reader that has
seen position n never finds a smaller one later, which a sequence taken at insertion would not promise.
"""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Text, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY, insert

from domain.shared.events import Event, EventType, RecordedEvent
from domain.shared.ids import EventId, NewId, OrderId
from persistence.common_tables import event, log
from persistence.statement import Connection, Database, Record, Statement

EVENTS = "events"
PLACING_LOCK = 7_203_114_553

_next_sequence = select(func.coalesce(func.max(event.c.sequence), 0) + 1).where(
    event.c.subject_id == bindparam("subject_id")
)
_INSERT = Statement(
    insert(event).values(
        id=bindparam("id"),
        type=bindparam("type"),
        subject_id=bindparam("subject_id"),
        sequence=_next_sequence.scalar_subquery(),
        actor=bindparam("actor"),
        order_id=bindparam("order_id"),
        vendor_order_id=bindparam("vendor_order_id"),
        vendor_id=bindparam("vendor_id"),
        offer_id=bindparam("offer_id"),
        changes=bindparam("changes"),
    )
)

MANY = 100
"""Events from which on one statement for all costs less than one for each."""
_INSERT_ALL = """
INSERT INTO event (id, type, subject_id, sequence, actor, order_id, vendor_order_id, vendor_id, offer_id, changes)
SELECT id, type, subject_id,
    coalesce((SELECT max(sequence) FROM event AS before WHERE before.subject_id = item.subject_id), 0)
        + row_number() OVER (PARTITION BY subject_id ORDER BY place),
    $1, order_id, vendor_order_id, vendor_id, offer_id, changes::jsonb
FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[])
    WITH ORDINALITY
    AS item (id, type, subject_id, order_id, vendor_order_id, vendor_id, offer_id, changes, place)
ORDER BY place
"""

_COLUMNS = (
    event.c.id,
    event.c.type,
    event.c.subject_id,
    event.c.sequence,
    event.c.recorded_at,
    event.c.actor,
    event.c.order_id,
    event.c.vendor_order_id,
    event.c.vendor_id,
    event.c.offer_id,
    event.c.changes,
    event.c.position,
)

_PLACE = """
WITH fresh AS (
    SELECT id, row_number() OVER (ORDER BY recorded_at, sequence, id) AS place
    FROM (SELECT id, recorded_at, sequence FROM event WHERE position IS NULL
          ORDER BY recorded_at, sequence, id LIMIT $1) AS unplaced
), counter AS (
    INSERT INTO log (name, position) SELECT 'events', count(*) FROM fresh HAVING count(*) > 0
    ON CONFLICT (name) DO UPDATE SET position = log.position + excluded.position
    RETURNING position
)
UPDATE event SET position = counter.position - (SELECT count(*) FROM fresh) + fresh.place
FROM fresh, counter WHERE event.id = fresh.id
RETURNING event.position, event.order_id, event.vendor_id, event.subject_id, event.type
"""


async def record(connection: Connection, events: Sequence[Event], *, actor: str | None, new_id: NewId) -> None:
    """Write `events` in the present transaction. The caller holds the lock of each event's subject."""
    if len(events) >= MANY:
        await connection.execute(_INSERT_ALL, actor, *_columns(events, new_id))
        return
    await _INSERT.many(
        connection,
        (
            {
                "id": new_id("event"),
                "type": item.type.value,
                "subject_id": item.subject_id,
                "actor": actor,
                "order_id": item.order_id,
                "vendor_order_id": item.vendor_order_id,
                "vendor_id": item.vendor_id,
                "offer_id": item.offer_id,
                "changes": dict(item.changes),
            }
            for item in events
        ),
    )


def _columns(events: Sequence[Event], new_id: NewId) -> list[list[str | None]]:
    """The events turned on their side, as `_INSERT_ALL` takes them."""
    return [
        [new_id("event") for _ in events],
        [item.type.value for item in events],
        [item.subject_id for item in events],
        [item.order_id for item in events],
        [item.vendor_order_id for item in events],
        [item.vendor_id for item in events],
        [item.offer_id for item in events],
        [orjson.dumps(dict(item.changes)).decode() for item in events],
    ]


async def place(connection: Connection, *, limit: int) -> "Sequence[Record]":
    """Give positions to committed events that have none, at most `limit`; what was placed, unordered.

    Runs in a transaction of its own; only one caller at a time does anything, the others place nothing.
    """
    async with connection.transaction():
        if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", PLACING_LOCK):
            return []
        return await connection.fetch(_PLACE, limit)


def recorded(row: "Record") -> RecordedEvent:
    values: list[Any] = list(row)
    return RecordedEvent(EventId(values[0]), EventType(values[1]), *values[2:])


_after = (
    select(*_COLUMNS)
    .where(event.c.position > bindparam("after"))
    .where(
        bindparam("types", type_=ARRAY(Text)).is_(None)
        | (event.c.type == func.any(bindparam("types", type_=ARRAY(Text))))
    )
    .order_by(event.c.position)
    .limit(bindparam("limit"))
)
_AFTER = Statement(_after)
_AFTER_OF_ORDER = Statement(_after.where(event.c.order_id == bindparam("order_id")))
_AFTER_OF_VENDOR = Statement(_after.where(event.c.vendor_id == bindparam("vendor_id")))
_HEAD = Statement(select(log.c.position).where(log.c.name == EVENTS))
_BY_ID = Statement(
    select(*_COLUMNS)
    .where(event.c.id == func.any(bindparam("ids", type_=ARRAY(Text))))
    .where(event.c.position.is_not(None))
)
_FIRST_OF_ORDERS = f"""
SELECT first.* FROM unnest($1::text[]) AS asked (id)
CROSS JOIN LATERAL (
    SELECT {", ".join(column.name for column in _COLUMNS)} FROM event
    WHERE event.order_id = asked.id AND event.position IS NOT NULL
    ORDER BY event.position LIMIT $2
) AS first
"""  # noqa: S608 - made of constants


async def after(
    database: Database,
    position: int,
    *,
    limit: int,
    types: Sequence[EventType] | None = None,
    order_id: str | None = None,
    vendor_id: str | None = None,
) -> list[RecordedEvent]:
    """Events behind `position`, oldest first: all of them, an order's, or a vendor's."""
    names = [item.value for item in types] if types is not None else None
    values: dict[str, Any] = {"after": position, "limit": limit, "types": names}
    if order_id is not None:
        rows = await _AFTER_OF_ORDER.rows(database, order_id=order_id, **values)
    elif vendor_id is not None:
        rows = await _AFTER_OF_VENDOR.rows(database, vendor_id=vendor_id, **values)
    else:
        rows = await _AFTER.rows(database, **values)
    return [recorded(row) for row in rows]


async def head(database: Database) -> int:
    """The last position given."""
    return await _HEAD.value(database) or 0


async def by_id(database: Database, ids: Sequence[EventId]) -> list[RecordedEvent]:
    """Those that have a position, in no order."""
    return [recorded(row) for row in await _BY_ID.rows(database, ids=ids)]


async def first_of_orders(database: Database, order_ids: Sequence[OrderId], *, limit: int) -> list[RecordedEvent]:
    """The first so many events of each order, oldest first."""
    return [recorded(row) for row in await database.fetch(_FIRST_OF_ORDERS, order_ids, limit)]
