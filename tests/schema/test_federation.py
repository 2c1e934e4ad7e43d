"""This server as a subgraph: entities one by one, and a schema that routers alone are shown."""

from dataclasses import replace
from typing import Any

import pytest
from graphql import parse

from domain.shared.actor import Actor
from domain.shared.ids import CustomerId
from persistence.ids import new_id
from persistence.statement import Pool
from schema.access import fields, requirements_of, schema_of
from schema.root import schema
from tests.factories.catalog import CatalogWriter, catalog_in
from tests.factories.requests import Client, make_client

ENTITIES = """query($of: [_Any!]!) { _entities(representations: $of) {
    __typename ... on Product { id } ... on Vendor { id } ... on Customer { id email }
} }"""
SDL = "{ _service { sdl } }"


@pytest.fixture
async def catalog(pool: Pool) -> CatalogWriter:
    return await catalog_in(pool)


def product(**keys: object) -> dict[str, object]:
    return {"__typename": "Product", **keys}


NAMES_NONE = {
    "no object": "product",
    "no type": {"id": "product_00000000000000000000000000"},
    "a type that is none": {"__typename": "Nothing", "id": "nothing_00000000000000000000000000"},
    "a type without a key": {"__typename": "Money", "id": "money_00000000000000000000000000"},
    "an input type": {"__typename": "CartCreateInput", "id": "x"},
    "a type that is a number": {"__typename": 1, "id": "x"},
    "no key": product(),
    "a key of another type": {"__typename": "Product", "slug": "lamp"},
    "a null": product(id=None),
    "a number": product(id=1),
    "a list": product(id=["product_00000000000000000000000000"]),
    "no TypeID": product(id="1"),
    "an empty key": {"__typename": "Vendor", "slug": ""},
    "an endless key": {"__typename": "Vendor", "slug": "a" * 10_000},
    "an id of another type": product(id="vendor_00000000000000000000000000"),
}


@pytest.mark.parametrize("name", NAMES_NONE)
async def test_what_names_no_entity_is_an_error_in_its_own_place(catalog: CatalogWriter, name: str):
    product_id = (await catalog.sold())[0]
    good = product(id=product_id)

    answer = await make_client(catalog.pool).send(ENTITIES, of=[good, NAMES_NONE[name], good])

    shown = {"__typename": "Product", "id": product_id}
    assert answer.data == {"_entities": [shown, None, shown]}
    assert [(error.path, error.extensions) for error in answer.errors] == [
        (["_entities", 1], {"code": "BAD_USER_INPUT"})
    ]


async def test_entities_come_in_the_order_they_were_asked_for_and_as_often(catalog: CatalogWriter):
    ids = [(await catalog.sold())[0] for _ in range(3)]
    asked = [ids[2], new_id("product"), ids[0], ids[2], ids[1]]

    found = await make_client(catalog.pool).ask(ENTITIES, of=[product(id=each) for each in asked])

    assert [each and each["id"] for each in found["_entities"]] == [ids[2], None, ids[0], ids[2], ids[1]]


async def test_an_entity_that_the_caller_may_not_see_is_null_as_one_that_is_not_there(catalog: CatalogWriter):
    hidden = await catalog.product(status="DRAFT")

    found = await make_client(catalog.pool).ask(ENTITIES, of=[product(id=hidden), product(id=new_id("product"))])

    assert found == {"_entities": [None, None]}


async def test_the_fields_of_another_subgraph_are_passed_over(catalog: CatalogWriter):
    product_id = (await catalog.sold())[0]

    found = await make_client(catalog.pool).ask(ENTITIES, of=[product(id=product_id, slug="a", weightGrams=[{}])])

    assert found == {"_entities": [{"__typename": "Product", "id": product_id}]}


async def test_a_guarded_field_is_refused_for_the_one_entity(catalog: CatalogWriter):
    """The row rule hides a customer from others, so only what is allowed shows, whatever else is asked for."""
    product_id = (await catalog.sold())[0]
    stranger = Actor(customer_id=CustomerId(new_id("customer")))
    of = [{"__typename": "Customer", "id": new_id("customer")}, product(id=product_id)]

    found = await make_client(catalog.pool, actor=stranger).ask(ENTITIES, of=of)

    assert found == {"_entities": [None, {"__typename": "Product", "id": product_id}]}


async def _told(client: Client, *, is_router: bool, enforces: bool = False) -> Any:
    context = await client.context()
    services = replace(context.services, routers_enforce_access=enforces)
    return await schema.execute(SDL, context_value=replace(context, services=services, is_router=is_router))


async def test_the_schema_is_for_routers_alone(catalog: CatalogWriter):
    client = make_client(catalog.pool)

    refused = await _told(client, is_router=False)
    told = await _told(client, is_router=True)

    assert refused.data is None
    assert [error.extensions for error in refused.errors] == [{"code": "FORBIDDEN"}]
    assert parse(told.data["_service"]["sdl"]).definitions


@pytest.mark.parametrize("enforces", [True, False])
async def test_only_a_router_that_enforces_access_is_told_of_it(catalog: CatalogWriter, enforces: bool):
    told = await _told(make_client(catalog.pool), is_router=True, enforces=enforces)

    sdl = told.data["_service"]["sdl"]
    assert all((f"@{name}" in sdl) is enforces for name in ("authenticated", "policy", "requiresScopes"))
    assert all(f"@{name}" in sdl for name in ("link", "key", "shareable", "tag", "inContext"))


def test_no_type_asks_for_anything_that_routers_would_ask_of_its_interface():
    """Of an interface, and of its fields, a router asks all that any type asks that implements it."""
    asking = [
        f"{parent.name}.{name}"
        for parent, _ in fields(schema_of(schema))
        for interface in parent.interfaces
        for name in interface.fields
        if list(requirements_of(parent, parent.fields[name]))
    ]

    assert asking == []
