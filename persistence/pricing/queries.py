"""Reads of offers: prices, stock and whether they may be sold, in one statement however many are asked for."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from domain.pricing.model import OfferPrice, PriceList
from domain.pricing.offer import OfferCondition, QuantityLimits, StoredOffer
from domain.shared.ids import OfferId, PriceListId, ProductId, VariantId, VendorId
from persistence.inventory.queries import AVAILABLE
from persistence.statement import Database, Record

_OFFERS = f"""
SELECT offer.id, offer.variant_id, offer.product_id, offer.vendor_id, offer.condition,
    offer.min_quantity, offer.max_quantity, offer.step, offer.per_customer, offer.version,
    offer.status = 'ACTIVE' AND vendor.status = 'ACTIVE' AND product.status = 'ACTIVE' AS is_public,
    product.tax_class, variant.weight_grams, {AVAILABLE} AS available,
    ask.lists, ask.minors, ask.quantities, ask.starts, ask.ends
FROM offer
JOIN product ON product.id = offer.product_id
JOIN variant ON variant.id = offer.variant_id
JOIN vendor ON vendor.id = offer.vendor_id
CROSS JOIN LATERAL (
    SELECT array_agg(price_list_id) AS lists, array_agg(amount_minor) AS minors, array_agg(min_quantity) AS quantities,
        array_agg(starts_at) AS starts, array_agg(ends_at) AS ends
    FROM price
    WHERE price.offer_id = offer.id AND price.price_list_id = ANY($3::text[])
        AND (price.ends_at IS NULL OR price.ends_at > $2::timestamptz)
) AS ask
"""  # noqa: S608 - made of constants

_OF_PRODUCTS = f"""
{_OFFERS}
WHERE offer.product_id = ANY($1::text[]) AND offer.status = 'ACTIVE' AND vendor.status = 'ACTIVE'
"""

_BY_IDS = f"""
{_OFFERS}
WHERE offer.id = ANY($1::text[])
"""


async def offers_of_products(
    database: Database, product_ids: Sequence[ProductId], price_lists: Mapping[PriceListId, PriceList], now: datetime
) -> list[StoredOffer]:
    """The active offers of active vendors for each product, with what they cost by these price lists."""
    rows = await database.fetch(_OF_PRODUCTS, product_ids, now, list(price_lists))
    return [_stored_offer(row, price_lists) for row in rows]


async def offers(
    database: Database, ids: Sequence[OfferId], price_lists: Mapping[PriceListId, PriceList], now: datetime
) -> list[StoredOffer]:
    """Offers by their ids, whether or not they may be sold."""
    rows = await database.fetch(_BY_IDS, ids, now, list(price_lists))
    return [_stored_offer(row, price_lists) for row in rows]


def _stored_offer(row: Record, price_lists: Mapping[PriceListId, PriceList]) -> StoredOffer:
    id, variant_id, product_id, vendor_id, condition, least, most, step, per_customer, version = row[:10]
    is_public, tax_class, weight_grams, available, lists, *terms = row[10:]
    prices: tuple[OfferPrice, ...] = ()
    if lists is not None:
        prices = tuple(map(OfferPrice, [price_lists[list_id] for list_id in lists], *terms))
    return StoredOffer(
        OfferId(id),
        VariantId(variant_id),
        ProductId(product_id),
        VendorId(vendor_id),
        OfferCondition(condition),
        QuantityLimits(least, most, step, per_customer),
        version,
        is_public,
        tax_class,
        weight_grams,
        available,
        prices,
    )
