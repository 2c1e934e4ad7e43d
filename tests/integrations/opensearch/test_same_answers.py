"""Both engines answer alike where order is no matter of taste: filters, counts, facets, prices, ages, pages."""

import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.catalog.search import Filter, Hits, SearchInput, SearchSort
from domain.pricing.context import RequestContext, Wish, applied
from domain.pricing.searching.ports import SearchEngine
from domain.shared.page import PageInfo, PageRequest
from persistence.pricing.reference import Reference
from persistence.search.engine import PostgresSearch
from persistence.statement import Pool
from tests.factories.searching import SearchedCatalog, searched_by

PRODUCTS, SEARCHES = 40, 15
WORDS = ("lamp", "desk", "red", "chair", "oak")
COLORS, SHAPES = ("Red", "Blue", "Green"), ("Round", "Square")
SORTS = (SearchSort.PRICE_ASC, SearchSort.PRICE_DESC, SearchSort.NEWEST)


@dataclass
class Shop:
    """A catalog of goods thrown together, in both engines."""

    catalog: SearchedCatalog
    scopes: Sequence[str | None]
    filters: Sequence[Filter]

    @property
    def engines(self) -> tuple[SearchEngine, SearchEngine]:
        assert self.catalog.engine is not None
        return PostgresSearch(self.catalog.pool), self.catalog.engine

    async def requests(self) -> Sequence[RequestContext]:
        markets = (await Reference(self.catalog.pool).facts()).markets
        wishes = [Wish(market="de", language="en"), Wish(market="de", language="de"), Wish(market="us")]
        return [applied(markets, asked=wish, preferred=Wish()) for wish in wishes]


@pytest.fixture(params=range(3), ids="seed {}".format)
async def chance(request: pytest.FixtureRequest) -> random.Random:
    return random.Random(request.param)


@pytest.fixture
async def shop(pool: Pool, chance: random.Random) -> AsyncIterator[Shop]:
    async with searched_by("opensearch", pool) as catalog:
        shop = await furnish(catalog, chance)
        await catalog.index()
        yield shop


async def furnish(catalog: SearchedCatalog, chance: random.Random) -> Shop:
    await catalog.attribute("color", "Color", translations={"de": {"label": "Farbe", "values": {"Red": "Rot"}}})
    await catalog.attribute("shape", "Shape")
    await catalog.attribute("dimmable", "Dimmable", kind="BOOLEAN")
    await catalog.attribute("watts", "Watts", kind="NUMBER")
    brands = {name: await catalog.brand(name) for name in ("Acme", "Bright")}
    home = await catalog.category("Home", translations={"de": {"name": "Zuhause"}})
    categories = [home, await catalog.category("Desk", [home]), await catalog.category("Floor", [home])]
    vendors = [await catalog.vendor("North"), await catalog.vendor("South")]
    products = [await _sell(catalog, chance, brands, categories, vendors) for _ in range(PRODUCTS)]
    collection = await catalog.collection("Gifts", chance.sample(products, 15))
    filters = [
        Filter("brand", ("Acme",)),
        Filter("category", (categories[1],)),
        Filter("category", (categories[1], categories[2])),
        Filter("vendor", (vendors[0],)),
        Filter("collection", (collection,)),
        Filter("attributes.color", ("Red", "Blue")),
        Filter("attributes.shape", ("Round",)),
        Filter("attributes.dimmable", ("true",)),
        Filter("attributes.watts", min=Decimal("5.5"), max=Decimal(20)),
        Filter("attributes.watts", max=Decimal("0.1")),
        Filter("price", min=Decimal("10.01")),
        Filter("price", max=Decimal(25)),
        Filter("availability", ("IN_STOCK",)),
        Filter("availability", ("OUT_OF_STOCK", "IN_STOCK")),
    ]
    return Shop(catalog, [None, home, categories[1], vendors[1], collection], filters)


