"""What staff reads of price lists: the prices that stand in one, and what lists are derived from."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from domain.pricing.deriving.model import Derivation
from domain.pricing.model import PriceList
from domain.shared.ids import OfferId, PriceListId
from domain.shared.making import dataclass
from domain.shared.money import Money
from domain.shared.page import Edge, Page, PageRequest
from persistence.paging import MAX_INTEGER, cut, decode_cursor, encode_cursor
from persistence.pricing.derivations import derivation_of
from persistence.statement import Database, Record

PAGE_SIZE = 50
LIST_NAME = "prices_of_list"
ALWAYS = -MAX_INTEGER
"""Sorts prices without a start before all others."""
BEFORE_ALL, BEHIND_ALL = ("", 0, ALWAYS), ("~", 0, ALWAYS)

_START = f"coalesce((extract(epoch FROM starts_at) * 1000000)::bigint, {ALWAYS})"
_SELECT = f"""
SELECT offer_id, min_quantity, {_START} AS start, amount_minor, starts_at, ends_at, derived_from, rate, rate_at
FROM price WHERE price_list_id = $1 AND ($2::text IS NULL OR offer_id = $2)
"""  # noqa: S608 - made of constants
_KEY = f"(offer_id, min_quantity, {_START})"
_FORWARD = f"{_SELECT} AND {_KEY} > ($3, $4, $5) ORDER BY 1, 2, 3 LIMIT $6"
_BACKWARD = f"{_SELECT} AND {_KEY} < ($3, $4, $5) ORDER BY 1 DESC, 2 DESC, 3 DESC LIMIT $6"
_COUNT = "SELECT count(*) FROM price WHERE price_list_id = $1 AND ($2::text IS NULL OR offer_id = $2)"
_DERIVATIONS = """
SELECT price_list_id, base_id, rate, rate_at, rate_source, adjustment_percent, granularity FROM price_list_derivation
WHERE price_list_id = ANY($1::text[])
"""


@dataclass(frozen=True, slots=True)
class PriceInList:
    """A price as it stands in a list; one that was derived tells of what list, at which rate, and of when that is."""

    offer_id: OfferId
    price: Money
    min_quantity: int
    starts_at: datetime | None
    ends_at: datetime | None
    derived_from: PriceListId | None
    rate: Decimal | None
    rate_at: datetime | None


async def prices_of_list(
    database: Database, price_list: PriceList, request: PageRequest, *, offer_id: OfferId | None
) -> Page[PriceInList]:
    """Ordered by offer, least quantity and start; of one offer alone if it is named."""
    size = request.first if request.first is not None else request.last if request.last is not None else PAGE_SIZE
    backward = request.last is not None
    cursor = request.before if backward else request.after
    boundary = BEHIND_ALL if backward else BEFORE_ALL
    if cursor is not None:
        boundary = decode_cursor(cursor, LIST_NAME, str, int, int)
    sql = _BACKWARD if backward else _FORWARD
    rows = await database.fetch(sql, price_list.id, offer_id, *boundary, size + 1)

    async def count() -> int:
        counted: int = await database.fetchval(_COUNT, price_list.id, offer_id)
        return counted

    def edge(row: Record) -> Edge[PriceInList]:
        return Edge(encode_cursor(LIST_NAME, row[0], row[1], row[2]), _price(row, price_list.currency))

    return cut(rows, request, size, edge=edge, count=count)


async def derivations(database: Database, ids: Sequence[PriceListId]) -> dict[PriceListId, Derivation]:
    """What those of the lists follow that are derived."""
    rows = await database.fetch(_DERIVATIONS, list(ids))
    return {PriceListId(row["price_list_id"]): derivation_of(row) for row in rows}


def _price(row: Record, currency: str) -> PriceInList:
    return PriceInList(
        OfferId(row["offer_id"]),
        Money(row["amount_minor"], currency),
        row["min_quantity"],
        row["starts_at"],
        row["ends_at"],
        PriceListId(row["derived_from"]) if row["derived_from"] else None,
        row["rate"],
        row["rate_at"],
    )
