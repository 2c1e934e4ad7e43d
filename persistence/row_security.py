"""Vendor isolation, held by PostgreSQL as well: a vendor's transaction sees and writes the vendor's rows alone.

The rules of the application say it first; this says it again, for the statement that forgets its WHERE clause and the
use case that forgets to ask whose it is. In a confined transaction the role is `commerce_vendor`, which owns nothing,
and each table's policy compares with the vendors in `commerce.vendor_id`. What vendors read is confined to one vendor
(`as_vendor`), what they do to those that they act for (`confine`, by the unit of work). The owner of the tables, as
whom everything else runs, is not held to the policies. It guards against mistakes, not against SQL that means harm:
whoever can send statements can also leave the role.

Roles belong to the whole server, not to one database: the role stays when a database's schema goes.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from domain.shared.ids import VendorId
from persistence.statement import Connection, Pool

ROLE = "commerce_vendor"
SETTING = "commerce.vendor_id"
ACTOR_SETTING = "commerce.actor_id"

_VENDORS = f"string_to_array(current_setting('{SETTING}', true), ',')"

OWN_ROWS: Mapping[str, str] = {
    "vendor_order": "SELECT, UPDATE",
    "order_line": "SELECT, UPDATE",
    "fulfillment": "SELECT, INSERT, UPDATE",
    "offer": "SELECT, INSERT, UPDATE",
    "warehouse": "SELECT, INSERT, UPDATE",
    "event": "SELECT, INSERT",
    "order_document": "SELECT",
    "order_return": "SELECT, UPDATE",
    "gift_wrap": "SELECT, INSERT, UPDATE, DELETE",
    "webhook": "SELECT, INSERT, UPDATE, DELETE",
}
"""Tables with a `vendor_id`, and what a vendor may do with the rows that carry its own."""

ROWS_OF_OWN: Mapping[str, tuple[str, Sequence[str]]] = {
    "fulfillment_line": ("SELECT, INSERT", ("fulfillment", "order_line")),
    "parcel": ("SELECT, INSERT, UPDATE, DELETE", ("fulfillment",)),
    "allocation": ("SELECT, UPDATE", ("order_line",)),
    "order_return_line": ("SELECT, UPDATE", ("order_return", "order_line")),
    "return_receipt": ("SELECT, INSERT", ("order_return", "order_line")),
    "price": ("SELECT, INSERT, UPDATE, DELETE", ("offer",)),
    "price_to_derive": ("SELECT, INSERT", ("offer",)),
    "stock_level": ("SELECT, INSERT, UPDATE", ("offer", "warehouse")),
    "stock_movement": ("SELECT, INSERT", ("offer", "warehouse")),
    "supply": ("SELECT, INSERT, UPDATE", ("offer",)),
    "supply_reservation": ("SELECT (offer_id, quantity, expires_at)", ("offer",)),
    "reservation": ("SELECT (offer_id, warehouse_id, quantity, expires_at), DELETE", ("offer",)),
    "webhook_secret": (
        "SELECT (webhook_id, number, created_at, expires_at), INSERT, UPDATE (expires_at)",
        ("webhook",),
    ),
    "webhook_delivery": ("SELECT, INSERT, UPDATE", ("webhook",)),
    "webhook_attempt": ("SELECT", ("webhook",)),
}
"""Tables whose rows belong to a vendor by the first row they refer to; what is written must refer to own rows only."""

OTHER_ROWS: Mapping[str, tuple[str, str]] = {
    "order": (
        "SELECT (id, status, version), UPDATE (version)",
        f"""EXISTS (SELECT FROM vendor_order AS part
            WHERE part.order_id = "order".id AND part.vendor_id = ANY ({_VENDORS}))""",
    ),
    "idempotency": ("SELECT, INSERT, UPDATE", f"scope = nullif(current_setting('{ACTOR_SETTING}', true), '')"),
}
"""Tables of which a vendor needs a little: whether an order that it has a part of stands, and its own acts' keys."""

ISOLATED = (*OWN_ROWS, *ROWS_OF_OWN, *OTHER_ROWS)

READABLE = (
    "attribute",
    "brand",
    "category",
    "collection",
    "collection_product",
    "delivery_rate",
    "market",
    "price_list",
    "price_list_derivation",
    "product",
    "slug",
    "tax_rate",
    "variant",
    "vendor",
)
"""Tables that hold nobody's business: a vendor may read them all."""

