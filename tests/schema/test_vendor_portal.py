"""What a vendor sees and does, and what it never learns."""

from typing import Any

import pytest

from domain.fulfillment.model import FulfillmentLine
from domain.fulfillment.usecases import CreateFulfillment, create_fulfillment
from domain.orders.model import VendorOrderStatus
from domain.shared.actor import GUEST, Actor
from persistence.ids import new_id
from persistence.statement import Pool
from schema.root import schema
from tests.database import StatementLog
from tests.factories.clock import present
from tests.factories.listening import make_listener
from tests.factories.orders import (
    STOCK,
    Shop,
    make_offer,
    make_shop,
    make_variant,
    place_order,
    staff,
    unit_of_work,
)

ORDERS = """query($id: ID!, $first: Int, $after: String, $status: [VendorOrderStatus!]) { vendorPortal(vendorId: $id) {
    vendor { id } orders(first: $first, after: $after, status: $status) {
        nodes { id number status totals { total { gross { amount } } } lines { id title } fulfillments { id }
            shippingAddress { city } }
        pageInfo { endCursor hasNextPage } totalCount
    } } }"""
OFFERS = """query($id: ID!, $text: String, $first: Int) { vendorPortal(vendorId: $id) {
    offers(query: $text, first: $first) { nodes { id stock { onHand allocated available } } totalCount } } }"""
UPSERT = """mutation($input: OfferUpsertInput!) { offerUpsert(input: $input) {
    offer { id price { current { gross { amount } } } limits { min max step } } errors { code path } } }"""
ADJUST = """mutation($input: StockAdjustInput!) { stockAdjust(input: $input) {
    offer { id stock { onHand } } errors { code path ... on StockError { available offer { id } } } } }"""


REJECT = """mutation($input: VendorOrderRejectInput!) { vendorOrderReject(input: $input) {
    vendorOrder { status acceptBy lines { quantity canceled } } errors { code path } } }"""
UPDATE = """mutation($input: FulfillmentUpdateInput!) { fulfillmentUpdate(input: $input) {
    fulfillment { state deliveredAt parcels { trackingNumber } lines { line { delivered } } }
    errors { code path } } }"""


def adjustment(shop: Shop, **changes: Any) -> dict[str, Any]:
    seller = shop.sellers[0]
    given = {"offerId": seller.offers[0], "warehouseId": seller.warehouse_id, "reason": "count"}
    return {**given, "idempotencyKey": new_id("key"), **changes}


async def test_v8_a_vendor_sees_its_parts_and_no_line_or_amount_of_another(pool: Pool):
    shop = await make_shop(pool)
    placed = await place_order(pool, shop, sold=[(0, 0, 2), (1, 0, 5), (0, 1, 1)])
    own = [placed.lines[0].id, placed.lines[2].id]

    found = await make_listener(pool, shop.sellers[0].actor).ask(ORDERS, id=shop.sellers[0].id)

    [part] = found["vendorPortal"]["orders"]["nodes"]
    assert part["id"] == placed.parts[0].id
    assert [line["id"] for line in part["lines"]] == own
    assert part["totals"]["total"]["gross"]["amount"] == "35.70"
    assert part["shippingAddress"] == {"city": "Berlin"}
    assert found["vendorPortal"]["orders"]["totalCount"] == 1


@pytest.mark.parametrize("actor", [GUEST, staff("orders:read")], ids=["guest", "staff"])
async def test_v8_the_portal_is_closed_to_all_but_the_vendor(pool: Pool, actor: Actor):
    shop = await make_shop(pool)

    for stranger in (actor, shop.sellers[1].actor):
        [(_, code)] = await make_listener(pool, stranger).refusals(ORDERS, id=shop.sellers[0].id)
        assert code in ("UNAUTHENTICATED", "FORBIDDEN")


async def test_parts_are_paged_newest_first_and_chosen_by_status(pool: Pool):
    shop = await make_shop(pool)
    placed = [await place_order(pool, shop) for _ in range(3)]
    await pool.execute("UPDATE vendor_order SET status = 'ACCEPTED' WHERE id = $1", placed[1].parts[0].id)
    vendor = make_listener(pool, shop.sellers[0].actor)

    async def page(**variables: Any) -> Any:
        return (await vendor.ask(ORDERS, id=shop.sellers[0].id, **variables))["vendorPortal"]["orders"]

    first = await page(first=2)
    rest = await page(first=2, after=first["pageInfo"]["endCursor"])
    accepted = await page(status=["ACCEPTED", "SHIPPED"])

    ids = [part["id"] for part in first["nodes"] + rest["nodes"]]
    assert ids == [item.parts[0].id for item in reversed(placed)]
    assert (first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)
    assert ([part["id"] for part in accepted["nodes"]], accepted["totalCount"]) == ([placed[1].parts[0].id], 1)


