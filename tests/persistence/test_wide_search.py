"""Searches that find too much to look at all of it: the same hits in the same order, and counts that come near."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import combinations

import pytest

from bench.generate import DEFAULT_FOLDER, generate
from domain.catalog.search import Filter, SearchInput, SearchSort
from domain.pricing.context import RequestContext, Wish, applied
from domain.shared.page import PageRequest
from persistence.pricing.reference import Reference
from persistence.search import breadth
from persistence.search import facets as counting
from persistence.search import hits as hit_pages
from persistence.search.engine import PostgresSearch
from persistence.statement import Pool

pytestmark = pytest.mark.skipif(not DEFAULT_FOLDER.is_dir(), reason="the products of Open Icecat are not there")

PRODUCTS = 600
PAGE = 7
COMMON = "black"


@pytest.fixture
async def search(pool: Pool, worker_database_url: str) -> PostgresSearch:
    await generate(worker_database_url, PRODUCTS, processes=1)
    return PostgresSearch(pool)


@pytest.fixture
async def germany(search: PostgresSearch, pool: Pool) -> RequestContext:
    markets = (await Reference(pool).facts()).markets
    return applied(markets, asked=Wish(market="de", language="de"), preferred=Wish())


def narrow_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make searches wide that find some dozens, so that those of this small catalog are."""
    for bounds in (breadth.RANKED, breadth.COUNTED, breadth.TOLD, breadth.DATED):
        monkeypatch.setattr(bounds, "gathered", 20)
        monkeypatch.setattr(bounds, "left", 20)
        monkeypatch.setattr(bounds, "portion", 12)
    monkeypatch.setattr(breadth, "PROBED", 256)
    monkeypatch.setattr(breadth, "FEW_PRODUCTS", 0)
    monkeypatch.setattr(breadth, "FEW_SOLD", 0)
    monkeypatch.setattr(hit_pages, "REACH", 3)


async def all_hits(
    search: PostgresSearch, asked: SearchInput, scope: str | None, context: RequestContext, *, backward: bool = False
) -> Sequence[str]:
    """The products of all pages, in the order of the list."""
    found: list[str] = []
    page = PageRequest(last=PAGE) if backward else PageRequest(first=PAGE)
    while True:
        hits = await search.hits(asked, scope, context, page)
        ids = [hit.product_id for hit in hits.hits]
        found = [*ids, *found] if backward else [*found, *ids]
        if not (hits.page_info.has_previous_page if backward else hits.page_info.has_next_page):
            return found
        page = (
            PageRequest(last=PAGE, before=hits.page_info.start_cursor)
            if backward
            else PageRequest(first=PAGE, after=hits.page_info.end_cursor)
        )


async def test_pages_by_relevance_bring_each_hit_of_a_wide_search_once_in_both_directions(
    search: PostgresSearch, germany: RequestContext, monkeypatch: pytest.MonkeyPatch
):
    asked = SearchInput(COMMON)
    gathered = await all_hits(search, asked, None, germany)

    narrow_bounds(monkeypatch)
    forward = await all_hits(search, asked, None, germany)
    backward = await all_hits(search, asked, None, germany, backward=True)

    assert len(gathered) > 2 * breadth.RANKED.gathered
    assert forward != gathered
    assert sorted(forward) == sorted(gathered)
    assert backward == forward


@pytest.mark.parametrize("query", ["", COMMON], ids=["all", "words"])
async def test_a_wide_search_has_the_same_order_by_price_and_age_as_one_that_is_gathered(
    search: PostgresSearch, germany: RequestContext, pool: Pool, monkeypatch: pytest.MonkeyPatch, query: str
):
    scope = await pool.fetchval(
        "SELECT place FROM search_product, unnest(places) AS place WHERE place LIKE 'category_%' "
        "GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
    )
    priced = Filter("price", min=Decimal(10), max=Decimal(5_000))
    stocked = Filter("availability", ("IN_STOCK",))
    weighed = Filter("attributes.weight", min=Decimal(100))
    cases = [
        (SearchInput(query, filters, sort), within)
        for sort in (SearchSort.PRICE_ASC, SearchSort.PRICE_DESC, SearchSort.NEWEST)
        for filters, within in (
            ((), None),
            ((), scope),
            ((priced, stocked), None),
            ((weighed,), None),
            ((weighed,), scope),
        )
    ]
    gathered = [await all_hits(search, asked, within, germany) for asked, within in cases]

    narrow_bounds(monkeypatch)
    walked = [await all_hits(search, asked, within, germany) for asked, within in cases]

    assert walked == gathered
    assert min(map(len, gathered)) > 0


