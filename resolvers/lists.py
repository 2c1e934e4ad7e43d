"""Pages of lists that were read whole because they are short by design."""

from collections.abc import Sequence

from domain.shared.errors import RequestFault
from domain.shared.page import MAX_PAGE_SIZE, Edge, Page, PageInfo, PageRequest
from persistence.paging import decode_cursor, encode_cursor


def page_of[T](items: Sequence[T], request: PageRequest, list_name: str) -> Page[T]:
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
    edges = [Edge(encode_cursor(list_name, at), items[at]) for at in range(start, end)]
    info = PageInfo(
        has_next_page=end < len(items),
        has_previous_page=start > 0 and bool(items),
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )

    async def count() -> int:
        return len(items)

    return Page(edges, info, count)


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
