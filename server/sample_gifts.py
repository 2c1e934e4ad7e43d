"""Gifts to try the sample store with: the house wraps lines, a workshop each piece, and `LITTLEEXTRA` gives a soap."""

from domain.pricing.promotions.actions import FreeGift
from domain.pricing.promotions.model import Promotion
from domain.pricing.wrapping.model import GiftWrapPer, WrapTerms
from domain.shared.ids import OfferId, PromotionId, VendorId
from persistence.ids import new_id
from persistence.pricing.promotions import PromotionRepository
from persistence.pricing.wrapping import GiftWraps
from persistence.statement import Connection, Pool
from server.sample_promotions import BEGINNING

CODE, SKU = "LITTLEEXTRA", "C01-LAVENDER"
PRICES = {"USD": 400, "EUR": 400, "GBP": 350, "JPY": 600}
"""What one wrapping costs, in minor units."""
WRAPPERS = {"house": GiftWrapPer.LINE, "atelier-mori": GiftWrapPer.UNIT}

_VENDORS = "SELECT slug, id FROM vendor WHERE slug = ANY($1::text[])"
_SOAP = """
SELECT offer.id FROM offer JOIN variant ON variant.id = offer.variant_id JOIN vendor ON vendor.id = offer.vendor_id
WHERE variant.sku = $1 AND vendor.is_house
"""


async def create_sample_gifts(pool: Pool) -> None:
    """For a database that has the sample's vendors and products, and no promotion of this code."""
    async with pool.acquire() as connection, connection.transaction():
        await _wrap(connection)
        await _give(connection)


async def _wrap(connection: Connection) -> None:
    vendors = {row["slug"]: VendorId(row["id"]) for row in await connection.fetch(_VENDORS, list(WRAPPERS))}
    for slug, per in WRAPPERS.items():
        for currency, price in PRICES.items():
            await GiftWraps(connection).set(vendors[slug], currency, WrapTerms(per, price))


async def _give(connection: Connection) -> None:
    soap = FreeGift(OfferId(await connection.fetchval(_SOAP, SKU)))
    promotion_id = PromotionId(new_id("promotion"))
    promotions = PromotionRepository(connection)
    await promotions.add(Promotion(promotion_id, "A little extra", soap, BEGINNING, needs_code=True))
    await promotions.add_codes(promotion_id, [CODE], usage_limit=None)
