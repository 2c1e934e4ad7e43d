"""How fast a catalog comes in, and how fast the search index follows what changes."""

import asyncio
import time
from pathlib import Path

import asyncpg

from bench.results import Intake
from bench.stage import Store, import_catalog
from domain.shared.events import Event, EventType
from persistence import outbox
from persistence.engine import open_pool
from persistence.ids import new_id
from persistence.statement import Pool

CHANGES = 5_000
"""How many prices change at once, as when somebody brings in a new list."""

PATIENCE_SECONDS = 300.0
POLL_SECONDS = 0.05

_OFFERS = "SELECT DISTINCT ON (product_id) id FROM offer WHERE status = 'ACTIVE' ORDER BY product_id, id LIMIT $1"
_DEARER = "UPDATE price SET amount_minor = amount_minor + 1 WHERE offer_id = ANY($1::text[])"
_IS_FOLLOWED = """
SELECT NOT EXISTS (SELECT FROM event WHERE position IS NULL) AND coalesce(
    (SELECT position FROM log WHERE name = 'search_index') >= (SELECT coalesce(max(position), 0) FROM event), false)
"""


def intake(store: Store, catalog: Path) -> Intake:
    """Import a catalog of Icecat as an operator would, then change prices and wait for the index."""
    before = asyncio.run(count_products(store.database_url))
    started = time.perf_counter()
    import_catalog(store.environment, catalog)
    seconds = time.perf_counter() - started
    imported = asyncio.run(count_products(store.database_url)) - before
    return Intake(imported, seconds, *asyncio.run(index_changes(store.database_url)))


async def index_changes(database_url: str) -> tuple[int, float]:
    """How many prices were changed, and the seconds until all of them can be found."""
    pool = await open_pool(database_url, max_size=2)
    try:
        await _wait(pool)
        changed = await _change(pool)
        started = time.perf_counter()
        await _wait(pool)
        return changed, time.perf_counter() - started
    finally:
        await pool.close()


async def _change(pool: Pool) -> int:
    offers = [row[0] for row in await pool.fetch(_OFFERS, CHANGES)]
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(_DEARER, offers)
        events = [Event(EventType.PRICE_CHANGED, offer, changes={}, offer_id=offer) for offer in offers]
        await outbox.record(connection, events, actor=None, new_id=new_id)
    return len(offers)


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
