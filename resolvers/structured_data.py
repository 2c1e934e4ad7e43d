"""Pages as schema.org JSON-LD, for search engines and agents."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.catalog.model import Variant
from domain.pricing.offer import Assortment, AvailabilityState, Offer

AVAILABILITY = {
    AvailabilityState.IN_STOCK: "https://schema.org/InStock",
    AvailabilityState.LOW_STOCK: "https://schema.org/LimitedAvailability",
    AvailabilityState.BACKORDER: "https://schema.org/BackOrder",
    AvailabilityState.PREORDER: "https://schema.org/PreOrder",
    AvailabilityState.OUT_OF_STOCK: "https://schema.org/OutOfStock",
    AvailabilityState.NOT_SOLD_HERE: "https://schema.org/Discontinued",
}
CONDITION = {
    "NEW": "https://schema.org/NewCondition",
    "REFURBISHED": "https://schema.org/RefurbishedCondition",
    "USED": "https://schema.org/UsedCondition",
    "HANDMADE": "https://schema.org/NewCondition",
}


def product_document(
    document: Mapping[str, Any], variants: Sequence[Variant], assortment: Assortment
) -> dict[str, Any]:
    """A Product with the best offer of each variant that is sold in this context."""
    sold = [(variant, offer) for variant in variants if (offer := assortment.buy_box(variant.id)) is not None]
    codes: dict[str, Any] = {}
    if len(variants) == 1:
        codes = {"sku": variants[0].sku, "gtin": variants[0].gtin, "mpn": variants[0].mpn}
    offers = [_offer(variant, offer, shows_tax=assortment.shows_tax) for variant, offer in sold]
    found = {**document, **codes, "offers": offers or None}
    return {name: value for name, value in found.items() if value is not None}


def _offer(variant: Variant, offer: Offer, *, shows_tax: bool) -> dict[str, Any]:
    assert offer.price is not None, "the offers of an assortment have a price"
    price = offer.price.current.gross if shows_tax else offer.price.current.net
    return {
        "@type": "Offer",
        "sku": variant.sku,
        "price": price.amount,
        "priceCurrency": price.currency,
        "availability": AVAILABILITY[offer.availability.state],
        "itemCondition": CONDITION[offer.condition.value],
    }
