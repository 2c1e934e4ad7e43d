"""One page of an ordered list, cut by keyset cursors."""

from collections.abc import Awaitable, Callable, Sequence

from domain.shared.making import dataclass

MAX_PAGE_SIZE = 100


@dataclass(frozen=True, slots=True)
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@dataclass(frozen=True, slots=True)
class Edge[T]:
    cursor: str
    node: T


@dataclass(frozen=True, slots=True)
class Page[T]:
    """`count` reads the length of the whole list, only when somebody asks."""

    edges: Sequence[Edge[T]]
    page_info: PageInfo
    count: Callable[[], Awaitable[int]]

    @property
    def nodes(self) -> Sequence[T]:
        return [edge.node for edge in self.edges]


@dataclass(frozen=True, slots=True)
class PageRequest:
    """What a client asked of a list: `first` after a cursor, or `last` before one. Sizes are 0 to MAX_PAGE_SIZE."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None
