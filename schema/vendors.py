"""Vendors."""

from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from domain.vendors import model
from resolvers import vendors, wrapping
from resolvers.context import Info
from schema.base import Node, enum, represents, resolve
from schema.media import Image, RichText
from schema.scalars import CountryCode
from schema.search_input import products_within
from schema.wrapping import GiftWrapOffer

if TYPE_CHECKING:
    from schema.search import SearchResult

enum(model.VendorStatus)


@strawberry.type(description="What a vendor promises its buyers.")
@represents(model.VendorPolicy)
class VendorPolicy:
    kind: str = resolve(description="A word such as `returns` or `shipping`.")
    text: RichText = resolve(description="The promise.")


@strawberry.federation.type(
    keys=["id", "slug"], description="Who sells. The platform's own goods are the house vendor's."
)
@represents(model.Vendor)
class Vendor(Node):
    loader = "vendor"

    slug: str = resolve(description="Its name in addresses, the same in every language.")
    name: str = resolve(description="Its name to buyers.")
    description: RichText | None = resolve(description="What it says of itself.")
    logo: Image | None = resolve(description="Its sign.")
    country: CountryCode = resolve(description="Where it is established.")
    policies: list[VendorPolicy] = resolve(description="What it promises.")
    gift_wraps: list[GiftWrapOffer] = resolve(
        wrapping.offered_by, description="What it asks for gift wrap, by currency, as its price lists say prices."
    )
    status: model.VendorStatus = resolve(
        policy=[["vendor"], ["staff"]], description="Where it stands with the platform.", tags=["vendor", "admin"]
    )

    products: Annotated["SearchResult", strawberry.lazy("schema.search")] = resolve(
        products_within, description="What it sells."
    )

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID | None = None, slug: str | None = None) -> Any:
        return await vendors.vendor_by_key(info, id, slug)


@strawberry.type
class VendorsQuery:
    vendor: Vendor | None = resolve(vendors.vendor, description="An active vendor by its id or slug.")
