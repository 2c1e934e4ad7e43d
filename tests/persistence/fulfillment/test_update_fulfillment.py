"""What becomes of what was sent, on a real database: counts, stock, status, events and races."""

import asyncio
from typing import Any

import pytest

from domain.fulfillment.following.usecases import UpdateFulfillment, update_fulfillment
from domain.fulfillment.model import Fulfillment, FulfillmentLine, FulfillmentState, Parcel
from domain.fulfillment.usecases import CreateFulfillment, create_fulfillment
from domain.orders.model import FulfillmentStatus, OrderStatus, VendorOrderStatus, fulfillment_status
from domain.shared.actor import GUEST, Actor
from domain.shared.errors import Refused
from domain.shared.ids import FulfillmentId
from persistence.fulfillment import queries as sent
from persistence.ids import new_id
from persistence.orders import queries
from persistence.statement import Pool
from tests.factories.clock import present
from tests.factories.orders import STOCK, Placed, Shop, make_shop, place_order, staff, unit_of_work
from tests.factories.refusals import problems_of

DELIVERED, FAILED, CANCELED = FulfillmentState.DELIVERED, FulfillmentState.FAILED, FulfillmentState.CANCELED
SOLD = [(0, 0, 3), (1, 0, 1)]


async def world(pool: Pool) -> tuple[Shop, Placed]:
    shop = await make_shop(pool)
    return shop, await place_order(pool, shop, sold=SOLD, status=VendorOrderStatus.ACCEPTED)


async def send(pool: Pool, shop: Shop, placed: Placed, quantity: int, *, seller: int = 0) -> Fulfillment:
    """Send units of a seller's one line."""
    command = CreateFulfillment(
        placed.parts[seller].id,
        shop.sellers[seller].warehouse_id,
        (FulfillmentLine(placed.lines[seller].id, quantity),),
        (),
        new_id("key"),
    )
    return await create_fulfillment(unit_of_work(pool, shop.sellers[seller].actor), command, now=present())


def command(fulfillment: Fulfillment, state: FulfillmentState | None, **changes: Any) -> UpdateFulfillment:
    values = {"parcels": None, "reason": None, "idempotency_key": new_id("key")}
    return UpdateFulfillment(fulfillment.id, state, **{**values, **changes})


async def update(pool: Pool, actor: Actor, act: UpdateFulfillment) -> Fulfillment:
    return await update_fulfillment(unit_of_work(pool, actor), act, now=present())


async def standing(pool: Pool, placed: Placed) -> tuple[str, str]:
    """Where the first seller's part and the order stand."""
    [part] = await queries.vendor_orders_by_id(pool, [placed.parts[0].id])
    return part.status.value, fulfillment_status(await queries.lines_of_orders(pool, [placed.order.id])).value


async def stock(pool: Pool, shop: Shop) -> tuple[int, int, int]:
    """On hand, allocated, and the sum of the movements, of the first seller's first offer."""
    row = await pool.fetchrow(
        """SELECT on_hand, allocated, (SELECT sum(delta) FROM stock_movement m WHERE m.offer_id = s.offer_id)
        FROM stock_level s WHERE offer_id = $1""",
        shop.sellers[0].offers[0],
    )
    assert row is not None
    return tuple(row)


async def test_o2_a_part_is_delivered_when_all_of_its_units_have_arrived(pool: Pool):
    shop, placed = await world(pool)
    first, second = await send(pool, shop, placed, 2), await send(pool, shop, placed, 1)
    actor, seen = shop.sellers[0].actor, []

    for fulfillment in (first, second):
        updated = await update(pool, actor, command(fulfillment, DELIVERED))
        seen.append((updated.delivered_at, (await standing(pool, placed))[0]))

    assert seen == [(present(), "SHIPPED"), (present(), "DELIVERED")]
    assert await sent.fulfillments_by_id(pool, [second.id]) == [updated]


async def test_o3_the_order_is_delivered_when_the_parts_of_all_vendors_are(pool: Pool):
    shop, placed = await world(pool)
    fulfillments = [await send(pool, shop, placed, 3), await send(pool, shop, placed, 1, seller=1)]
    seen = [(await standing(pool, placed))[1]]

    for number, fulfillment in enumerate(fulfillments):
        await update(pool, shop.sellers[number].actor, command(fulfillment, DELIVERED))
        seen.append((await standing(pool, placed))[1])

    assert seen == [FulfillmentStatus.FULFILLED.value, FulfillmentStatus.FULFILLED.value, "DELIVERED"]


@pytest.mark.parametrize("state", [FAILED, CANCELED], ids=lambda state: state.value)
async def test_s8_units_of_what_came_to_nothing_are_in_stock_again_and_owed_again(pool: Pool, state: FulfillmentState):
    shop, placed = await world(pool)
    kept, lost = await send(pool, shop, placed, 1), await send(pool, shop, placed, 2)
    before = await stock(pool, shop)

    await update(pool, shop.sellers[0].actor, command(lost, state, reason="Came back"))

    assert (before, await stock(pool, shop)) == ((STOCK - 3, 0, STOCK - 3), (STOCK - 1, 2, STOCK - 1))
    assert await standing(pool, placed) == ("PARTIALLY_SHIPPED", "PARTIALLY_FULFILLED")
    [movement] = await pool.fetch(
        "SELECT delta, reason FROM stock_movement WHERE reference = $1 AND delta > 0", lost.id
    )
    assert tuple(movement) == (2, "fulfillment undone")
    await update(pool, shop.sellers[0].actor, command(kept, state))
    assert await standing(pool, placed) == ("ACCEPTED", "UNFULFILLED")