async def _sell(catalog: SearchedCatalog, chance: random.Random, brands: Any, categories: Any, vendors: Any) -> str:
    facts: dict[str, Any] = {"color": chance.choice(COLORS), "watts": chance.choice([0.1, 5, 5.5, 20])}
    if chance.random() < 0.5:
        facts |= {"shape": chance.choice(SHAPES), "dimmable": chance.random() < 0.5}
    product = {
        "attributes": facts,
        "brand_id": chance.choice([None, *brands.values()]),
        "category_id": chance.choice([None, *categories]),
        "released_on": date(2025, 1, 1) + timedelta(days=chance.randrange(10)),
        "status": chance.choice(["ACTIVE"] * 9 + ["DRAFT"]),
    }
    if chance.random() < 0.3:
        product["translations"] = {"de": {"title": "Leuchte lamp"}}
    prices = {
        handle: chance.randrange(500, 4000, 500)
        for handle in chance.sample(["de-eur", "us-usd"], 1 + chance.randrange(2))
    }
    title = " ".join(chance.sample(WORDS, 3))
    stock = chance.choice([0, 5])
    sold = await catalog.sold(title, product=product, prices=prices, stock=stock, vendor_id=chance.choice(vendors))
    return sold[0]


async def test_filters_counts_and_facets_are_the_same(shop: Shop, chance: random.Random):
    requests = await shop.requests()
    for _ in range(SEARCHES):
        asked = SearchInput(chance.choice(["", "lamp", "red"]), tuple(chance.sample(shop.filters, chance.randrange(4))))
        scope, request = chance.choice(shop.scopes), chance.choice(requests)

        ours, theirs = [await engine.facets(asked, scope, request) for engine in shop.engines]
        totals = [(await engine.total(asked, scope, request)).total for engine in shop.engines]

        assert theirs == ours, (asked, scope)
        assert totals == [ours.total, ours.total]


async def test_lists_by_price_and_age_are_the_same_page_by_page_with_the_same_cursors(
    shop: Shop, chance: random.Random
):
    requests = await shop.requests()
    for _ in range(SEARCHES):
        asked = SearchInput(
            chance.choice(["", "lamp"]), tuple(chance.sample(shop.filters, chance.randrange(2))), chance.choice(SORTS)
        )
        scope, request = chance.choice(shop.scopes), chance.choice(requests)
        page = PageRequest(first=chance.randrange(1, 9))

        for _ in range(4):
            ours, theirs = [await engine.hits(asked, scope, request, page) for engine in shop.engines]
            assert told(theirs) == told(ours), (asked, scope, page)
            page = replace(page, after=ours.page_info.end_cursor)
        back = PageRequest(last=3, before=ours.page_info.start_cursor)
        ours, theirs = [await engine.hits(asked, scope, request, back) for engine in shop.engines]
        assert told(theirs) == told(ours)


def told(page: Hits) -> tuple[list[tuple[str, str, str | None]], PageInfo]:
    """What clients are told of a page."""
    return [(hit.cursor, hit.product_id, hit.variant_id) for hit in page.hits], page.page_info


async def test_a_collection_keeps_its_own_order(shop: Shop):
    (request, *_), collection = await shop.requests(), shop.scopes[-1]

    pages = [await engine.hits(SearchInput(), collection, request, PageRequest(first=100)) for engine in shop.engines]

    assert [hit.product_id for hit in pages[0].hits] == [hit.product_id for hit in pages[1].hits]
    assert pages[0].hits


@pytest.mark.parametrize("query", ["lamp", "leuchte", "acme", "nothing"])
async def test_a_word_finds_the_same_products_whatever_their_order(shop: Shop, query: str):
    for request in await shop.requests():
        ours, theirs = [
            {hit.product_id for hit in (await engine.hits(SearchInput(query), None, request, PageRequest(100))).hits}
            for engine in shop.engines
        ]

        assert theirs == ours
