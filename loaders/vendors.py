"""Vendors, batched."""

from collections.abc import Sequence

from domain.shared.ids import VendorId
from domain.vendors.model import Vendor
from loaders.batch import one_per_key
from loaders.reads import Reads
from persistence.vendors import queries


async def vendors(reads: Reads, ids: Sequence[VendorId]) -> list[Vendor | None]:
    return one_per_key(ids, await queries.vendors(reads.pool, ids, reads.language), lambda found: found.id)
