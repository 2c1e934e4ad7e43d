"""No search reads a table that grows with the shop from end to end, whatever it asks for.

What a search asks is put together by its words, filters, scope, order and page: all that go together are tried.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from domain.catalog.search import Filter, SearchInput, SearchSort
from domain.pricing.context import RequestContext
from domain.shared.page import PageRequest
from persistence.paging import encode_cursor
from persistence.search.engine import PostgresSearch
from persistence.search.hits import list_name
from tests.factories.pricing import make_market
from tests.persistence.planning import SMALL, plan_of, scanned

QUERIES = ("", "black lamp")
FILTERS: Sequence[tuple[Filter, ...]] = (
    (),
    (Filter("brand", ("Acme",)),),
    (Filter("price", min=Decimal(5), max=Decimal(50)),),
    (Filter("attributes.color", ("black",)), Filter("availability", ("IN_STOCK",))),
    (Filter("attributes.watts", min=Decimal(5)), Filter("price", max=Decimal(50))),
)
SCOPES = (None, "category_01jd3kq0000000000000000000", "collection_01jd3kq0000000000000000000", "vendor_01jd3kq0")
KEYS = {
    SearchSort.RELEVANCE: 12_345,
    SearchSort.PRICE_ASC: 1_000,
    SearchSort.PRICE_DESC: 1_000,
    SearchSort.NEWEST: "2026-01-01",
}
PRODUCT_ID = "product_01jd3kq0000000000000000000"


@dataclass
class Noted:
    """A connection that notes what it is asked."""

    connection: Any
    asked: set[str] = field(default_factory=set)

    async def fetch(self, sql: str, *values: Any) -> Any:
        self.asked.add(sql)
        return await self.connection.fetch(sql, *values)

    async def fetchval(self, sql: str, *values: Any) -> Any:
        self.asked.add(sql)
        return await self.connection.fetchval(sql, *values)

    async def offending(self, *whole: str) -> list[str]:
        """Those that read other tables as a whole than small ones and these."""
        plans = {sql: await plan_of(self.connection, sql) for sql in self.asked}
        assert None not in plans.values()
        tables = {sql: scanned(plan) - SMALL.keys() - set(whole) for sql, plan in plans.items() if plan is not None}
        return [f"reads all of {sorted(read)}: {sql}" for sql, read in tables.items() if read]


def pages(asked: SearchInput, scope: str | None, context: RequestContext) -> Iterator[PageRequest]:
    """The first one, and those on both sides of a position."""
    key: Any = KEYS[asked.sort]
    if asked.sort is SearchSort.RELEVANCE and not asked.query:
        key = 3 if scope is not None and scope.startswith("collection_") else KEYS[SearchSort.NEWEST]
    cursor = encode_cursor(list_name(asked, scope, context), key, PRODUCT_ID)
    yield PageRequest(first=20)
    yield PageRequest(first=20, after=cursor)
    yield PageRequest(last=20, before=cursor)


@pytest.fixture
def context() -> RequestContext:
    return RequestContext(make_market(), "DE", "de", "EUR")


@pytest.mark.parametrize("query", QUERIES)
async def test_searches_find_products_by_an_index(planner: Any, context: RequestContext, query: str):
    """What is asked of all products is looked at whole where it is known that few are sold."""
    narrow, of_all = Noted(planner), Noted(planner)
    for filters, sort, scope in product(FILTERS, SearchSort, SCOPES):
        asked = SearchInput(query, filters, sort)
        search = PostgresSearch(narrow if query or scope else of_all)  # type: ignore[arg-type] # as much as it needs
        for page in pages(asked, scope, context):
            await search.hits(asked, scope, context, page)
        await search.total(asked, scope, context)
        await search.facets(asked, scope, context)

    assert await narrow.offending() == []
    assert await of_all.offending("search_product") == []
    assert len(narrow.asked) > 50


async def test_suggestions_are_found_by_an_index(planner: Any, context: RequestContext):
    noted = Noted(planner)

    await PostgresSearch(noted).suggestions("black la", 6, context)  # type: ignore[arg-type] # as much as it needs

    assert await noted.offending() == []
    assert len(noted.asked) == 1