async def test_what_came_back_can_be_sent_again(pool: Pool):
    shop, placed = await world(pool)
    await update(pool, shop.sellers[0].actor, command(await send(pool, shop, placed, 3), FAILED))

    again = await send(pool, shop, placed, 3)
    await update(pool, shop.sellers[0].actor, command(again, DELIVERED))

    assert (await standing(pool, placed))[0] == "DELIVERED"
    assert await stock(pool, shop) == (STOCK - 3, 0, STOCK - 3)


@pytest.mark.parametrize("first", [DELIVERED, FAILED, CANCELED], ids=lambda state: state.value)
async def test_o2_what_has_ended_stays_as_it_is(pool: Pool, first: FulfillmentState):
    shop, placed = await world(pool)
    fulfillment = await send(pool, shop, placed, 2)
    await update(pool, shop.sellers[0].actor, command(fulfillment, first))
    before = (await stock(pool, shop), await standing(pool, placed))

    for state in FulfillmentState:
        problems = await problems_of(update(pool, shop.sellers[0].actor, command(fulfillment, state)))
        assert problems == [("INVALID_TRANSITION", ("state",))]

    assert (await stock(pool, shop), await standing(pool, placed)) == before


async def test_o1_nothing_comes_of_what_was_sent_of_an_order_that_does_not_stand(pool: Pool):
    shop, placed = await world(pool)
    fulfillment = await send(pool, shop, placed, 2)
    await pool.execute('UPDATE "order" SET status = $1', OrderStatus.ON_HOLD.value)

    problems = await problems_of(update(pool, shop.sellers[0].actor, command(fulfillment, DELIVERED)))

    assert problems == [("INVALID_TRANSITION", ("id",))]


async def test_i2_the_same_key_takes_units_back_once(pool: Pool):
    shop, placed = await world(pool)
    act = command(await send(pool, shop, placed, 2), FAILED)

    answers = await asyncio.gather(*[update(pool, shop.sellers[0].actor, act) for _ in range(8)])

    assert {answer.state for answer in answers} == {FAILED}
    assert await stock(pool, shop) == (STOCK, 3, STOCK)
    assert await pool.fetchval("SELECT count(*) FROM event WHERE type = 'FULFILLMENT_FAILED'") == 1


async def test_of_rivals_that_say_what_became_of_it_exactly_one_is_believed(pool: Pool):
    shop, placed = await world(pool)
    fulfillment = await send(pool, shop, placed, 2)
    acts = [command(fulfillment, state) for state in (DELIVERED, FAILED, CANCELED, FAILED)]

    answers = await asyncio.gather(*[update(pool, shop.sellers[0].actor, act) for act in acts], return_exceptions=True)

    assert sum(isinstance(answer, Fulfillment) for answer in answers) == 1
    assert sum(isinstance(answer, Refused) for answer in answers) == 3
    on_hand, allocated, movements = await stock(pool, shop)
    assert on_hand == movements
    assert (on_hand, allocated) in {(STOCK, 3), (STOCK - 2, 1)}


async def test_parcels_are_replaced_without_moving_anything(pool: Pool):
    shop, placed = await world(pool)
    fulfillment = await send(pool, shop, placed, 2)
    parcels = (Parcel("DHL", "1"), Parcel("UPS", "2", "https://ups.example/2"))

    await update(pool, shop.sellers[0].actor, command(fulfillment, None, parcels=parcels))
    updated = await update(pool, shop.sellers[0].actor, command(fulfillment, None, parcels=parcels[1:]))

    [read] = await sent.fulfillments_by_id(pool, [fulfillment.id])
    assert read == updated
    assert (read.parcels, read.state) == (parcels[1:], FulfillmentState.SHIPPED)
    assert await stock(pool, shop) == (STOCK - 2, 1, STOCK - 2)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"state": DELIVERED}, "FULFILLMENT_DELIVERED"),
        ({"state": FAILED, "reason": "Refused at the door"}, "FULFILLMENT_FAILED"),
        ({"state": CANCELED}, "FULFILLMENT_CANCELED"),
        ({"state": None, "parcels": ()}, "FULFILLMENT_CHANGED"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_i7_each_is_one_event_that_names_order_part_and_vendor(pool: Pool, change: dict[str, Any], kind: str):
    shop, placed = await world(pool)
    fulfillment = await send(pool, shop, placed, 3)

    await update(pool, shop.sellers[0].actor, command(fulfillment, **change))

    rows = await pool.fetch("SELECT * FROM event WHERE subject_id = $1 AND sequence > 1", fulfillment.id)
    [event] = rows
    assert (event["type"], event["order_id"], event["vendor_order_id"], event["vendor_id"]) == (
        kind,
        placed.order.id,
        placed.parts[0].id,
        shop.sellers[0].id,
    )
    assert event["changes"]["state"]["old"] == "SHIPPED"
    assert event["changes"]["reason"] == change.get("reason")


async def test_v8_what_another_vendor_sent_does_not_exist_for_this_one(pool: Pool):
    shop, placed = await world(pool)
    act = command(await send(pool, shop, placed, 2), DELIVERED)
    unknown = UpdateFulfillment(FulfillmentId(new_id("fulfillment")), DELIVERED, None, None, "key")

    for stranger in (shop.sellers[1].actor, GUEST, staff("orders:read")):
        assert await problems_of(update(pool, stranger, act)) == [("NOT_FOUND", ("id",))]
    assert await problems_of(update(pool, shop.sellers[0].actor, unknown)) == [("NOT_FOUND", ("id",))]


async def test_staff_with_the_scope_say_it_for_a_vendor(pool: Pool):
    shop, placed = await world(pool)

    await update(pool, staff("orders:write"), command(await send(pool, shop, placed, 3), DELIVERED))

    assert (await standing(pool, placed))[0] == "DELIVERED"
