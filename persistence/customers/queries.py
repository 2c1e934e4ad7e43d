"""Reads of customers, and of what whoever signs in may do."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Text, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from domain.customers.model import ApiKey, Customer, SavedAddress
from domain.shared.address import Address
from domain.shared.ids import AddressId, ApiKeyId, CompanyId, CustomerId, SessionId, VendorId
from domain.shared.making import dataclass
from persistence.customers.tables import api_key, customer, customer_address, customer_segment
from persistence.statement import Database, Record, Statement

CUSTOMER_COLUMNS = (
    customer.c.id,
    customer.c.email,
    customer.c.first_name,
    customer.c.last_name,
    customer.c.language,
    customer.c.customer_group,
    customer.c.version,
)
API_KEY_COLUMNS = (
    api_key.c.id,
    api_key.c.name,
    api_key.c.prefix,
    api_key.c.scopes,
    api_key.c.vendor_id,
    api_key.c.created_at,
    api_key.c.revoked_at,
)


def _one_of(column: Any) -> Any:
    return column == func.any(bindparam("ids", type_=ARRAY(Text)))


_CUSTOMERS = Statement(select(*CUSTOMER_COLUMNS).where(_one_of(customer.c.id)))
_ADDRESSES = Statement(
    select(customer_address).where(_one_of(customer_address.c.customer_id)).order_by(customer_address.c.position)
)
_SEGMENTS = Statement(
    select(customer_segment).where(_one_of(customer_segment.c.customer_id)).order_by(customer_segment.c.segment)
)
_API_KEYS = Statement(select(*API_KEY_COLUMNS).where(_one_of(api_key.c.id)))

# Core has no readable form for arrays of subqueries.
_ACCESS_OF_SESSION = """
SELECT ARRAY(SELECT vendor_id FROM vendor_member WHERE customer_id = session.customer_id AND role <> 'VIEWER'),
       (SELECT scopes FROM staff_member WHERE customer_id = session.customer_id),
       (SELECT customer_group FROM customer WHERE id = session.customer_id),
       ARRAY(SELECT company_id FROM company_member WHERE customer_id = session.customer_id)
FROM session WHERE id = $1 AND customer_id = $2 AND revoked_at IS NULL
"""
_ACCESS_OF_CUSTOMER = """
SELECT ARRAY(SELECT vendor_id FROM vendor_member WHERE customer_id = customer.id AND role <> 'VIEWER'),
       (SELECT scopes FROM staff_member WHERE customer_id = customer.id)
FROM customer WHERE id = $1
"""
_ACCESS_OF_KEY = "SELECT id, secret_hash, scopes, vendor_id FROM api_key WHERE prefix = $1 AND revoked_at IS NULL"


@dataclass(frozen=True, slots=True)
class Access:
    """What a customer may do beside being one: act for vendors; `scopes` is None unless they are staff.

    `customer_group` is whose prices they have, `company_ids` are the companies that they are members of.

    Members who may only look on (`VIEWER`) do not act for their vendor.
    """

    vendor_ids: frozenset[VendorId]
    scopes: frozenset[str] | None
    customer_group: str | None = None
    company_ids: frozenset[CompanyId] = frozenset()


@dataclass(frozen=True, slots=True)
class KeyAccess:
    id: ApiKeyId
    secret_hash: bytes
    scopes: frozenset[str]
    vendor_id: VendorId | None


async def access_of_session(database: Database, family_id: SessionId, customer_id: CustomerId) -> Access | None:
    """None if the session was ended, or is another's."""
    row = await database.fetchrow(_ACCESS_OF_SESSION, family_id, customer_id)
    if row is None:
        return None
    vendors, scopes, customer_group, companies = row
    return Access(
        frozenset(map(VendorId, vendors)),
        None if scopes is None else frozenset(scopes),
        customer_group,
        frozenset(map(CompanyId, companies)),
    )


async def access_of_customer(database: Database, customer_id: CustomerId) -> Access | None:
    """For what goes on without a session of theirs: the vendors and the scopes alone. None if there is no such one."""
    row = await database.fetchrow(_ACCESS_OF_CUSTOMER, customer_id)
    if row is None:
        return None
    vendors, scopes = row
    return Access(frozenset(map(VendorId, vendors)), None if scopes is None else frozenset(scopes))


async def access_of_key(database: Database, prefix: str) -> KeyAccess | None:
    """None if there is no such key, or no longer."""
    row = await database.fetchrow(_ACCESS_OF_KEY, prefix)
    return KeyAccess(row[0], row[1], frozenset(row[2]), row[3]) if row is not None else None


async def customers(database: Database, ids: Sequence[CustomerId]) -> list[Customer]:
    """Those that exist, in no particular order."""
    return [customer_of(row) for row in await _CUSTOMERS.rows(database, ids=ids)]


async def addresses(database: Database, ids: Sequence[CustomerId]) -> list[tuple[CustomerId, SavedAddress]]:
    """The address books of these customers, each in its own order."""
    return [(row["customer_id"], address_of(row)) for row in await _ADDRESSES.rows(database, ids=ids)]


async def segments(database: Database, ids: Sequence[CustomerId]) -> list[tuple[CustomerId, str]]:
    """The segments that these customers are in, each customer's in their order."""
    rows = await _SEGMENTS.rows(database, ids=ids)
    return [(CustomerId(customer_id), segment) for customer_id, segment in rows]


async def api_keys(database: Database, ids: Sequence[ApiKeyId]) -> list[ApiKey]:
    """Those that exist, in no particular order."""
    return [api_key_of(row) for row in await _API_KEYS.rows(database, ids=ids)]


def customer_of(row: "Record") -> Customer:
    """From a row of CUSTOMER_COLUMNS."""
    return Customer(*row)


def address_of(row: "Record") -> SavedAddress:
    return SavedAddress(
        AddressId(row["id"]), Address(**row["address"]), row["is_default_shipping"], row["is_default_billing"]
    )


def api_key_of(row: "Record") -> ApiKey:
    """From a row of API_KEY_COLUMNS."""
    id_, name, prefix, scopes, vendor_id, created_at, revoked_at = row
    return ApiKey(id_, name, prefix, tuple(scopes), vendor_id, created_at, revoked_at)
