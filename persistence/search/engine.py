"""PostgreSQL as the search engine: the index that `index.refresh` keeps, in the database itself."""

from collections.abc import Awaitable
from typing import Any

from domain.catalog.search import FoundSuggestions, Hits, Insight, SearchInput
from domain.pricing.context import RequestContext
from domain.shared.page import PageRequest
from persistence.paging import decode_cursor, encode_cursor
from persistence.search.facets import facets, total
from persistence.search.hits import hits, list_name
from persistence.search.suggestions import suggestions
from persistence.statement import Database


class PostgresSearch:
    """Implements `domain.pricing.searching.ports.SearchEngine`, by one statement for each answer."""

    __slots__ = ("_database",)

    def __init__(self, database: Database) -> None:
        self._database = database

    def hits(
        self, asked: SearchInput, scope: str | None, request: RequestContext, page: PageRequest
    ) -> Awaitable[Hits]:
        return hits(self._database, asked, scope, request, page)

    def total(self, asked: SearchInput, scope: str | None, request: RequestContext) -> Awaitable[Insight]:
        return total(self._database, asked, scope, request)

    def facets(self, asked: SearchInput, scope: str | None, request: RequestContext) -> Awaitable[Insight]:
        return facets(self._database, asked, scope, request)

    def suggestions(self, prefix: str, limit: int, request: RequestContext) -> Awaitable[FoundSuggestions]:
        return suggestions(self._database, prefix, limit, request)


class PostgresCursors:
    """Implements `domain.pricing.searching.ports.SearchCursors`: the cursors that `hits` makes."""

    def list_name(self, asked: SearchInput, scope: str | None, request: RequestContext) -> str:
        return list_name(asked, scope, request)

    def encode(self, list_name: str, *key: Any) -> str:
        return encode_cursor(list_name, *key)

    def decode(self, cursor: str, list_name: str, *kinds: type) -> tuple[Any, ...]:
        return decode_cursor(cursor, list_name, *kinds)