CREATE_ROLE = f"""
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') THEN
        CREATE ROLE {ROLE} NOLOGIN;
    END IF;
EXCEPTION
    WHEN unique_violation OR duplicate_object THEN
        NULL;  -- another database of this cluster was migrated at the same time
    WHEN insufficient_privilege THEN
        RAISE EXCEPTION 'The role {ROLE} is missing, and % may not create roles.', current_user
            USING HINT = format('As an administrator: CREATE ROLE {ROLE} NOLOGIN; GRANT {ROLE} TO %I;', current_user);
END $$
"""
# PostgreSQL 16 set the right to become a role apart from the membership in it.
JOIN_ROLE = f"""
DO $$
DECLARE
    needed text := CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END;
BEGIN
    IF NOT pg_has_role(current_user, '{ROLE}', needed) THEN
        EXECUTE format('GRANT {ROLE} TO %I', current_user);
    END IF;
EXCEPTION
    WHEN insufficient_privilege THEN
        RAISE EXCEPTION '% may not become the role {ROLE}.', current_user
            USING HINT = format('As an administrator: GRANT {ROLE} TO %I;', current_user);
END $$
"""
_ENTER = f"""
SELECT set_config('{SETTING}', $1, true), set_config('{ACTOR_SETTING}', $2, true), set_config('role', '{ROLE}', true)
"""
_LEAVE = f"SELECT set_config('role', 'none', true), set_config('{SETTING}', '', true)"


def statements(isolated: Iterable[str] = ISOLATED, readable: Iterable[str] = READABLE) -> list[str]:
    """What makes it so for these tables, to be run once in the migration that makes them."""
    made = [CREATE_ROLE, JOIN_ROLE]
    for table in isolated:
        privileges, using, check = _policy(table)
        made += [
            f'GRANT {privileges} ON "{table}" TO {ROLE}',
            f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
            f'CREATE POLICY {table}_of_vendor ON "{table}" TO {ROLE} USING ({using}) WITH CHECK ({check})',
        ]
    return [*made, *(f"GRANT SELECT ON {table} TO {ROLE}" for table in readable)]


def renewals(isolated: Iterable[str]) -> list[str]:
    """What gives tables that are isolated already the policies of now."""
    policies = {table: _policy(table) for table in isolated}
    return [
        f'ALTER POLICY {table}_of_vendor ON "{table}" USING ({using}) WITH CHECK ({check})'
        for table, (_, using, check) in policies.items()
    ]


def removals(isolated: Iterable[str]) -> list[str]:
    """What takes these tables from the vendors altogether."""
    return [
        statement
        for table in isolated
        for statement in (
            f'DROP POLICY {table}_of_vendor ON "{table}"',
            f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY',
            f'REVOKE ALL ON "{table}" FROM {ROLE}',
        )
    ]


def _policy(table: str) -> tuple[str, str, str]:
    """What a vendor may do with a table, which rows it sees, and which it may write."""
    if table in OWN_ROWS:
        own = f"vendor_id = ANY ({_VENDORS})"
        return OWN_ROWS[table], own, own
    if table in OTHER_ROWS:
        privileges, condition = OTHER_ROWS[table]
        return privileges, condition, condition
    privileges, parents = ROWS_OF_OWN[table]
    owned = [_refers_to_own(table, parent) for parent in parents]
    return privileges, owned[0], " AND ".join(owned)


def _refers_to_own(table: str, parent: str) -> str:
    return (
        f"EXISTS (SELECT FROM {parent} AS parent"
        f" WHERE parent.id = {table}.{parent}_id AND parent.vendor_id = ANY ({_VENDORS}))"
    )


async def confine(connection: Connection, vendor_ids: Iterable[VendorId], *, actor: str | None) -> None:
    """Confine the present transaction, until it ends, to the vendors' rows and to the keys of the actor's acts."""
    await connection.execute(_ENTER, ",".join(sorted(vendor_ids)), actor or "")


@asynccontextmanager
async def as_vendor(pool: Pool, vendor_id: VendorId) -> AsyncIterator[Connection]:
    """A connection in a transaction of its own, confined to one vendor's rows; committed when the block ends well."""
    async with pool.acquire() as connection, connection.transaction(), confined(connection, vendor_id):
        yield connection


@asynccontextmanager
async def confined(connection: Connection, vendor_id: VendorId) -> AsyncIterator[None]:
    """Confine the present transaction to one vendor's rows for the time of the block.

    A block that ends by an exception leaves the transaction confined, to be rolled back.
    """
    guarded: Any = connection
    if not guarded.is_in_transaction():
        raise RuntimeError("only a transaction can be confined: it is what ends the role")
    await confine(connection, [vendor_id], actor=None)
    yield
    await leave(connection)


async def leave(connection: Connection) -> None:
    """Let the present transaction do again what it may without being confined."""
    await connection.execute(_LEAVE)
