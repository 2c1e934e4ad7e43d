"""What finds products among those that are sold in a context, and what it needs of the database if it is outside."""

from collections.abc import Awaitable, Sequence
from typing import Any, Protocol

from domain.catalog.search import FoundSuggestions, Hits, Insight, SearchInput
from domain.pricing.context import RequestContext
from domain.pricing.searching.names import FacetNames
from domain.shared.ids import CategoryId, VendorId
from domain.shared.page import PageRequest


class SearchEngine(Protocol):
    """Finds what is sold in the market and currency of a request, in the words of its language.

    `scope` is the id of the category, collection or vendor within which is looked; None for all there is. What is asked
    was `checked`. Engines agree on what filters let through, on counts as far as they are exact, on the order by price
    or age, and on the cursors of such lists; each has a relevance of its own, and cursors for it.
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


class SearchUnavailable(ConnectionError):  # noqa: N818 - said of the engine
    """The engine could not be asked in time, or did not answer as it should."""


class SearchNames(Protocol):
    """What an engine outside the database asks of it: names, which are kept there alone."""

    async def of_facets(
        self,
        *,
        places: Sequence[str],
        attributes: Sequence[str],
        scope: str | None,
        language: str,
    ) -> FacetNames:
        """The names of these categories, vendors and attributes, for somebody who looks within `scope`."""
        ...

    async def begun(self, prefix: str, limit: int, language: str) -> tuple[Sequence[CategoryId], Sequence[VendorId]]:
        """Categories and vendors in whose names some word begins like `prefix`, the best of each first."""
        ...


class SearchCursors(Protocol):
    """Cursors of one make for all engines, so that one goes on in a list where another has left off."""

    def list_name(self, asked: SearchInput, scope: str | None, request: RequestContext) -> str:
        """Tells the cursors of one search from those of any other, in any other context."""
        ...

    def encode(self, list_name: str, *key: Any) -> str: ...

    def decode(self, cursor: str, list_name: str, *kinds: type) -> tuple[Any, ...]:
        """The key in a cursor of the list; BAD_USER_INPUT for any other text."""
        ...
