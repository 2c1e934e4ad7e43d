"""What finds products among those that are sold in a context."""

from collections.abc import Awaitable
from typing import Protocol

from domain.catalog.search import FoundSuggestions, Hits, Insight, SearchInput
from domain.pricing.context import RequestContext
from domain.shared.page import PageRequest


class SearchEngine(Protocol):
    """Finds what is sold in the market and currency of a request, in the words of its language.

    `scope` is the id of the category, collection or vendor within which is looked; None for all there is. What is asked
    was `checked`. Engines agree on what filters let through, on counts, on the order by price or age, and on the
    cursors of such lists; each has a relevance of its own, and cursors for it.
    """

    def hits(
        self, asked: SearchInput, scope: str | None, request: RequestContext, page: PageRequest
    ) -> Awaitable[Hits]:
        """A page of what is found, in order; BAD_USER_INPUT for a foreign cursor."""
        ...

    def total(self, asked: SearchInput, scope: str | None, request: RequestContext) -> Awaitable[Insight]:
        """How many products are found in all."""
        ...

    def facets(self, asked: SearchInput, scope: str | None, request: RequestContext) -> Awaitable[Insight]:
        """How many products are found in all, and by what they can be narrowed."""
        ...

    def suggestions(self, prefix: str, limit: int, request: RequestContext) -> Awaitable[FoundSuggestions]:
        """Up to `limit` of each kind: queries that continue what was typed, and what is called like it."""
        ...
