"""What staff reads."""

from domain.cart.priced import PricedCart
from domain.catalog.model import Product, ProductStatus
from domain.customers.model import ApiKey, Customer
from domain.orders.model import Order, OrderStatus
from domain.shared.making import dataclass
from domain.shared.page import Page, PageRequest
from domain.vendors.model import Vendor, VendorStatus
from persistence.admin import queries
from persistence.orders import queries as orders_of
from resolvers.context import Info
from resolvers.loaded import loaded, search_text
from resolvers.paging import paged


@dataclass(frozen=True, slots=True)
class AdminRoot:
    """The way into the lists of staff; each asks for a scope of its own."""


async def admin() -> AdminRoot:
    return AdminRoot()


@paged()
async def products(
    info: Info, page: PageRequest, query: str | None = None, status: list[ProductStatus] | None = None
) -> Page[Product]:
    found = await queries.products(info.context.pool, page, query=search_text(query), statuses=status)
    return await loaded(found, info.context.loaders.product)


@paged()
async def orders(
    info: Info, page: PageRequest, query: str | None = None, status: list[OrderStatus] | None = None
) -> Page[Order]:
    return await orders_of.orders_of_staff(info.context.pool, page, query=search_text(query), statuses=status)


@paged()
async def customers(info: Info, page: PageRequest, query: str | None = None) -> Page[Customer]:
    found = await queries.customers(info.context.pool, page, query=search_text(query))
    return await loaded(found, info.context.loaders.customer)


@paged()
async def api_keys(info: Info, page: PageRequest) -> Page[ApiKey]:
    found = await queries.api_keys(info.context.pool, page)
    return await loaded(found, info.context.loaders.api_key)


@paged()
async def draft_orders(info: Info, page: PageRequest) -> Page[PricedCart]:
    found = await queries.drafts(info.context.pool, page)
    return await loaded(found, info.context.loaders.cart)


@paged()
async def vendors(info: Info, page: PageRequest, status: list[VendorStatus] | None = None) -> Page[Vendor]:
    found = await queries.vendors(info.context.pool, page, statuses=status)
    return await loaded(found, info.context.loaders.vendor)
