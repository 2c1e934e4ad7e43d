"""Writing offers and their prices."""

from domain.pricing.offer import OfferCondition, StockPolicy
from domain.pricing.ports import OfferTerms, SupplyTerms
from domain.shared.ids import MarketId, OfferId, PriceListId, ProductId, VariantId, VendorId
from persistence.statement import Connection

_IS_ACTIVE_VENDOR = "SELECT status = 'ACTIVE' FROM vendor WHERE id = $1"
_PRODUCT_OF = "SELECT product_id FROM variant WHERE id = $1"
_IS_KNOWN_TO = """
SELECT EXISTS (SELECT FROM product WHERE id = $1 AND status = 'ACTIVE')
    OR EXISTS (SELECT FROM offer WHERE product_id = $1 AND vendor_id = $2)
"""
_PRICE_LIST = """
SELECT l.id FROM price_list l LEFT JOIN market m ON m.id = l.market_id
WHERE l.currency = $1 AND l.customer_group IS NULL AND l.company_id IS NULL
  AND (l.starts_at IS NULL OR l.starts_at <= now()) AND (l.ends_at IS NULL OR l.ends_at > now())
ORDER BY l.market_id = $2 DESC NULLS LAST, m.position NULLS LAST, l.priority, l.id
LIMIT 1
"""
_ADD = """
INSERT INTO offer (id, variant_id, product_id, vendor_id, condition, min_quantity, max_quantity, step, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (variant_id, vendor_id, condition) DO NOTHING
"""
_LOCK = """
SELECT id, variant_id, product_id, vendor_id, condition, min_quantity, max_quantity, step, version
FROM offer WHERE variant_id = $1 AND vendor_id = $2 AND condition = $3
FOR NO KEY UPDATE
"""
_SAVE = "UPDATE offer SET min_quantity = $2, max_quantity = $3, step = $4, version = $5 WHERE id = $1"
_SET_SUPPLY = """
INSERT INTO supply AS known (offer_id, policy, ahead_limit, available_from) VALUES ($1, $2, $3, $4)
ON CONFLICT (offer_id) DO UPDATE
SET policy = excluded.policy, ahead_limit = excluded.ahead_limit, available_from = excluded.available_from
WHERE known.reserved + known.waiting <= excluded.ahead_limit
"""
_SELL_NO_MORE_AHEAD = "UPDATE supply SET policy = 'DENY', available_from = NULL WHERE offer_id = $1"
_UNDATED = "offer_id = $1 AND price_list_id = $2 AND min_quantity = 1 AND starts_at IS NULL"
_PRICE = f"SELECT amount_minor FROM price WHERE {_UNDATED}"  # noqa: S608 - a constant
_SET_PRICE = """
INSERT INTO price (offer_id, price_list_id, amount_minor) VALUES ($1, $2, $3)
ON CONFLICT (offer_id, price_list_id, min_quantity, starts_at)
DO UPDATE SET amount_minor = excluded.amount_minor, ends_at = NULL, derived_from = NULL, rate = NULL, rate_at = NULL
"""


class OfferWriter:
    """Implements `domain.pricing.ports.OfferWriter`, in the transaction of its connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def is_active_vendor(self, vendor_id: VendorId) -> bool | None:
        is_active: bool | None = await self._connection.fetchval(_IS_ACTIVE_VENDOR, vendor_id)
        return is_active

    async def product_of(self, variant_id: VariantId) -> ProductId | None:
        product_id: ProductId | None = await self._connection.fetchval(_PRODUCT_OF, variant_id)
        return product_id

    async def is_known_to(self, vendor_id: VendorId, product_id: ProductId) -> bool:
        """Whether the vendor may know of the product: because everybody may, or because it sells it."""
        known: bool = await self._connection.fetchval(_IS_KNOWN_TO, product_id, vendor_id)
        return known

    async def price_list(self, currency: str, *, market_id: MarketId) -> PriceListId | None:
        """The list of this market if it has one in the currency, else of the first that has, else the list for all."""
        found: PriceListId | None = await self._connection.fetchval(_PRICE_LIST, currency, market_id)
        return found

    async def add(self, terms: OfferTerms) -> bool:
        """Write a new offer, unless the vendor has one of that variant and condition."""
        status = await self._connection.execute(
            _ADD,
            terms.id,
            terms.variant_id,
            terms.product_id,
            terms.vendor_id,
            terms.condition.value,
            terms.min_quantity,
            terms.max_quantity,
            terms.step,
            terms.version,
        )
        return status == "INSERT 0 1"

    async def lock(self, variant_id: VariantId, vendor_id: VendorId, condition: OfferCondition) -> OfferTerms | None:
        """The offer as it is, with nobody else changing it until the transaction ends."""
        row = await self._connection.fetchrow(_LOCK, variant_id, vendor_id, condition.value)
        if row is None:
            return None
        values = dict(row)
        return OfferTerms(**{**values, "condition": OfferCondition(values["condition"])})

    async def save(self, terms: OfferTerms) -> None:
        """Write the limits and the version of a locked offer."""
        limits = (terms.min_quantity, terms.max_quantity, terms.step)
        await self._connection.execute(_SAVE, terms.id, *limits, terms.version)

    async def set_supply(self, offer_id: OfferId, terms: SupplyTerms) -> bool:
        """Sell it on these terms from now on; False if more than their limit are sold ahead already."""
        if terms.policy is StockPolicy.DENY:
            await self._connection.execute(_SELL_NO_MORE_AHEAD, offer_id)
            return True
        values = (terms.policy.value, terms.limit, terms.available_from)
        return bool(await self._connection.execute(_SET_SUPPLY, offer_id, *values) == "INSERT 0 1")

    async def price(self, offer_id: OfferId, price_list_id: PriceListId) -> int | None:
        """The undated price of one unit."""
        minor: int | None = await self._connection.fetchval(_PRICE, offer_id, price_list_id)
        return minor

    async def set_price(self, offer_id: OfferId, price_list_id: PriceListId, minor: int) -> None:
        await self._connection.execute(_SET_PRICE, offer_id, price_list_id, minor)
