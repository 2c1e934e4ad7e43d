"""The log under parallel writers and relays: no gap, no double, nothing late."""

import asyncio

from domain.inventory.adjustment import Change
from domain.inventory.usecases import AdjustStock, adjust_stock
from domain.shared.events import RecordedEvent
from persistence import outbox
from persistence.ids import new_id
from persistence.statement import Pool
from server.jobs.relay import relay
from tests.factories.orders import Seller, make_shop, unit_of_work
from tests.fakes.news import LocalNews

WRITERS = 6
WRITES = 15


async def write(pool: Pool, seller: Seller, number: int = 0) -> None:
    """Change the stock of the seller's offers, one after the other."""
    for at in range(WRITES):
        offer_id = seller.offers[(number + at) % len(seller.offers)]
        act = AdjustStock(offer_id, seller.warehouse_id, Change(delta=1), "count", new_id("key"))
        await adjust_stock(unit_of_work(pool, seller.actor), act)


async def relay_until(pool: Pool, count: int) -> None:
    while await outbox.head(pool) < count:
        await relay(pool, LocalNews())


async def read_all(pool: Pool, count: int) -> list[RecordedEvent]:
    """What a reader has seen who follows the log from its beginning while it grows."""
    seen: list[RecordedEvent] = []
    while len(seen) < count:
        seen += await outbox.after(pool, seen[-1].position if seen else 0, limit=7)
    return seen


async def test_i7_a_reader_of_a_growing_log_sees_every_event_once_and_in_order(pool: Pool):
    shop = await make_shop(pool, offers=3)
    total = WRITERS * WRITES

    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        reader = tasks.create_task(read_all(pool, total))
        for number in range(WRITERS):
            tasks.create_task(write(pool, shop.sellers[number % 2], number))
        for _ in range(2):
            tasks.create_task(relay_until(pool, total))

    assert [event.position for event in reader.result()] == list(range(1, total + 1))
    assert len({event.id for event in reader.result()}) == total


async def test_i7_events_are_numbered_without_gaps_per_subject_in_the_order_of_the_log(pool: Pool):
    shop = await make_shop(pool, offers=3)

    await asyncio.gather(*[write(pool, shop.sellers[number % 2], number) for number in range(WRITERS)])
    await relay(pool, LocalNews())

    sequences: dict[str, list[int]] = {}
    for event in await outbox.after(pool, 0, limit=1000):
        sequences.setdefault(event.subject_id, []).append(event.sequence)
    assert len(sequences) == 6
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in sequences.values())


async def test_a_relay_tells_the_log_the_vendor_and_the_subject(pool: Pool):
    shop = await make_shop(pool)
    news = LocalNews()
    await write(pool, shop.sellers[0])

    assert await relay(pool, news) is False

    assert set(news.told) == {"events", f"vendor:{shop.sellers[0].id}", *shop.sellers[0].offers}


async def test_a_relay_with_nothing_to_do_writes_and_tells_nothing(pool: Pool):
    news = LocalNews()

    assert await relay(pool, news) is False

    assert news.told == []
    assert await pool.fetchval("SELECT count(*) FROM log") == 0
