"""Writing events, few and many at a time."""

from collections.abc import Sequence

import pytest

from domain.shared.events import Event, EventType
from domain.shared.ids import VendorId
from persistence import outbox
from persistence.ids import new_id
from persistence.statement import Pool

SUBJECTS = 3


def events(count: int) -> list[Event]:
    """Of each subject in turn, numbered in their order."""
    return [
        Event(
            EventType.PRODUCT_CHANGED,
            f"product_{at % SUBJECTS}",
            vendor_id=VendorId("vendor_1"),
            changes={"number": at},
        )
        for at in range(count)
    ]


async def record(pool: Pool, items: Sequence[Event]) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await outbox.record(connection, items, actor="import", new_id=new_id)


@pytest.mark.parametrize("count", [outbox.MANY - 1, outbox.MANY, 3 * outbox.MANY])
async def test_events_of_a_subject_are_counted_on_without_gaps_however_many_come_at_once(pool: Pool, count: int):
    await record(pool, events(SUBJECTS))

    await record(pool, events(count))

    rows = await pool.fetch("SELECT subject_id, sequence, changes FROM event ORDER BY subject_id, sequence")
    expected = [
        (f"product_{subject}", sequence, {"number": number})
        for subject in range(SUBJECTS)
        for sequence, number in enumerate([subject, *range(subject, count, SUBJECTS)], start=1)
    ]
    assert [tuple(row) for row in rows] == expected


async def test_many_events_are_told_in_the_order_in_which_they_were_recorded(pool: Pool):
    items = events(2 * outbox.MANY)
    await record(pool, items)
    async with pool.acquire() as connection:
        await outbox.place(connection, limit=len(items))

    told = await outbox.after(pool, 0, limit=len(items))

    assert [event.changes["number"] for event in told] == list(range(len(items)))
    assert {(event.actor, event.vendor_id, event.order_id) for event in told} == {("import", "vendor_1", None)}
