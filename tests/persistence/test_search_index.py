"""Keeping what search reads in step with the catalog."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from persistence.catalog import search_index
from persistence.pricing.tables import price
from persistence.statement import Connection, Pool
from tests.factories.catalog import CatalogWriter, catalog_in

LONG_AGO = datetime(2019, 1, 1, tzinfo=UTC)
TABLES = ("search_product", "search_document", "search_price", "search_code", "search_word")


@pytest.fixture
async def catalog(pool: Pool) -> CatalogWriter:
    return await catalog_in(pool)


async def refresh(pool: Pool, *product_ids: str) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await search_index.refresh(connection, product_ids)


async def versions(pool: Pool) -> dict[str, set[Any]]:
    """Every row of the index with the transaction that wrote it."""
    return {
        table: {(row[0], row[1]) for row in await pool.fetch(f"SELECT xmin::text, {table}::text FROM {table}")}
        for table in TABLES
    }


async def column(pool: Pool, query: str, *values: Any) -> Sequence[Any]:
    return [row[0] for row in await pool.fetch(query, *values)]


async def price_in(pool: Pool, handle: str, product_id: str) -> tuple[int, bool] | None:
    row = await pool.fetchrow(
        "SELECT amount_minor, in_stock FROM search_price JOIN market ON market.id = market_id "
        "WHERE handle = $1 AND product_id = $2",
        handle,
        product_id,
    )
    return (row[0], row[1]) if row else None


async def test_refreshing_again_writes_nothing(catalog: CatalogWriter):
    words = {"de": {"title": "Lampe"}}
    product_id, _, _ = await catalog.sold("Lamp", product={"translations": words}, variant={"sku": "L-1", "mpn": "X9"})
    await refresh(catalog.pool, product_id)
    before = await versions(catalog.pool)

    await refresh(catalog.pool, product_id, product_id)

    assert await versions(catalog.pool) == before
    assert all(before.values())


async def test_what_changed_in_the_catalog_changes_in_the_index(catalog: CatalogWriter):
    product_id, variant_id, _ = await catalog.sold("Lamp", product={"translations": {"de": {"title": "Lampe"}}})
    await refresh(catalog.pool, product_id)

    await catalog.pool.execute("UPDATE product SET title = 'Chair', translations = '{}' WHERE id = $1", product_id)
    await catalog.pool.execute("UPDATE variant SET sku = 'NEW-1' WHERE id = $1", variant_id)
    await refresh(catalog.pool, product_id)

    assert await column(catalog.pool, "SELECT language || ':' || title FROM search_document") == [":chair"]
    assert await column(catalog.pool, "SELECT code FROM search_code") == ["new1"]


@pytest.mark.parametrize(
    "follow", [search_index.refresh_offered, search_index.refresh_offers], ids=["prices alone", "offers"]
)
async def test_what_a_new_price_says_of_a_product_is_what_indexing_it_anew_would_say(
    catalog: CatalogWriter, follow: Callable[[Connection, Sequence[str]], Awaitable[object]]
):
    words = {"de": {"title": "Lampe"}}
    product_id, _, offer_id = await catalog.sold("Lamp", product={"translations": words})
    await refresh(catalog.pool, product_id)
    bands = "SELECT DISTINCT place FROM {table}, unnest(places) AS place WHERE place LIKE 'price=%/EUR/%'"
    before = await column(catalog.pool, bands.format(table="search_document"))

    await catalog.pool.execute("UPDATE price SET amount_minor = 8 * amount_minor WHERE offer_id = $1", offer_id)
    async with catalog.pool.acquire() as connection, connection.transaction():
        await follow(connection, [product_id])
    followed = await versions(catalog.pool)
    after = [await column(catalog.pool, bands.format(table=table)) for table in ("search_product", "search_document")]
    await refresh(catalog.pool, product_id)

    assert [place.rpartition("/")[2] for place in before] == ["11"]
    assert [[place.rpartition("/")[2] for place in places] for places in after] == [["14"], ["14"]]
    assert await versions(catalog.pool) == followed


async def test_following_prices_that_have_not_changed_writes_nothing(catalog: CatalogWriter):
    product_id, _, _ = await catalog.sold("Lamp")
    await refresh(catalog.pool, product_id)
    before = await versions(catalog.pool)

    async with catalog.pool.acquire() as connection, connection.transaction():
        has_moved = await search_index.refresh_offered(connection, [product_id])
        await search_index.refresh_offers(connection, [product_id])

    assert not has_moved
    assert await versions(catalog.pool) == before


async def test_a_product_that_is_no_longer_sold_has_moved(catalog: CatalogWriter):
    product_id, _, offer_id = await catalog.sold("Lamp")
    await refresh(catalog.pool, product_id)

    await catalog.pool.execute("DELETE FROM price WHERE offer_id = $1", offer_id)
    async with catalog.pool.acquire() as connection, connection.transaction():
        has_moved = await search_index.refresh_offered(connection, [product_id])

    assert has_moved
    assert (
        await column(
            catalog.pool, "SELECT place FROM search_product, unnest(places) AS place WHERE place LIKE 'price=%'"
        )
        == []
    )


@pytest.mark.parametrize(
    "change",
    ["UPDATE product SET status = 'ARCHIVED' WHERE id = $1", "DELETE FROM product WHERE id = $1"],
    ids=["archived", "deleted"],
)
async def test_a_product_that_is_no_longer_active_leaves_the_index(catalog: CatalogWriter, change: str):
    product_id = await catalog.product("Lamp")
    await catalog.variant(product_id)
    await refresh(catalog.pool, product_id)

    await catalog.pool.execute(change, product_id)
    await refresh(catalog.pool, product_id)

    left = {table: await catalog.pool.fetchval(f"SELECT count(*) FROM {table}") for table in TABLES[:4]}
    assert left == dict.fromkeys(TABLES[:4], 0)


async def test_unknown_products_and_none_at_all_are_no_error(catalog: CatalogWriter):
    await refresh(catalog.pool)
    await refresh(catalog.pool, "product_01jd3kq0r2e5ta3wbz9x7m4h6n")


async def test_the_price_is_the_lowest_of_all_active_offers(catalog: CatalogWriter):
    product_id, variant_id, _ = await catalog.sold("Lamp", prices={"de-eur": 2000}, stock=0)
    await catalog.offer(variant_id, await catalog.vendor(), prices={"de-eur": 1500}, stock=0)
    await catalog.offer(variant_id, await catalog.vendor(), prices={"de-eur": 500}, status="INACTIVE")
    await catalog.offer(variant_id, await catalog.vendor(status="SUSPENDED"), prices={"de-eur": 400})

    await refresh(catalog.pool, product_id)

    assert await price_in(catalog.pool, "de", product_id) == (1500, False)
    assert await price_in(catalog.pool, "us", product_id) is None


async def test_a_markets_own_price_replaces_the_one_for_all_even_if_it_is_higher(catalog: CatalogWriter):
    await catalog.pool.execute(
        "INSERT INTO price_list (id, handle, name, currency) VALUES ('price_list_x', 'eur', 'Euro', 'EUR')"
    )
    product_id, _, offer_id = await catalog.sold("Lamp", prices={"de-eur": 2000})
    await catalog.put(price, offer_id=offer_id, price_list_id="price_list_x", amount_minor=1000)

    await refresh(catalog.pool, product_id)

    assert await price_in(catalog.pool, "de", product_id) == (2000, True)


async def test_only_prices_that_are_valid_now_and_for_everybody_count(catalog: CatalogWriter):
    product_id, _, offer_id = await catalog.sold("Lamp", prices={"de-eur": 2000})
    await catalog.price(offer_id, "de-eur", 100, starts_at=LONG_AGO, ends_at=datetime(2020, 1, 1, tzinfo=UTC))
    await catalog.price(offer_id, "de-eur", 200, starts_at=datetime(2999, 1, 1, tzinfo=UTC))
    await catalog.price(offer_id, "de-eur", 300, min_quantity=10)
    await catalog.pool.execute("UPDATE price_list SET customer_group = 'club' WHERE handle = 'us-usd'")
    await catalog.price(offer_id, "us-usd", 50)

    await refresh(catalog.pool, product_id)

    assert await price_in(catalog.pool, "de", product_id) == (2000, True)
    assert await price_in(catalog.pool, "us", product_id) is None


async def test_safety_stock_and_promised_units_are_not_in_stock(catalog: CatalogWriter):
    vendor_id = await catalog.vendor()
    product_id, _, offer_id = await catalog.sold("Lamp", vendor_id=vendor_id, stock=None)
    await catalog.stock(offer_id, await catalog.warehouse(vendor_id), on_hand=10, reserved=3, allocated=2, safety=5)

    await refresh(catalog.pool, product_id)

    assert await price_in(catalog.pool, "de", product_id) == (1999, False)


async def test_parallel_refreshes_of_the_same_products_all_succeed(catalog: CatalogWriter):
    ids = [(await catalog.sold(f"Lamp {number}"))[0] for number in range(10)]

    await asyncio.gather(*[refresh(catalog.pool, *ids[:: (-1) ** number]) for number in range(8)])

    assert await column(catalog.pool, "SELECT product_id FROM search_product ORDER BY 1") == sorted(ids)


async def test_a_refresh_that_waited_for_a_change_indexes_the_change(catalog: CatalogWriter):
    product_id, _, _ = await catalog.sold("Lamp")
    async with catalog.pool.acquire() as editor:
        async with editor.transaction():
            await editor.execute("UPDATE product SET title = 'Chair' WHERE id = $1", product_id)
            waiting = asyncio.create_task(refresh(catalog.pool, product_id))
            await _until_somebody_waits(catalog.pool)
        await waiting

    assert await column(catalog.pool, "SELECT title FROM search_document") == ["chair"]


async def _until_somebody_waits(pool: Pool) -> None:
    for _ in range(1_000):
        if await pool.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            return
        await asyncio.sleep(0.01)
    pytest.fail("Nobody waits.")


async def postpone(pool: Pool, *product_ids: str) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await search_index.postpone(connection, product_ids)


async def refresh_postponed(pool: Pool, limit: int) -> int:
    async with pool.acquire() as connection, connection.transaction():
        return await search_index.refresh_postponed(connection, limit)


async def test_postponed_products_are_indexed_some_at_a_time_and_once(catalog: CatalogWriter):
    ids = [(await catalog.sold(f"Lamp {number}"))[0] for number in range(5)]
    await postpone(catalog.pool, *ids)
    await postpone(catalog.pool, *ids[:2])

    counts = [await refresh_postponed(catalog.pool, 3) for _ in range(3)]

    assert counts == [3, 2, 0]
    assert await column(catalog.pool, "SELECT product_id FROM search_product ORDER BY 1") == sorted(ids)


async def test_what_a_transaction_that_fails_took_stays_postponed(catalog: CatalogWriter):
    product_id, _, _ = await catalog.sold("Lamp")
    await postpone(catalog.pool, product_id)

    async with catalog.pool.acquire() as connection:
        failing = connection.transaction()
        await failing.start()
        await search_index.refresh_postponed(connection, 10)
        await failing.rollback()

    assert await column(catalog.pool, "SELECT product_id FROM search_product") == []
    assert await refresh_postponed(catalog.pool, 10) == 1


async def test_a_product_that_is_postponed_anew_while_its_turn_comes_is_indexed_as_it_is_then(catalog: CatalogWriter):
    product_id, _, _ = await catalog.sold("Lamp")
    await postpone(catalog.pool, product_id)
    async with catalog.pool.acquire() as editor:
        async with editor.transaction():
            await editor.execute("UPDATE product SET title = 'Chair' WHERE id = $1", product_id)
            waiting = asyncio.create_task(refresh_postponed(catalog.pool, 10))
            await _until_somebody_waits(catalog.pool)
            await search_index.postpone(editor, [product_id])
        await waiting

    assert await column(catalog.pool, "SELECT title FROM search_document") == ["chair"]


async def test_rebuilding_indexes_every_product_and_counts_words(catalog: CatalogWriter):
    for number in range(3):
        await catalog.sold(f"Lamp {number}", product={"description": "With a shade"})

    count = await search_index.rebuild(catalog.pool)

    assert count == 3
    rows = await catalog.pool.fetch("SELECT lexeme, document_count FROM search_lexeme")
    counted = {row[0]: row[1] for row in rows}
    assert [counted[word] for word in ("", "lamp", "shade", "2")] == [3, 3, 3, 1]


async def test_products_whose_price_begins_or_ends_are_told(catalog: CatalogWriter):
    noon, one, two = (datetime(2026, 11, 21, hour, tzinfo=UTC) for hour in (12, 13, 14))
    beginning, _, first = await catalog.sold("Lamp")
    ending, _, second = await catalog.sold("Chair")
    await catalog.sold("Table")
    await catalog.price(first, "de-eur", 100, starts_at=one, ends_at=two)
    await catalog.price(second, "de-eur", 100, starts_at=LONG_AGO, ends_at=one)

    async with catalog.pool.acquire() as connection:
        told = await search_index.repriced(connection, noon, one)
        later = await search_index.repriced(connection, one, two)

    assert told == sorted([beginning, ending])
    assert later == [beginning]


async def test_products_of_a_price_list_that_begins_or_ends_are_told(catalog: CatalogWriter):
    noon, one, two, three = (datetime(2026, 11, 21, hour, tzinfo=UTC) for hour in (12, 13, 14, 15))
    lamp, _, _ = await catalog.sold("Lamp")

    async with catalog.pool.acquire() as connection:
        await connection.execute("UPDATE price_list SET starts_at = $1, ends_at = $2", one, two)
        told = [
            await search_index.repriced(connection, since, until)
            for since, until in ((noon, one), (one, two), (two, three))
        ]

    assert told == [[lamp], [lamp], []]


async def test_words_that_no_product_has_any_more_are_forgotten(catalog: CatalogWriter):
    product_id, _, _ = await catalog.sold("Lamp")
    await search_index.rebuild(catalog.pool)

    await catalog.pool.execute("UPDATE product SET title = 'Chair' WHERE id = $1", product_id)
    await search_index.rebuild(catalog.pool)

    assert await column(catalog.pool, "SELECT word FROM search_word") == ["chair"]
    assert await column(catalog.pool, "SELECT lexeme FROM search_lexeme WHERE lexeme = 'lamp'") == []
