"""Writing price lists, and prices into them by the thousand."""

from collections.abc import Mapping, Sequence

from domain.pricing.model import PriceList, TierMode
from domain.pricing.price_lists.ports import PricedOffer, PriceRow
from domain.shared.ids import MarketId, OfferId, PriceListId, ProductId, VariantId, VendorId
from domain.shared.money import PriceEnding
from persistence.statement import Connection, Record

LIST_COLUMNS = """id, name, currency, market_id, customer_group, company_id, priority, starts_at, ends_at, tier_mode,
       ending_minor, ending_step"""
_LOCK = f"SELECT {LIST_COLUMNS} FROM price_list WHERE id = $1 FOR NO KEY UPDATE"  # noqa: S608 - a constant
_ADD = """
INSERT INTO price_list (id, name, currency, market_id, customer_group, company_id, priority, starts_at, ends_at,
                        tier_mode, ending_minor, ending_step, handle)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT (handle) DO NOTHING
"""
_SAVE = """
UPDATE price_list SET name = $2, currency = $3, market_id = $4, customer_group = $5, company_id = $6, priority = $7,
       starts_at = $8, ends_at = $9, tier_mode = $10, ending_minor = $11, ending_step = $12
WHERE id = $1
"""
_IS_USED = """
SELECT EXISTS (SELECT FROM price WHERE price_list_id = $1)
    OR EXISTS (SELECT FROM price_list_derivation WHERE $1 IN (price_list_id, base_id))
"""
_IS_MARKET = "SELECT EXISTS (SELECT FROM market WHERE id = $1)"
_IS_COMPANY = "SELECT EXISTS (SELECT FROM company WHERE id = $1)"
_HOUSE_OFFERS = """
SELECT o.variant_id, o.id FROM offer o JOIN vendor v ON v.id = o.vendor_id AND v.is_house
WHERE o.variant_id = ANY($1::text[]) AND o.condition = 'NEW'
"""
_LOCK_OFFERS = """
SELECT id, product_id, vendor_id FROM offer WHERE id = ANY($1::text[]) ORDER BY id FOR NO KEY UPDATE
"""
_PUT = """
INSERT INTO price (offer_id, price_list_id, amount_minor, min_quantity, starts_at, ends_at)
SELECT offer_id, $1, amount_minor, min_quantity, starts_at, ends_at
FROM unnest($2::text[], $3::bigint[], $4::int[], $5::timestamptz[], $6::timestamptz[])
    AS row (offer_id, amount_minor, min_quantity, starts_at, ends_at)
ON CONFLICT (offer_id, price_list_id, min_quantity, starts_at)
DO UPDATE SET amount_minor = excluded.amount_minor, ends_at = excluded.ends_at,
    derived_from = NULL, rate = NULL, rate_at = NULL
WHERE (price.amount_minor, price.ends_at) IS DISTINCT FROM (excluded.amount_minor, excluded.ends_at)
   OR price.rate IS NOT NULL
RETURNING offer_id
"""
_DROP = """
DELETE FROM price USING unnest($2::text[], $3::int[], $4::timestamptz[]) AS row (offer_id, min_quantity, starts_at)
WHERE price.price_list_id = $1 AND price.offer_id = row.offer_id AND price.min_quantity = row.min_quantity
  AND price.starts_at IS NOT DISTINCT FROM row.starts_at
RETURNING price.offer_id
"""


class PriceLists:
    """Implements `domain.pricing.price_lists.ports.PriceListWriter`, in the transaction of its connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def lock(self, price_list_id: PriceListId) -> PriceList | None:
        row = await self._connection.fetchrow(_LOCK, price_list_id)
        return None if row is None else price_list_of(row)

    async def add(self, price_list: PriceList, handle: str) -> bool:
        return await self._connection.execute(_ADD, *_columns(price_list), handle) == "INSERT 0 1"

    async def save(self, price_list: PriceList) -> None:
        await self._connection.execute(_SAVE, *_columns(price_list))

    async def is_used(self, price_list_id: PriceListId) -> bool:
        return bool(await self._connection.fetchval(_IS_USED, price_list_id))

    async def is_market(self, market_id: MarketId) -> bool:
        return bool(await self._connection.fetchval(_IS_MARKET, market_id))

    async def is_company(self, company_id: str) -> bool:
        return bool(await self._connection.fetchval(_IS_COMPANY, company_id))

    async def house_offers(self, variants: Sequence[VariantId]) -> Mapping[VariantId, OfferId]:
        rows = await self._connection.fetch(_HOUSE_OFFERS, list(variants))
        return {VariantId(variant): OfferId(offer) for variant, offer in rows}

    async def lock_offers(self, offers: Sequence[OfferId]) -> Mapping[OfferId, PricedOffer]:
        rows = await self._connection.fetch(_LOCK_OFFERS, list(offers))
        return {
            OfferId(offer): PricedOffer(OfferId(offer), ProductId(product), VendorId(vendor))
            for offer, product, vendor in rows
        }

    async def set_prices(self, price_list_id: PriceListId, rows: Sequence[PriceRow]) -> Sequence[OfferId]:
        """Write, replace and delete prices in two statements; the offers whose prices are others now."""
        put = [row for row in rows if row.minor is not None]
        gone = [row for row in rows if row.minor is None]
        written = await self._connection.fetch(
            _PUT,
            price_list_id,
            [row.offer_id for row in put],
            [row.minor for row in put],
            [row.min_quantity for row in put],
            [row.starts_at for row in put],
            [row.ends_at for row in put],
        )
        dropped = await self._connection.fetch(
            _DROP,
            price_list_id,
            [row.offer_id for row in gone],
            [row.min_quantity for row in gone],
            [row.starts_at for row in gone],
        )
        return [OfferId(row[0]) for row in (*written, *dropped)]


def price_list_of(row: Record) -> PriceList:
    """Of a row with `LIST_COLUMNS`."""
    key, name, currency, market_id, group, company_id, priority, starts_at, ends_at, mode, ending, step = row
    return PriceList(
        PriceListId(key),
        name,
        currency,
        MarketId(market_id) if market_id else None,
        group,
        company_id,
        priority,
        starts_at,
        ends_at,
        TierMode(mode),
        None if ending is None else PriceEnding(ending, step),
    )


def _columns(price_list: PriceList) -> tuple[object, ...]:
    ending = price_list.ending
    return (
        price_list.id,
        price_list.name,
        price_list.currency,
        price_list.market_id,
        price_list.customer_group,
        price_list.company_id,
        price_list.priority,
        price_list.starts_at,
        price_list.ends_at,
        price_list.tier_mode.value,
        ending.minor if ending else None,
        ending.step if ending else None,
    )
