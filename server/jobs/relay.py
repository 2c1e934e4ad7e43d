"""Giving committed events their places in the log, and telling those who wait for them.

Any number of relays may run: one places at a time, the others find nothing to do. What a relay placed and did not live
to tell of, listeners find by themselves after a while.
"""

from collections.abc import Iterable

from domain.shared.news import News
from persistence import outbox
from persistence.statement import Pool, Record
from server.wiring import Parts

BATCH_SIZE = 500


async def relay_events(parts: Parts) -> bool:
    """Place a batch of events; whether there may be more."""
    return await relay(parts.pool, parts.news)


async def relay(pool: Pool, news: News) -> bool:
    """Place at most `BATCH_SIZE` committed events, and tell of them; whether there may be more."""
    async with pool.acquire() as connection:
        placed = await outbox.place(connection, limit=BATCH_SIZE)
    if placed:
        await news.tell(*topics_of(placed))
    return len(placed) == BATCH_SIZE


def topics_of(placed: "Iterable[Record]") -> set[str]:
    """The log itself, and each order, vendor and subject that the events are of."""
    topics = {outbox.EVENTS}
    for event in placed:
        topics.add(event["subject_id"])
        if event["order_id"] is not None:
            topics.add(event["order_id"])
        if event["vendor_id"] is not None:
            topics.add(f"vendor:{event['vendor_id']}")
    return topics
