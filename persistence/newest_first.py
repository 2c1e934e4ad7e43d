"""Lists that show their newest row first. TypeIDs begin with their time, so that the id alone is the sort key."""

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, func, select

from domain.shared.errors import RequestFault
from domain.shared.ids import prefix_of
from domain.shared.page import Edge, Page, PageRequest
from persistence.metadata import ID
from persistence.paging import cut, decode_cursor, encode_cursor
from persistence.statement import Database, Record, Statement

BEFORE_ALL = ""
BEHIND_ALL = "~"
"""In the C collation these sort before and behind every TypeID."""


class NewestFirst[Node]:
    """A keyset-paged list, newest first: `await ORDERS.page(database, request, customer_id=...)`.

    `clause` selects the rows with their `id`; its own parameters are passed to `page` by name.
    """

    def __init__(
        self, name: str, clause: Select[Any], key: ColumnElement[str], make: Callable[["Record"], Node], *, size: int
    ) -> None:
        self._name = name
        self._make = make
        self._size = size
        boundary = bindparam("boundary", type_=ID)
        limit: BindParameter[int] = bindparam("limit")
        self._forward = Statement(clause.where(key < boundary).order_by(key.desc()).limit(limit))
        self._backward = Statement(clause.where(key > boundary).order_by(key).limit(limit))
        self._count = Statement(select(func.count()).select_from(clause.subquery()))

    async def page(
        self,
        database: Database,
        request: PageRequest,
        *,
        count: Callable[[], Awaitable[int]] | None = None,
        **values: Any,
    ) -> Page[Node]:
        """One page in one statement. `count` replaces counting on `database`, for one that is gone by then."""
        size = request.first if request.first is not None else request.last if request.last is not None else self._size
        cursor = request.after if request.last is None else request.before
        boundary = self._boundary(cursor, BEHIND_ALL if request.last is None else BEFORE_ALL)
        statement = self._forward if request.last is None else self._backward
        rows = await statement.rows(database, boundary=boundary, limit=size + 1, **values)
        return cut(rows, request, size, edge=self._edge, count=count or (lambda: self.count(database, **values)))

    async def count(self, database: Database, **values: Any) -> int:
        """The length of the whole list."""
        counted: int = await self._count.value(database, **values)
        return counted

    def _boundary(self, cursor: str | None, default: str) -> str:
        if cursor is None:
            return default
        (boundary,) = decode_cursor(cursor, self._name, str)
        if prefix_of(boundary) is None:
            raise RequestFault("Not a cursor.")
        return str(boundary)

    def _edge(self, row: "Record") -> Edge[Node]:
        return Edge(encode_cursor(self._name, row["id"]), self._make(row))
