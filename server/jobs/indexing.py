"""Keeping the search index at most seconds behind what it is made of."""

from collections.abc import Sequence
from datetime import UTC, datetime

from domain.shared.events import EventType, RecordedEvent
from persistence import outbox
from persistence.catalog.search_index import (
    count_lexemes,
    postpone_outdated,
    refresh,
    refresh_offered,
    refresh_offers,
    refresh_postponed,
    repriced,
)
from persistence.changes import count_product_lists
from persistence.statement import Connection, Database
from server.wiring import Parts

READER = "search_index"
PRICES_READER = "search_index_prices"
BATCH = 200

_LOCKED_POSITION = "SELECT position FROM log WHERE name = $1 FOR UPDATE SKIP LOCKED"
_BEGIN = "INSERT INTO log (name, position) VALUES ($1, $2) ON CONFLICT DO NOTHING"
_ADVANCE = "UPDATE log SET position = $2 WHERE name = $1"

TOLD_ANEW = frozenset({EventType.PRODUCT_CHANGED, EventType.PRICE_CHANGED})
"""Events after which a product may have other words, or other vendors; what others tell of is stock alone."""

_PRODUCTS = """
SELECT product_id FROM offer WHERE id = ANY($1::text[])
UNION SELECT product_id FROM order_line WHERE order_id = ANY($2::text[])
UNION SELECT id FROM product WHERE id = ANY($3::text[])
"""

SOLD_IN = """
SELECT product.id FROM product WHERE product.id > $2 AND EXISTS (
    SELECT FROM offer JOIN price ON price.offer_id = offer.id
    WHERE offer.product_id = product.id AND price.price_list_id IN (
        SELECT list.id FROM market JOIN price_list AS list ON list.currency = ANY(market.currencies)
        WHERE market.id = $1 AND coalesce(list.market_id, $1) = $1))
ORDER BY product.id LIMIT $3
"""


async def index_changes(parts: Parts) -> bool:
    """Refresh the products that new events name, in the order of the log; one reader at a time."""
    async with parts.pool.acquire() as connection, connection.transaction():
        position = await connection.fetchval(_LOCKED_POSITION, READER)
        if position is None:
            await connection.execute(_BEGIN, READER, 0)
            return False
        events = await outbox.after(connection, position, limit=BATCH)
        if not events:
            return False
        products = await _told_anew(connection, events)
        sold = [event for event in events if event.type not in TOLD_ANEW]
        has_moved = await refresh_offered(connection, set(await products_of(connection, sold)) - products)
        await connection.execute(_ADVANCE, READER, events[-1].position)
        if products or has_moved:
            await count_product_lists(connection)
    return len(events) == BATCH


async def _told_anew(connection: Connection, events: Sequence[RecordedEvent]) -> set[str]:
    """Refresh the products of which events tell more than of stock: all of them, or all but the words."""
    changed = await products_of(connection, [event for event in events if event.type is EventType.PRODUCT_CHANGED])
    repriced = await products_of(connection, [event for event in events if event.type is EventType.PRICE_CHANGED])
    await refresh(connection, changed)
    await refresh_offers(connection, set(repriced) - set(changed))
    return {*changed, *repriced}


async def index_repriced(parts: Parts) -> bool:
    """Refresh the products of which a price began or ended since the last run, which no event tells of (rule P14).

    The reader's position is a moment, in milliseconds since 1970.
    """
    now = parts.services.now()
    async with parts.pool.acquire() as connection, connection.transaction():
        position = await connection.fetchval(_LOCKED_POSITION, PRICES_READER)
        if position is None:
            await connection.execute(_BEGIN, PRICES_READER, _milliseconds(now))
            return False
        since = datetime.fromtimestamp(position / 1000, UTC)
        products = await repriced(connection, since, now)
        if products:
            await refresh_offered(connection, products)
        await connection.execute(_ADVANCE, PRICES_READER, _milliseconds(now))
        if products:
            await count_product_lists(connection)
    return False


async def index_market(parts: Parts, market_id: str) -> datetime | None:
    """Refresh the prices of all that can be sold in a market, some products in each transaction."""
    after = ""
    while True:
        async with parts.pool.acquire() as connection, connection.transaction():
            rows = await connection.fetch(SOLD_IN, market_id, after, BATCH)
            if await refresh_offered(connection, [row[0] for row in rows]):
                await count_product_lists(connection)
        if len(rows) < BATCH:
            return None
        after = rows[-1][0]


async def index_postponed(parts: Parts) -> bool:
    """Refresh some of the products that an import or a migration has put off."""
    async with parts.pool.acquire() as connection, connection.transaction():
        seen = await refresh_postponed(connection, BATCH, last_first=True)
        if seen:
            await count_product_lists(connection)
    return seen == BATCH


async def find_outdated(parts: Parts) -> bool:
    """Have those refreshed that a worker of an earlier release has indexed."""
    async with parts.pool.acquire() as connection:
        await postpone_outdated(connection)
    return False


async def count_words(parts: Parts) -> bool:
    """Count anew how much each word tells, as the catalog has changed."""
    async with parts.pool.acquire() as connection:
        await count_lexemes(connection)
    return False


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


async def products_of(database: Database, events: Sequence[RecordedEvent]) -> Sequence[str]:
    """The products whose price, stock or words the events may have changed."""
    offers = [event.offer_id for event in events if event.offer_id is not None]
    orders = [event.order_id for event in events if event.order_id is not None]
    products = [event.subject_id for event in events if event.type is EventType.PRODUCT_CHANGED]
    if not (offers or orders or products):
        return ()
    return [row["product_id"] for row in await database.fetch(_PRODUCTS, offers, orders, products)]
