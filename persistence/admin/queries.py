"""Lists for staff: pages of ids, newest first, from which loaders read."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Text, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from domain.catalog.model import ProductStatus
from domain.shared.ids import ApiKeyId, CartId, CustomerId, ProductId, VendorId
from domain.shared.page import Page, PageRequest
from domain.vendors.model import VendorStatus
from persistence.cart.tables import cart
from persistence.catalog.tables import product
from persistence.customers.tables import api_key, customer
from persistence.newest_first import NewestFirst
from persistence.statement import Database, Record
from persistence.vendors.tables import vendor

PAGE_SIZE = 50

_QUERY = bindparam("query", type_=Text)
_STATUSES = bindparam("statuses", type_=ARRAY(Text))


def _id(row: "Record") -> Any:
    return row["id"]


def _contains(text: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether the text contains the query, as it stands, in any case."""
    return func.strpos(func.lower(text), func.lower(_QUERY)) > 0


_PRODUCTS: NewestFirst[ProductId] = NewestFirst(
    "admin_products",
    select(product.c.id)
    .where(or_(_STATUSES.is_(None), product.c.status == func.any(_STATUSES)))
    .where(
        or_(
            _QUERY.is_(None),
            _contains(product.c.title),
            product.c.slug == _QUERY,
            product.c.external_id == _QUERY,
        )
    ),
    product.c.id,
    _id,
    size=PAGE_SIZE,
)
_CUSTOMERS: NewestFirst[CustomerId] = NewestFirst(
    "admin_customers",
    select(customer.c.id).where(
        or_(
            _QUERY.is_(None),
            _contains(customer.c.email),
            _contains(func.concat_ws(" ", customer.c.first_name, customer.c.last_name)),
        )
    ),
    customer.c.id,
    _id,
    size=PAGE_SIZE,
)
_VENDORS: NewestFirst[VendorId] = NewestFirst(
    "admin_vendors",
    select(vendor.c.id).where(or_(_STATUSES.is_(None), vendor.c.status == func.any(_STATUSES))),
    vendor.c.id,
    _id,
    size=PAGE_SIZE,
)
_API_KEYS: NewestFirst[ApiKeyId] = NewestFirst(
    "admin_api_keys", select(api_key.c.id), api_key.c.id, _id, size=PAGE_SIZE
)
_DRAFTS: NewestFirst[CartId] = NewestFirst(
    "admin_drafts",
    select(cart.c.id).where(cart.c.draft.is_not(None) & (cart.c.state == "ACTIVE")),
    cart.c.id,
    _id,
    size=PAGE_SIZE,
)


async def products(
    database: Database, request: PageRequest, *, query: str | None, statuses: Sequence[ProductStatus] | None
) -> Page[ProductId]:
    """Products whose title contains `query`, or whose slug or external id it is."""
    return await _PRODUCTS.page(database, request, query=query, statuses=_values(statuses))


async def customers(database: Database, request: PageRequest, *, query: str | None) -> Page[CustomerId]:
    """Customers whose email or name contains `query`."""
    return await _CUSTOMERS.page(database, request, query=query)


async def vendors(
    database: Database, request: PageRequest, *, statuses: Sequence[VendorStatus] | None
) -> Page[VendorId]:
    """Vendors in any of the statuses."""
    return await _VENDORS.page(database, request, statuses=_values(statuses))


async def api_keys(database: Database, request: PageRequest) -> Page[ApiKeyId]:
    """All keys, revoked ones too."""
    return await _API_KEYS.page(database, request)


async def drafts(database: Database, request: PageRequest) -> Page[CartId]:
    """Carts that staff prepare for others, until they are ordered."""
    return await _DRAFTS.page(database, request)


def _values(states: Sequence[ProductStatus] | Sequence[VendorStatus] | None) -> list[str] | None:
    return None if states is None else [state.value for state in states]
