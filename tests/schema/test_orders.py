"""Orders, as their buyers, vendors, staff and strangers read them."""

from typing import Any

import pytest

from domain.orders.model import VendorOrderStatus
from domain.shared.actor import GUEST, Actor
from domain.shared.ids import CustomerId
from persistence.ids import new_id
from persistence.statement import Pool
from schema.root import schema
from server.jobs.relay import relay
from tests.database import StatementLog
from tests.factories.listening import Listener, make_listener
from tests.factories.orders import Placed, Shop, make_shop, place_order, staff
from tests.fakes.news import LocalNews

MONEY = "{ net { amount } tax { amount } gross { amount currency } }"
ORDER = f"""... on Order {{
    id number status paymentStatus fulfillmentStatus email customer {{ id }} context {{ market {{ handle }} language }}
    lines {{ nodes {{ title sku quantity fulfilled options {{ name value }} image {{ url alt }} vendor {{ id }}
        variant {{ id }} unitPrice {MONEY} total {MONEY} taxes {{ name rate amount {{ amount }} }} }} totalCount }}
    vendorOrders {{ id number status vendor {{ id }} lines {{ title }} totals {{ total {MONEY} }} fulfillments {{ id }}
    }}
    shippingAddress {{ line1 formatted }} billingAddress {{ company }}
    totals {{ lines {MONEY} shipping {MONEY} fees {MONEY} total {MONEY} tendered {{ amount }} due {{ amount }} }}
    payments {{ kind state authorized {{ amount }} capturable {{ amount }} refundable {{ amount }} }}
    fulfillments {{ id state trackingNumber lines {{ quantity line {{ sku }} }} parcels {{ carrier }} }}
    timeline {{ nodes {{ type sequence }} pageInfo {{ hasNextPage }} }}
}}"""
BY_ID = f"query($id: ID!) {{ order(id: $id) {{ {ORDER} }} }}"
NODE_ID = "query($id: ID!) { node(id: $id) { id } }"
ACCEPT = """mutation($id: ID!, $key: String!) { vendorOrderAccept(input: {id: $id, idempotencyKey: $key}) {
    vendorOrder { id status } errors { code path } } }"""
SEND = """mutation($input: FulfillmentCreateInput!) { fulfillmentCreate(input: $input) {
    fulfillment {
        id state trackingNumber parcels { carrier trackingNumber trackingUrl } lines { quantity line { sku } }
    }
    errors { code path } } }"""


async def make_customer(pool: Pool) -> Actor:
    customer_id = new_id("customer")
    await pool.execute("INSERT INTO customer (id, email) VALUES ($1, $1)", customer_id)
    return Actor(customer_id=CustomerId(customer_id))


def sending(shop: Shop, placed: Placed, quantity: int, **changes: Any) -> dict[str, Any]:
    return {
        "vendorOrderId": placed.parts[0].id,
        "warehouseId": shop.sellers[0].warehouse_id,
        "lines": [{"orderLineId": placed.lines[0].id, "quantity": quantity}],
        "parcels": [{"carrier": "DHL", "trackingNumber": "0034", "trackingUrl": "https://dhl.example/0034"}],
        "idempotencyKey": new_id("key"),
        **changes,
    }


async def pay(pool: Pool, placed: Placed, authorized: int) -> str:
    tender_id, payment_id = new_id("tender"), new_id("payment")
    await pool.execute(
        "INSERT INTO tender (id, checkout_id, kind, method_id, currency) VALUES ($1, $2, 'CARD', 'card', 'EUR')",
        tender_id,
        placed.order.checkout_id,
    )
    await pool.execute(
        """INSERT INTO payment (id, checkout_id, tender_id, order_id, attempt, kind, gateway, gateway_key, state,
        currency, amount_minor, authorized_minor)
        VALUES ($1, $2, $3, $4, 1, 'CARD', 'test', $1, 'AUTHORIZED', 'EUR', $5, $5)""",
        payment_id,
        placed.order.checkout_id,
        tender_id,
        placed.order.id,
        authorized,
    )
    return payment_id


