"""Rule V8, field by field: a vendor asks for all that the schema lets it ask for, and learns nothing of others."""

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, get_named_type, is_leaf_type, is_required_argument

from domain.orders.model import VendorOrderStatus
from domain.shared.money import Money, TaxedMoney
from persistence.ids import new_id
from persistence.paging import encode_cursor
from persistence.statement import Pool
from resolvers.log import LOG
from schema.access import requirements_of, schema_of
from schema.root import schema
from server.jobs.relay import relay
from tests.factories.listening import Listener, make_listener
from tests.factories.orders import Placed, Shop, make_shop, place_order

GRAPHQL = schema_of(schema)
DEPTH = 7
SECRET_TITLE = "Somebody else's secret"
SHIPPING = TaxedMoney.of_gross(77_777_77, 0, "EUR")


def selection(of: Any, depth: int, path: tuple[str, ...] = ()) -> str:
    """Every field below a type that needs no argument, so deep; no type within itself.

    What is guarded is left out: refused on somebody else's object it would, never being null, hide its siblings.
    """
    if isinstance(of, GraphQLInterfaceType):
        fragments = [f"... on {found.name} {{ {selection(found, depth, path)} }}" for found in possible(of)]
        return " ".join(["__typename", *fragments])
    assert isinstance(of, GraphQLObjectType)
    return " ".join(["__typename", *fields_of(of, depth, path)])


def possible(of: GraphQLInterfaceType) -> list[GraphQLObjectType]:
    return [found for found in GRAPHQL.get_possible_types(of) if found.name in ("Order", "VendorOrder", "Fulfillment")]


def fields_of(of: GraphQLObjectType, depth: int, path: tuple[str, ...]) -> Iterator[str]:
    for name, field in of.fields.items():
        inner = get_named_type(field.type)
        if any(is_required_argument(argument) for argument in field.args.values()):
            continue
        if list(requirements_of(of, field)):
            continue
        if is_leaf_type(inner):
            yield aliased(of, name)
        elif depth > 1 and inner.name not in path:
            yield f"{aliased(of, name)} {{ {selection(inner, depth - 1, (*path, of.name))} }}"


def aliased(of: GraphQLObjectType, name: str) -> str:
    """Two types may give one name to fields that differ; an alias by type keeps them apart."""
    return f"{of.name}_{name}: {name}"


async def world_of_two(pool: Pool) -> tuple[Shop, Placed, Listener]:
    """An order of two vendors in which the second one's goods, and the order's shipping, stand out."""
    shop = await make_shop(pool)
    placed = await place_order(pool, shop, status=VendorOrderStatus.ACCEPTED)
    await pool.execute("UPDATE order_line SET title = $1 WHERE vendor_id = $2", SECRET_TITLE, shop.sellers[1].id)
    await pool.execute(
        """UPDATE "order" SET shipping_net_minor = $1, shipping_tax_minor = 0, shipping_gross_minor = $1,
        total_net_minor = lines_net_minor + $1, total_tax_minor = lines_tax_minor,
        total_gross_minor = lines_gross_minor + $1""",
        SHIPPING.gross.minor,
    )
    world = make_listener(pool, shop.sellers[0].actor)
    for number, seller in enumerate(shop.sellers):
        await world.on_behalf_of(seller.actor).ask(
            "mutation($input: FulfillmentCreateInput!) { fulfillmentCreate(input: $input) { errors { code } } }",
            input={
                "vendorOrderId": placed.parts[number].id,
                "warehouseId": seller.warehouse_id,
                "lines": [{"orderLineId": placed.lines[number].id, "quantity": 1}],
                "idempotencyKey": new_id("key"),
            },
        )
    await relay(pool, world.news)
    return shop, placed, world


async def secrets_of(pool: Pool, shop: Shop, placed: Placed) -> list[str]:
    """What the first vendor must never be told: ids, words and amounts of the order and of its other part."""
    other = shop.sellers[1]
    fulfillments = await pool.fetch("SELECT id FROM fulfillment WHERE vendor_id = $1", other.id)
    total = await pool.fetchval('SELECT total_gross_minor FROM "order"')
    return [
        placed.order.id,
        placed.parts[1].id,
        placed.lines[1].id,
        other.id,
        other.warehouse_id,
        *other.offers,
        *(row["id"] for row in fulfillments),
        SECRET_TITLE,
        Money(SHIPPING.gross.minor, "EUR").amount,
        str(SHIPPING.gross.minor),
        Money(total, "EUR").amount,
        str(total),
    ]


def told(answer: Any, secrets: list[str]) -> list[str]:
    return [secret for secret in secrets if secret in str(answer.data)]


async def test_v8_everything_below_the_portal_is_the_vendors_own(pool: Pool):
    shop, placed, world = await world_of_two(pool)
    secrets = await secrets_of(pool, shop, placed)
    query = (
        f"query($id: ID!) {{ vendorPortal(vendorId: $id) {{ {selection(GRAPHQL.type_map['VendorPortal'], DEPTH)} }} }}"
    )

    answer = await world.send(query, id=shop.sellers[0].id)

    assert placed.parts[0].id in str(answer.data)
    assert told(answer, secrets) == []


async def test_v8_every_event_that_a_vendor_hears_says_nothing_of_others(pool: Pool):
    shop, placed, world = await world_of_two(pool)
    secrets = await secrets_of(pool, shop, placed)
    fields = selection(GRAPHQL.type_map["Event"], DEPTH - 2)
    query = (
        f"subscription($id: ID!, $after: String) {{ vendorOrderEvents(vendorId: $id, after: $after) {{ {fields} }} }}"
    )
    variables = {"id": shop.sellers[0].id, "after": encode_cursor(LOG, 0)}

    answer: Any = await schema.subscribe(query, variable_values=variables, context_value=await world.context())
    heard = await anext(answer)
    await answer.aclose()

    assert placed.parts[0].id in str(heard.data)
    assert told(heard, secrets) == []


@pytest.mark.parametrize("kind", ["order", "part", "line", "fulfillment", "warehouse"])
async def test_v8_what_is_anothers_cannot_be_read_even_by_its_id(pool: Pool, kind: str):
    shop, placed, world = await world_of_two(pool)
    await pool.execute('UPDATE "order" SET customer_id = $1', await customer(pool))
    fulfillment_id = await pool.fetchval("SELECT id FROM fulfillment WHERE vendor_id = $1", shop.sellers[1].id)
    ids = {
        "order": placed.order.id,
        "part": placed.parts[1].id,
        "line": placed.lines[1].id,
        "fulfillment": fulfillment_id,
        "warehouse": shop.sellers[1].warehouse_id,
    }

    assert await world.ask("query($id: ID!) { node(id: $id) { id } }", id=ids[kind]) == {"node": None}


async def customer(pool: Pool) -> str:
    customer_id = new_id("customer")
    await pool.execute("INSERT INTO customer (id, email) VALUES ($1, $1)", customer_id)
    return customer_id
