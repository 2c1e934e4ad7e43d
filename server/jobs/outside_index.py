"""Keeping the index outside the database in step with that inside, from which it is made.

A reader of the log follows `index_changes`, and another one follows `index_repriced`. Each moves on once the engine has
taken what changed. So nothing is lost while the engine is away, and it catches up by itself when it is back; its faults
are `SearchUnavailable`, after which the job is tried again. No transaction is open while the engine is asked; a lease
keeps workers from doing the same, and if two do, older documents give way to newer ones.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from domain.pricing.searching.ports import SearchUnavailable
from domain.shared.ids import ProductId
from domain.shared.making import dataclass
from integrations.opensearch.index import OpenSearchIndex
from persistence import outbox
from persistence.catalog.search_index import repriced
from persistence.changes import count_product_lists
from persistence.search import outside
from persistence.search.documents import versioned_documents
from persistence.statement import Pool
from server.jobs.indexing import PRICES_READER, READER, SOLD_IN, index_market, products_of
from server.wiring import Parts

BATCH_EVENTS = 200
BATCH_PRODUCTS = 250
LEASE_SECONDS = 60
PAUSE = timedelta(minutes=1)

_POSITION = "SELECT position FROM log WHERE name = $1"
_ADVANCE = "UPDATE log SET position = $2 WHERE name = $1 AND position = $3"
_PLACE = (
    "INSERT INTO log (name, position) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET position = excluded.position"
)
_PRESENT = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
_HOLD = f"""
INSERT INTO log (name, position) VALUES ($1, {_PRESENT} + $2 * 1000)
ON CONFLICT (name) DO UPDATE SET position = excluded.position
"""  # noqa: S608 - made of constants
_IS_HELD = f"SELECT position > {_PRESENT} FROM log WHERE name = $1"  # noqa: S608
_LEASE = f"{_HOLD} WHERE log.position < {_PRESENT} RETURNING position"
_RELEASE = "UPDATE log SET position = 0 WHERE name = $1 AND position = $2"
_NEXT = "SELECT product_id FROM search_product WHERE product_id > $1 ORDER BY product_id LIMIT $2"


@dataclass(frozen=True, slots=True)
class Readers:
    """The names of an index's rows in `log`. Without the first it has not been filled yet."""

    changes: str
    prices: str
    lease: str
    filling: str

    @classmethod
    def of(cls, alias: str) -> "Readers":
        return cls(
            f"{outside.READER}{alias}", *[f"outside_search_{what}:{alias}" for what in ("prices", "lease", "filling")]
        )


async def push_changes(parts: Parts) -> bool:
    """Tell the engine of the products that new events name, in the order of the log."""
    if parts.outside_search is None:
        return False
    pool, index = parts.pool, parts.outside_search.index
    readers = Readers.of(index.alias)
    async with _leased(pool, readers.lease) as is_ours:
        position = await pool.fetchval(_POSITION, readers.changes) if is_ours else None
        if position is None:
            return False
        reached, has_more = await _push_events(pool, index, position)
        if reached != position:
            await pool.execute(_ADVANCE, readers.changes, reached, position)
            await _end_lists(pool)
    return has_more


async def push_repriced(parts: Parts) -> bool:
    """Tell the engine of the products of which a price began or ended, as far as those are indexed in the database."""
    if parts.outside_search is None:
        return False
    pool, index = parts.pool, parts.outside_search.index
    readers = Readers.of(index.alias)
    position, until = await pool.fetchval(_POSITION, readers.prices), await pool.fetchval(_POSITION, PRICES_READER)
    if position is None or until is None or until <= position:
        return False
    async with pool.acquire() as connection:
        product_ids = await repriced(connection, _moment(position), _moment(until))
    await push(pool, index, product_ids)
    await pool.execute(_ADVANCE, readers.prices, until, position)
    if product_ids:
        await _end_lists(pool)
    return False


async def index_market_everywhere(parts: Parts, market_id: str) -> datetime | None:
    """`index_market`, for the engine too; while that is away, all of it again a little later."""
    await index_market(parts, market_id)
    after = ""
    while ids := [row[0] for row in await parts.pool.fetch(SOLD_IN, market_id, after, BATCH_PRODUCTS)]:
        if again := await _push_unless_away(parts, ids):
            return again
        after = ids[-1]
    return None


