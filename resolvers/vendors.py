"""Vendors."""

from operator import attrgetter
from typing import Any

import strawberry

from domain.pricing.offer import Offer
from domain.shared.errors import RequestFault
from domain.shared.ids import VendorId
from domain.vendors.model import Vendor
from resolvers.catalog import by_id_or_slug
from resolvers.context import Info
from resolvers.relations import relation


async def vendor(info: Info, id: strawberry.ID | None = None, slug: str | None = None) -> Vendor | None:
    found: Vendor | None = await by_id_or_slug(info, "VENDOR", id, slug)
    return found


@relation("vendor", attrgetter("vendor_id"))
def vendor_of_offer(_root: Offer, found: Vendor | None) -> Vendor:
    assert found is not None, "vendors are closed, never deleted"
    return found


async def vendor_of(root: Any, info: Info) -> Vendor:
    """The vendor of whatever carries a `vendor_id`, in any status: what was sold stays its."""
    return await must_load_vendor(info, root.vendor_id)


async def must_load_vendor(info: Info, id: VendorId) -> Vendor:
    found = await info.context.loaders.vendor.load(id)
    assert found is not None, "vendors are closed, never deleted"
    return found


async def vendor_by_key(info: Info, id: strawberry.ID | None = None, slug: str | None = None) -> Vendor | None:
    """Federation's way in, by either key; a reference without one is the router's mistake."""
    if id is None and slug is None:
        raise RequestFault("A reference to a vendor needs `id` or `slug`.")
    return await vendor(info, id, None if id is not None else slug)
