"""The event log over GraphQL: replay, subscriptions, resuming, and what vendors hear."""

from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest

from domain.shared.actor import GUEST, Actor
from persistence.engine import open_pool
from persistence.ids import new_id
from persistence.paging import encode_cursor
from persistence.statement import Pool
from resolvers import following
from resolvers.log import LOG as LOG_NAME
from schema.root import schema
from server.jobs.relay import relay
from tests.factories.listening import Listener, make_listener
from tests.factories.orders import Shop, make_shop, place_order, staff

EVENT = """id cursor type sequence occurredAt actor subject { __typename id } order { id } vendorOrder { id }
    offer { id } changes"""
REPLAY = f"""query($after: String, $types: [EventType!], $first: Int) {{
    events(after: $after, types: $types, first: $first) {{
        nodes {{ {EVENT} }} edges {{ cursor }} pageInfo {{ hasNextPage hasPreviousPage endCursor }} }} }}"""
LOG = f"""subscription($after: String, $types: [EventType!], $orderId: ID) {{
    orderEvents(after: $after, types: $types, orderId: $orderId) {{ {EVENT} }} }}"""
OWN = f"""subscription($vendorId: ID!, $after: String, $types: [EventType!]) {{
    vendorOrderEvents(vendorId: $vendorId, after: $after, types: $types) {{ {EVENT} }} }}"""
ADJUST = """mutation($input: StockAdjustInput!) { stockAdjust(input: $input) { errors { code } } }"""
ACCEPT = """mutation($id: ID!, $key: String!) { vendorOrderAccept(input: {id: $id, idempotencyKey: $key}) {
    errors { code } } }"""

INTEGRATOR = staff("events:read", "orders:read")
ALONE = staff("events:read")


async def adjust(world: Listener, shop: Shop, *, seller: int = 0, times: int = 1) -> None:
    """So many events, placed and told."""
    vendor = world.on_behalf_of(shop.sellers[seller].actor)
    for _ in range(times):
        await vendor.ask(
            ADJUST,
            input={
                "offerId": shop.sellers[seller].offers[0],
                "warehouseId": shop.sellers[seller].warehouse_id,
                "delta": 1,
                "reason": "count",
                "idempotencyKey": new_id("key"),
            },
        )
    await relay(world.pool, world.news)


async def test_a_subscription_cut_and_resumed_twice_hears_every_event_once_and_in_order(pool: Pool):
    shop = await make_shop(pool)
    world = make_listener(pool, INTEGRATOR)
    await adjust(world, shop, times=3)
    replayed = (await world.ask(REPLAY))["events"]["nodes"]
    found, after = [], replayed[0]["cursor"]

    for _ in range(3):
        async with world.listen(LOG, after=after) as answers:
            found += await answers.next(2)
            after = found[-1]["cursor"]
        await adjust(world, shop, times=2)

    assert found == (await world.ask(REPLAY))["events"]["nodes"][1:7]
    assert [event["sequence"] for event in found] == [2, 3, 4, 5, 6, 7]


async def test_without_a_cursor_a_subscription_begins_now(pool: Pool):
    shop = await make_shop(pool)
    world = make_listener(pool, INTEGRATOR)
    await adjust(world, shop, times=3)

    async with world.listen(LOG) as answers:
        await adjust(world, shop)
        [event] = await answers.next(1)

    assert event["sequence"] == 4


