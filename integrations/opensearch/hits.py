"""One page of what was found, in order."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from domain.catalog.search import Hits, SearchHit, SearchInput, SearchSort
from domain.pricing.context import RequestContext
from domain.pricing.searching.ports import SearchCursors, SearchUnavailable
from domain.shared.errors import RequestFault
from domain.shared.ids import ProductId, VariantId
from domain.shared.making import dataclass
from domain.shared.page import MAX_PAGE_SIZE, PageRequest
from integrations.opensearch.clauses import Clause, all_of, conditions, shelf, sold, term
from integrations.opensearch.client import Json
from integrations.opensearch.texts import Text

_MILLISECONDS_PER_DAY = 86_400_000
_EPOCH = date(1970, 1, 1)


class BegunElsewhere(SearchUnavailable):
    """A list by relevance that was begun on the database: only there it goes on."""


@dataclass(frozen=True, slots=True)
class Order:
    """By what hits are ordered; equal ones by their ids in the same direction.

    A cursor holds the key in the form of every engine's cursors, which is not always the index's own.
    """

    field: str
    kind: type[int | float | str]
    descending: bool
    below: Clause | None = None
    """Which of the nested objects has the field."""

    def sort(self, *, backward: bool) -> list[Json]:
        direction = "desc" if self.descending != backward else "asc"
        by: Json = {"order": direction}
        if self.below is not None:
            by["nested"] = {"path": self.field.partition(".")[0], "filter": self.below}
        return [{self.field: by}, {"product_id": {"order": direction}}]

    def shown(self, key: Any) -> Any:
        """The key of the index as a cursor holds it."""
        if self is NEWEST:
            return datetime.fromtimestamp(key / 1000, UTC).date().isoformat()
        return self.kind(key)

    def indexed(self, key: Any) -> Any:
        """The key of a cursor as the index holds it; BAD_USER_INPUT for a day that is none."""
        if self is not NEWEST:
            return key
        try:
            return (date.fromisoformat(key) - _EPOCH).days * _MILLISECONDS_PER_DAY
        except ValueError:
            raise RequestFault("Not a cursor.") from None


BY_SCORE = Order("_score", float, descending=True)
NEWEST = Order("newest_on", str, descending=True)


def order_of(asked: SearchInput, scope: str | None, request: RequestContext) -> Order:
    if asked.sort is SearchSort.NEWEST:
        return NEWEST
    if asked.sort is not SearchSort.RELEVANCE:
        descending = asked.sort is SearchSort.PRICE_DESC
        return Order("prices.amount_minor", int, descending=descending, below=shelf(request))
    if asked.query:
        return BY_SCORE
    if scope is not None and scope.startswith("collection_"):
        return Order("positions.position", int, descending=False, below=term("positions.collection", scope))
    return NEWEST


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page that is asked for, of the list of this name."""

    order: Order
    page: PageRequest
    list_name: str
    cursors: SearchCursors

    @property
    def is_backward(self) -> bool:
        return self.page.last is not None

    @property
    def size(self) -> int:
        size = self.page.last if self.is_backward else self.page.first
        return MAX_PAGE_SIZE if size is None else size

    def body(self, asked: SearchInput, text: Text | None, scope: str | None, request: RequestContext) -> Json:
        """The search: one hit more than the page has, to know whether there are more."""
        wanted = [each for of_key in conditions(asked.filters, request).values() for each in of_key]
        filters = all_of(*sold(scope, request), *wanted)
        body: Json = {
            "size": self.size + 1,
            "track_total_hits": False,
            "query": {"bool": {"must": [text.matches()], "filter": [filters]}} if text else filters,
            "sort": self.order.sort(backward=self.is_backward),
            "_source": ["variants"] if text and text.codes else False,
        }
        beyond = self._beyond()
        return body if beyond is None else body | {"search_after": beyond}

    def _beyond(self) -> list[Any] | None:
        cursor = self.page.before if self.is_backward else self.page.after
        if cursor is None:
            return None
        try:
            key, product_id = self.cursors.decode(cursor, self.list_name, self.order.kind, str)
        except RequestFault:
            if self.order is BY_SCORE:
                self.cursors.decode(cursor, self.list_name, int, str)
                raise BegunElsewhere from None
            raise
        return [self.order.indexed(key), product_id]

    def hits(self, answer: Json, text: Text | None) -> Hits:
        rows: Sequence[Json] = answer["hits"]["hits"]
        kept = list(rows[: self.size])
        if self.is_backward:
            kept.reverse()
        found = [self._hit(row, text) for row in kept]
        has_more = len(rows) > self.size
        has_next_page = self.page.before is not None if self.is_backward else has_more
        has_previous_page = has_more if self.is_backward else self.page.after is not None
        return Hits(found, has_next_page, has_previous_page, text.corrected_query if text and found else None)

    def _hit(self, row: Json, text: Text | None) -> SearchHit:
        key, product_id = row["sort"]
        variants = row.get("_source", {}).get("variants", {}) if text else {}
        asked_for = [variants[code] for code in text.codes if code in variants] if text else []
        variant_id = VariantId(min(asked_for)) if asked_for else None
        make_cursor = partial(self.cursors.encode, self.list_name, self.order.shown(key), product_id)
        return SearchHit(make_cursor, ProductId(product_id), variant_id)
