"""Keyset cursors: opaque to clients, the sort key of the row they stand on, and the list they belong to."""

import base64
import binascii
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import orjson

from domain.shared.errors import RequestFault
from domain.shared.page import Edge, Page, PageInfo, PageRequest

MAX_INTEGER = 2**63 - 1


def encode_cursor(list_name: str, *key: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([list_name, *key])).rstrip(b"=").decode()


def decode_cursor(cursor: str, list_name: str, *kinds: type) -> tuple[Any, ...]:
    """The sort key in a cursor of `list_name`; a request fault for any other text."""
    try:
        name, *key = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError, binascii.Error):
        raise RequestFault("Not a cursor.") from None
    if name != list_name or len(key) != len(kinds) or not all(map(_can_be, key, kinds)):
        raise RequestFault("This cursor belongs to another list.")
    return tuple(key)


def _can_be(value: Any, kind: type) -> bool:
    """Whether a column of this kind could hold the value, which a client may have made up."""
    if isinstance(value, str) and "\0" in value:
        return False
    if isinstance(value, int) and abs(value) > MAX_INTEGER:
        return False
    return isinstance(value, kind) and not (isinstance(value, bool) and kind is int)


def cut[Row, Node](
    rows: Sequence[Row],
    request: PageRequest,
    size: int,
    *,
    edge: Callable[[Row], Edge[Node]],
    count: Callable[[], Awaitable[int]],
) -> Page[Node]:
    """A page of `rows`, which were read with one more than `size` and, for `last`, in reverse."""
    backward = request.last is not None
    has_more = len(rows) > size
    kept = list(rows[:size])
    if backward:
        kept.reverse()
    edges = [edge(row) for row in kept]
    info = PageInfo(
        has_next_page=request.before is not None if backward else has_more,
        has_previous_page=has_more if backward else request.after is not None,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )
    return Page(edges, info, count)
