"""The index outside the database follows that inside, and loses nothing while it cannot be reached."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from domain.pricing.searching.ports import SearchUnavailable
from domain.shared.events import Event, EventType
from domain.shared.ids import OfferId
from integrations.opensearch.client import OpenSearchClient
from integrations.opensearch.double.server import OpenSearchDouble
from integrations.opensearch.index import OpenSearchIndex, alias_of
from persistence import outbox
from persistence.catalog import search_index
from persistence.changes import PRODUCT_LISTS
from persistence.ids import new_id
from persistence.pricing.tables import price
from persistence.statement import Pool
from server.jobs import outside_index
from server.jobs.indexing import index_changes, index_repriced
from server.jobs.outside_index import (
    index_market_everywhere,
    push_changes,
    push_products,
    push_repriced,
    reindex,
)
from server.wiring import Parts
from tests.factories.catalog import CatalogWriter, catalog_in
from tests.factories.clock import present
from tests.factories.gateways import served


@dataclass
class Clock:
    moment: datetime = field(default_factory=present)

    def now(self) -> datetime:
        return self.moment


@dataclass
class Search:
    index: OpenSearchIndex


@dataclass
class SomeParts:
    """The parts that indexing uses."""

    pool: Pool
    services: Clock
    outside_search: Search | None


@dataclass
class Shop:
    """A catalog, a worker, and an engine beside the database."""

    catalog: CatalogWriter
    parts: Parts
    clock: Clock
    client: OpenSearchClient
    index: OpenSearchIndex
    double: OpenSearchDouble

    @property
    def pool(self) -> Pool:
        return self.catalog.pool

    async def tell(self, kind: EventType, subject_id: str) -> None:
        offer_id = OfferId(subject_id) if subject_id.startswith("offer_") else None
        async with self.pool.acquire() as connection:
            async with connection.transaction():
                await outbox.record(connection, [Event(kind, subject_id, offer_id=offer_id)], actor=None, new_id=new_id)
            await outbox.place(connection, limit=100)

    async def follow(self) -> None:
        """What the worker does now and then."""
        while await index_changes(self.parts):
            pass
        while await push_changes(self.parts):
            pass

    async def reindex(self) -> int:
        self.clock.moment += timedelta(seconds=1)
        return await reindex(self.pool, self.index, self.clock.moment)

    async def found(self) -> dict[str, int]:
        """What the engine finds: the price in Germany of each product."""
        await self.index.refresh()
        market = await self.pool.fetchval("SELECT id FROM market WHERE handle = 'de'")
        body = {"query": {"match_all": {}}, "size": 1000}
        answer = await self.client.read(f"/{self.index.alias}/_search", body)
        return {
            hit["_id"]: row["amount_minor"]
            for hit in answer["hits"]["hits"]
            for row in hit["_source"]["prices"]
            if row["shelf"] == f"{market}:EUR"
        }

    async def counted(self) -> int:
        counted: int = await self.pool.fetchval(
            "SELECT coalesce(max(position), 0) FROM log WHERE name = $1", PRODUCT_LISTS
        )
        return counted


@pytest.fixture
async def shop(pool: Pool) -> AsyncIterator[Shop]:
    catalog, clock, double = await catalog_in(pool), Clock(), OpenSearchDouble()
    async with served(double.app()) as url, OpenSearchClient(url, read_seconds=1.0) as client:
        index = OpenSearchIndex(client, alias_of("shop"))
        parts = cast("Parts", SomeParts(pool, clock, Search(index)))
        await index_changes(parts)  # takes its place at the beginning of the log
        yield Shop(catalog, parts, clock, client, index, double)


async def reprice(shop: Shop, offer_id: str, minor: int) -> None:
    await shop.pool.execute("UPDATE price SET amount_minor = $2 WHERE offer_id = $1", offer_id, minor)
    await shop.tell(EventType.PRICE_CHANGED, offer_id)


async def test_what_an_event_names_is_found_as_it_is_by_now(shop: Shop):
    product_id, _, offer_id = await shop.catalog.sold("Lamp")
    await shop.tell(EventType.PRODUCT_CHANGED, product_id)
    await shop.follow()
    await shop.reindex()
    before = await shop.found()

    await reprice(shop, offer_id, 1500)
    await shop.follow()

    assert before == {product_id: 1999}
    assert await shop.found() == {product_id: 1500}


async def test_a_product_that_is_no_longer_active_is_no_longer_found(shop: Shop):
    product_id, _, _ = await shop.catalog.sold("Lamp")
    await shop.tell(EventType.PRODUCT_CHANGED, product_id)
    await shop.follow()
    await shop.reindex()

    await shop.pool.execute("UPDATE product SET status = 'ARCHIVED'")
    await shop.tell(EventType.PRODUCT_CHANGED, product_id)
    await shop.follow()

    assert await shop.found() == {}


async def test_the_engine_is_never_ahead_of_the_databases_own_index(shop: Shop):
    await shop.reindex()
    product_id, _, _ = await shop.catalog.sold("Lamp")
    await shop.tell(EventType.PRODUCT_CHANGED, product_id)

    await push_changes(shop.parts)
    early = await shop.found()
    await shop.follow()

    assert early == {}
    assert await shop.found() == {product_id: 1999}


async def test_what_changes_while_the_engine_is_away_is_told_when_it_is_back(shop: Shop):
    product_id, _, offer_id = await shop.catalog.sold("Lamp")
    await shop.tell(EventType.PRODUCT_CHANGED, product_id)
    await shop.follow()
    await shop.reindex()
    await control(shop, status=503, times=99)
    for minor in (1500, 1400, 1300):
        await reprice(shop, offer_id, minor)
        with pytest.raises(SearchUnavailable):
            await shop.follow()

    await control(shop)
    await shop.follow()

    assert await shop.found() == {product_id: 1300}


async def control(shop: Shop, **told: Any) -> None:
    await shop.client.write("POST", "/double/control", told)


async def test_several_workers_do_not_do_the_same(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    await shop.reindex()
    for number in range(3):
        product_id, _, _ = await shop.catalog.sold(f"Lamp {number}")
        await shop.tell(EventType.PRODUCT_CHANGED, product_id)
    await index_changes(shop.parts)
    pushed: list[int] = []
    push = outside_index.push

    async def counted(pool: Pool, index: OpenSearchIndex, ids: Any, **more: Any) -> None:
        pushed.append(len(ids))
        await asyncio.sleep(0.05)
        await push(pool, index, ids, **more)

    monkeypatch.setattr(outside_index, "push", counted)
    await asyncio.gather(*[push_changes(shop.parts) for _ in range(4)])

    assert pushed == [3]
    assert len(await shop.found()) == 3


async def test_a_price_that_begins_by_itself_is_told_once_the_database_has_it(shop: Shop):
    product_id, _, offer_id = await shop.catalog.sold("Lamp")
    await search_index.rebuild(shop.pool)
    shop.clock.moment -= timedelta(hours=1)
    await index_repriced(shop.parts)
    await shop.reindex()
    begins = await shop.pool.fetchval("SELECT clock_timestamp()")
    terms = {"price_list_id": shop.catalog.price_lists["de-eur"], "amount_minor": 900, "starts_at": begins}
    await shop.catalog.put(price, offer_id=offer_id, **terms)
    shop.clock.moment += timedelta(hours=2)

    await push_repriced(shop.parts)
    early = await shop.found()
    await index_repriced(shop.parts)
    await push_repriced(shop.parts)

    assert early == {product_id: 1999}
    assert await shop.found() == {product_id: 900}


async def test_an_index_that_was_never_filled_is_told_nothing(shop: Shop):
    product_id, _, _ = await shop.catalog.sold("Lamp")
    await shop.tell(EventType.PRODUCT_CHANGED, product_id)

    await shop.follow()
    await push_repriced(shop.parts)
    again = await push_products(shop.parts, product_id)

    assert again is None
    with pytest.raises(SearchUnavailable, match="no such index"):
        await shop.client.read(f"/{shop.index.alias}/_search", {"size": 1})


async def test_nothing_happens_where_there_is_no_engine(shop: Shop):
    parts = cast("Parts", SomeParts(shop.pool, shop.clock, None))

    assert await push_changes(parts) is False
    assert await push_repriced(parts) is False
    assert await push_products(parts, "product_1") is None


async def test_filling_anew_leaves_out_nothing_that_changes_meanwhile(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    sold = [await shop.catalog.sold(f"Lamp {number}") for number in range(3)]
    await search_index.rebuild(shop.pool)
    await shop.reindex()
    fill = outside_index._fill

    async def then_change(pool: Pool, index: OpenSearchIndex, name: str) -> int:
        """Somebody changes a price, and takes a product away, when all were read."""
        total = await fill(pool, index, name)
        await reprice(shop, sold[0][2], 100)
        await shop.pool.execute("UPDATE product SET status = 'ARCHIVED' WHERE id = $1", sold[1][0])
        await shop.tell(EventType.PRODUCT_CHANGED, sold[1][0])
        await index_changes(shop.parts)
        return total

    monkeypatch.setattr(outside_index, "_fill", then_change)
    total = await shop.reindex()
    monkeypatch.undo()
    at_once = await shop.found()
    await shop.follow()

    assert total == 3
    assert at_once == {sold[0][0]: 100, sold[2][0]: 1999}
    assert await shop.found() == at_once


async def test_jobs_wait_until_a_new_index_is_complete(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    product_id, _, offer_id = await shop.catalog.sold("Lamp")
    await search_index.rebuild(shop.pool)
    await shop.reindex()
    fill, later = outside_index._fill, []

    async def then_import(pool: Pool, index: OpenSearchIndex, name: str) -> int:
        """An import indexes a product, of which no event tells, when all were read."""
        total = await fill(pool, index, name)
        await shop.pool.execute("UPDATE price SET amount_minor = 300 WHERE offer_id = $1", offer_id)
        await search_index.rebuild(pool)
        later.append(await push_products(shop.parts, product_id))
        return total

    monkeypatch.setattr(outside_index, "_fill", then_import)
    await shop.reindex()
    again = await push_products(shop.parts, product_id)

    assert later == [shop.clock.moment + timedelta(minutes=1)]
    assert again is None
    assert await shop.found() == {product_id: 300}


async def test_filling_anew_that_fails_changes_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    product_id, _, _ = await shop.catalog.sold("Lamp")
    await search_index.rebuild(shop.pool)
    await shop.reindex()

    async def fail(*_: object) -> int:
        raise SearchUnavailable("full")

    monkeypatch.setattr(outside_index, "_fill", fail)
    with pytest.raises(SearchUnavailable):
        await shop.reindex()

    assert await shop.found() == {product_id: 1999}
    assert len(shop.double.cluster.names) == 1


async def test_what_an_import_indexes_is_told_without_an_event(shop: Shop):
    await shop.reindex()
    product_id, _, _ = await shop.catalog.sold("Lamp")
    async with shop.pool.acquire() as connection, connection.transaction():
        await search_index.postpone(connection, [product_id])
        await search_index.refresh_postponed(connection, 10)

    jobs = await shop.pool.fetch("SELECT convert_from(payload, 'UTF8') AS ids FROM queue.pgqueuer")
    await control(shop, status=503, times=1)
    away = await push_products(shop.parts, jobs[0]["ids"])
    again = await push_products(shop.parts, jobs[0]["ids"])

    assert (away, again) == (shop.clock.moment + timedelta(minutes=1), None)
    assert await shop.found() == {product_id: 1999}


async def test_imports_leave_no_jobs_where_no_index_is_kept(shop: Shop):
    product_id, _, _ = await shop.catalog.sold("Lamp")
    async with shop.pool.acquire() as connection, connection.transaction():
        await search_index.postpone(connection, [product_id])
        await search_index.refresh_postponed(connection, 10)

    assert await shop.pool.fetchval("SELECT count(*) FROM queue.pgqueuer") == 0


async def test_a_market_that_is_indexed_anew_is_told_anew(shop: Shop):
    product_id, _, offer_id = await shop.catalog.sold("Lamp")
    await search_index.rebuild(shop.pool)
    await shop.reindex()
    await shop.pool.execute("UPDATE price SET amount_minor = 700 WHERE offer_id = $1", offer_id)
    market = await shop.pool.fetchval("SELECT id FROM market WHERE handle = 'de'")

    await control(shop, status=503, times=1)
    away = await index_market_everywhere(shop.parts, market)
    before = await shop.found()
    again = await index_market_everywhere(shop.parts, market)

    assert (away, again) == (shop.clock.moment + timedelta(minutes=1), None)
    assert before == {product_id: 1999}
    assert await shop.found() == {product_id: 700}


async def test_kept_answers_end_once_the_engine_knows_better(shop: Shop):
    product_id, _, offer_id = await shop.catalog.sold("Lamp")
    await search_index.rebuild(shop.pool)
    await shop.reindex()
    await reprice(shop, offer_id, 500)
    await index_changes(shop.parts)
    before = await shop.counted()

    await push_changes(shop.parts)

    assert await shop.counted() > before
    body = {"query": {"term": {"product_id": {"value": product_id}}}}
    answer = await shop.client.read(f"/{shop.index.alias}/_search", body)  # found without waiting for a refresh
    assert 500 in {row["amount_minor"] for row in answer["hits"]["hits"][0]["_source"]["prices"]}
