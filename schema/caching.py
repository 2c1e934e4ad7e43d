"""How long public answers may be kept, for `@cacheControl`: one table for the whole schema.

Only what is the same for every guest in one market and language is here. What is not here, or stands below something
that is not, is never kept: carts, checkouts, orders, customers, and whatever somebody adds without thinking of caches.
"""

from collections.abc import Mapping
from typing import Any

from execution.caching import CacheControl, CacheControlScope
from schema.hints import lay, name_of, object_definitions, object_fields

SECONDS: Mapping[str, int] = {
    "Category": 300,
    "Collection": 300,
    "Market": 300,
    "Menu": 300,
    "Offer": 30,
    "Product": 60,
    "Query.context": 60,
    "Query.resolvePath": 60,
    "SearchResult": 30,
    "Suggestions": 60,
    "Variant": 60,
    "Vendor": 300,
}
"""Types, and fields where their type does not say it all."""

PARTS = frozenset(
    {
        "Attribute",
        "Availability",
        "DeliveryEstimate",
        "Facet",
        "FacetValue",
        "Image",
        "Measure",
        "MenuItem",
        "Money",
        "MoneyRange",
        "Connection",
        "Edge",
        "OptionValue",
        "PageInfo",
        "PathTarget",
        "Price",
        "PriceTier",
        "ProductOption",
        "PromotionRef",
        "QuantityLimits",
        "RequestContext",
        "RichText",
        "SearchHit",
        "SelectedOption",
        "Seo",
        "SeoAlternate",
        "TaxedMoney",
        "UnitPrice",
        "VendorPolicy",
    }
)
"""Types that live as long as what they are part of."""

PERSONAL = frozenset({"Cart", "Checkout", "Customer", "Order", "VendorPortal", "AdminRoot", "Wishlist"})


def cached(*roots: Any) -> None:
    """Lay the table upon all types that can be reached; call it once, before the schema is built."""
    for definition in object_definitions(*roots):
        if (hint := _hint(definition.name)) is not None:
            lay(definition, [hint])
    for definition, field in object_fields(*roots):
        if (hint := _hint(f"{definition.name}.{name_of(field)}")) is not None:
            lay(field, [hint])


def _hint(name: str) -> CacheControl | None:
    if name in SECONDS:
        return CacheControl(max_age=SECONDS[name])
    if name in PARTS:
        return CacheControl(inherit_max_age=True)
    return CacheControl(max_age=0, scope=CacheControlScope.PRIVATE) if name in PERSONAL else None
