"""While the engine is away, the database answers, and nobody notices more than another relevance."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import structlog

from domain.catalog.search import SearchInput
from domain.shared.errors import RequestFault
from domain.shared.page import PageRequest
from integrations.opensearch.circuit import FAILURES, Circuit
from integrations.opensearch.client import OpenSearchClient
from integrations.opensearch.engine import OpenSearch
from integrations.opensearch.index import OpenSearchIndex, alias_of
from integrations.opensearch.standing_in import WithStandIn
from persistence.catalog import search_index
from persistence.search.engine import PostgresCursors, PostgresSearch
from persistence.search.names import CatalogNames
from persistence.statement import Pool
from server.jobs.outside_index import reindex
from tests.factories.catalog import catalog_in
from tests.factories.clock import present
from tests.factories.requests import make_client
from tests.integrations.opensearch.conftest import Engine

SEARCH = """query($input: SearchInput!, $first: Int = 24, $after: String) {
    search(input: $input, first: $first, after: $after) {
        nodes { title } totalCount facets { key } pageInfo { endCursor }
    }
    suggest(prefix: "la") { queries }
}"""
PAGE = 'query($after: String) { search(input: {query: "lamp"}, after: $after) { nodes { title } } }'
PRICES = {"query": "lamp", "sort": "PRICE_ASC"}


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Shop:
    """Three lamps that can be found in both engines."""

    pool: Pool
    engine: Engine
    search: WithStandIn
    clock: Clock

    async def ask(self, asked: dict[str, Any] | None = None, *, database: bool = False, **page: Any) -> Any:
        engine = PostgresSearch(self.pool) if database else self.search
        client = make_client(self.pool, search_engine=engine)
        return (await client.ask(SEARCH, input=asked or {"query": "lamp"}, **page))["search"]

    async def titles(self, *asked: Any, **page: Any) -> list[str]:
        return [node["title"] for node in (await self.ask(*asked, **page))["nodes"]]


@pytest.fixture
async def shop(pool: Pool, engine: Engine) -> AsyncIterator[Shop]:
    catalog = await catalog_in(pool)
    for name, price in (("Lamp B", 200), ("Lamp A", 100), ("Lamp C", 300)):
        await catalog.sold(name, prices={"de-eur": price})
    await search_index.rebuild(pool)
    clock = Clock()
    async with OpenSearchClient(engine.url, read_seconds=0.2) as client:
        index = OpenSearchIndex(client, alias_of("shop"))
        await reindex(pool, index, present())
        outside = OpenSearch(client, index.alias, CatalogNames(pool), PostgresCursors())
        yield Shop(pool, engine, WithStandIn(outside, PostgresSearch(pool), Circuit(clock=clock)), clock)


async def test_the_engine_answers_as_long_as_it_can(shop: Shop):
    found = await shop.ask()

    assert found["totalCount"] == 3
    assert shop.search.answered == {"engine": 3, "stand_in": 0}  # a page, its facets, and suggestions


@pytest.mark.parametrize("trouble", [{"status": 503, "times": 999}, {"broken": 999}, {"slow_seconds": 5}], ids=str)
async def test_the_database_answers_while_the_engine_does_not(shop: Shop, trouble: dict[str, Any]):
    await shop.engine.control(**trouble)

    with structlog.testing.capture_logs() as events:
        found = await shop.ask(PRICES)

    assert [node["title"] for node in found["nodes"]] == ["Lamp A", "Lamp B", "Lamp C"]
    assert found["totalCount"] == 3
    assert shop.search.answered["engine"] == 0
    assert {event["event"] for event in events} == {"search_engine_away"}
    await shop.engine.control()


async def test_an_engine_that_is_away_is_left_alone_until_it_may_be_back(shop: Shop):
    await shop.engine.control(status=503, times=999)
    for _ in range(FAILURES):
        await shop.ask()
    await shop.engine.control()

    await shop.ask()
    left_alone = shop.search.answered["engine"]
    shop.clock.seconds = 60.0
    await shop.ask()

    assert left_alone == 0
    assert shop.search.answered["engine"] > 0


async def test_a_request_that_the_engine_does_not_understand_is_logged_as_a_fault_of_ours(shop: Shop):
    await shop.engine.client.write("DELETE", f"/{await behind(shop)}")
    broken = {"mappings": {"dynamic": "strict", "properties": {"product_id": {"type": "keyword"}}}}
    await shop.engine.client.write("PUT", "/broken", broken)
    await shop.engine.post("/_aliases", {"actions": [{"add": {"index": "broken", "alias": shop.engine.index.alias}}]})

    with structlog.testing.capture_logs() as events:
        assert await shop.titles(PRICES) == ["Lamp A", "Lamp B", "Lamp C"]

    assert ("search_engine_refused", "error") in {(event["event"], event["log_level"]) for event in events}


async def behind(shop: Shop) -> str:
    (name,) = await shop.engine.client.read(f"/_alias/{shop.engine.index.alias}")
    return name


@pytest.mark.parametrize("sort", ["PRICE_ASC", "PRICE_DESC", "NEWEST"])
@pytest.mark.parametrize("begins_in_database", [True, False])
async def test_a_list_goes_on_in_the_other_engine_where_one_left_off(
    shop: Shop, sort: str, *, begins_in_database: bool
):
    asked = {"query": "lamp", "sort": sort}
    whole = await shop.titles(asked)

    first = await shop.ask(asked, first=2, database=begins_in_database)
    rest = await shop.titles(asked, after=first["pageInfo"]["endCursor"], database=not begins_in_database)

    assert [node["title"] for node in first["nodes"]] + rest == whole


async def test_who_began_by_the_databases_relevance_goes_on_by_it_when_the_engine_is_back(shop: Shop):
    whole = await shop.titles(database=True)
    first = await shop.ask(first=1, database=True)

    rest = await shop.titles(after=first["pageInfo"]["endCursor"])

    assert [node["title"] for node in first["nodes"]] + rest == whole


async def test_cursors_of_the_databases_relevance_do_not_make_the_engine_seem_away(shop: Shop):
    first = await shop.ask(first=1, database=True)
    client = make_client(shop.pool, search_engine=shop.search)

    for _ in range(FAILURES):
        await client.ask(PAGE, after=first["pageInfo"]["endCursor"])
    await client.ask(PAGE)

    assert shop.search.answered == {"engine": 1, "stand_in": FAILURES}


async def test_the_engines_relevance_has_no_continuation_in_the_database(shop: Shop):
    first = await shop.ask(first=1)
    client = make_client(shop.pool, search_engine=PostgresSearch(shop.pool))

    refusals = await client.refusals(SEARCH, input={"query": "lamp"}, after=first["pageInfo"]["endCursor"])

    assert refusals == [("This cursor belongs to another list.", "BAD_USER_INPUT")]


async def test_a_request_fault_is_nobodys_failure(shop: Shop):
    client = make_client(shop.pool, search_engine=shop.search)

    for _ in range(FAILURES):
        with pytest.raises(RequestFault):
            await shop.search.hits(*await foreign(client))

    await shop.ask()
    assert shop.search.answered["stand_in"] == 0


async def foreign(client: Any) -> Any:
    """What a search is asked with a cursor that somebody made up."""
    return SearchInput("lamp"), None, (await client.context()).request, PageRequest(first=1, after="bm9uc2Vuc2U")
