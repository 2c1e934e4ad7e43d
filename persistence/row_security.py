"""Vendor isolation, held by PostgreSQL as well: a vendor's connection sees and writes the vendor's rows alone.

The rules of the application say it first; this says it again, for the statement that forgets its WHERE clause. Within
`as_vendor` the role is `commerce_vendor`, which owns nothing, and each table's policy compares with the vendor's id in
`commerce.vendor_id`. The owner of the tables, as whom everything else runs, is not held to the policies. It guards
against mistakes, not against SQL that means harm: whoever can send statements can also leave the role.

Roles belong to the whole server, not to one database: the role stays when a database's schema goes.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from domain.shared.ids import VendorId
from persistence.statement import Connection, Pool

ROLE = "commerce_vendor"
SETTING = "commerce.vendor_id"

OWN_ROWS: Mapping[str, str] = {
    "vendor_order": "SELECT, UPDATE",
    "order_line": "SELECT, UPDATE",
    "fulfillment": "SELECT, INSERT, UPDATE",
    "offer": "SELECT, INSERT, UPDATE",
    "warehouse": "SELECT, INSERT, UPDATE",
    "event": "SELECT, INSERT",
}
"""Tables with a `vendor_id`, and what a vendor may do with the rows that carry its own."""

ROWS_OF_OWN: Mapping[str, tuple[str, Sequence[str]]] = {
    "fulfillment_line": ("SELECT, INSERT", ("fulfillment", "order_line")),
    "parcel": ("SELECT, INSERT, UPDATE", ("fulfillment",)),
    "allocation": ("SELECT, UPDATE", ("order_line",)),
    "price": ("SELECT, INSERT, UPDATE, DELETE", ("offer",)),
    "stock_level": ("SELECT, INSERT, UPDATE", ("offer", "warehouse")),
    "stock_movement": ("SELECT, INSERT", ("offer", "warehouse")),
}
"""Tables whose rows belong to a vendor by the first row they refer to; what is written must refer to own rows only."""

READABLE = (
    "attribute",
    "brand",
    "category",
    "collection",
    "collection_product",
    "delivery_rate",
    "market",
    "price_list",
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
_CURRENT = f"current_setting('{SETTING}', true)"
_ENTER = f"SELECT set_config('{SETTING}', $1, true), set_config('role', '{ROLE}', true)"
_LEAVE = f"SELECT set_config('role', 'none', true), set_config('{SETTING}', '', true)"


def statements() -> list[str]:
    """What makes it so, to be run once in a migration, after the tables exist."""
    made = [CREATE_ROLE, JOIN_ROLE]
    for table, privileges in OWN_ROWS.items():
        own = f"vendor_id = {_CURRENT}"
        made += _isolated(table, privileges, using=own, check=own)
    for table, (privileges, parents) in ROWS_OF_OWN.items():
        owned = [_refers_to_own(table, parent) for parent in parents]
        made += _isolated(table, privileges, using=owned[0], check=" AND ".join(owned))
    return [*made, f"GRANT SELECT ON {', '.join(READABLE)} TO {ROLE}"]


def _isolated(table: str, privileges: str, *, using: str, check: str) -> list[str]:
    return [
        f"GRANT {privileges} ON {table} TO {ROLE}",
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"CREATE POLICY {table}_of_vendor ON {table} TO {ROLE} USING ({using}) WITH CHECK ({check})",
    ]


def _refers_to_own(table: str, parent: str) -> str:
    return (
        f"EXISTS (SELECT FROM {parent} AS parent"
        f" WHERE parent.id = {table}.{parent}_id AND parent.vendor_id = {_CURRENT})"
    )


@asynccontextmanager
async def as_vendor(pool: Pool, vendor_id: VendorId) -> AsyncIterator[Connection]:
    """A connection in a transaction of its own, confined to one vendor's rows; committed when the block ends well."""
    async with pool.acquire() as connection, connection.transaction(), confined(connection, vendor_id):
        yield connection


@asynccontextmanager
async def confined(connection: Connection, vendor_id: VendorId) -> AsyncIterator[None]:
    """Confine the present transaction to one vendor's rows for the time of the block.

    What is not the vendor's own, such as idempotency keys, is done before or after it. A block that ends by an
    exception leaves the transaction confined, to be rolled back.
    """
    guarded: Any = connection
    if not guarded.is_in_transaction():
        raise RuntimeError("only a transaction can be confined: it is what ends the role")
    await guarded.execute(_ENTER, vendor_id)
    yield
    await guarded.execute(_LEAVE)
