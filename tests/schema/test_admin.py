"""The lists of staff."""

from typing import Any

import pytest

from domain.shared.actor import GUEST, Actor
from persistence.ids import new_id
from persistence.paging import encode_cursor
from persistence.statement import Pool
from tests.factories.listening import make_listener
from tests.factories.orders import make_shop, make_variant, place_order, staff

LISTS = {
    "products": "catalog:read",
    "orders": "orders:read",
    "customers": "customers:read",
    "vendors": "vendors:read",
}


def query(name: str, arguments: str = "") -> str:
    return f"{{ admin {{ {name}{arguments} {{ nodes {{ id }} pageInfo {{ endCursor hasNextPage }} totalCount }} }} }}"


async def ids(pool: Pool, actor: Actor, name: str, arguments: str = "") -> list[str]:
    found = await make_listener(pool, actor).ask(query(name, arguments))
    return [node["id"] for node in found["admin"][name]["nodes"]]


@pytest.mark.parametrize(("name", "scope"), LISTS.items(), ids=LISTS)
async def test_each_list_asks_for_its_scope(pool: Pool, name: str, scope: str):
    shop = await make_shop(pool)
    without = staff(*(other for other in LISTS.values() if other != scope))

    async def code(actor: Actor) -> Any:
        return [code for _, code in await make_listener(pool, actor).refusals(query(name))]

    assert await code(staff(scope)) == []
    assert await code(without) == ["FORBIDDEN"]
    assert await code(shop.sellers[0].actor) == ["FORBIDDEN"]
    assert await code(GUEST) == ["UNAUTHENTICATED"]


async def test_products_are_found_in_any_status_by_title_slug_and_external_id(pool: Pool):
    await make_shop(pool, offers=1)
    await make_variant(pool, title="A Draft Chair")
    await pool.execute("UPDATE product SET status = 'DRAFT', external_id = 'X-1' WHERE title = 'A Draft Chair'")
    chair = await pool.fetchval("SELECT id FROM product WHERE external_id = 'X-1'")
    actor = staff("catalog:read")

    for arguments in ('(query: "draft")', '(query: "X-1")', f'(query: "{chair}")', "(status: [DRAFT, ARCHIVED])"):
        assert await ids(pool, actor, "products", arguments) == [chair]
    assert len(await ids(pool, actor, "products")) == 3
    assert await ids(pool, actor, "products", '(query: "draft", status: ACTIVE)') == []


async def test_orders_are_found_by_number_email_and_status(pool: Pool):
    shop = await make_shop(pool)
    placed = await place_order(pool, shop, number="A1B2", email="grace@example.com")
    await place_order(pool, shop)
    actor = staff("orders:read")

    for arguments in ('(query: "a1b2")', '(query: " Grace@example.com ")'):
        assert await ids(pool, actor, "orders", arguments) == [placed.order.id]
    assert len(await ids(pool, actor, "orders", "(status: CONFIRMED)")) == 2
    assert await ids(pool, actor, "orders", "(status: CANCELED)") == []


async def test_customers_are_found_by_parts_of_email_and_name(pool: Pool):
    await make_shop(pool)
    ada, grace = new_id("customer"), new_id("customer")
    for customer_id, email, first, last in (
        (ada, "ada@example.com", "Ada", "Lovelace"),
        (grace, "g@example.com", "Grace", None),
    ):
        await pool.execute(
            "INSERT INTO customer (id, email, first_name, last_name) VALUES ($1, $2, $3, $4)",
            customer_id,
            email,
            first,
            last,
        )
    actor = staff("customers:read")

    assert await ids(pool, actor, "customers", '(query: "ada love")') == [ada]
    assert await ids(pool, actor, "customers", '(query: "GRACE")') == [grace]
    assert set(await ids(pool, actor, "customers", '(query: "example.com")')) == {ada, grace}


async def test_vendors_are_listed_in_any_status(pool: Pool):
    shop = await make_shop(pool)
    await pool.execute("UPDATE vendor SET status = 'SUSPENDED' WHERE id = $1", shop.sellers[0].id)
    actor = staff("vendors:read")

    assert set(await ids(pool, actor, "vendors")) == {seller.id for seller in shop.sellers}
    assert await ids(pool, actor, "vendors", "(status: [SUSPENDED])") == [shop.sellers[0].id]


async def test_a_list_is_paged_to_its_end_and_back(pool: Pool):
    await make_shop(pool, offers=3)
    actor = staff("catalog:read")
    every = await ids(pool, actor, "products")

    seen, after = [], "null"
    for _ in range(4):
        found = await make_listener(pool, actor).ask(query("products", f"(first: 2, after: {after})"))
        page = found["admin"]["products"]
        seen += [node["id"] for node in page["nodes"]]
        after = f'"{page["pageInfo"]["endCursor"]}"'
        if not page["pageInfo"]["hasNextPage"]:
            break

    assert seen == every
    assert page["totalCount"] == 6
    assert await ids(pool, actor, "products", f"(last: 2, before: {after})") == every[3:5]


@pytest.mark.parametrize(
    "arguments",
    [
        '(after: "nonsense")',
        "(first: 101)",
        "(first: -1)",
        '(after: "WyJvcmRlcnMiLCJ4Il0")',
        f'(after: "{encode_cursor("admin_products", "a\x00b")}")',
        '(first: 1, before: null, last: 2, after: "x")',
    ],
)
async def test_pages_that_no_list_has_are_bad_input(pool: Pool, arguments: str):
    await make_shop(pool)

    refusals = await make_listener(pool, staff("catalog:read")).refusals(query("products", arguments))

    assert [code for _, code in refusals] == ["BAD_USER_INPUT"]
