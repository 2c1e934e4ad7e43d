"""The terms that vendors wrap gifts on."""

from collections.abc import Sequence

from domain.pricing.wrapping.model import GiftWrapPer, WrapOffer, WrapTerms
from domain.shared.ids import VendorId
from domain.shared.money import Money
from persistence.statement import Connection, Database

_IS_ACTIVE_VENDOR = "SELECT status = 'ACTIVE' FROM vendor WHERE id = $1"
_IS_SOLD_IN = "SELECT EXISTS (SELECT FROM market WHERE $1 = ANY (currencies))"
_SET = """
INSERT INTO gift_wrap (vendor_id, currency, per, price_minor) VALUES ($1, $2, $3, $4)
ON CONFLICT (vendor_id, currency) DO UPDATE SET per = excluded.per, price_minor = excluded.price_minor
"""
_REMOVE = "DELETE FROM gift_wrap WHERE vendor_id = $1 AND currency = $2"
_OF_VENDORS = """
SELECT vendor_id, per, price_minor, currency FROM gift_wrap WHERE vendor_id = ANY($1::text[]) ORDER BY currency
"""


async def gift_wraps_of_vendors(database: Database, vendors: Sequence[VendorId]) -> dict[VendorId, list[WrapOffer]]:
    """What each of the vendors asks for wrapping, by currency; prices as price lists say theirs."""
    found: dict[VendorId, list[WrapOffer]] = {vendor: [] for vendor in vendors}
    for vendor_id, per, price, currency in await database.fetch(_OF_VENDORS, list(vendors)):
        found[VendorId(vendor_id)].append(WrapOffer(GiftWrapPer(per), Money(price, currency)))
    return found


class GiftWraps:
    """Implements `domain.pricing.wrapping.ports.WrapWriter` within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def is_active_vendor(self, vendor_id: VendorId) -> bool | None:
        is_active: bool | None = await self._connection.fetchval(_IS_ACTIVE_VENDOR, vendor_id)
        return is_active

    async def is_sold_in(self, currency: str) -> bool:
        is_sold: bool = await self._connection.fetchval(_IS_SOLD_IN, currency)
        return is_sold

    async def set(self, vendor_id: VendorId, currency: str, terms: WrapTerms | None) -> None:
        if terms is None:
            await self._connection.execute(_REMOVE, vendor_id, currency)
        else:
            await self._connection.execute(_SET, vendor_id, currency, terms.per.value, terms.price)