async def push_products(parts: Parts, ids: str) -> datetime | None:
    """Tell the engine of some products, whose ids have spaces between; while it is away, again a little later."""
    return await _push_unless_away(parts, ids.split())


async def _push_unless_away(parts: Parts, product_ids: Sequence[str]) -> datetime | None:
    """When to try again: if the engine is away, or the index is being replaced. One that is not kept needs nothing."""
    if parts.outside_search is None:
        return None
    index = parts.outside_search.index
    readers = Readers.of(index.alias)
    if await parts.pool.fetchval(_POSITION, readers.changes) is None:
        return None
    if await parts.pool.fetchval(_IS_HELD, readers.filling):
        return parts.services.now() + PAUSE
    try:
        await push(parts.pool, index, product_ids)
    except SearchUnavailable:
        return parts.services.now() + PAUSE
    await _end_lists(parts.pool)
    return None


async def push(pool: Pool, index: OpenSearchIndex, product_ids: Sequence[str], *, into: str | None = None) -> None:
    """Have the engine find these products by what the database says of them."""
    for first in range(0, len(product_ids), BATCH_PRODUCTS):
        ids = product_ids[first : first + BATCH_PRODUCTS]
        version, documents = await versioned_documents(pool, ids)
        gone = {ProductId(each) for each in ids} - {document.product_id for document in documents}
        await index.put(documents, gone, version=version, into=into)
    if into is None and product_ids:
        await index.refresh()


async def reindex(pool: Pool, index: OpenSearchIndex, now: datetime) -> int:
    """Fill a new index with all that can be found, and have searches go there. How many products there are.

    Searches and changes go to the old one meanwhile. What events tell of is brought to the new one before the switch,
    and then the readers begin where that ended; jobs, which do not come again by themselves, wait until it is over.
    """
    readers = Readers.of(index.alias)
    position = await pool.fetchval(_POSITION, READER) or 0
    moment = await pool.fetchval(_POSITION, PRICES_READER) or _milliseconds(now)
    await pool.execute(_HOLD, readers.filling, LEASE_SECONDS)
    name = await index.create(now)
    try:
        total = await _fill(pool, index, name)
        has_more = True
        while has_more:
            await pool.execute(_HOLD, readers.filling, LEASE_SECONDS)
            position, has_more = await _push_events(pool, index, position, into=name)
        await index.switch(name)
    except BaseException:
        await index.drop(name)
        raise
    await pool.execute(_PLACE, readers.changes, position)
    await pool.execute(_PLACE, readers.prices, moment)
    await pool.execute(_PLACE, readers.filling, 0)
    await _end_lists(pool)
    return total


async def _fill(pool: Pool, index: OpenSearchIndex, name: str) -> int:
    last, total = "", 0
    while ids := [row[0] for row in await pool.fetch(_NEXT, last, BATCH_PRODUCTS)]:
        await pool.execute(_HOLD, Readers.of(index.alias).filling, LEASE_SECONDS)
        await push(pool, index, ids, into=name)
        last, total = ids[-1], total + len(ids)
    return total


async def _push_events(
    pool: Pool, index: OpenSearchIndex, position: int, *, into: str | None = None
) -> tuple[int, bool]:
    """Push what a batch of events names, as far as the database has indexed it: where it ends, and if there is more."""
    indexed = await pool.fetchval(_POSITION, READER) or 0
    events = [event for event in await outbox.after(pool, position, limit=BATCH_EVENTS) if event.position <= indexed]
    if not events:
        return position, False
    await push(pool, index, await products_of(pool, events), into=into)
    return events[-1].position, len(events) == BATCH_EVENTS


async def _end_lists(pool: Pool) -> None:
    """End kept answers that hold lists, now that searches find what was pushed."""
    async with pool.acquire() as connection:
        await count_product_lists(connection)


@asynccontextmanager
async def _leased(pool: Pool, name: str) -> AsyncIterator[bool]:
    """Whether nobody else holds it; whoever dies with it holds it for a minute."""
    held_until = await pool.fetchval(_LEASE, name, LEASE_SECONDS)
    try:
        yield held_until is not None
    finally:
        if held_until is not None:
            await pool.execute(_RELEASE, name, held_until)


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
