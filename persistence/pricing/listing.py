"""A vendor's offers as the vendor goes through them, newest first."""

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import Text, bindparam, func, or_, select

from domain.shared.ids import OfferId, VendorId
from domain.shared.page import Page, PageRequest
from persistence.catalog.tables import product, variant
from persistence.newest_first import NewestFirst
from persistence.pricing.tables import offer
from persistence.statement import Database, Record

PAGE_SIZE = 50

_QUERY = bindparam("query", type_=Text)
_FOUND = or_(
    _QUERY.is_(None),
    func.strpos(func.lower(product.c.title), func.lower(_QUERY)) > 0,
    func.lower(variant.c.sku) == func.lower(_QUERY),
)


def _id(row: "Record") -> Any:
    return row["id"]


_OF_VENDOR: NewestFirst[OfferId] = NewestFirst(
    "vendor_offers",
    select(offer.c.id)
    .join(variant, variant.c.id == offer.c.variant_id)
    .join(product, product.c.id == offer.c.product_id)
    .where(offer.c.vendor_id == bindparam("vendor_id"))
    .where(_FOUND),
    offer.c.id,
    _id,
    size=PAGE_SIZE,
)


async def offers_of_vendor(
    database: Database,
    vendor_id: VendorId,
    request: PageRequest,
    *,
    query: str | None,
    count: Callable[[], Awaitable[int]],
) -> Page[OfferId]:
    """Offers whose product's title contains `query`, or whose SKU it is; the whole list is counted by `count`."""
    return await _OF_VENDOR.page(database, request, vendor_id=vendor_id, query=query, count=count)


async def count_of_vendor(database: Database, vendor_id: VendorId, *, query: str | None) -> int:
    return await _OF_VENDOR.count(database, vendor_id=vendor_id, query=query)
