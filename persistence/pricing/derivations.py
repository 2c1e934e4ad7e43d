"""Lists that are derived from others: what they follow, which offers are still to be derived, and their prices."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from domain.pricing.deriving.model import Derivation, DerivedList, ExchangeRate, ListedPrice
from domain.pricing.model import PriceList
from domain.pricing.price_lists.ports import PriceRow
from domain.shared.ids import OfferId, PriceListId
from domain.shared.money import Rounding
from persistence.pricing.price_lists import LIST_COLUMNS, price_list_of
from persistence.statement import Connection, Database, Record

_OF = """
SELECT d.base_id, d.rate, d.rate_at, d.rate_source, d.adjustment_percent, d.granularity,
       coalesce(m.rounding, 'HALF_UP') AS rounding
FROM price_list_derivation d JOIN price_list l ON l.id = d.price_list_id LEFT JOIN market m ON m.id = l.market_id
WHERE d.price_list_id = $1
"""
_LISTS = f"SELECT {LIST_COLUMNS} FROM price_list WHERE id = ANY($1::text[])"  # noqa: S608 - a constant
_PAYABLE = "SELECT rounding, coalesce((price_granularity ->> $2)::bigint, 1) AS steps FROM market WHERE id = $1"
_DEFAULT_LIST = """
SELECT id FROM price_list
WHERE currency = $1 AND num_nonnulls(market_id, customer_group, company_id, starts_at, ends_at) = 0
ORDER BY priority, id LIMIT 1
"""
_IS_FOLLOWED = "SELECT EXISTS (SELECT FROM price_list_derivation WHERE base_id = $1)"
_BETWEEN = """
SELECT d.price_list_id FROM price_list_derivation d
JOIN price_list own ON own.id = d.price_list_id JOIN price_list base ON base.id = d.base_id
WHERE base.currency = $1 AND own.currency = $2 AND own.currency <> base.currency
  AND ($3::text IS NULL OR d.rate_source = $3)
ORDER BY d.price_list_id
"""
_PAIRS = """
SELECT DISTINCT base.currency, own.currency FROM price_list_derivation d
JOIN price_list own ON own.id = d.price_list_id JOIN price_list base ON base.id = d.base_id
WHERE d.rate_source = $1 AND own.currency <> base.currency ORDER BY 1, 2
"""
_PUT = """
INSERT INTO price_list_derivation (price_list_id, base_id, rate, rate_at, rate_source, adjustment_percent, granularity)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (price_list_id) DO UPDATE SET base_id = $2, rate = $3, rate_at = $4, rate_source = $5,
    adjustment_percent = $6, granularity = $7
"""
_END = "DELETE FROM price_list_derivation WHERE price_list_id = $1"
_FREE = "UPDATE price SET derived_from = NULL WHERE price_list_id = $1 AND derived_from IS NOT NULL"
_NOTE = """
WITH follower AS (
    SELECT price_list_id FROM price_list_derivation
    WHERE base_id = ANY($1::text[]) OR price_list_id = ANY($1::text[])
), noted AS (
    INSERT INTO price_to_derive (price_list_id, offer_id)
    SELECT follower.price_list_id, offer_id FROM follower CROSS JOIN unnest($2::text[]) AS offer_id
)
SELECT price_list_id FROM follower ORDER BY 1
"""
_NOTE_ALL = """
INSERT INTO price_to_derive (price_list_id, offer_id)
SELECT d.price_list_id, price.offer_id
FROM price_list_derivation d JOIN price ON price.price_list_id IN (d.price_list_id, d.base_id)
WHERE d.price_list_id = $1 GROUP BY 1, 2 ORDER BY 2
"""
_TAKE = """
DELETE FROM price_to_derive
WHERE id IN (SELECT id FROM price_to_derive WHERE price_list_id = $1 ORDER BY id LIMIT $2) RETURNING offer_id
"""
_OFFERS_AFTER = """
SELECT DISTINCT offer_id FROM price WHERE price_list_id = ANY($1::text[]) AND offer_id > $2 ORDER BY offer_id LIMIT $3
"""
_PRICES = """
SELECT offer_id, amount_minor, min_quantity, starts_at, ends_at, derived_from, rate, rate_at FROM price
WHERE price_list_id = $1 AND offer_id = ANY($2::text[])
"""
_WRITE = """
INSERT INTO price (offer_id, price_list_id, amount_minor, min_quantity, starts_at, ends_at, derived_from, rate, rate_at)
SELECT offer_id, $1, amount_minor, min_quantity, starts_at, ends_at, $7, $8, $9
FROM unnest($2::text[], $3::bigint[], $4::int[], $5::timestamptz[], $6::timestamptz[])
    AS row (offer_id, amount_minor, min_quantity, starts_at, ends_at)
ON CONFLICT (offer_id, price_list_id, min_quantity, starts_at)
DO UPDATE SET amount_minor = excluded.amount_minor, ends_at = excluded.ends_at, derived_from = excluded.derived_from,
    rate = excluded.rate, rate_at = excluded.rate_at