async def test_more_events_than_a_batch_are_all_heard(pool: Pool, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(following, "BATCH_SIZE", 3)
    shop = await make_shop(pool)
    world = make_listener(pool, INTEGRATOR)
    await adjust(world, shop)
    [first] = (await world.ask(REPLAY))["events"]["nodes"]
    await adjust(world, shop, times=9)

    async with world.listen(LOG, after=first["cursor"]) as answers:
        found = await answers.next(9)
        assert await answers.is_quiet()

    assert [event["sequence"] for event in found] == list(range(2, 11))


async def test_types_and_orders_narrow_what_is_heard(pool: Pool):
    shop = await make_shop(pool)
    world = make_listener(pool, INTEGRATOR)
    placed = [await place_order(pool, shop) for _ in range(2)]

    async with (
        world.listen(LOG, types=["VENDOR_ORDER_ACCEPTED"]) as accepted,
        world.listen(LOG, orderId=placed[1].order.id) as of_order,
    ):
        await adjust(world, shop)
        for item in placed:
            await world.on_behalf_of(shop.sellers[0].actor).ask(ACCEPT, id=item.parts[0].id, key=new_id("key"))
        await relay(pool, world.news)
        both, one = await accepted.next(2), await of_order.next(1)
        assert await of_order.is_quiet()

    assert [event["order"]["id"] for event in both] == [item.order.id for item in placed]
    assert [event["id"] for event in one] == [both[1]["id"]]
    assert both[0]["subject"] == {"__typename": "VendorOrder", "id": placed[0].parts[0].id}
    assert both[0]["changes"] == {"status": {"old": "NEW", "new": "ACCEPTED"}}


async def test_v8_a_vendor_hears_its_own_events_and_never_reads_the_order(pool: Pool):
    shop = await make_shop(pool)
    world = make_listener(pool)
    placed = await place_order(pool, shop)
    seller, other = shop.sellers

    async with world.on_behalf_of(seller.actor).listen(OWN, vendorId=seller.id) as answers:
        await adjust(world, shop, seller=1)
        await world.on_behalf_of(other.actor).ask(ACCEPT, id=placed.parts[1].id, key="key")
        await world.on_behalf_of(seller.actor).ask(ACCEPT, id=placed.parts[0].id, key="key")
        await relay(pool, world.news)
        [event] = await answers.next(1)
        assert await answers.is_quiet()

    assert (event["type"], event["vendorOrder"]["id"]) == ("VENDOR_ORDER_ACCEPTED", placed.parts[0].id)
    assert event["order"] is None
    assert placed.order.id not in str(event)


async def test_v8_who_did_it_is_for_those_who_read_the_log(pool: Pool):
    shop = await make_shop(pool)
    world = make_listener(pool)
    placed = await place_order(pool, shop)
    await world.on_behalf_of(shop.sellers[0].actor).ask(ACCEPT, id=placed.parts[0].id, key="key")
    await relay(pool, world.news)
    query = "query($id: ID!) { order(id: $id) { timeline { nodes { actor } } } }"

    async def actors(actor: Actor) -> list[str | None]:
        found = await world.on_behalf_of(actor).ask(query, id=placed.order.id)
        return [event["actor"] for event in found["order"]["timeline"]["nodes"]]

    assert await actors(GUEST) == [None]
    assert await actors(INTEGRATOR) == [shop.sellers[0].actor.id]


@pytest.mark.parametrize(
    ("actor", "query", "code"),
    [
        (GUEST, LOG, "UNAUTHENTICATED"),
        (staff("orders:read"), LOG, "FORBIDDEN"),
        (GUEST, OWN, "UNAUTHENTICATED"),
        (INTEGRATOR, OWN, "FORBIDDEN"),
    ],
    ids=["guest", "no scope", "guest at a vendor's", "stranger at a vendor's"],
)
async def test_who_may_not_listen_is_told_so(pool: Pool, actor: Actor, query: str, code: str):
    shop = await make_shop(pool)
    world = make_listener(pool, actor)
    variables = {"vendorId": shop.sellers[0].id} if query is OWN else {}

    assert await first_code(world, query, **variables) == code


async def test_an_order_that_is_not_there_or_not_the_callers_cannot_be_followed(pool: Pool):
    shop = await make_shop(pool)
    customer_id = new_id("customer")
    await pool.execute("INSERT INTO customer (id, email) VALUES ($1, $1)", customer_id)
    placed = await place_order(pool, shop, customer_id=customer_id)
    query = "subscription($id: ID!) { orderChanged(id: $id) { id } }"

    codes = [await first_code(make_listener(pool), query, id=id) for id in (new_id("order"), placed.order.id, "order")]

    assert codes == ["NOT_FOUND", "NOT_FOUND", "BAD_USER_INPUT"]


@pytest.mark.parametrize(
    "after",
    ["nonsense", "WyJvcmRlcnMiLCJ4Il0", "\x00", "", encode_cursor(LOG_NAME, 2**63), encode_cursor(LOG_NAME, -1)],
)
async def test_a_cursor_of_another_list_is_bad_input(pool: Pool, after: str):
    await make_shop(pool)
    world = make_listener(pool, INTEGRATOR)

    assert await first_code(world, LOG, after=after) == "BAD_USER_INPUT"
    assert [code for _, code in await world.refusals(REPLAY, after=after)] == ["BAD_USER_INPUT"]


async def first_code(world: Listener, query: str, **variables: Any) -> Any:
    answer: Any = await schema.subscribe(query, variable_values=variables, context_value=await world.context())
    if not hasattr(answer, "errors"):
        answer = await anext(answer)
    [error] = answer.errors
    return (error.extensions or {}).get("code")


async def test_subscribers_hold_no_connection_while_they_wait(pool: Pool, worker_database_url: str):
    shop = await make_shop(pool)
    async with AsyncExitStack() as opened:
        small = await opened.enter_async_context(await open_pool(worker_database_url, min_size=1, max_size=2))
        world = make_listener(small, ALONE)
        streams = [await opened.enter_async_context(world.listen(LOG)) for _ in range(20)]

        await adjust(world, shop)
        found = [await stream.next() for stream in streams]

    assert len({events[0]["id"] for events in found}) == 1
    assert world.news.listeners("events") == 0


async def test_replay_is_paged_by_the_cursors_of_the_subscriptions(pool: Pool):
    shop = await make_shop(pool)
    world = make_listener(pool, INTEGRATOR)
    await adjust(world, shop, times=5)

    first = (await world.ask(REPLAY, first=2))["events"]
    rest = (await world.ask(REPLAY, first=100, after=first["nodes"][1]["cursor"]))["events"]

    assert [event["sequence"] for event in first["nodes"] + rest["nodes"]] == [1, 2, 3, 4, 5]
    assert first["edges"][1]["cursor"] == first["pageInfo"]["endCursor"] == first["nodes"][1]["cursor"]
    assert (first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)
    assert (await world.ask(REPLAY, types=["PRICE_CHANGED"]))["events"]["nodes"] == []


async def test_whoever_begins_at_the_live_cursor_hears_of_all_from_then_on(pool: Pool):
    shop = await make_shop(pool)
    world = make_listener(pool, INTEGRATOR)
    seller = shop.sellers[0]
    await adjust(world, shop, times=3)
    live = (await world.ask("{ events(first: 0) { nodes { id } liveCursor } }"))["events"]
    own = "query($id: ID!) { vendorPortal(vendorId: $id) { liveCursor } }"
    vendor = world.on_behalf_of(seller.actor)
    of_vendor = (await vendor.ask(own, id=seller.id))["vendorPortal"]["liveCursor"]
    await adjust(world, shop)

    async with (
        world.listen(LOG, after=live["liveCursor"]) as all_events,
        vendor.listen(OWN, vendorId=seller.id, after=of_vendor) as own_events,
    ):
        found = [event["sequence"] for [event] in (await all_events.next(1), await own_events.next(1))]

    assert (live["nodes"], found) == ([], [4, 4])


async def test_whoever_takes_a_batch_slowly_is_looked_at_again_between_its_events(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(following, "UNCHECKED", timedelta(0))
    shop = await make_shop(pool)
    world = make_listener(pool, INTEGRATOR)
    await adjust(world, shop, times=3)
    context = await world.context()
    looks = iter([INTEGRATOR, INTEGRATOR, GUEST])

    async def again() -> Actor:
        return next(looks)

    context.again = again
    stream: Any = await schema.subscribe(
        LOG, variable_values={"after": encode_cursor(LOG_NAME, 0)}, context_value=context
    )
    heard = [answer async for answer in stream]

    assert [answer.errors is None for answer in heard] == [True, False]
    assert heard[1].errors[0].extensions["code"] == "UNAUTHENTICATED"
