"""One page of what was found, in order, by one statement."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

from domain.catalog.search import Hits, SearchHit, SearchInput, SearchSort, corrected
from domain.pricing.context import RequestContext
from domain.shared.errors import RequestFault
from domain.shared.ids import ProductId, VariantId
from domain.shared.page import MAX_PAGE_SIZE, PageInfo, PageRequest
from persistence.paging import decode_cursor, encode_cursor
from persistence.search.matching import Arguments, conditions, matching, ranked
from persistence.statement import Database, Record


@dataclass(frozen=True, slots=True)
class _Order:
    """By which column hits are ordered; equal ones by their ids in the same direction."""

    column: str
    kind: type[int | str]
    descending: bool

    def direction(self, *, backward: bool) -> str:
        return "DESC" if self.descending != backward else "ASC"


_BY_RANK = _Order("rank", int, descending=True)
_BY_PLACE = _Order("place", int, descending=False)
_NEWEST = _Order("newest_on", str, descending=True)
_ORDERS = {
    SearchSort.PRICE_ASC: _Order("amount_minor", int, descending=False),
    SearchSort.PRICE_DESC: _Order("amount_minor", int, descending=True),
    SearchSort.NEWEST: _NEWEST,
}


async def hits(
    database: Database, asked: SearchInput, scope: str | None, request: RequestContext, page: PageRequest
) -> Hits:
    """What `asked` finds within the category, collection or vendor of `scope`; BAD_USER_INPUT for a foreign cursor."""
    order = _order(asked, scope)
    name = list_name(asked, scope, request)
    size = page.last if page.last is not None else page.first
    size = MAX_PAGE_SIZE if size is None else size
    arguments = Arguments()
    sql = _sql(asked, scope, request, arguments, order, page, name, size)
    rows = await database.fetch(sql, *arguments.values)
    return _page(rows, asked, order, page, name, size)


def _order(asked: SearchInput, scope: str | None) -> _Order:
    if asked.sort is not SearchSort.RELEVANCE:
        return _ORDERS[asked.sort]
    if asked.query:
        return _BY_RANK
    return _BY_PLACE if scope is not None and scope.startswith("collection_") else _NEWEST


def list_name(asked: SearchInput, scope: str | None, request: RequestContext) -> str:
    """Tells the cursors of one search from those of any other, in any other context."""
    filters = [(item.key, item.values, str(item.min), str(item.max)) for item in asked.filters]
    context = (request.market.id, request.currency, request.language)
    said = orjson.dumps([asked.query, filters, asked.sort.value, scope, context])
    return "search:" + hashlib.blake2b(said, digest_size=9).hexdigest()


def _sql(
    asked: SearchInput,
    scope: str | None,
    request: RequestContext,
    arguments: Arguments,
    order: _Order,
    page: PageRequest,
    name: str,
    size: int,
) -> str:
    source = matching(asked, scope, request, arguments)
    wanted = [condition for _, condition in conditions(asked.filters, request.currency, arguments)]
    filters = " AND ".join(["true", *wanted])
    columns = "NULL AS variant_id, NULL AS corrections"
    if asked.query:
        columns = "variant_id, (SELECT array_agg(correction ORDER BY place) FROM spelling) AS corrections"
    relation = _relation(asked, order, arguments, scope)
    if order is _BY_RANK:
        source, relation, filters = f"{source}, {ranked(filters)}", "ranked", "true"
    direction = order.direction(backward=page.last is not None)
    return (
        f"WITH {source} SELECT product_id, {order.column} AS key, {columns} FROM {relation} WHERE {filters} "  # noqa: S608
        f"{_beyond(page, order, name, direction, arguments)} "
        f"ORDER BY {order.column} {direction}, product_id {direction} LIMIT {arguments.add(size + 1)}"
    )


def _relation(asked: SearchInput, order: _Order, arguments: Arguments, scope: str | None) -> str:
    """SQL: what was matched, with the column that it is ordered by."""
    if order is _BY_PLACE:
        members = "SELECT product_id, position::bigint AS place FROM collection_product"
        return f"matched JOIN ({members} WHERE collection_id = {arguments.add(scope)}) AS member USING (product_id)"
    if order is _NEWEST and asked.query:
        return "matched JOIN (SELECT product_id, newest_on FROM search_product) AS product USING (product_id)"
    return "matched"


def _beyond(page: PageRequest, order: _Order, name: str, direction: str, arguments: Arguments) -> str:
    """SQL: what follows the cursor in this direction."""
    cursor = page.before if page.last is not None else page.after
    if cursor is None:
        return ""
    key, product_id = decode_cursor(cursor, name, order.kind, str)
    comparison = "<" if direction == "DESC" else ">"
    value = arguments.add(_day(key) if order is _NEWEST else key)
    return f"AND ({order.column}, product_id) {comparison} ({value}, {arguments.add(product_id)})"


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RequestFault("Not a cursor.") from None


def _page(rows: Sequence[Record], asked: SearchInput, order: _Order, page: PageRequest, name: str, size: int) -> Hits:
    backward = page.last is not None
    kept = list(rows[:size])
    if backward:
        kept.reverse()
    found = [_hit(row, order, name) for row in kept]
    info = PageInfo(
        has_next_page=page.before is not None if backward else len(rows) > size,
        has_previous_page=len(rows) > size if backward else page.after is not None,
        start_cursor=found[0].cursor if found else None,
        end_cursor=found[-1].cursor if found else None,
    )
    return Hits(found, info, corrected(asked.query, rows[0]["corrections"] or ()) if rows else None)


def _hit(row: Record, order: _Order, name: str) -> SearchHit:
    key: Any = row["key"].isoformat() if order is _NEWEST else row["key"]
    variant_id = row["variant_id"]
    product_id = ProductId(row["product_id"])
    return SearchHit(encode_cursor(name, key, product_id), product_id, VariantId(variant_id) if variant_id else None)