@pytest.mark.parametrize("is_wide", [False, True])
async def test_ranges_of_numbers_find_what_lies_in_them(
    search: PostgresSearch, germany: RequestContext, pool: Pool, monkeypatch: pytest.MonkeyPatch, is_wide: bool
):
    weights = {
        row["product_id"]: row["weight"]
        for row in await pool.fetch(
            "SELECT product_id, (attributes ->> 'weight')::numeric AS weight FROM product "
            "JOIN search_product ON product_id = id WHERE jsonb_typeof(attributes -> 'weight') = 'number'"
        )
    }
    known = sorted(weights.values())
    ends = sorted({*known[:: len(known) // 7], Decimal(1_000), Decimal("0.5")})
    ranges = [*combinations(ends, 2), *((end, end) for end in ends), *((end, None) for end in ends), (None, ends[3])]
    if is_wide:
        narrow_bounds(monkeypatch)

    for low, high in ranges:
        asked = SearchInput("", (Filter("attributes.weight", min=low, max=high),), SearchSort.NEWEST)
        found = await all_hits(search, asked, None, germany)
        assert sorted(found) == sorted(
            product_id
            for product_id, weight in weights.items()
            if (low is None or low <= weight) and (high is None or weight <= high)
        )

    assert len(known) > 200


async def test_counts_of_a_wide_search_come_near_and_what_filters_leave_of_it_is_counted(
    search: PostgresSearch, germany: RequestContext, monkeypatch: pytest.MonkeyPatch
):
    asked = SearchInput(COMMON)
    brand = (await _brands(search, asked, germany))[-1]
    narrowed = SearchInput(COMMON, (Filter("brand", (brand,)),))
    exact = [await search.total(each, None, germany) for each in (SearchInput(), asked, narrowed)]

    narrow_bounds(monkeypatch)
    for bounds in (breadth.COUNTED, breadth.TOLD):
        monkeypatch.setattr(bounds, "portion", 200)
    about = [await search.total(each, None, germany) for each in (SearchInput(), asked, narrowed)]
    facets = [await search.facets(each, None, germany) for each in (SearchInput(), asked, narrowed)]

    assert exact[2].total < breadth.RANKED.gathered
    assert about[2] == exact[2]
    for counted, near in zip(exact[:2], about[:2], strict=True):
        assert counted.total / 2 < near.total < counted.total * 2
    assert [told.total for told in facets] == [told.total for told in about]
    assert facets[2].facets is not None


async def test_a_portion_tells_what_filters_leave_of_a_wide_search_where_enough_of_it_passes(
    search: PostgresSearch, germany: RequestContext, monkeypatch: pytest.MonkeyPatch
):
    brand = (await _brands(search, SearchInput(COMMON), germany))[0]
    narrowed = SearchInput(COMMON, (Filter("brand", (brand,)),))
    exact = await search.total(narrowed, None, germany)

    narrow_bounds(monkeypatch)
    monkeypatch.setattr(breadth.COUNTED, "portion", 120)
    monkeypatch.setattr(counting, "TELLING", 1)
    told = await search.facets(narrowed, None, germany)

    (availability,) = [facet for facet in told.facets or () if facet.key == "availability"]
    assert 0 < told.total < exact.total * 4
    assert sum(value.count for value in availability.values) == told.total


async def test_what_is_found_by_its_code_has_to_pass_the_filters_of_a_wide_search_as_well(
    search: PostgresSearch, germany: RequestContext, pool: Pool, monkeypatch: pytest.MonkeyPatch
):
    light = await pool.fetchval(
        "UPDATE search_code SET code = $1 WHERE (variant_id, code) IN (SELECT variant_id, code FROM search_code "
        "JOIN product ON id = product_id WHERE jsonb_typeof(attributes -> 'weight') = 'number' "
        "ORDER BY (attributes ->> 'weight')::numeric, id LIMIT 1) RETURNING product_id",
        COMMON,
    )
    weighed = Filter("attributes.weight", min=Decimal(100))

    narrow_bounds(monkeypatch)

    assert (await all_hits(search, SearchInput(COMMON), None, germany))[0] == light
    for sort in SearchSort:
        heavy = await all_hits(search, SearchInput(COMMON, (weighed,), sort), None, germany)
        assert len(heavy) > breadth.RANKED.gathered
        assert light not in heavy


async def _brands(search: PostgresSearch, asked: SearchInput, context: RequestContext) -> list[str]:
    """Those that the search finds, the most common first."""
    told = (await search.facets(asked, None, context)).facets or ()
    return [value.value for facet in told if facet.key == "brand" for value in facet.values]


@pytest.mark.parametrize("query", ["", COMMON, f"{COMMON} cable", "blakc"])
async def test_where_few_products_are_sold_the_same_is_found_among_them(
    search: PostgresSearch, germany: RequestContext, monkeypatch: pytest.MonkeyPatch, query: str
):
    """Of a big catalog, in a market that sells little of it."""
    filters: tuple[tuple[Filter, ...], ...] = ((), (Filter("price", max=Decimal(100)),))
    searches = [SearchInput(query, some, sort) for some in filters for sort in SearchSort]
    expected = [await answers(search, asked, germany) for asked in searches]

    monkeypatch.setattr(breadth, "FEW_PRODUCTS", 0)
    monkeypatch.setattr(hit_pages, "REACH", 3)

    assert [await answers(search, asked, germany) for asked in searches] == expected
    assert all(hits for hits, *_ in expected)


async def answers(search: PostgresSearch, asked: SearchInput, context: RequestContext) -> tuple[object, ...]:
    return (
        await all_hits(search, asked, None, context),
        await search.total(asked, None, context),
        await search.facets(asked, None, context),
    )