async def test_a_guest_reads_the_order_by_its_unguessable_id(pool: Pool):
    shop = await make_shop(pool)
    placed = await place_order(pool, shop, status=VendorOrderStatus.ACCEPTED)
    await pay(pool, placed, placed.order.totals.total.gross.minor)
    vendor = make_listener(pool, shop.sellers[0].actor)
    await vendor.ask(SEND, input=sending(shop, placed, 1))
    await relay(pool, LocalNews())

    order = (await make_listener(pool).ask(BY_ID, id=placed.order.id))["order"]

    assert (order["status"], order["paymentStatus"], order["fulfillmentStatus"]) == (
        "CONFIRMED",
        "AUTHORIZED",
        "PARTIALLY_FULFILLED",
    )
    assert order["customer"] is None
    assert order["context"] == {"market": {"handle": "de"}, "language": "de"}
    assert [line["quantity"] for line in order["lines"]["nodes"]] == [2, 1]
    assert order["lines"]["nodes"][0]["options"] == [{"name": "Color", "value": "Red"}]
    assert order["lines"]["nodes"][0]["image"] == {"url": "/media/lamp.svg", "alt": "A red lamp"}
    assert order["totals"]["total"]["gross"] == {"amount": "40.60", "currency": "EUR"}
    assert (order["totals"]["tendered"], order["totals"]["due"]) == ({"amount": "40.60"}, {"amount": "0.00"})
    assert order["payments"][0]["capturable"] == {"amount": "40.60"}
    assert [part["status"] for part in order["vendorOrders"]] == ["PARTIALLY_SHIPPED", "ACCEPTED"]
    assert order["fulfillments"][0]["trackingNumber"] == "0034"
    assert order["shippingAddress"]["formatted"] == ["Ada Lovelace", "Hauptstraße 1", "10115 BERLIN", "GERMANY"]
    assert order["timeline"]["nodes"] == [{"type": "FULFILLMENT_CREATED", "sequence": 1}]


async def test_a_customers_order_is_the_customers_and_those_of_staff_who_may_read_orders(pool: Pool):
    shop = await make_shop(pool)
    owner, stranger = await make_customer(pool), await make_customer(pool)
    placed = await place_order(pool, shop, customer_id=owner.customer_id)

    async def sees(actor: Actor) -> bool:
        found = await make_listener(pool, actor).ask("query($id: ID!) { order(id: $id) { id } }", id=placed.order.id)
        return found["order"] is not None

    assert [await sees(actor) for actor in (owner, staff("orders:read"))] == [True, True]
    strangers = (GUEST, stranger, shop.sellers[0].actor, staff("catalog:read"))
    assert [await sees(actor) for actor in strangers] == [False] * 4


async def test_v8_whatever_belongs_to_an_order_is_read_by_id_under_the_same_rules(pool: Pool):
    shop = await make_shop(pool)
    owner, stranger = await make_customer(pool), await make_customer(pool)
    placed = await place_order(pool, shop, customer_id=owner.customer_id, status=VendorOrderStatus.ACCEPTED)
    sent = await make_listener(pool, shop.sellers[0].actor).ask(SEND, input=sending(shop, placed, 1))
    payment_id = await pay(pool, placed, 100)
    await relay(pool, LocalNews())
    event_id = await pool.fetchval("SELECT id FROM event")
    own = [placed.parts[0].id, placed.lines[0].id, sent["fulfillmentCreate"]["fulfillment"]["id"], event_id]
    others = [placed.order.id, placed.parts[1].id, placed.lines[1].id, payment_id]

    async def seen(actor: Actor) -> list[str]:
        query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
        return [node["id"] for node in (await make_listener(pool, actor).ask(query, ids=own + others))["nodes"] if node]

    assert await seen(owner) == own + others
    assert await seen(staff("orders:read")) == own + others
    assert await seen(shop.sellers[0].actor) == own
    assert await seen(shop.sellers[1].actor) == [placed.parts[1].id, placed.lines[1].id]
    assert await seen(GUEST) == await seen(stranger) == []


async def test_customers_list_their_own_orders_newest_first(pool: Pool):
    shop = await make_shop(pool)
    owner = await make_customer(pool)
    placed = [await place_order(pool, shop, customer_id=owner.customer_id) for _ in range(3)]
    await place_order(pool, shop)
    query = """query($after: String) { viewer { orders(first: 2, after: $after) {
        nodes { id } pageInfo { endCursor } totalCount
    } } }"""

    first = (await make_listener(pool, owner).ask(query))["viewer"]["orders"]
    rest = (await make_listener(pool, owner).ask(query, after=first["pageInfo"]["endCursor"]))["viewer"]["orders"]

    assert [node["id"] for node in first["nodes"] + rest["nodes"]] == [item.order.id for item in reversed(placed)]
    assert first["totalCount"] == 3


async def test_internal_notes_and_gateway_references_are_for_staff(pool: Pool):
    shop = await make_shop(pool)
    placed = await place_order(pool, shop)
    query = "query($id: ID!) { order(id: $id) { internalNotes } }"

    notes = await make_listener(pool, staff("orders:read")).ask(query, id=placed.order.id)

    assert notes["order"]["internalNotes"] == ["Call before delivery"]
    assert [code for _, code in await make_listener(pool).refusals(query, id=placed.order.id)] == ["UNAUTHENTICATED"]


@pytest.mark.parametrize("id", ["", "order_1", "\x00", "vendor_01m7y4mmv1fbhbhtgxtsdd2s9g", "x" * 10_000])
async def test_what_is_not_an_orders_id_is_bad_input(pool: Pool, id: str):
    await make_shop(pool)

    assert [code for _, code in await make_listener(pool).refusals(BY_ID, id=id)] == ["BAD_USER_INPUT"]


