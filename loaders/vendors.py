"""Vendors, batched."""

from collections.abc import Mapping, Sequence

from domain.pricing.wrapping.model import WrapOffer
from domain.shared.ids import ProductId, VendorId
from domain.vendors.model import Vendor
from loaders.batch import one_per_key
from loaders.reads import Reads
from persistence.pricing.wrapping import gift_wraps_of_vendors
from persistence.vendors import queries


async def vendors(reads: Reads, ids: Sequence[VendorId]) -> list[Vendor | None]:
    return one_per_key(ids, await queries.vendors(reads.pool, ids, reads.language), lambda found: found.id)


async def gift_wraps(reads: Reads, ids: Sequence[VendorId]) -> list[list[WrapOffer]]:
    """What each of them asks for wrapping, by currency."""
    found = await gift_wraps_of_vendors(reads.pool, ids)
    return [found[vendor_id] for vendor_id in ids]


async def sellers(reads: Reads, ids: Sequence[ProductId]) -> list[Mapping[VendorId, Vendor]]:
    """Whoever has an offer of each product, in any status.

    A page names the vendors of offers at several depths; asked by product, they are read once.
    """
    found = await queries.vendors_of_products(reads.pool, ids, reads.language)
    return [found.get(product_id, {}) for product_id in ids]
