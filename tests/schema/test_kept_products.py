"""What a process keeps of products: it is never shown after they have changed, whoever changed them."""

import pytest

from persistence.catalog import search_index
from persistence.statement import Pool
from tests.database import StatementLog
from tests.factories.catalog import CatalogWriter, catalog_in
from tests.factories.requests import Client, make_client

LIST = "{ search(input: {}) { nodes { title brand variants { nodes { sku } } } } }"
PAGE = 'query { product(slug: "lamp") { title brand variants { nodes { sku } } } }'
OF_PRODUCTS = ("FROM product LEFT OUTER JOIN brand", "FROM variant JOIN product")


@pytest.fixture
async def catalog(pool: Pool) -> CatalogWriter:
    return await catalog_in(pool)


async def lamp(catalog: CatalogWriter) -> str:
    brand_id = await catalog.brand("Acme")
    product_id, _, _ = await catalog.sold(
        "Lamp", product={"slug": "lamp", "brand_id": brand_id}, variant={"sku": "L-1"}
    )
    await search_index.rebuild(catalog.pool)
    return product_id


async def shown(client: Client) -> tuple[str, str, list[str]]:
    """Title, brand and SKUs, the same in a list and on a page of its own."""
    (listed,) = (await client.ask(LIST))["search"]["nodes"]
    assert listed == (await client.ask(PAGE))["product"]
    return listed["title"], listed["brand"], [item["sku"] for item in listed["variants"]["nodes"]]


async def test_products_that_have_not_changed_are_not_read_again(catalog: CatalogWriter, statement_log: StatementLog):
    await lamp(catalog)
    client = make_client(statement_log.pool)
    before = await shown(client)

    async with statement_log.count() as statements:
        assert await shown(client) == before

    assert not [sql for sql in statements for read in OF_PRODUCTS if read in " ".join(sql.split())]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("UPDATE product SET title = 'Floor lamp' WHERE id = $1", ("Floor lamp", "Acme", ["L-1"])),
        (
            "UPDATE brand SET name = 'Apex' WHERE id = (SELECT brand_id FROM product WHERE id = $1)",
            ("Lamp", "Apex", ["L-1"]),
        ),
        ("UPDATE variant SET sku = 'L-2' WHERE product_id = $1", ("Lamp", "Acme", ["L-2"])),
        (
            "INSERT INTO variant (id, product_id, sku, title, position) VALUES ('variant_2', $1, 'L-3', 'Lamp', 1)",
            ("Lamp", "Acme", ["L-1", "L-3"]),
        ),
    ],
)
async def test_a_change_is_shown_at_once(catalog: CatalogWriter, change: str, expected: tuple[str, str, list[str]]):
    product_id = await lamp(catalog)
    client = make_client(catalog.pool)
    for _ in range(3):
        assert await shown(client) == ("Lamp", "Acme", ["L-1"])

    await catalog.pool.execute(change, product_id)

    assert await shown(client) == expected


async def test_versions_that_move_or_go_are_gone_at_once(catalog: CatalogWriter):
    product_id = await lamp(catalog)
    other_id = await catalog.product("Other", slug="other")
    await catalog.variant(product_id, {"Size": "L"}, sku="L-9", position=9)
    client = make_client(catalog.pool)
    for _ in range(3):
        assert (await shown(client))[2] == ["L-1", "L-9"]

    await catalog.pool.execute("UPDATE variant SET product_id = $1 WHERE sku = 'L-9'", other_id)
    assert (await shown(client))[2] == ["L-1"]

    await catalog.pool.execute("DELETE FROM variant WHERE product_id = $1 AND sku = 'L-9'", other_id)
    others = await client.ask('{ product(slug: "other") { variants { nodes { sku } } } }')
    assert others["product"]["variants"]["nodes"] == []


async def test_a_product_that_is_withdrawn_is_shown_no_more(catalog: CatalogWriter):
    product_id = await lamp(catalog)
    client = make_client(catalog.pool)
    await shown(client)

    await catalog.pool.execute("UPDATE product SET status = 'ARCHIVED' WHERE id = $1", product_id)

    assert (await client.ask(LIST))["search"]["nodes"] == []
    assert (await client.ask(PAGE))["product"] is None
