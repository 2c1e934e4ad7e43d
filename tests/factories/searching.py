"""Catalogs that are searched by an engine: PostgreSQL, or a double of OpenSearch on a socket of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from domain.pricing.searching.ports import SearchEngine
from integrations.opensearch.client import OpenSearchClient
from integrations.opensearch.double.server import OpenSearchDouble
from integrations.opensearch.engine import OpenSearch
from integrations.opensearch.index import OpenSearchIndex, alias_of
from persistence.catalog import search_index
from persistence.search.engine import PostgresCursors
from persistence.search.names import CatalogNames
from persistence.statement import Pool
from server.jobs.outside_index import reindex
from tests.factories.catalog import CatalogWriter, catalog_in
from tests.factories.clock import present
from tests.factories.gateways import served
from tests.factories.requests import Client, make_client

ENGINES = ("postgresql", "opensearch")


@dataclass(frozen=True, slots=True)
class SearchedCatalog(CatalogWriter):
    """A catalog whose clients search by the engine; None is PostgreSQL."""

    engine: SearchEngine | None = None
    outside_index: OpenSearchIndex | None = None

    def client(self, **facts: Any) -> Client:
        return make_client(self.pool, **({"search_engine": self.engine} | facts))

    async def index(self) -> None:
        """Have all be found that was written."""
        await search_index.rebuild(self.pool)
        if self.outside_index is not None:
            await reindex(self.pool, self.outside_index, present())


@asynccontextmanager
async def searched_by(engine: str, pool: Pool) -> AsyncIterator[SearchedCatalog]:
    """A catalog in an empty database, searched by one of `ENGINES`. The double alone answers: nothing stands in."""
    catalog = await catalog_in(pool)
    if engine == "postgresql":
        yield SearchedCatalog(pool, catalog.price_lists)
        return
    async with opensearch() as (_, client):
        alias = alias_of("test")
        adapter = OpenSearch(client, alias, CatalogNames(pool), PostgresCursors())
        yield SearchedCatalog(pool, catalog.price_lists, adapter, OpenSearchIndex(client, alias))


@asynccontextmanager
async def opensearch(**client: Any) -> AsyncIterator[tuple[OpenSearchDouble, OpenSearchClient]]:
    """A double that is served, and a client of it."""
    double = OpenSearchDouble()
    async with served(double.app()) as url, OpenSearchClient(url, **client) as asking:
        yield double, asking
