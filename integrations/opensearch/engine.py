"""OpenSearch or Elasticsearch as the search engine."""

import asyncio

from domain.catalog.search import FoundSuggestions, Hits, Insight, SearchInput
from domain.pricing.context import RequestContext
from domain.pricing.searching.ports import SearchCursors, SearchNames
from domain.shared.page import PageRequest
from integrations.opensearch.client import OpenSearchClient
from integrations.opensearch.facets import Narrowing, total_body
from integrations.opensearch.hits import Sheet, order_of
from integrations.opensearch.suggestions import begun, found_products
from integrations.opensearch.texts import Text
from integrations.opensearch.understanding import understood


class OpenSearch:
    """Implements `domain.pricing.searching.ports.SearchEngine`; SearchUnavailable where the index does not answer."""

    def __init__(self, client: OpenSearchClient, alias: str, names: SearchNames, cursors: SearchCursors) -> None:
        self._client = client
        self._alias = alias
        self._names = names
        self._cursors = cursors

    async def hits(self, asked: SearchInput, scope: str | None, request: RequestContext, page: PageRequest) -> Hits:
        name = self._cursors.list_name(asked, scope, request)
        sheet = Sheet(order_of(asked, scope, request), page, name, self._cursors)
        text = await self._text(asked, scope, request)
        body = sheet.body(asked, text, scope, request)
        # The same list is always asked of the same copies, whose scores may differ from those of others a little.
        answer = await self._client.read(f"/{self._alias}/_search", body, preference=name)
        return sheet.hits(answer, text)

    async def total(self, asked: SearchInput, scope: str | None, request: RequestContext) -> Insight:
        text = await self._text(asked, scope, request)
        answer = await self._client.read(f"/{self._alias}/_search", total_body(asked, text, scope, request))
        return Insight(answer["hits"]["total"]["value"])

    async def facets(self, asked: SearchInput, scope: str | None, request: RequestContext) -> Insight:
        text = await self._text(asked, scope, request)
        narrowing = Narrowing(asked, text, scope, request)
        answer = await self._client.read(f"/{self._alias}/_search", narrowing.body())
        return await narrowing.insight(answer, self._names)

    async def suggestions(self, prefix: str, limit: int, request: RequestContext) -> FoundSuggestions:
        typed = begun(prefix, request.language)
        if typed is None:
            return FoundSuggestions()
        (words, products), (categories, vendors) = await asyncio.gather(
            self._client.read_many(self._alias, typed.bodies(limit, request)),
            self._names.begun(prefix, limit, request.language),
        )
        return FoundSuggestions(
            typed.queries(words, limit), found_products(products), tuple(categories), tuple(vendors)
        )

    async def _text(self, asked: SearchInput, scope: str | None, request: RequestContext) -> Text | None:
        if not asked.query:
            return None
        return await understood(self._client, self._alias, asked, scope, request)
