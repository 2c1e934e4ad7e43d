"""The search index follows the log: what an event names is found as it is now, once, and in order."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from domain.shared.events import Event, EventType
from domain.shared.ids import OfferId
from persistence import outbox
from persistence.catalog import search_index
from persistence.ids import new_id
from persistence.pricing.tables import price
from persistence.statement import Pool
from server.jobs import indexing
from server.jobs.indexing import READER, find_outdated, index_changes, index_postponed, index_repriced
from server.wiring import Parts
from tests.factories.catalog import CatalogWriter, catalog_in

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@dataclass
class Clock:
    moment: datetime = NOW

    def now(self) -> datetime:
        return self.moment


@dataclass
class SomeParts:
    """The parts that indexing uses."""

    pool: Pool
    services: Clock


@pytest.fixture
async def catalog(pool: Pool) -> CatalogWriter:
    return await catalog_in(pool)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def parts(pool: Pool, clock: Clock) -> Parts:
    return cast("Parts", SomeParts(pool, clock))


async def tell(pool: Pool, *events: Event) -> None:
    async with pool.acquire() as connection:
        async with connection.transaction():
            await outbox.record(connection, events, actor=None, new_id=new_id)
        await outbox.place(connection, limit=100)


async def indexed(pool: Pool) -> dict[str, Any]:
    rows = await pool.fetch(
        "SELECT product_id, amount_minor FROM search_price JOIN market m ON m.id = market_id WHERE m.handle = 'de'"
    )
    return {row[0]: row[1] for row in rows}


async def begun(parts: Parts) -> None:
    """The reader's first run only takes its place at the beginning of the log."""
    await index_changes(parts)


async def test_a_product_is_found_after_the_event_of_its_change(catalog: CatalogWriter, parts: Parts) -> None:
    await begun(parts)
    product_id, _, _ = await catalog.sold("Lamp")
    await tell(catalog.pool, Event(EventType.PRODUCT_CHANGED, product_id))

    await index_changes(parts)

    assert await indexed(catalog.pool) == {product_id: 1999}


async def test_a_change_of_an_offers_price_reaches_its_product(catalog: CatalogWriter, parts: Parts) -> None:
    await begun(parts)
    product_id, _, offer_id = await catalog.sold("Lamp")
    await catalog.pool.execute("UPDATE price SET amount_minor = 1500 WHERE offer_id = $1", offer_id)
    await tell(catalog.pool, Event(EventType.PRICE_CHANGED, offer_id, offer_id=OfferId(offer_id)))

    await index_changes(parts)

    assert await indexed(catalog.pool) == {product_id: 1500}


async def test_what_is_sold_out_is_said_to_be_without_its_words_being_read_again(
    catalog: CatalogWriter, parts: Parts
) -> None:
    await begun(parts)
    product_id, _, offer_id = await catalog.sold("Lamp")
    await tell(catalog.pool, Event(EventType.PRODUCT_CHANGED, product_id))
    await index_changes(parts)
    await catalog.pool.execute("DELETE FROM search_document")
    await catalog.pool.execute("UPDATE stock_level SET reserved = on_hand - safety WHERE offer_id = $1", offer_id)
    await tell(catalog.pool, Event(EventType.STOCK_CHANGED, offer_id, offer_id=OfferId(offer_id)))

    await index_changes(parts)

    assert await catalog.pool.fetchval("SELECT bool_or(in_stock) FROM search_price") is False
    assert await catalog.pool.fetchval("SELECT count(*) FROM search_document") == 0


async def test_an_event_is_handled_once(catalog: CatalogWriter, parts: Parts) -> None:
    await begun(parts)
    product_id, _, _ = await catalog.sold("Lamp")
    await tell(catalog.pool, Event(EventType.PRODUCT_CHANGED, product_id))
    await index_changes(parts)
    await catalog.pool.execute("DELETE FROM search_price")

    await index_changes(parts)

    assert await indexed(catalog.pool) == {}
    assert await catalog.pool.fetchval("SELECT position FROM log WHERE name = $1", READER) == 1


async def test_p14_a_price_that_begins_by_itself_reaches_the_index(
    catalog: CatalogWriter, parts: Parts, clock: Clock
) -> None:
    product_id, _, offer_id = await catalog.sold("Lamp")
    await index_repriced(parts)
    await catalog.put(
        price,
        offer_id=offer_id,
        price_list_id=catalog.price_lists["de-eur"],
        amount_minor=900,
        starts_at=NOW + timedelta(seconds=1),
    )

    clock.moment = NOW + timedelta(seconds=2)
    await index_repriced(parts)

    assert product_id in await indexed(catalog.pool)


async def test_what_a_market_sells_in_a_new_currency_is_found_by_its_price_there(
    catalog: CatalogWriter, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "BATCH", 2)
    products = [(await catalog.sold("Lamp", prices={"us-usd": 2_000 + at}))[0] for at in range(3)]
    await catalog.sold("Shade", prices={"gb-gbp": 1})
    await catalog.pool.execute("UPDATE price_list SET market_id = NULL WHERE handle = 'us-usd'")
    market_id = await catalog.pool.fetchval(
        "UPDATE market SET currencies = '{EUR,USD}' WHERE handle = 'de' RETURNING id"
    )

    again = await indexing.index_market(parts, market_id)

    assert again is None
    assert await indexed(catalog.pool) == {product_id: 2_000 + at for at, product_id in enumerate(products)}


async def test_products_that_were_put_off_are_indexed_in_time(catalog: CatalogWriter, parts: Parts):
    product_id, _, _ = await catalog.sold("Lamp")
    async with catalog.pool.acquire() as connection, connection.transaction():
        await search_index.postpone(connection, [product_id])

    has_more = await index_postponed(parts)

    assert not has_more
    assert await catalog.pool.fetchval("SELECT product_id FROM search_product") == product_id
    assert await catalog.pool.fetchval("SELECT count(*) FROM search_due") == 0


async def test_products_that_an_earlier_release_has_indexed_are_indexed_anew(catalog: CatalogWriter, parts: Parts):
    old, new = [(await catalog.sold(title))[0] for title in ("Lamp", "Chair")]
    async with catalog.pool.acquire() as connection, connection.transaction():
        await search_index.refresh(connection, [old, new])
    told = await catalog.pool.fetchval("SELECT places FROM search_product WHERE product_id = $1", old)
    earlier = [place for place in told if not place.startswith("edition=")]
    await catalog.pool.execute("UPDATE search_product SET places = $2 WHERE product_id = $1", old, earlier)

    await find_outdated(parts)

    assert [row[0] for row in await catalog.pool.fetch("SELECT product_id FROM search_due")] == [old]
    await index_postponed(parts)
    assert await catalog.pool.fetchval("SELECT places FROM search_product WHERE product_id = $1", old) == told
