"""What staff reads."""

from dataclasses import dataclass

from domain.cart.priced import PricedCart
from domain.catalog.model import Product, ProductStatus
from domain.customers.model import ApiKey, Customer
from domain.orders.model import Order, OrderStatus
from domain.shared.page import Page
from domain.vendors.model import Vendor, VendorStatus
from persistence.admin import queries
from persistence.orders import queries as orders_of
from resolvers.context import Info
from resolvers.loaded import loaded, search_text
from resolvers.paging import page_request


@dataclass(frozen=True, slots=True)
class AdminRoot:
    """The way into the lists of staff; each asks for a scope of its own."""


async def admin() -> AdminRoot:
    return AdminRoot()


async def products(
    info: Info,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    query: str | None = None,
    status: list[ProductStatus] | None = None,
) -> Page[Product]:
    request = page_request(first, after, last, before)
    page = await queries.products(info.context.pool, request, query=search_text(query), statuses=status)
    return await loaded(page, info.context.loaders.product)


async def orders(
    info: Info,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    query: str | None = None,
    status: list[OrderStatus] | None = None,
) -> Page[Order]:
    request = page_request(first, after, last, before)
    return await orders_of.orders_of_staff(info.context.pool, request, query=search_text(query), statuses=status)


async def customers(
    info: Info,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    query: str | None = None,
) -> Page[Customer]:
    request = page_request(first, after, last, before)
    page = await queries.customers(info.context.pool, request, query=search_text(query))
    return await loaded(page, info.context.loaders.customer)


async def api_keys(
    info: Info,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
) -> Page[ApiKey]:
    page = await queries.api_keys(info.context.pool, page_request(first, after, last, before))
    return await loaded(page, info.context.loaders.api_key)


async def draft_orders(
    info: Info,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
) -> Page[PricedCart]:
    page = await queries.drafts(info.context.pool, page_request(first, after, last, before))
    return await loaded(page, info.context.loaders.cart)


async def vendors(
    info: Info,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    status: list[VendorStatus] | None = None,
) -> Page[Vendor]:
    request = page_request(first, after, last, before)
    page = await queries.vendors(info.context.pool, request, statuses=status)
    return await loaded(page, info.context.loaders.vendor)
