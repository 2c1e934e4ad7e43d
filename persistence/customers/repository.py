"""Writes of customers, their sessions and API keys, within the present transaction."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from domain.customers.model import Account, ApiKey, Customer, SavedAddress, Session
from domain.shared.ids import ApiKeyId, CustomerId, SessionId, VendorId
from persistence.customers.queries import (
    API_KEY_COLUMNS,
    CUSTOMER_COLUMNS,
    address_of,
    api_key_of,
    customer_of,
)
from persistence.customers.tables import api_key, customer, customer_address, session
from persistence.statement import Connection, Database, Statement

_this_customer = customer.c.id == bindparam("of_customer")
_ACCOUNT = Statement(
    select(*CUSTOMER_COLUMNS, customer.c.password_hash).where(customer.c.email == bindparam("of_email"))
)
# Not against those who merely refer to the customer: an order that is being placed must not wait for it.
_LOCK_CUSTOMER = Statement(select(*CUSTOMER_COLUMNS).where(_this_customer).with_for_update(key_share=True))
_ADD_CUSTOMER = Statement(
    insert(customer)
    .values(
        {
            name: bindparam(name)
            for name in ("id", "email", "password_hash", "first_name", "last_name", "language", "customer_group")
        }
    )
    .on_conflict_do_nothing(index_elements=["email"])
)
_SAVE_CUSTOMER = Statement(
    update(customer)
    .where(_this_customer)
    .values({name: bindparam(name) for name in ("first_name", "last_name", "language", "version")})
)
_SET_PASSWORD_HASH = Statement(
    update(customer)
    .where(_this_customer & (customer.c.password_hash == bindparam("old")))
    .values(password_hash=bindparam("new"))
)
_SET_GROUP = "UPDATE customer SET customer_group = $2, version = $3 WHERE id = $1"
_SET_SEGMENTS = """
WITH gone AS (DELETE FROM customer_segment WHERE customer_id = $1 AND NOT segment = ANY($2::text[]))
INSERT INTO customer_segment (customer_id, segment) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING
"""
_ADDRESSES = Statement(
    select(customer_address)
    .where(customer_address.c.customer_id == bindparam("of_customer"))
    .order_by(customer_address.c.position)
)
_CLEAR_ADDRESSES = Statement(delete(customer_address).where(customer_address.c.customer_id == bindparam("of_customer")))
_ADD_ADDRESS = Statement(
    insert(customer_address).values(
        {
            name: bindparam(name)
            for name in ("id", "customer_id", "position", "address", "is_default_shipping", "is_default_billing")
        }
    )
)


class Customers:
    """Implements `domain.customers.ports.CustomerRepository`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def account(self, email: str) -> Account | None:
        row = await _ACCOUNT.row(self._connection, of_email=email)
        if row is None:
            return None
        *values, password_hash = row
        return Account(Customer(*values), password_hash)

    async def lock(self, customer_id: CustomerId) -> Customer | None:
        row = await _LOCK_CUSTOMER.row(self._connection, of_customer=customer_id)
        return customer_of(row) if row is not None else None

    async def add(self, customer: Customer, password_hash: str) -> bool:
        values = asdict(customer)
        del values["version"]
        return await _ADD_CUSTOMER.run(self._connection, password_hash=password_hash, **values) == 1

    async def save(self, customer: Customer) -> None:
        await _SAVE_CUSTOMER.run(
            self._connection,
            of_customer=customer.id,
            first_name=customer.first_name,
            last_name=customer.last_name,
            language=customer.language,
            version=customer.version,
        )

    async def set_group(self, customer: Customer) -> None:
        await self._connection.execute(_SET_GROUP, customer.id, customer.customer_group, customer.version)

    async def set_segments(self, customer_id: CustomerId, segments: Sequence[str]) -> None:
        """Have the customer be in these and no other."""
        await self._connection.execute(_SET_SEGMENTS, customer_id, list(segments))

    async def set_password_hash(self, customer_id: CustomerId, old: str, new: str) -> None:
        await _SET_PASSWORD_HASH.run(self._connection, of_customer=customer_id, old=old, new=new)

    async def addresses(self, customer_id: CustomerId) -> Sequence[SavedAddress]:
        return [address_of(row) for row in await _ADDRESSES.rows(self._connection, of_customer=customer_id)]

    async def replace_addresses(self, customer_id: CustomerId, book: Sequence[SavedAddress]) -> None:
        """The caller holds the customer's lock."""
        await _CLEAR_ADDRESSES.run(self._connection, of_customer=customer_id)
        rows = (
            {**asdict(entry), "customer_id": customer_id, "position": position} for position, entry in enumerate(book)
        )
        await _ADD_ADDRESS.many(self._connection, rows)

    async def add_addresses(self, customer_id: CustomerId, entries: Sequence[SavedAddress], *, position: int) -> None:
        """The customer is one version on, so that whoever replaces a book that they have not seen so is told."""
        await self._connection.execute("UPDATE customer SET version = version + 1 WHERE id = $1", customer_id)
        rows = (
            {**asdict(entry), "customer_id": customer_id, "position": position + at} for at, entry in enumerate(entries)
        )
        await _ADD_ADDRESS.many(self._connection, rows)


