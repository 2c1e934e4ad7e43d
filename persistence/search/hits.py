"""One page of what was found, in order."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import date
from functools import cached_property, partial
from typing import Any

import orjson

from domain.catalog.search import Hits, SearchHit, SearchInput, SearchSort, corrected
from domain.pricing.context import RequestContext
from domain.shared.errors import RequestFault
from domain.shared.ids import ProductId, VariantId
from domain.shared.making import dataclass
from domain.shared.page import MAX_PAGE_SIZE, PageRequest
from persistence.paging import decode_cursor, encode_cursor
from persistence.search.breadth import DATED, IS_FEW, Block, block_of, extent, is_big
from persistence.search.filtering import NARROWED, left_by, narrowing
from persistence.search.matching import RANKED_BY, Arguments, Look, found_among_few, matching, measured, ranked
from persistence.search.walking import AGE, PLACE, PRICE, REACH, Path, Steps, banded, dense, gathered_by_age, walked
from persistence.statement import Database, Record


@dataclass(frozen=True, slots=True)
class _Order:
    """By which column hits are ordered; equal ones by their ids in the same direction.

    `path` is the index along which they stand in this order; a rank stands in none.
    """

    column: str
    kind: type[int | str]
    descending: bool
    path: Path | None = None


_STAMP = "(SELECT product.stamp FROM product WHERE product.id = page.product_id) AS stamp"

_BY_RANK = _Order("rank", int, descending=True)
_BY_PLACE = _Order("position", int, descending=False, path=PLACE)
_NEWEST = _Order("newest_on", str, descending=True, path=AGE)
_ORDERS = {
    SearchSort.PRICE_ASC: _Order("amount_minor", int, descending=False, path=PRICE),
    SearchSort.PRICE_DESC: _Order("amount_minor", int, descending=True, path=PRICE),
    SearchSort.NEWEST: _NEWEST,
}
_CORRECTIONS = "(SELECT array_agg(correction ORDER BY place) FROM spelling) AS corrections"


async def hits(
    database: Database, asked: SearchInput, scope: str | None, request: RequestContext, page: PageRequest
) -> Hits:
    """What `asked` finds within the category, collection or vendor of `scope`; BAD_USER_INPUT for a foreign cursor.

    One statement; of a wide search by relevance, one for each block of tiers that the page has part in. The newest of
    all take a second one where a market sells little of a big catalog.
    """
    order = _order(asked, scope)
    reading = _Reading(asked, scope, request, page, order)
    if order is not _BY_RANK:
        return reading.page_of(await reading.sorted_rows(database))
    rows: list[Record] = []
    position = reading.position
    block = None if position is None else block_of(position[0])
    while True:
        found = await reading.ranked_rows(database, block, position)
        rows += [row for row in found if row["product_id"] is not None]
        block, position = Block(found[0]["level"], found[0]["block"]), None
        if len(rows) > reading.size or block.is_end(backward=reading.backward):
            return reading.page_of(rows)
        block = block.beside(backward=reading.backward)


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


class _Reading:
    """One page of one search."""

    def __init__(
        self, asked: SearchInput, scope: str | None, request: RequestContext, page: PageRequest, order: _Order
    ) -> None:
        self._asked, self._scope, self._request, self._page, self._order = asked, scope, request, page, order
        self.backward = page.last is not None
        size = page.last if self.backward else page.first
        self.size = MAX_PAGE_SIZE if size is None else size
        self._direction = "DESC" if order.descending != self.backward else "ASC"
        cursor = page.before if self.backward else page.after
        self.position = None if cursor is None else decode_cursor(cursor, self._name, order.kind, str)

    @cached_property
    def _name(self) -> str:
        return list_name(self._asked, self._scope, self._request)

    async def ranked_rows(
        self, database: Database, block: Block | None, position: tuple[Any, ...] | None
    ) -> Sequence[Record]:
        """Hits of a block, by default the first one, beyond a position; one row without a product if there are none."""
        arguments = Arguments()
        filters, indexed = narrowing(self._asked.filters, self._request, arguments)
        level, number = None, "blocks - 1" if self.backward else "0"
        if block is not None:
            level, number = arguments.add(block.level), arguments.add(block.number)
        columns = f"{RANKED_BY}, {NARROWED}" if self._asked.filters else RANKED_BY
        look = Look(columns, filters, indexed, level, number)
        source = matching(self._asked, self._scope, self._request, arguments, look)
        limit = arguments.add(self.size + 1)
        ranking = ranked(left_by(filters, self._asked))
        sql = (
            f"WITH {source}, {ranking} SELECT level, block, page.*, {_CORRECTIONS}, {_STAMP} "  # noqa: S608
            f"FROM portion LEFT JOIN (SELECT product_id, rank AS key, variant_id FROM ranked "
            f"WHERE {self._beyond('rank', position, arguments)} ORDER BY {self._by('rank')} LIMIT {limit}) "
            f"AS page ON true ORDER BY {self._by('key')}"
        )
        return await database.fetch(sql, *arguments.values)

    async def sorted_rows(self, database: Database) -> Sequence[Record]:
        """Hits by price, age or place: gathered and sorted, or if there are very many, along an index."""
        path = self._order.path
        assert path is not None, "what is not ranked stands along an index"
        if self._asked.query or self._asked.filters or self._scope:
            make = self._gathered if self._asked.query or path is not AGE else self._by_age
            return await self._fetched(database, path, make, "(SELECT is_part FROM portion)")
        rows = await self._fetched(database, path, self._of_all, "true", reach=None if path is PRICE else REACH)
        if path is PRICE or len(rows) > self.size or (rows and not rows[0]["is_big"]):
            return rows
        return await self._fetched(database, path, self._of_few_or_all, f"NOT {IS_FEW}")

    async def _fetched(
        self,
        database: Database,
        path: Path,
        make: Callable[[Path, Steps, Arguments], str],
        gate: str,
        *,
        reach: int | None = None,
    ) -> Sequence[Record]:
        arguments = Arguments()
        beyond = self._beyond(path.column, self.position, arguments)
        steps = Steps(gate, beyond, self._direction, arguments.add(self.size + 1), reach)
        return await database.fetch(make(path, steps, arguments), *arguments.values)

    def _of_all(self, path: Path, steps: Steps, arguments: Arguments) -> str:
        """SQL of a page of all that is sold. Where that is little of a big catalog, it may lie beyond the reach."""
        walk = walked(path, self._asked, self._scope, self._request, arguments, steps)
        columns = f"NULL AS variant_id, NULL AS corrections, {_STAMP}, {is_big()} AS is_big"
        return f"SELECT page.*, {columns} FROM ({walk}) AS page"  # noqa: S608

    def _of_few_or_all(self, path: Path, steps: Steps, arguments: Arguments) -> str:
        """SQL of the same page, gathered if little is sold, and otherwise walked as far as it goes."""
        known = extent(arguments.add(self._request.market.id), arguments.add(self._request.currency))
        walk = walked(path, self._asked, self._scope, self._request, arguments, steps)
        return self._first_of(known, [self._of_few(path, steps, arguments), walk], steps)

    def _of_few(self, path: Path, steps: Steps, arguments: Arguments, filters: str = "true") -> str:
        few = found_among_few(self._scope, self._request, arguments)
        return (
            f"SELECT product.product_id, {path.column} AS key FROM {few} AND {filters} AND {steps.beyond} "  # noqa: S608
            f"ORDER BY {self._by(path.column)} LIMIT {steps.limit}"
        )

    def _first_of(self, known: str, lists: Sequence[str], steps: Steps) -> str:
        """SQL of a page of what stands in one of the lists, by the CTEs that they need."""
        found = " UNION ALL ".join(f"({listed})" for listed in lists)
        return (
            f"WITH {known} SELECT page.*, NULL AS variant_id, NULL AS corrections, {_STAMP} "  # noqa: S608
            f"FROM ({found}) AS page ORDER BY {self._by('key')} LIMIT {steps.limit}"
        )

    def _gathered(self, path: Path, steps: Steps, arguments: Arguments) -> str:
        """SQL of a page that is gathered, or walked if there is very much."""
        filters, indexed = narrowing(self._asked.filters, self._request, arguments)
        look = Look(NARROWED if self._asked.filters else "true", filters, indexed, walks=True)
        source = matching(self._asked, self._scope, self._request, arguments, look)
        own = ("variant_id", _CORRECTIONS) if self._asked.query else ("NULL AS variant_id", "NULL AS corrections")
        matched = (
            f"SELECT product_id, {path.column} AS key, {own[0]} FROM matched AS product {self._ordering(arguments)} "  # noqa: S608
            f"WHERE {left_by(filters, self._asked)} AND {steps.beyond} "
            f"ORDER BY {self._by(path.column)} LIMIT {steps.limit}"
        )
        return (
            f"WITH {source}, {dense()} SELECT page.*, {own[1]}, {_STAMP} FROM (({matched}) "  # noqa: S608
            f"UNION ALL (SELECT walk.*, NULL FROM ({self._walk(path, steps, arguments)}) AS walk)) AS page "
            f"ORDER BY {self._by('key')} LIMIT {steps.limit}"
        )

    def _by_age(self, path: Path, steps: Steps, arguments: Arguments) -> str:
        """SQL of the same of the newest without words."""
        filters, indexed = narrowing(self._asked.filters, self._request, arguments)
        asked = self._asked, self._scope, self._request, arguments
        known = measured(*asked, Look("true", filters, indexed, bounds=DATED))
        few = self._of_few(path, steps, arguments, filters)
        gathered, walk = gathered_by_age(*asked, steps, indexed), walked(path, *asked, steps)
        return self._first_of(known, [few, gathered, walk], steps)

    def _walk(self, path: Path, steps: Steps, arguments: Arguments) -> str:
        walk = banded if path is PRICE else partial(walked, path)
        return walk(self._asked, self._scope, self._request, arguments, steps)

    def page_of(self, rows: Sequence[Record]) -> Hits:
        kept = list(rows[: self.size])
        if self.backward:
            kept.reverse()
        found = [self._hit(row) for row in kept]
        has_more = len(rows) > self.size
        has_next_page = self._page.before is not None if self.backward else has_more
        has_previous_page = has_more if self.backward else self._page.after is not None
        corrections = corrected(self._asked.query, rows[0]["corrections"] or ()) if rows else None
        return Hits(found, has_next_page, has_previous_page, corrections)

    def _hit(self, row: Record) -> SearchHit:
        key, product_id, variant_id = row["key"], ProductId(row["product_id"]), row["variant_id"]
        make_cursor = partial(self._cursor, key, product_id)
        return SearchHit(make_cursor, product_id, VariantId(variant_id) if variant_id else None, row["stamp"])

    def _cursor(self, key: Any, product_id: ProductId) -> str:
        """Where a hit stands; a day is written as its ISO date."""
        return encode_cursor(self._name, key, product_id)

    def _ordering(self, arguments: Arguments) -> str:
        """SQL: the join of what was matched with the column that it is ordered by, if that stands elsewhere: looked up
        for each product, as `persistence.search.matching.sold_in` does.
        """
        if self._order is _BY_PLACE:
            source = f"position FROM collection_product WHERE collection_id = {arguments.add(self._scope)}"
        elif self._order is _NEWEST:
            source = "newest_on FROM search_product WHERE true"
        else:
            return ""
        own = f"SELECT {source} AND product_id = product.product_id LIMIT 1"
        return f"CROSS JOIN LATERAL ({own}) AS placed"

    def _beyond(self, column: str, position: tuple[Any, ...] | None, arguments: Arguments) -> str:
        """SQL: what follows the position in this direction."""
        if position is None:
            return "true"
        key, product_id = position
        comparison = "<" if self._direction == "DESC" else ">"
        value = arguments.add(_day(key)) if self._order is _NEWEST else f"{arguments.add(key)}::bigint"
        return f"({column}, product_id) {comparison} ({value}, {arguments.add(product_id)})"

    def _by(self, column: str) -> str:
        return f"{column} {self._direction}, product_id {self._direction}"


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RequestFault("Not a cursor.") from None