async def test_an_unknown_order_is_null(pool: Pool):
    await make_shop(pool)

    assert await make_listener(pool).ask(NODE_ID, id=new_id("order")) == {"node": None}


@pytest.mark.parametrize("orders", [1, 12])
async def test_a_page_of_orders_costs_the_same_statements_for_any_number(
    pool: Pool, statement_log: StatementLog, orders: int
):
    shop = await make_shop(pool)
    for _ in range(orders):
        placed = await place_order(pool, shop, status=VendorOrderStatus.ACCEPTED)
        await make_listener(pool, shop.sellers[0].actor).ask(SEND, input=sending(shop, placed, 1))
    client = make_listener(statement_log.pool, staff("orders:read"))
    context = await client.context()

    async with statement_log.count() as statements:
        answer = await schema.execute(f"{{ admin {{ orders {{ nodes {{ {ORDER} }} }} }} }}", context_value=context)

    assert answer.errors is None
    assert answer.data is not None
    assert len(answer.data["admin"]["orders"]["nodes"]) == orders
    assert len(statements) == 13, "\n---\n".join(statements)


async def test_a_vendor_accepts_and_sends_and_is_answered_the_fresh_state(pool: Pool):
    shop = await make_shop(pool)
    placed = await place_order(pool, shop)
    vendor = make_listener(pool, shop.sellers[0].actor)

    accepted = (await vendor.ask(ACCEPT, id=placed.parts[0].id, key="key"))["vendorOrderAccept"]
    sent = (await vendor.ask(SEND, input=sending(shop, placed, 2)))["fulfillmentCreate"]

    assert accepted == {"vendorOrder": {"id": placed.parts[0].id, "status": "ACCEPTED"}, "errors": []}
    assert sent["errors"] == []
    assert sent["fulfillment"]["parcels"] == [
        {"carrier": "DHL", "trackingNumber": "0034", "trackingUrl": "https://dhl.example/0034"}
    ]
    assert sent["fulfillment"]["lines"] == [{"quantity": 2, "line": {"sku": "LAMP-1"}}]


async def test_everything_wrong_with_a_fulfillment_is_told_at_once(pool: Pool):
    shop = await make_shop(pool)
    placed = await place_order(pool, shop, status=VendorOrderStatus.ACCEPTED)
    line = {"orderLineId": placed.lines[0].id, "quantity": 0}
    parcel = {"carrier": "\x00", "trackingNumber": "x" * 101, "trackingUrl": "javascript:alert(1)"}

    answer = await make_listener(pool, shop.sellers[0].actor).ask(
        SEND, input=sending(shop, placed, 1, lines=[line, line], parcels=[parcel])
    )

    assert answer["fulfillmentCreate"]["fulfillment"] is None
    assert [(error["code"], error["path"]) for error in answer["fulfillmentCreate"]["errors"]] == [
        ("INVALID", ["lines", "0", "quantity"]),
        ("INVALID", ["lines", "1", "quantity"]),
        ("INVALID", ["lines", "1", "orderLineId"]),
        ("INVALID", ["parcels", "0", "carrier"]),
        ("INVALID", ["parcels", "0", "trackingNumber"]),
        ("INVALID", ["parcels", "0", "trackingUrl"]),
    ]


@pytest.mark.parametrize(
    ("actor", "code"), [(GUEST, "UNAUTHENTICATED"), (staff("orders:read"), "FORBIDDEN")], ids=["guest", "staff"]
)
async def test_only_vendors_and_staff_with_the_scope_send(pool: Pool, actor: Actor, code: str):
    shop = await make_shop(pool)
    placed = await place_order(pool, shop)

    assert [c for _, c in await make_listener(pool, actor).refusals(SEND, input=sending(shop, placed, 1))] == [code]


async def test_an_order_is_followed_as_it_changes(pool: Pool):
    shop = await make_shop(pool)
    placed = await place_order(pool, shop)
    buyer: Listener = make_listener(pool)
    vendor = buyer.on_behalf_of(shop.sellers[0].actor)
    query = "subscription($id: ID!) { orderChanged(id: $id) { fulfillmentStatus vendorOrders { status } } }"

    async with buyer.listen(query, id=placed.order.id) as answers:
        [first] = await answers.next()
        await vendor.ask(ACCEPT, id=placed.parts[0].id, key="key")
        [second] = await answers.next()
        await buyer.news.tell(placed.order.id)
        assert await answers.is_quiet()
        await vendor.ask(SEND, input=sending(shop, placed, 2))
        [third] = await answers.next()

    statuses = [[part["status"] for part in order["vendorOrders"]] for order in (first, second, third)]
    assert statuses == [["NEW", "NEW"], ["ACCEPTED", "NEW"], ["SHIPPED", "NEW"]]
    assert third["fulfillmentStatus"] == "PARTIALLY_FULFILLED"
    assert buyer.news.listeners(placed.order.id) == 0
