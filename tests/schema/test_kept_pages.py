"""What a product's page rests on is kept, and never shown after it has changed, in any language."""

from dataclasses import replace

import pytest

from domain.shared.ids import ProductId, VendorId
from loaders.pages import product_page
from persistence.changes import count_storefront
from persistence.statement import Pool
from tests.database import StatementLog
from tests.factories.catalog import CatalogWriter, catalog_in
from tests.factories.requests import Client, make_client

PAGE = """{ product(slug: "lamp") {
    title options { name } media { url } attributes { key label value display }
    category { name ancestors { name } } collections { name } priceRange { min { formatted } }
    variants { nodes { sku offers { nodes { vendor { name } availability { state } } } } }
    seo { canonicalPath alternates { language path } }
} }"""


@pytest.fixture
async def catalog(pool: Pool) -> CatalogWriter:
    return await catalog_in(pool)


async def lamp(catalog: CatalogWriter) -> dict[str, str]:
    """A product with all that its page rests on."""
    root_id = await catalog.category("House")
    category_id = await catalog.category("Lamps", [root_id])
    attribute_id = await catalog.attribute("power", "Power")
    vendor_id = await catalog.vendor()
    product_id, _, offer_id = await catalog.sold(
        "Lamp", vendor_id=vendor_id, product={"slug": "lamp", "category_id": category_id, "attributes": {"power": 60}}
    )
    collection_id = await catalog.collection("Warm", [product_id])
    return {
        "product": product_id,
        "offer": offer_id,
        "category": category_id,
        "attribute": attribute_id,
        "collection": collection_id,
        "vendor": vendor_id,
    }


async def shown(client: Client) -> dict[str, str]:
    """What the page says of each of them."""
    page = (await client.ask(PAGE))["product"]
    (variant,) = page["variants"]["nodes"]
    (offer,) = variant["offers"]["nodes"]
    return {
        "category": " > ".join(each["name"] for each in (*page["category"]["ancestors"], page["category"])),
        "attribute": " ".join(f"{each['label']}: {each['display']}" for each in page["attributes"]),
        "collection": " ".join(each["name"] for each in page["collections"]),
        "vendor": offer["vendor"]["name"],
        "stock": offer["availability"]["state"],
        "price": page["priceRange"]["min"]["formatted"],
    }


async def shown_often(client: Client) -> dict[str, str]:
    """The same, once all of it is kept, and built by a plan."""
    first, *others = [await shown(client) for _ in range(4)]
    assert others == [first] * 3
    return first


async def test_the_page_of_a_product_that_has_not_changed_costs_one_statement(
    catalog: CatalogWriter, statement_log: StatementLog
):
    await lamp(catalog)
    client = make_client(statement_log.pool)
    before = [await shown(client), await shown(client)]

    async with statement_log.count() as statements:
        again = await shown(client)

    assert [again, again] == before
    assert len(statements) == 1, "\n---\n".join(statements)


@pytest.mark.parametrize(
    ("change", "of", "expected"),
    [
        ("UPDATE category SET name = 'Lights' WHERE id = $1", "category", "House > Lights"),
        (
            "UPDATE category SET name = 'Home' WHERE id = (SELECT parent_id FROM category WHERE id = $1)",
            "category",
            "Home > Lamps",
        ),
        ("UPDATE attribute SET label = 'Rating', unit = 'W' WHERE id = $1", "attribute", "Rating: 60 W"),
        ("UPDATE collection SET name = 'Cozy' WHERE id = $1", "collection", "Cozy"),
        ("DELETE FROM collection_product WHERE collection_id = $1", "collection", ""),
        ("UPDATE vendor SET name = 'Another vendor' WHERE id = $1", "vendor", "Another vendor"),
    ],
)
async def test_what_all_pages_rest_on_is_shown_as_it_is_since_its_change_was_counted(
    catalog: CatalogWriter, change: str, of: str, expected: str
):
    ids = await lamp(catalog)
    client = make_client(catalog.pool)
    before = await shown_often(client)

    async with catalog.pool.acquire() as connection, connection.transaction():
        await connection.execute(change, ids[of])
        await count_storefront(connection)

    assert await shown(client) == before | {of: expected}