@pytest.mark.parametrize("orders", [1, 10])
async def test_a_page_of_parts_costs_the_same_statements_for_any_number(
    pool: Pool, statement_log: StatementLog, orders: int
):
    shop = await make_shop(pool)
    for _ in range(orders):
        await place_order(pool, shop)
    context = await make_listener(statement_log.pool, shop.sellers[0].actor).context()

    async with statement_log.count() as statements:
        answer = await schema.execute(ORDERS, variable_values={"id": shop.sellers[0].id}, context_value=context)

    assert answer.errors is None
    reads = [text for text in statements if "FROM" in text]
    assert len(reads) == 5, "\n---\n".join(reads)


async def test_offers_are_found_by_title_and_sku_and_only_the_vendors_own(pool: Pool):
    shop = await make_shop(pool, offers=1)
    seller, other = shop.sellers
    chair = await make_offer(pool, seller.id, seller.warehouse_id, title="A 100%_Chair")
    await make_offer(pool, other.id, other.warehouse_id, title="A 100%_Chair")
    sku = await pool.fetchval("SELECT v.sku FROM variant v JOIN offer o ON o.variant_id = v.id WHERE o.id = $1", chair)

    async def found(query: str | None) -> list[str]:
        answer = await make_listener(pool, seller.actor).ask(OFFERS, id=seller.id, text=query)
        return [offer["id"] for offer in answer["vendorPortal"]["offers"]["nodes"]]

    assert await found("100%_chair") == await found(sku.upper()) == [chair]
    assert await found("%") == [chair]
    assert set(await found(None)) == {chair, *seller.offers}


async def test_stock_is_shown_beside_each_offer(pool: Pool):
    shop = await make_shop(pool, offers=1)
    await place_order(pool, shop, sold=[(0, 0, 3)])

    found = await make_listener(pool, shop.sellers[0].actor).ask(OFFERS, id=shop.sellers[0].id)

    [offer] = found["vendorPortal"]["offers"]["nodes"]
    assert offer["stock"] == [{"onHand": STOCK, "allocated": 3, "available": STOCK - 3}]


@pytest.mark.parametrize("query", ["\x00", "\ud800", "x" * 201], ids=["nul", "half", "long"])
async def test_what_no_text_contains_is_bad_input(pool: Pool, query: str):
    shop = await make_shop(pool)

    refusals = await make_listener(pool, shop.sellers[0].actor).refusals(OFFERS, id=shop.sellers[0].id, text=query)

    assert [code for _, code in refusals] == ["BAD_USER_INPUT"]


async def test_a_vendor_sets_an_offer_and_is_answered_its_price(pool: Pool):
    shop = await make_shop(pool)
    variant_id = await make_variant(pool)
    given = {
        "vendorId": shop.sellers[0].id,
        "variantId": variant_id,
        "price": {"amountMinor": 1999, "currency": "EUR"},
        "max": 5,
    }

    answer = await make_listener(pool, shop.sellers[0].actor).ask(UPSERT, input=given)
    refused = await make_listener(pool, shop.sellers[0].actor).ask(UPSERT, input={**given, "expectedVersion": 9})

    assert answer["offerUpsert"]["errors"] == []
    assert answer["offerUpsert"]["offer"]["price"] == {"current": {"gross": {"amount": "19.99"}}}
    assert answer["offerUpsert"]["offer"]["limits"] == {"min": 1, "max": 5, "step": 1}
    assert refused["offerUpsert"] == {
        "offer": None,
        "errors": [{"code": "VERSION_CONFLICT", "path": ["expectedVersion"]}],
    }


