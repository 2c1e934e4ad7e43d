"""Pages of ids, turned into pages of what they name."""

from collections.abc import Awaitable, Sequence
from typing import Any, Protocol

from domain.shared.errors import RequestFault
from domain.shared.page import Edge, Page
from domain.shared.text import is_plain

MAX_QUERY_LENGTH = 200


class Loads[Key, Found](Protocol):
    """A dataloader."""

    def load_many(self, keys: Any, /) -> Awaitable[Sequence[Found | None]]: ...


async def loaded[Key, Found](page: Page[Key], loader: Loads[Key, Found]) -> Page[Found]:
    """The same page, read by one batch; what has gone in between is left out."""
    found = await loader.load_many([edge.node for edge in page.edges])
    edges = [Edge(edge.cursor, item) for edge, item in zip(page.edges, found, strict=True) if item is not None]
    return Page(edges, page.page_info, page.count)


def search_text(query: str | None) -> str | None:
    """What to look for, if anything; BAD_USER_INPUT for what no text contains."""
    if query is None or not query.strip():
        return None
    if len(query) > MAX_QUERY_LENGTH or not is_plain(query):
        raise RequestFault(f"`query` has at most {MAX_QUERY_LENGTH} characters, none of them a control.")
    return query.strip()
