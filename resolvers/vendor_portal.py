"""What a vendor sees of its own business, and what it does about offers and stock. Lists are read as that vendor."""

import strawberry

from domain.inventory import usecases as inventory
from domain.inventory.model import Warehouse
from domain.orders.model import VendorOrder, VendorOrderStatus
from domain.orders.rejecting import usecases as rejecting
from domain.pricing import usecases as pricing
from domain.pricing.offer import Offer
from domain.returns.model import Return, ReturnState
from domain.shared.ids import OfferId, VendorId
from domain.shared.making import dataclass
from domain.shared.page import Page, PageRequest
from persistence.inventory.warehouses import count_of_vendor, warehouses_page
from persistence.orders import queries as orders_of
from persistence.pricing import listing
from persistence.row_security import as_vendor
from resolvers.context import Info
from resolvers.ids import parse_id
from resolvers.loaded import loaded, search_text
from resolvers.paging import paged
from resolvers.returns import of_vendor


@dataclass(frozen=True, slots=True)
class VendorPortal:
    """The vendor that the caller acts for; everything under it is that vendor's."""

    vendor_id: VendorId


async def vendor_portal(info: Info, vendor_id: strawberry.ID) -> VendorPortal | None:
    found = parse_id(vendor_id, "vendor", VendorId)
    return VendorPortal(found) if info.context.actor.acts_for(found) else None


@paged()
async def orders(
    root: VendorPortal, info: Info, page: PageRequest, status: list[VendorOrderStatus] | None = None
) -> Page[VendorOrder]:
    """The vendor's parts of orders, newest first."""

    async def count() -> int:
        async with as_vendor(info.context.pool, root.vendor_id) as connection:
            return await orders_of.count_of_vendor(connection, root.vendor_id, statuses=status)

    async with as_vendor(info.context.pool, root.vendor_id) as connection:
        return await orders_of.orders_of_vendor(connection, root.vendor_id, page, statuses=status, count=count)


@paged()
async def returns(
    root: VendorPortal, info: Info, page: PageRequest, state: list[ReturnState] | None = None
) -> Page[Return]:
    """What comes back to the vendor, newest first."""
    return await of_vendor(info, root.vendor_id, page, state)


@paged()
async def offers(root: VendorPortal, info: Info, page: PageRequest, query: str | None = None) -> Page[Offer]:
    """The vendor's offers, newest first, sold here or not."""
    text = search_text(query)

    async def count() -> int:
        async with as_vendor(info.context.pool, root.vendor_id) as connection:
            return await listing.count_of_vendor(connection, root.vendor_id, query=text)

    async with as_vendor(info.context.pool, root.vendor_id) as connection:
        found = await listing.offers_of_vendor(connection, root.vendor_id, page, query=text, count=count)
    return await loaded(found, info.context.loaders.offer)


@paged()
async def warehouses(root: VendorPortal, info: Info, page: PageRequest) -> Page[Warehouse]:
    """The vendor's warehouses, newest first."""

    async def count() -> int:
        async with as_vendor(info.context.pool, root.vendor_id) as connection:
            return await count_of_vendor(connection, root.vendor_id)

    async with as_vendor(info.context.pool, root.vendor_id) as connection:
        found = await warehouses_page(connection, page, vendor_id=root.vendor_id, count=count)
    return await loaded(found, info.context.loaders.warehouse)


async def upsert_offer(info: Info, command: pricing.UpsertOffer) -> Offer | None:
    uow = info.context.vendor_unit_of_work(or_staff_with=pricing.PRICING_WRITE)
    return await _offer(info, await pricing.upsert_offer(uow, command, market_id=info.context.request.market.id))


async def adjust_stock(info: Info, command: inventory.AdjustStock) -> Offer | None:
    uow = info.context.vendor_unit_of_work(or_staff_with=inventory.INVENTORY_WRITE)
    return await _offer(info, await inventory.adjust_stock(uow, command))


async def reject_vendor_order(info: Info, command: rejecting.RejectVendorOrder) -> VendorOrder:
    return await rejecting.reject_vendor_order(info.context.vendor_unit_of_work(), command)


async def _offer(info: Info, offer_id: OfferId) -> Offer | None:
    """The offer as it is after the change."""
    info.context.forget_reads()
    return await info.context.loaders.offer.load(offer_id)
