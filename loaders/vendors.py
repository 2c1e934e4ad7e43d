"""Vendors, batched."""

from collections.abc import Sequence

from domain.pricing.wrapping.model import WrapOffer
from domain.shared.ids import VendorId
from domain.vendors.model import Vendor
from loaders.reads import Reads
from persistence.catalog.kept import rest, rested
from persistence.pricing.wrapping import gift_wraps_of_vendors
from persistence.vendors import queries


async def vendors(reads: Reads, ids: Sequence[VendorId]) -> list[Vendor | None]:
    resting = reads.resting
    found = {vendor.id: vendor for vendor in await queries.vendors(reads.pool, ids, reads.language)}
    rest(reads.reference.catalog.vendors, found, resting)
    return [found.get(key) for key in ids]


def kept_vendors(reads: Reads, ids: Sequence[VendorId]) -> dict[VendorId, Vendor]:
    return rested(reads.reference.catalog.vendors, ids, reads.resting)


async def gift_wraps(reads: Reads, ids: Sequence[VendorId]) -> list[list[WrapOffer]]:
    """What each of them asks for wrapping, by currency."""
    found = await gift_wraps_of_vendors(reads.pool, ids)
    return [found[vendor_id] for vendor_id in ids]
