"""The catalog as other subgraphs refer to it: every key answers, under the rules of the type."""

from typing import Any

import pytest

from domain.shared.actor import STAFF_SCOPE, Actor
from domain.shared.ids import CustomerId
from persistence.ids import new_id
from persistence.pricing.tables import price_list
from persistence.statement import Pool
from tests.database import StatementLog
from tests.factories.catalog import CatalogWriter, catalog_in
from tests.factories.requests import make_client

ENTITIES = """query($of: [_Any!]!) { _entities(representations: $of) {
    __typename
    ... on Product { id } ... on Variant { id } ... on Offer { id } ... on Vendor { id slug } ... on Category { id }
    ... on Collection { id } ... on Market { id } ... on Warehouse { id } ... on PriceList { id }
} }"""


@pytest.fixture
async def catalog(pool: Pool) -> CatalogWriter:
    return await catalog_in(pool)


async def one_of_each(catalog: CatalogWriter) -> dict[str, str]:
    vendor_id = await catalog.vendor(slug="bright")
    product_id, variant_id, offer_id = await catalog.sold(vendor_id=vendor_id)
    return {
        "Product": product_id,
        "Variant": variant_id,
        "Offer": offer_id,
        "Vendor": vendor_id,
        "Category": await catalog.category("Home"),
        "Collection": await catalog.collection("Gifts"),
        "Market": await catalog.pool.fetchval("SELECT id FROM market WHERE handle = 'jp'"),
        "Warehouse": await catalog.warehouse(vendor_id, is_pickup=True),
        "PriceList": catalog.price_lists["jp-jpy"],
    }


async def test_every_type_is_read_by_its_id_as_a_node_and_as_an_entity(catalog: CatalogWriter):
    ids = await one_of_each(catalog)
    client = make_client(catalog.pool)

    entities = await client.ask(ENTITIES, of=[{"__typename": name, "id": id_} for name, id_ in ids.items()])
    nodes = await client.ask("query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", ids=list(ids.values()))

    assert {found["__typename"]: found["id"] for found in entities["_entities"]} == ids
    assert {found["__typename"]: found["id"] for found in nodes["nodes"]} == ids


async def test_a_vendor_is_an_entity_by_its_slug_too(catalog: CatalogWriter):
    vendor_id = await catalog.vendor(slug="bright")
    representations = [{"__typename": "Vendor", "slug": slug} for slug in ("bright", "nobody")]

    found = await make_client(catalog.pool).ask(ENTITIES, of=representations)

    assert found["_entities"] == [{"__typename": "Vendor", "id": vendor_id, "slug": "bright"}, None]


async def test_a_batch_of_entities_is_one_read(catalog: CatalogWriter, statement_log: StatementLog):
    ids = [(await catalog.sold())[0] for _ in range(10)]
    client = make_client(statement_log.pool)
    await client.context()

    async with statement_log.count() as statements:
        await client.ask(ENTITIES, of=[{"__typename": "Product", "id": id_} for id_ in ids])

    assert len(statements) == 1


@pytest.mark.parametrize("audience", ["customer_group", "company_id"])
async def test_price_lists_that_are_not_for_everybody_are_hidden(catalog: CatalogWriter, audience: str):
    list_id = new_id("price_list")
    await catalog.put(price_list, id=list_id, handle="own", name="Own", currency="EUR", **{audience: "somebody"})
    staff = Actor(customer_id=CustomerId("customer_1"), scopes=frozenset({STAFF_SCOPE, "catalog:read"}))
    query = "query($id: ID!) { node(id: $id) { id } }"

    assert await make_client(catalog.pool).ask(query, id=list_id) == {"node": None}
    assert await make_client(catalog.pool, actor=staff).ask(query, id=list_id) == {"node": {"id": list_id}}


@pytest.mark.parametrize(
    ("scopes", "seen"),
    [(set(), False), ({"inventory:read"}, False), ({STAFF_SCOPE, "inventory:read"}, True)],
    ids=["a customer", "a key with the scope alone", "staff with the scope"],
)
async def test_warehouses_without_pickup_are_not_public(catalog: CatalogWriter, scopes: set[str], seen: bool):
    warehouse_id = await catalog.warehouse(await catalog.vendor())
    actor = Actor(customer_id=CustomerId("customer_1"), scopes=frozenset(scopes))

    found: Any = await make_client(catalog.pool, actor=actor).ask(
        "query($id: ID!) { node(id: $id) { id } }", id=warehouse_id
    )

    assert found["node"] == ({"id": warehouse_id} if seen else None)