@pytest.mark.parametrize(
    ("change", "of", "expected"),
    [
        ("UPDATE product SET attributes = '{\"power\": 40}' WHERE id = $1", "product", {"attribute": "Power: 40"}),
        ("UPDATE price SET amount_minor = 1500 WHERE offer_id = $1", "offer", {"price": "€15.00"}),
        ("UPDATE stock_level SET on_hand = 0 WHERE offer_id = $1", "offer", {"stock": "OUT_OF_STOCK"}),
        (
            "UPDATE product SET category_id = (SELECT parent_id FROM category WHERE id = category_id) WHERE id = $1",
            "product",
            {"category": "House"},
        ),
    ],
)
async def test_a_change_of_the_product_or_its_offers_is_shown_at_once(
    catalog: CatalogWriter, change: str, of: str, expected: dict[str, str]
):
    ids = await lamp(catalog)
    client = make_client(catalog.pool)
    before = await shown_often(client)

    await catalog.pool.execute(change, ids[of])

    assert await shown(client) == before | expected


async def test_offers_are_made_once_for_the_page_and_once_for_lists(catalog: CatalogWriter):
    ids = await lamp(catalog)
    client, product_id = make_client(catalog.pool), ProductId(ids["product"])
    made = []

    for _ in range(2):
        of_list, of_page = [(await client.context()).loaders for _ in range(2)]
        await product_page(of_page, "lamp")
        made.append([await loaders.assortment.load(product_id) for loaders in (of_list, of_page)])

    assert all(former is latter for former, latter in zip(*made, strict=True))


async def test_each_language_is_kept_by_itself(catalog: CatalogWriter):
    ids = await lamp(catalog)
    words = {
        "category": '{"de": {"name": "Leuchten"}}',
        "attribute": '{"de": {"label": "Leistung"}}',
        "collection": '{"de": {"name": "Warm und hell"}}',
    }
    for table, translations in words.items():
        sql = f"UPDATE {table} SET translations = $2::text::jsonb WHERE id = $1"
        await catalog.pool.execute(sql, ids[table], translations)
    in_english = make_client(catalog.pool)
    in_german = replace(in_english, language="de")

    for _ in range(5):
        english, german = await shown(in_english), await shown(in_german)

    assert (english["category"], german["category"]) == ("House > Lamps", "House > Leuchten")
    assert (english["attribute"], german["attribute"]) == ("Power: 60", "Leistung: 60")
    assert (english["collection"], german["collection"]) == ("Warm", "Warm und hell")
    assert german["price"] == "19,99\N{NO-BREAK SPACE}€"


async def test_what_is_read_after_its_count_is_as_new_as_that_or_newer(catalog: CatalogWriter):
    ids = await lamp(catalog)
    client = make_client(catalog.pool)
    context = await client.context()
    context.loaders.stamps.storefront = 0

    async with catalog.pool.acquire() as connection, connection.transaction():
        await connection.execute("UPDATE vendor SET name = 'Another vendor' WHERE id = $1", ids["vendor"])
        await count_storefront(connection)
    read = await context.loaders.vendor.load(VendorId(ids["vendor"]))

    assert read is not None
    assert read.name == "Another vendor"
    assert (await shown(client))["vendor"] == "Another vendor"


async def test_what_a_request_read_before_a_change_is_not_kept_as_if_it_were_read_after_it(catalog: CatalogWriter):
    ids = await lamp(catalog)
    client = make_client(catalog.pool)
    loaders, product_id = (await client.context()).loaders, ProductId(ids["product"])
    await loaders.product.load(product_id)

    async with catalog.pool.acquire() as connection, connection.transaction():
        await connection.execute("UPDATE product SET attributes = '{\"power\": 40}' WHERE id = $1", product_id)
        await connection.execute("UPDATE attribute SET unit = 'W' WHERE id = $1", ids["attribute"])
        await count_storefront(connection)
    await product_page(loaders, "lamp")
    await loaders.facts_of_product.load(product_id)

    assert (await shown(client))["attribute"] == "Power: 40 W"


async def test_a_product_that_has_another_slug_now_is_found_by_that_alone(catalog: CatalogWriter):
    ids = await lamp(catalog)
    client = make_client(catalog.pool)
    await shown(client)

    await catalog.pool.execute("UPDATE slug SET is_current = false WHERE entity_id = $1", ids["product"])
    await catalog.slug("PRODUCT", "floor-lamp", ids["product"])

    assert (await client.ask(PAGE))["product"] is None
    found = await client.ask('{ resolvePath(path: "/products/lamp") { redirect product { id } } }')
    assert found["resolvePath"] == {"redirect": "/products/floor-lamp", "product": None}