async def test_s8_stock_is_adjusted_or_refused_with_what_is_free(pool: Pool):
    shop = await make_shop(pool)
    vendor = make_listener(pool, shop.sellers[0].actor)

    adjusted = (await vendor.ask(ADJUST, input=adjustment(shop, delta=-40)))["stockAdjust"]
    refused = (await vendor.ask(ADJUST, input=adjustment(shop, delta=-61)))["stockAdjust"]

    offer_id = shop.sellers[0].offers[0]
    assert adjusted == {"offer": {"id": offer_id, "stock": [{"onHand": STOCK - 40}]}, "errors": []}
    assert refused["offer"] is None
    assert refused["errors"] == [
        {"code": "INSUFFICIENT_STOCK", "path": ["delta"], "available": 60, "offer": {"id": offer_id}}
    ]


async def test_v8_a_vendor_changes_nothing_of_another(pool: Pool):
    shop = await make_shop(pool)
    stranger = make_listener(pool, shop.sellers[1].actor)
    offer = {
        "vendorId": shop.sellers[0].id,
        "variantId": await make_variant(pool),
        "price": {"amountMinor": 1, "currency": "EUR"},
    }

    adjusted = (await stranger.ask(ADJUST, input=adjustment(shop, delta=1)))["stockAdjust"]
    refusals = await stranger.refusals(UPSERT, input=offer)

    assert adjusted == {"offer": None, "errors": [{"code": "NOT_FOUND", "path": ["offerId"]}]}
    assert [code for _, code in refusals] == ["FORBIDDEN"]
    assert await pool.fetchval("SELECT count(*) FROM price") == 0


async def test_o2_a_vendor_turns_its_part_down_and_is_answered_the_fresh_state(pool: Pool):
    shop = await make_shop(pool)
    placed = await place_order(pool, shop)
    vendor, given = make_listener(pool, shop.sellers[0].actor), {"id": placed.parts[0].id, "reason": "Sold out"}

    rejected = (await vendor.ask(REJECT, input={**given, "idempotencyKey": "1"}))["vendorOrderReject"]
    again = (await vendor.ask(REJECT, input={**given, "idempotencyKey": "2"}))["vendorOrderReject"]

    assert rejected["errors"] == []
    assert rejected["vendorOrder"]["status"] == "REJECTED"
    assert rejected["vendorOrder"]["lines"] == [{"quantity": 2, "canceled": 2}]
    assert again == {"vendorOrder": None, "errors": [{"code": "INVALID_TRANSITION", "path": ["id"]}]}


@pytest.mark.parametrize("actor", [GUEST, staff("orders:write")], ids=["guest", "staff"])
async def test_only_the_vendor_itself_turns_its_part_down(pool: Pool, actor: Actor):
    shop = await make_shop(pool)
    placed = await place_order(pool, shop)
    given = {"id": placed.parts[0].id, "reason": "Sold out", "idempotencyKey": "key"}

    [(_, code)] = await make_listener(pool, actor).refusals(REJECT, input=given)

    assert code in ("UNAUTHENTICATED", "FORBIDDEN")


async def test_o2_a_vendor_says_that_what_it_sent_arrived_and_how_it_was_followed(pool: Pool):
    shop = await make_shop(pool)
    placed = await place_order(pool, shop, status=VendorOrderStatus.ACCEPTED)
    sent = await create_fulfillment(
        unit_of_work(pool, shop.sellers[0].actor),
        CreateFulfillment(
            placed.parts[0].id, shop.sellers[0].warehouse_id, (FulfillmentLine(placed.lines[0].id, 2),), (), "send"
        ),
        now=present(),
    )
    vendor, given = make_listener(pool, shop.sellers[0].actor), {"id": sent.id, "state": "DELIVERED"}
    parcels = [{"trackingNumber": "0034"}]

    updated = (await vendor.ask(UPDATE, input={**given, "parcels": parcels, "idempotencyKey": "1"}))[
        "fulfillmentUpdate"
    ]
    again = (await vendor.ask(UPDATE, input={**given, "idempotencyKey": "2"}))["fulfillmentUpdate"]

    assert updated["errors"] == []
    assert updated["fulfillment"]["state"] == "DELIVERED"
    assert updated["fulfillment"]["deliveredAt"] is not None
    assert updated["fulfillment"]["parcels"] == parcels
    assert updated["fulfillment"]["lines"] == [{"line": {"delivered": 2}}]
    assert again == {"fulfillment": None, "errors": [{"code": "INVALID_TRANSITION", "path": ["state"]}]}