_LOCK_FAMILY = """
SELECT revoked_at FROM session WHERE id = (SELECT family_id FROM session WHERE token_hash = $1) FOR UPDATE
"""
_SESSION_COLUMNS = (
    session.c.id,
    session.c.family_id,
    session.c.customer_id,
    session.c.token_hash,
    session.c.expires_at,
    session.c.rotated_at,
)
_SESSION = Statement(select(*_SESSION_COLUMNS).where(session.c.token_hash == bindparam("of_token")))
_ADD_SESSION = Statement(
    insert(session).values(
        {name: bindparam(name) for name in ("id", "customer_id", "family_id", "token_hash", "expires_at")}
    )
)
_ROTATE = Statement(update(session).where(session.c.id == bindparam("of_session")).values(rotated_at=bindparam("at")))
_alive_head = session.c.revoked_at.is_(None) & (session.c.id == session.c.family_id)
_REVOKE_FAMILY = Statement(
    update(session).where(_alive_head & (session.c.id == bindparam("of_family"))).values(revoked_at=bindparam("at"))
)
_heads_in_order = (
    select(session.c.id)
    .where(_alive_head & (session.c.customer_id == bindparam("of_customer")))
    .order_by(session.c.id)
    .with_for_update()
)
_REVOKE_ALL = Statement(
    update(session).where(session.c.id.in_(_heads_in_order.scalar_subquery())).values(revoked_at=bindparam("at"))
)
_DELETE_EXPIRED = """
DELETE FROM session WHERE id IN (
    SELECT id FROM session AS old WHERE expires_at < $1 AND (
        id <> family_id OR NOT EXISTS (SELECT FROM session AS young
                                       WHERE young.family_id = old.id AND young.expires_at >= $1))
    LIMIT $2)
"""


class Sessions:
    """Implements `domain.customers.ports.SessionRepository`.

    A family's first row has the family's id: it is locked before the family changes, and alone says if it was revoked.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, session: Session) -> None:
        await _ADD_SESSION.run(
            self._connection,
            id=session.id,
            customer_id=session.customer_id,
            family_id=session.family_id,
            token_hash=session.token_hash,
            expires_at=session.expires_at,
        )

    async def lock(self, token_hash: bytes) -> Session | None:
        head = await self._connection.fetchrow(_LOCK_FAMILY, token_hash)
        row = await _SESSION.row(self._connection, of_token=token_hash)
        if head is None or row is None:
            return None
        return Session(**dict(row), revoked_at=head["revoked_at"])

    async def rotate(self, session_id: SessionId, now: datetime) -> None:
        await _ROTATE.run(self._connection, of_session=session_id, at=now)

    async def revoke_family(self, family_id: SessionId, now: datetime) -> int:
        return await _REVOKE_FAMILY.run(self._connection, of_family=family_id, at=now)

    async def revoke_all(self, customer_id: CustomerId, now: datetime) -> int:
        return await _REVOKE_ALL.run(self._connection, of_customer=customer_id, at=now)


async def delete_expired_sessions(database: Database, now: datetime, *, limit: int = 10_000) -> int:
    """Forget tokens that ended of themselves; how many. A living family keeps its first row."""
    status: str = await database.execute(_DELETE_EXPIRED, now, limit)
    return int(status.rpartition(" ")[2])


_ADD_API_KEY = Statement(
    insert(api_key).values(
        {name: bindparam(name) for name in ("id", "name", "prefix", "secret_hash", "scopes", "vendor_id", "created_at")}
    )
)
_REVOKE_API_KEY = Statement(
    update(api_key)
    .where(api_key.c.id == bindparam("of_key"))
    .values(revoked_at=func.coalesce(api_key.c.revoked_at, bindparam("at")))
    .returning(*API_KEY_COLUMNS)
)


class ApiKeys:
    """Implements `domain.customers.ports.ApiKeyRepository`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, key: ApiKey, secret_hash: bytes) -> None:
        values = asdict(key)
        del values["revoked_at"]
        await _ADD_API_KEY.run(self._connection, secret_hash=secret_hash, **values)

    async def has_vendor(self, vendor_id: VendorId) -> bool:
        return bool(await self._connection.fetchval("SELECT EXISTS (SELECT FROM vendor WHERE id = $1)", vendor_id))

    async def revoke(self, key_id: ApiKeyId, now: datetime) -> ApiKey | None:
        row = await _REVOKE_API_KEY.row(self._connection, of_key=key_id, at=now)
        return api_key_of(row) if row is not None else None