WHERE price.derived_from IS NOT NULL
"""
_DROP = """
DELETE FROM price USING unnest($2::text[], $3::int[], $4::timestamptz[]) AS row (offer_id, min_quantity, starts_at)
WHERE price.price_list_id = $1 AND price.offer_id = row.offer_id AND price.min_quantity = row.min_quantity
  AND price.starts_at IS NOT DISTINCT FROM row.starts_at AND price.derived_from IS NOT NULL
"""


class DerivedPriceLists:
    """Implements `domain.pricing.deriving.ports.Derivations` and `Followers`, in the transaction of its connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def of(self, price_list_id: PriceListId) -> DerivedList | None:
        row = await self._connection.fetchrow(_OF, price_list_id)
        if row is None:
            return None
        found = await self._connection.fetch(_LISTS, [price_list_id, row["base_id"]])
        lists = {known.id: known for known in map(price_list_of, found)}
        base = lists[PriceListId(row["base_id"])]
        return DerivedList(lists[price_list_id], base, derivation_of(row), Rounding(row["rounding"]))

    async def payable(self, price_list: PriceList) -> tuple[Rounding, int]:
        row = await self._connection.fetchrow(_PAYABLE, price_list.market_id, price_list.currency)
        return (Rounding.HALF_UP, 1) if row is None else (Rounding(row["rounding"]), row["steps"])

    async def default_list(self, currency: str) -> PriceListId | None:
        found: PriceListId | None = await self._connection.fetchval(_DEFAULT_LIST, currency)
        return found

    async def is_followed(self, price_list_id: PriceListId) -> bool:
        return bool(await self._connection.fetchval(_IS_FOLLOWED, price_list_id))

    async def between(self, base: str, currency: str, *, source: str | None) -> Sequence[PriceListId]:
        return [PriceListId(row[0]) for row in await self._connection.fetch(_BETWEEN, base, currency, source)]

    async def put(self, price_list_id: PriceListId, derivation: Derivation) -> None:
        rate = derivation.exchange
        terms = (derivation.base_id, rate.rate, rate.at, rate.source)
        rest = (derivation.adjustment_percent, derivation.granularity)
        await self._connection.execute(_PUT, price_list_id, *terms, *rest)

    async def end(self, price_list_id: PriceListId) -> None:
        await self._connection.execute(_END, price_list_id)
        await self._connection.execute(_FREE, price_list_id)

    async def note(self, lists: Sequence[PriceListId], offers: Sequence[OfferId]) -> Sequence[PriceListId]:
        """Implements `domain.pricing.following.ports.Followers`."""
        return [PriceListId(row[0]) for row in await self._connection.fetch(_NOTE, list(lists), list(offers))]

    async def note_all(self, price_list_id: PriceListId) -> None:
        await self._connection.execute(_NOTE_ALL, price_list_id)

    async def take(self, price_list_id: PriceListId, *, limit: int) -> Sequence[OfferId]:
        return [OfferId(row[0]) for row in await self._connection.fetch(_TAKE, price_list_id, limit)]

    async def offers_after(
        self, lists: Sequence[PriceListId], after: OfferId | None, *, limit: int
    ) -> Sequence[OfferId]:
        rows = await self._connection.fetch(_OFFERS_AFTER, list(lists), after or "", limit)
        return [OfferId(row[0]) for row in rows]

    async def prices(self, price_list_id: PriceListId, offers: Sequence[OfferId]) -> Sequence[ListedPrice]:
        return [listed_price(*row) for row in await self._connection.fetch(_PRICES, price_list_id, list(offers))]

    async def write(self, derived: DerivedList, put: Sequence[PriceRow], gone: Sequence[PriceRow]) -> None:
        rate = derived.derivation.exchange
        if put:
            await self._connection.execute(
                _WRITE,
                derived.price_list.id,
                [row.offer_id for row in put],
                [row.minor for row in put],
                [row.min_quantity for row in put],
                [row.starts_at for row in put],
                [row.ends_at for row in put],
                derived.base.id,
                rate.rate,
                rate.at,
            )
        if gone:
            await self._connection.execute(
                _DROP,
                derived.price_list.id,
                [row.offer_id for row in gone],
                [row.min_quantity for row in gone],
                [row.starts_at for row in gone],
            )


async def pairs_of(database: Database, source: str) -> list[tuple[str, str]]:
    """The currencies between which lists are derived by the rates of a source: of the base, and of the list."""
    return [(row[0], row[1]) for row in await database.fetch(_PAIRS, source)]


def derivation_of(row: Record) -> Derivation:
    """Of a row of `price_list_derivation`."""
    exchange = ExchangeRate(row["rate"], row["rate_at"], row["rate_source"])
    return Derivation(PriceListId(row["base_id"]), exchange, row["adjustment_percent"], row["granularity"])


def listed_price(
    offer_id: str,
    minor: int,
    min_quantity: int,
    starts_at: datetime | None,
    ends_at: datetime | None,
    derived_from: str | None,
    rate: Decimal | None,
    rate_at: datetime | None,
) -> ListedPrice:
    """Of a row of `price` with these columns, in this order."""
    base_id = PriceListId(derived_from) if derived_from else None
    return ListedPrice(OfferId(offer_id), minor, min_quantity, starts_at, ends_at, base_id, rate, rate_at)
