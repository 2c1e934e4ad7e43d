"""How fast a catalog comes in, and how fast the search index follows what changes."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

import asyncpg

from bench.results import Followed, Indexing, Intake
from bench.stage import Store, import_catalog
from domain.shared.events import Event, EventType
from persistence import outbox
from persistence.engine import open_pool
from persistence.ids import new_id
from persistence.statement import Pool

CHANGES = 5_000
"""How many products change at once, as when somebody brings in a new list."""

PATIENCE_SECONDS = 300.0
POLL_SECONDS = 0.05

MARK = " (new)"
"""What a title has more or less than before."""

_PRODUCTS = "SELECT id FROM product WHERE status = 'ACTIVE' ORDER BY right(id, 8) {order} LIMIT $1"
"""From all over the catalog, as ids end at random; in the other order others, if there are so many."""
_OFFERS = "SELECT DISTINCT ON (product_id) id FROM offer WHERE product_id = ANY($1::text[]) AND status = 'ACTIVE'"
_DEARER = "UPDATE price SET amount_minor = amount_minor + 1 WHERE offer_id = ANY($1::text[])"
_RENAMED = f"""
UPDATE product SET title = CASE WHEN title LIKE '%{MARK}' THEN left(title, -length('{MARK}')) ELSE title || '{MARK}' END
WHERE id = ANY($1::text[])
"""  # noqa: S608 - a constant
_IS_FOLLOWED = """
SELECT NOT EXISTS (SELECT FROM event WHERE position IS NULL) AND coalesce(
    (SELECT position FROM log WHERE name = 'search_index') >= (SELECT coalesce(max(position), 0) FROM event), false)
"""


def intake(store: Store, catalog: Path) -> Intake:
    """Import a catalog of Icecat as an operator would, then change it and wait for the index."""
    before = asyncio.run(count_products(store.database_url))
    started = time.perf_counter()
    import_catalog(store.environment, catalog)
    seconds = time.perf_counter() - started
    imported = asyncio.run(count_products(store.database_url)) - before
    return Intake(imported, seconds, asyncio.run(index_changes(store.database_url)))


async def index_changes(database_url: str) -> Indexing:
    """Change the prices of some products and the titles of others, and wait each time for the index; and once more."""
    pool = await open_pool(database_url, max_size=2)
    try:
        await _wait(pool)
        repriced, renamed = [
            [row[0] for row in await pool.fetch(_PRODUCTS.format(order=order), CHANGES)] for order in ("ASC", "DESC")
        ]
        offers = [row[0] for row in await pool.fetch(_OFFERS, repriced)]
        new_prices = [Event(EventType.PRICE_CHANGED, offer, offer_id=offer) for offer in offers]
        new_titles = [Event(EventType.PRODUCT_CHANGED, product) for product in renamed]
        first, again = [
            Followed(
                await _seconds_until_found(pool, _DEARER, offers, new_prices),
                await _seconds_until_found(pool, _RENAMED, renamed, new_titles),
            )
            for _ in range(2)
        ]
        return Indexing(len(renamed), first, again)
    finally:
        await pool.close()


async def _seconds_until_found(pool: Pool, change: str, ids: Sequence[str], events: Sequence[Event]) -> float:
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(change, ids)
        await outbox.record(connection, events, actor=None, new_id=new_id)
    started = time.perf_counter()
    await _wait(pool)
    return time.perf_counter() - started


async def _wait(pool: Pool) -> None:
    """Until the index has seen all events."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await pool.fetchval(_IS_FOLLOWED):  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(POLL_SECONDS)


async def count_products(database_url: str) -> int:
    connection = await asyncpg.connect(database_url)
    found: int = await connection.fetchval("SELECT count(*) FROM product")
    await connection.close()
    return found
