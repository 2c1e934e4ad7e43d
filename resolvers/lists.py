"""Pages of lists that were read whole because they are short by design."""

from collections.abc import Sequence

from domain.shared.errors import RequestFault
from domain.shared.page import MAX_PAGE_SIZE, Edge, PageInfo, PageRequest
from persistence.paging import decode_cursor, encode_cursor


class Slice[T]:
    """A page of a list that is known whole: what `domain.shared.page.Page` is, with cursors made when asked for."""

    __slots__ = ("_end", "_items", "_name", "_start")

    def __init__(self, items: Sequence[T], start: int, end: int, list_name: str) -> None:
        self._items, self._start, self._end, self._name = items, start, end, list_name

    @property
    def nodes(self) -> Sequence[T]:
        return self._items[self._start : self._end]

    @property
    def edges(self) -> list[Edge[T]]:
        return [Edge(self._cursor(at), self._items[at]) for at in range(self._start, self._end)]

    @property
    def page_info(self) -> PageInfo:
        is_empty = self._start >= self._end
        return PageInfo(
            has_next_page=self._end < len(self._items),
            has_previous_page=self._start > 0 and bool(self._items),
            start_cursor=None if is_empty else self._cursor(self._start),
            end_cursor=None if is_empty else self._cursor(self._end - 1),
        )

    async def count(self) -> int:
        return len(self._items)

    def _cursor(self, at: int) -> str:
        return encode_cursor(self._name, at)


def page_of[T](items: Sequence[T], request: PageRequest, list_name: str) -> Slice[T]:
    """The asked part of `items`. `list_name` tells this list's cursors from those of any other."""
    start, end = 0, len(items)
    if request.last is not None:
        if request.before is not None:
            end = min(end, _position(request.before, list_name))
        start = max(start, end - request.last)
    else:
        if request.after is not None:
            start = _position(request.after, list_name) + 1
        end = min(end, start + (MAX_PAGE_SIZE if request.first is None else request.first))
    return Slice(items, start, end, list_name)


def first_of[T](items: Sequence[T], first: int) -> Sequence[T]:
    """The first so many; BAD_USER_INPUT for a number that no list has."""
    if not 0 <= first <= MAX_PAGE_SIZE:
        raise RequestFault(f"`first` must be 0 to {MAX_PAGE_SIZE}.")
    return items[:first]


def _position(cursor: str, list_name: str) -> int:
    (position,) = decode_cursor(cursor, list_name, int)
    if position < 0:
        raise RequestFault("Not a cursor.")
    return int(position)
