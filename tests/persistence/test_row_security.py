"""A vendor's connection sees and writes the vendor's rows alone, whatever the statement says."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg
import pytest

from domain.orders.model import OrderLine, VendorOrder
from domain.shared.ids import VendorId
from persistence import migrations, row_security
from persistence.ids import new_id
from persistence.row_security import (
    ISOLATED,
    OTHER_ROWS,
    OWN_ROWS,
    READABLE,
    ROWS_OF_OWN,
    as_vendor,
    confine,
    confined,
)
from persistence.statement import Connection, Database, Pool
from tests.database import database_url, drop, recreate
from tests.factories.orders import Placed, Seller, Shop, make_shop, place_order

TABLES = (*OWN_ROWS, *ROWS_OF_OWN)
VENDOR_OF = {
    **{table: f"SELECT vendor_id FROM {table}" for table in OWN_ROWS},
    **{
        table: f"SELECT parent.vendor_id FROM {table} JOIN {parents[0]} AS parent ON parent.id = {parents[0]}_id"
        for table, (_, parents) in ROWS_OF_OWN.items()
    },
}
UPDATABLE = {
    "vendor_order": "version = version + 1",
    "order_line": "title = 'Stolen'",
    "fulfillment": "state = 'CANCELED'",
    "offer": "status = 'INACTIVE'",
    "warehouse": "name = 'Stolen'",
    "parcel": "carrier = 'Stolen'",
    "allocation": "fulfilled = 0",
    "order_return": "decision = 'Stolen'",
    "order_return_line": "reason = 'Stolen'",
    "price": "amount_minor = 1",
    "gift_wrap": "price_minor = 1",
    "stock_level": "incoming = 1",
    "supply": "ahead_limit = 99",
    "webhook": "url = 'https://stolen.example'",
    "webhook_secret": "expires_at = now()",
    "webhook_delivery": "tries = 0",
}


@dataclass(frozen=True, slots=True)
class Shipped:
    """A shop whose two sellers have one shipped order part each."""

    shop: Shop
    placed: Placed

    @property
    def ours(self) -> Seller:
        return self.shop.sellers[0]

    @property
    def theirs(self) -> Seller:
        return self.shop.sellers[1]


@pytest.fixture
async def shipped(pool: Pool) -> Shipped:
    shop = await make_shop(pool)
    placed = await place_order(pool, shop)
    for part in placed.parts:
        await _ship(pool, shop, placed, part.vendor_id)
    return Shipped(shop, placed)


async def _ship(pool: Pool, shop: Shop, placed: Placed, vendor_id: VendorId) -> None:
    part = next(part for part in placed.parts if part.vendor_id == vendor_id)
    line = next(line for line in placed.lines if line.vendor_id == vendor_id)
    seller = next(seller for seller in shop.sellers if seller.id == vendor_id)
    fulfillment_id = new_id("fulfillment")
    await pool.execute(
        "INSERT INTO fulfillment (id, order_id, vendor_order_id, vendor_id, warehouse_id, state, created_at)"
        " VALUES ($1, $2, $3, $4, $5, 'SHIPPED', now())",
        *(fulfillment_id, placed.order.id, part.id, vendor_id, seller.warehouse_id),
    )
    await pool.execute("INSERT INTO fulfillment_line VALUES ($1, $2, 1)", fulfillment_id, line.id)
    await pool.execute(
        "INSERT INTO parcel (id, fulfillment_id, position) VALUES ($1, $2, 0)", new_id("parcel"), fulfillment_id
    )
    await pool.execute(
        "INSERT INTO event (id, type, subject_id, sequence, vendor_id) VALUES ($1, 'ORDER_PLACED', $2, 1, $3)",
        *(new_id("event"), part.id, vendor_id),
    )
    await pool.execute(
        "INSERT INTO order_document (id, kind, vendor_id, order_id, vendor_order_id, series, number, issued_at)"
        " VALUES ($1, 'INVOICE', $2, $3, $4, 'I2026', 'I2026-000001', now())",
        *(new_id("document"), vendor_id, placed.order.id, part.id),
    )
    await _return(pool, part, line)
    await pool.execute(
        "INSERT INTO price (offer_id, price_list_id, amount_minor) VALUES ($1, $2, 100) ON CONFLICT DO NOTHING",
        *(seller.offers[0], shop.price_list_id),
    )
    await pool.execute(
        "INSERT INTO price_to_derive (price_list_id, offer_id) VALUES ($1, $2)", shop.price_list_id, seller.offers[0]
    )
    await pool.execute(
        "INSERT INTO reservation (checkout_id, offer_id, warehouse_id, quantity, expires_at)"
        " VALUES ($1, $2, $3, 1, now() + interval '1 minute')",
        *(placed.order.checkout_id, seller.offers[0], seller.warehouse_id),
    )
    await pool.execute("INSERT INTO gift_wrap VALUES ($1, 'EUR', 'LINE', 300)", vendor_id)
    await pool.execute(
        "INSERT INTO supply (offer_id, policy, ahead_limit, reserved) VALUES ($1, 'BACKORDER', 5, 1)", seller.offers[0]
    )
    await pool.execute(
        "INSERT INTO supply_reservation VALUES ($1, $2, 1, now() + interval '1 minute')",
        *(placed.order.checkout_id, seller.offers[0]),
    )

    await _tell(pool, vendor_id)


async def _tell(pool: Pool, vendor_id: VendorId) -> None:
    webhook_id, delivery_id = new_id("webhook"), new_id("webhook_delivery")
    await pool.execute(
        "INSERT INTO webhook (id, vendor_id, owner_id, url, state, created_at, held_until, leased_until)"
        " VALUES ($1, $2, 'api_key_1', 'https://hooks.example', 'ENABLED', now(), now(), now())",
        *(webhook_id, vendor_id),
    )
    await pool.execute("INSERT INTO webhook_secret VALUES ($1, 1, now(), '')", webhook_id)
    await pool.execute(
        "INSERT INTO webhook_delivery (id, webhook_id, position, state, created_at, next_attempt_at)"
        " VALUES ($1, $2, 0, 'WAITING', now(), now())",
        *(delivery_id, webhook_id),
    )
    await pool.execute(
        "INSERT INTO webhook_attempt (webhook_id, webhook_delivery_id, number, at, milliseconds, outcome)"
        " VALUES ($1, $2, 1, now(), 5, 'REFUSED')",
        *(webhook_id, delivery_id),
    )


async def _return(pool: Pool, part: VendorOrder, line: OrderLine) -> None:
    return_id = new_id("return")
    await pool.execute(
        "INSERT INTO order_return (id, order_id, vendor_order_id, vendor_id, state, is_withdrawal, requested_at)"
        " VALUES ($1, $2, $3, $4, 'APPROVED', false, now())",
        *(return_id, part.order_id, part.id, part.vendor_id),
    )
    await pool.execute(
        "INSERT INTO order_return_line (order_return_id, order_line_id, position, quantity, reason)"
        " VALUES ($1, $2, 0, 1, 'Broken')",
        *(return_id, line.id),
    )
    await pool.execute(
        "INSERT INTO return_receipt (order_return_id, order_line_id, quantity, condition, received_at)"
        " VALUES ($1, $2, 1, 'Broken', now())",
        *(return_id, line.id),
    )


async def test_v8_whatever_the_role_may_touch_is_isolated_or_nobodys_business(pool: Pool):
    touched = await pool.fetch(
        """SELECT relname, relrowsecurity FROM pg_class
        WHERE relkind IN ('r', 'p', 'v', 'm') AND relnamespace = 'public'::regnamespace
        AND (has_table_privilege($1, oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
             OR has_any_column_privilege($1, oid, 'SELECT, INSERT, UPDATE'))""",
        row_security.ROLE,
    )

    assert {row["relname"] for row in touched if row["relrowsecurity"]} == set(ISOLATED)
    assert {row["relname"] for row in touched if not row["relrowsecurity"]} == set(READABLE)


@pytest.mark.parametrize("table", TABLES)
async def test_v8_a_vendor_reads_only_its_own_rows_without_any_where_clause(pool: Pool, shipped: Shipped, table: str):
    everything = {row[0] for row in await pool.fetch(VENDOR_OF[table])}

    async with as_vendor(pool, shipped.ours.id) as connection:
        seen = [row[0] for row in await connection.fetch(VENDOR_OF[table])]
        counted = await connection.fetchval(f'SELECT count(*) FROM "{table}"')

    assert everything == {shipped.ours.id, shipped.theirs.id}
    assert set(seen) == {shipped.ours.id}
    assert counted == len(seen)


@pytest.mark.parametrize(("table", "change"), UPDATABLE.items(), ids=UPDATABLE)
async def test_v8_an_update_without_a_where_clause_changes_only_own_rows(
    pool: Pool, shipped: Shipped, table: str, change: str
):
    before = await _rows_of(pool, table, shipped.theirs.id)

    async with as_vendor(pool, shipped.ours.id) as connection:
        status = await connection.execute(f"UPDATE {table} SET {change}")

    assert int(status.split()[1]) == len(await _rows_of(pool, table, shipped.ours.id))
    assert await _rows_of(pool, table, shipped.theirs.id) == before


@pytest.mark.parametrize("table", ["price", "gift_wrap", "webhook"])
async def test_v8_a_delete_without_a_where_clause_deletes_only_own_prices(pool: Pool, shipped: Shipped, table: str):
    before = await _rows_of(pool, table, shipped.theirs.id)

    async with as_vendor(pool, shipped.ours.id) as connection:
        await connection.execute(f"DELETE FROM {table}")

    assert await _rows_of(pool, table, shipped.ours.id) == []
    assert await _rows_of(pool, table, shipped.theirs.id) == before != []


async def test_v8_a_delete_without_a_where_clause_lets_go_only_of_what_is_held_of_own_stock(
    pool: Pool, shipped: Shipped
):
    async with as_vendor(pool, shipped.ours.id) as connection:
        await connection.execute("DELETE FROM reservation")

    assert [row[0] for row in await pool.fetch(VENDOR_OF["reservation"])] == [shipped.theirs.id]


@pytest.mark.parametrize(
    "table", sorted({*TABLES, *OTHER_ROWS} - {"gift_wrap", "parcel", "price", "reservation", "webhook"})
)
async def test_v8_a_vendor_cannot_delete_what_must_stay(pool: Pool, shipped: Shipped, table: str):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with as_vendor(pool, shipped.ours.id) as connection:
            await connection.execute(f'DELETE FROM "{table}"')


async def _their_statements(pool: Pool, shipped: Shipped) -> dict[str, tuple[str, Sequence[object]]]:
    theirs, placed = shipped.theirs, shipped.placed
    part = next(part for part in placed.parts if part.vendor_id == theirs.id)
    line = next(line for line in placed.lines if line.vendor_id == theirs.id)
    offer_id = theirs.offers[0]
    fulfillment_id = await pool.fetchval("SELECT id FROM fulfillment WHERE vendor_id = $1", theirs.id)
    webhook_id = await pool.fetchval("SELECT id FROM webhook WHERE vendor_id = $1", theirs.id)
    [(variant_id, product_id)] = await pool.fetch("SELECT variant_id, product_id FROM offer WHERE id = $1", offer_id)
    return {
        "offer": (
            "INSERT INTO offer (id, variant_id, product_id, vendor_id, condition) VALUES ($1, $2, $3, $4, 'USED')",
            (new_id("offer"), variant_id, product_id, theirs.id),
        ),
        "warehouse": (
            "INSERT INTO warehouse (id, code, name, country, vendor_id) VALUES ($1, $1, 'New', 'DE', $2)",
            (new_id("warehouse"), theirs.id),
        ),
        "fulfillment": (
            (
                "INSERT INTO fulfillment (id, order_id, vendor_order_id, vendor_id, warehouse_id, state, created_at)"
                " VALUES ($1, $2, $3, $4, $5, 'SHIPPED', now())"
            ),
            (new_id("fulfillment"), placed.order.id, part.id, theirs.id, theirs.warehouse_id),
        ),
        "fulfillment_line": ("INSERT INTO fulfillment_line VALUES ($1, $2, 5)", (fulfillment_id, line.id)),
        "parcel": (
            "INSERT INTO parcel (id, fulfillment_id, position) VALUES ($1, $2, 7)",
            (new_id("parcel"), fulfillment_id),
        ),
        "return_receipt": (
            (
                "INSERT INTO return_receipt (order_return_id, order_line_id, quantity, condition, received_at)"
                " VALUES ($1, $2, 1, 'Sealed', now())"
            ),
            (await pool.fetchval("SELECT id FROM order_return WHERE vendor_id = $1", theirs.id), line.id),
        ),
        "event": (
            "INSERT INTO event (id, type, subject_id, sequence, vendor_id) VALUES ($1, 'ORDER_PLACED', $2, 9, $3)",
            (new_id("event"), part.id, theirs.id),
        ),
        "price": (
            "INSERT INTO price (offer_id, price_list_id, min_quantity, amount_minor) VALUES ($1, $2, 10, 100)",
            (offer_id, shipped.shop.price_list_id),
        ),
        "price_to_derive": (
            "INSERT INTO price_to_derive (price_list_id, offer_id) VALUES ($1, $2)",
            (shipped.shop.price_list_id, offer_id),
        ),
        "stock_level": (
            "INSERT INTO stock_level (offer_id, warehouse_id, on_hand) VALUES ($1, $2, 5)",
            (offer_id, theirs.warehouse_id),
        ),
        "supply": ("INSERT INTO supply (offer_id) VALUES ($1)", (theirs.offers[1],)),
        "gift_wrap": ("INSERT INTO gift_wrap VALUES ($1, 'USD', 'LINE', 300)", (theirs.id,)),
        "stock_movement": (
            "INSERT INTO stock_movement (offer_id, warehouse_id, delta, reason) VALUES ($1, $2, 5, 'found')",
            (offer_id, theirs.warehouse_id),
        ),
        "webhook": (
            (
                "INSERT INTO webhook (id, vendor_id, owner_id, url, state, created_at, held_until, leased_until)"
                " VALUES ($1, $2, 'api_key_1', 'https://hooks.example', 'ENABLED', now(), now(), now())"
            ),
            (new_id("webhook"), theirs.id),
        ),
        "webhook_secret": ("INSERT INTO webhook_secret VALUES ($1, 2, now(), '')", (webhook_id,)),
        "webhook_delivery": (
            (
                "INSERT INTO webhook_delivery (id, webhook_id, position, state, created_at, next_attempt_at)"
                " VALUES ($1, $2, 0, 'WAITING', now(), now())"
            ),
            (new_id("webhook_delivery"), webhook_id),
        ),
    }


INSERTABLE = sorted(
    table for table in TABLES if "INSERT" in (OWN_ROWS[table] if table in OWN_ROWS else ROWS_OF_OWN[table][0])
)


@pytest.mark.parametrize("table", INSERTABLE)
async def test_v8_a_vendor_cannot_insert_rows_of_another(pool: Pool, shipped: Shipped, table: str):
    statement, arguments = (await _their_statements(pool, shipped))[table]

    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        async with as_vendor(pool, shipped.ours.id) as connection:
            await connection.execute(statement, *arguments)


async def test_v8_own_stock_cannot_be_put_into_the_warehouse_of_another(pool: Pool, shipped: Shipped):
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        async with as_vendor(pool, shipped.ours.id) as connection:
            await connection.execute(
                "INSERT INTO stock_level (offer_id, warehouse_id) VALUES ($1, $2)",
                *(shipped.ours.offers[0], shipped.theirs.warehouse_id),
            )


@pytest.mark.parametrize("table", ["order", "customer", "session", "api_key", "staff_member", "payment", "checkout"])
async def test_v8_what_is_not_the_vendors_business_cannot_be_read_at_all(pool: Pool, shipped: Shipped, table: str):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with as_vendor(pool, shipped.ours.id) as connection:
            await connection.fetch(f'SELECT * FROM "{table}"')


@pytest.mark.parametrize("column", ["email", "total_gross_minor", "shipping_address", "customer_id"])
async def test_v8_of_an_order_a_vendor_reads_that_it_stands_and_nothing_of_the_buyer(
    pool: Pool, shipped: Shipped, column: str
):
    other = await place_order(pool, shipped.shop, sold=[(1, 0, 1)])

    async with as_vendor(pool, shipped.ours.id) as connection:
        rows = await connection.fetch('SELECT id, status FROM "order"')
        changed = await connection.execute('UPDATE "order" SET version = version + 1')
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with as_vendor(pool, shipped.ours.id) as connection:
            await connection.fetch(f'SELECT {column} FROM "order"')

    assert [row["id"] for row in rows] == [shipped.placed.order.id] != [other.order.id]
    assert changed == "UPDATE 1"


async def test_v8_the_keys_of_acts_are_those_of_the_actor(pool: Pool):
    for scope in ("one", "another"):
        await pool.execute("INSERT INTO idempotency VALUES ($1, 'Act', 'key', '')", scope)

    async with pool.acquire() as connection, connection.transaction():
        await confine(connection, [], actor="one")
        seen = await connection.fetch("SELECT scope FROM idempotency")
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await connection.execute("INSERT INTO idempotency VALUES ('another', 'Act', 'second', '')")

    assert [row["scope"] for row in seen] == ["one"]


async def test_v8_a_member_of_several_vendors_is_confined_to_those(pool: Pool, shipped: Shipped):
    both = [shipped.ours.id, shipped.theirs.id]
    found = []

    for vendors in ([], both[:1], both):
        async with pool.acquire() as connection, connection.transaction():
            await confine(connection, vendors, actor=None)
            found.append({row[0] for row in await connection.fetch("SELECT vendor_id FROM offer")})

    assert found == [set(), set(both[:1]), set(both)]


async def test_v8_the_plan_of_a_prepared_statement_leaks_nothing_to_the_next_role(pool: Pool, shipped: Shipped):
    """One connection, one statement, prepared once: run often enough for PostgreSQL to keep a generic plan."""
    query = "SELECT vendor_id FROM offer WHERE status = $1"
    seen = []

    async with pool.acquire() as connection:
        for _ in range(8):
            seen.append({row[0] for row in await connection.fetch(query, "ACTIVE")})
            for seller in shipped.shop.sellers:
                async with connection.transaction(), confined(connection, seller.id):
                    seen.append({row[0] for row in await connection.fetch(query, "ACTIVE")})

    ours, theirs = {shipped.ours.id}, {shipped.theirs.id}
    assert seen == [ours | theirs, ours, theirs] * 8


async def test_a_connection_is_free_again_after_the_block_whether_it_ends_well_or_not(pool: Pool, shipped: Shipped):
    async with pool.acquire() as connection:
        async with connection.transaction():
            async with confined(connection, shipped.ours.id):
                pass
            inside = await connection.fetchval("SELECT count(DISTINCT vendor_id) FROM offer")
        with pytest.raises(ZeroDivisionError):
            async with connection.transaction(), confined(connection, shipped.ours.id):
                raise ZeroDivisionError
        after = await connection.fetchval("SELECT count(DISTINCT vendor_id) FROM offer")

    assert (inside, after) == (2, 2)


async def test_a_connection_outside_of_a_transaction_cannot_be_confined(pool: Pool):
    async with pool.acquire() as connection:
        with pytest.raises(RuntimeError, match="transaction"):
            async with confined(connection, VendorId(new_id("vendor"))):
                pass


async def test_the_role_without_a_vendor_sees_nothing(pool: Pool, shipped: Shipped):
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(f"SET LOCAL ROLE {row_security.ROLE}")

        counts = [await connection.fetchval(f'SELECT count(*) FROM "{table}"') for table in TABLES]

    assert counts == [0] * len(TABLES)


async def test_two_databases_of_one_server_can_be_migrated_at_once(postgres_server: str, worker_id: str):
    names = [f"commerce_{worker_id}_role_{at}" for at in range(2)]
    for name in names:
        await recreate(postgres_server, name)

    codes = await asyncio.gather(*(_migrate(database_url(postgres_server, name)) for name in names))

    assert codes == [0, 0]
    for name in names:
        connection = await asyncpg.connect(database_url(postgres_server, name))
        assert await migrations.is_current(connection)
        await connection.close()
        await drop(postgres_server, name)


async def test_whoever_may_not_create_roles_is_told_what_to_have_done(postgres_server: str, worker_id: str):
    """With the names of a role and a user that only this test knows, since roles are the whole server's."""
    user, role = f"plain_{worker_id}", f"missing_{worker_id}"
    async with connected(postgres_server) as connection:
        await connection.execute(f"DROP ROLE IF EXISTS {user}")
        await connection.execute(f"CREATE ROLE {user} NOLOGIN NOCREATEROLE")
        await connection.execute(f"GRANT {user} TO CURRENT_USER")
        await connection.execute(f"SET ROLE {user}")

        with pytest.raises(asyncpg.RaiseError, match=f"{role} is missing, and {user} may not create roles") as refused:
            await connection.execute(row_security.CREATE_ROLE.replace(row_security.ROLE, role))

        await connection.execute("RESET ROLE")
        await connection.execute(f"DROP ROLE {user}")
    assert f"CREATE ROLE {role} NOLOGIN; GRANT {role} TO {user};" in str(refused.value.hint)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def _rows_of(database: Database, table: str, vendor_id: str) -> list[tuple[object, ...]]:
    parents = ROWS_OF_OWN[table][1] if table in ROWS_OF_OWN else None
    mine = f"{parents[0]}_id IN (SELECT id FROM {parents[0]} WHERE vendor_id = $1)" if parents else "vendor_id = $1"
    return [tuple(row) for row in await database.fetch(f"SELECT * FROM {table} WHERE {mine} ORDER BY 1, 2", vendor_id)]


async def _migrate(url: str) -> int:
    """In a process of its own: alembic keeps what it is doing in globals."""
    code = "import sys; from persistence import migrations; migrations.upgrade(sys.argv[1])"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, url)
    return await process.wait()
