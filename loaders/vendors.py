"""Vendors, batched."""

from collections.abc import Mapping, Sequence

from domain.shared.ids import ProductId, VendorId
from domain.vendors.model import Vendor
from loaders.batch import one_per_key
from loaders.reads import Reads
from persistence.vendors import queries


async def vendors(reads: Reads, ids: Sequence[VendorId]) -> list[Vendor | None]:
    return one_per_key(ids, await queries.vendors(reads.pool, ids, reads.language), lambda found: found.id)


async def sellers(reads: Reads, ids: Sequence[ProductId]) -> list[Mapping[VendorId, Vendor]]:
    """Whoever has an offer of each product, in any status.

    A page names the vendors of offers at several depths; asked by product, they are read once.
    """
    found = await queries.vendors_of_products(reads.pool, ids, reads.language)
    return [found.get(product_id, {}) for product_id in ids]
