"""Sending what was bought, on a real database: counts, stock, status, events and races."""

import asyncio
from typing import Any

import pytest

from domain.fulfillment.model import Fulfillment, FulfillmentLine, Parcel
from domain.fulfillment.usecases import CreateFulfillment, create_fulfillment
from domain.inventory.adjustment import Change
from domain.inventory.usecases import AdjustStock, adjust_stock
from domain.orders.model import FulfillmentStatus, OrderStatus, VendorOrderStatus, fulfillment_status
from domain.orders.usecases import AcceptVendorOrder, accept_vendor_order
from domain.shared.actor import GUEST, Actor
from domain.shared.errors import Refused
from persistence import outbox
from persistence.fulfillment import queries as sent
from persistence.ids import new_id
from persistence.orders import queries
from persistence.statement import Pool
from tests.factories.clock import present
from tests.factories.orders import STOCK, Placed, Shop, make_shop, place_order, staff, unit_of_work
from tests.factories.refusals import problems_of

ACCEPTED = VendorOrderStatus.ACCEPTED


def command(shop: Shop, placed: Placed, quantity: int, **changes: Any) -> CreateFulfillment:
    """Send units of the first seller's first line."""
    values = {
        "vendor_order_id": placed.parts[0].id,
        "warehouse_id": shop.sellers[0].warehouse_id,
        "lines": (FulfillmentLine(placed.lines[0].id, quantity),),
        "parcels": (Parcel("DHL", "0034", "https://example.com/0034"),),
        "idempotency_key": new_id("key"),
    }
    return CreateFulfillment(**{**values, **changes})


async def send(pool: Pool, actor: Actor, act: CreateFulfillment) -> Fulfillment:
    return await create_fulfillment(unit_of_work(pool, actor), act, now=present())


async def part_status(pool: Pool, placed: Placed) -> VendorOrderStatus:
    [part] = await queries.vendor_orders_by_id(pool, [placed.parts[0].id])
    return part.status


async def stock(pool: Pool, shop: Shop) -> tuple[int, int, int]:
    """On hand, allocated, and the sum of the movements, of the first seller's first offer."""
    row = await pool.fetchrow(
        """SELECT on_hand, allocated, (SELECT sum(delta) FROM stock_movement m WHERE m.offer_id = s.offer_id)
        FROM stock_level s WHERE offer_id = $1""",
        shop.sellers[0].offers[0],
    )
    assert row is not None
    return tuple(row)


async def test_s8_units_leave_the_stock_with_a_movement_and_what_is_owed_shrinks(pool: Pool):
    shop = await make_shop(pool)
    placed = await place_order(pool, shop, sold=[(0, 0, 3), (1, 0, 1)], status=ACCEPTED)

    fulfillment = await send(pool, shop.sellers[0].actor, command(shop, placed, 2))

    assert await stock(pool, shop) == (STOCK - 2, 1, STOCK - 2)
    assert await sent.fulfillments_of_vendor_orders(pool, [placed.parts[0].id]) == [fulfillment]
    [movement] = await pool.fetch("SELECT delta, reference, actor FROM stock_movement WHERE delta < 0")
    assert tuple(movement) == (-2, fulfillment.id, shop.sellers[0].actor.id)


async def test_o2_a_part_is_partially_shipped_until_its_last_unit_is_sent(pool: Pool):
    shop = await make_shop(pool)
    placed = await place_order(pool, shop, sold=[(0, 0, 3), (1, 0, 1)], status=ACCEPTED)
    statuses = []

    for quantity in (1, 1, 1):
        await send(pool, shop.sellers[0].actor, command(shop, placed, quantity))
        statuses.append(await part_status(pool, placed))

    assert statuses == [
        VendorOrderStatus.PARTIALLY_SHIPPED,
        VendorOrderStatus.PARTIALLY_SHIPPED,
        VendorOrderStatus.SHIPPED,
    ]


async def test_o3_the_order_is_partially_fulfilled_while_the_other_vendor_has_sent_nothing(pool: Pool):
    shop = await make_shop(pool)
    placed = await place_order(pool, shop, sold=[(0, 0, 1), (1, 0, 1)], status=ACCEPTED)
    seller = shop.sellers[1]

    await send(pool, shop.sellers[0].actor, command(shop, placed, 1))
    before = fulfillment_status(await queries.lines_of_orders(pool, [placed.order.id]))
    await send(
        pool,
        seller.actor,
        command(
            shop,
            placed,
            1,
            vendor_order_id=placed.parts[1].id,
            warehouse_id=seller.warehouse_id,
            lines=(FulfillmentLine(placed.lines[1].id, 1),),
        ),
    )
    after = fulfillment_status(await queries.lines_of_orders(pool, [placed.order.id]))

    assert (before, after) == (FulfillmentStatus.PARTIALLY_FULFILLED, FulfillmentStatus.FULFILLED)


async def test_a_fulfillment_holds_several_parcels_in_their_order(pool: Pool):
    shop = await make_shop(pool)
    placed = await place_order(pool, shop, status=ACCEPTED)
    parcels = (Parcel("DHL", "1"), Parcel("UPS", "2", "https://ups.example/2"), Parcel())

    fulfillment = await send(pool, shop.sellers[0].actor, command(shop, placed, 1, parcels=parcels))

    [read] = await sent.fulfillments_by_id(pool, [fulfillment.id])
    assert read.parcels == parcels
    assert (read.carrier, read.tracking_number) == ("DHL", "1")


async def test_i7_sending_is_one_event_that_names_order_part_and_vendor(pool: Pool):
    shop = await make_shop(pool)
    placed = await place_order(pool, shop, status=ACCEPTED)

    fulfillment = await send(pool, shop.sellers[0].actor, command(shop, placed, 2))

    async with pool.acquire() as connection:
        await outbox.place(connection, limit=10)
    [event] = await outbox.after(pool, 0, limit=10)
    assert (event.type.value, event.subject_id, event.sequence) == ("FULFILLMENT_CREATED", fulfillment.id, 1)
    assert (event.order_id, event.vendor_order_id, event.vendor_id) == (
        placed.order.id,
        placed.parts[0].id,
        shop.sellers[0].id,
    )
    assert event.changes["vendorOrderStatus"] == {"old": "ACCEPTED", "new": "SHIPPED"}


async def test_i2_the_same_key_sends_once_and_answers_the_same_fulfillment(pool: Pool):
    shop = await make_shop(pool)
    placed = await place_order(pool, shop, sold=[(0, 0, 4)], status=ACCEPTED)
    act = command(shop, placed, 1)

    answers = await asyncio.gather(*[send(pool, shop.sellers[0].actor, act) for _ in range(10)])

    assert len({answer.id for answer in answers}) == 1
    assert await stock(pool, shop) == (STOCK - 1, 3, STOCK - 1)


async def test_i2_the_same_key_with_another_input_is_refused(pool: Pool):
    shop = await make_shop(pool)
    placed = await place_order(pool, shop, sold=[(0, 0, 4)], status=ACCEPTED)
    await send(pool, shop.sellers[0].actor, command(shop, placed, 1, idempotency_key="key"))

    problems = await problems_of(send(pool, shop.sellers[0].actor, command(shop, placed, 2, idempotency_key="key")))

    assert problems == [("IDEMPOTENCY_KEY_REUSED", ("idempotency_key",))]


async def test_of_rivals_for_the_last_units_exactly_one_wins(pool: Pool):
    shop = await make_shop(pool)
    placed = await place_order(pool, shop, sold=[(0, 0, 2)], status=ACCEPTED)

    answers = await asyncio.gather(
        *[send(pool, shop.sellers[0].actor, command(shop, placed, 2)) for _ in range(8)], return_exceptions=True
    )

    refusals = [answer for answer in answers if isinstance(answer, Refused)]
    assert len(refusals) == 7
    assert sum(isinstance(answer, Fulfillment) for answer in answers) == 1
    assert await stock(pool, shop) == (STOCK - 2, 0, STOCK - 2)


async def test_i4_orders_that_share_goods_in_reversed_order_never_deadlock(pool: Pool):
    shop = await make_shop(pool)
    placed = [
        await place_order(
            pool, shop, sold=[(0, 0, 1), (0, 1, 1)] if number % 2 else [(0, 1, 1), (0, 0, 1)], status=ACCEPTED
        )
        for number in range(12)
    ]
    acts = [
        command(shop, order, 1, lines=tuple(FulfillmentLine(line.id, 1) for line in order.lines)) for order in placed
    ]

    answers = await asyncio.gather(*[send(pool, shop.sellers[0].actor, act) for act in acts])

    assert len({answer.id for answer in answers}) == 12
    assert await stock(pool, shop) == (STOCK - 12, 0, STOCK - 12)


async def test_i4_sending_and_adjusting_the_same_stock_at_once_never_deadlocks_and_adds_up(pool: Pool):
    shop = await make_shop(pool)
    seller = shop.sellers[0]
    placed = [await place_order(pool, shop, sold=[(0, 0, 1), (0, 1, 1)], status=ACCEPTED) for _ in range(8)]
    sends = [
        send(pool, seller.actor, command(shop, order, 1, lines=tuple(FulfillmentLine(it.id, 1) for it in order.lines)))
        for order in placed
    ]
    adjustments = [
        adjust_stock(
            unit_of_work(pool, seller.actor),
            AdjustStock(seller.offers[number % 2], seller.warehouse_id, Change(delta=2), "count", new_id("key")),
        )
        for number in range(16)
    ]

    await asyncio.gather(*sends, *adjustments)

    assert await stock(pool, shop) == (STOCK - 8 + 16, 0, STOCK - 8 + 16)


async def test_each_warehouse_sends_what_it_owes_of_a_line(pool: Pool):
    shop = await make_shop(pool)
    placed = await place_order(pool, shop, sold=[(0, 0, 3)], status=ACCEPTED)
    second = await second_warehouse(pool, shop, placed, quantity=1)
    actor = shop.sellers[0].actor

    too_many = await problems_of(send(pool, actor, command(shop, placed, 2, warehouse_id=second)))
    await send(pool, actor, command(shop, placed, 1, warehouse_id=second))
    before = await part_status(pool, placed)
    await send(pool, actor, command(shop, placed, 2))

    assert too_many == [("QUANTITY_LIMIT", ("lines", "0", "quantity"))]
    assert (before, await part_status(pool, placed)) == (
        VendorOrderStatus.PARTIALLY_SHIPPED,
        VendorOrderStatus.SHIPPED,
    )


async def second_warehouse(pool: Pool, shop: Shop, placed: Placed, *, quantity: int) -> str:
    """A warehouse that owes some of the units of the first line in place of the first one."""
    seller, line = shop.sellers[0], placed.lines[0]
    warehouse_id = new_id("warehouse")
    await pool.execute(
        "INSERT INTO warehouse (id, code, name, country, vendor_id) VALUES ($1, $1, 'Second', 'DE', $2)",
        warehouse_id,
        seller.id,
    )
    await pool.execute(
        "INSERT INTO stock_level (offer_id, warehouse_id, on_hand, allocated) VALUES ($1, $2, 5, $3)",
        line.offer_id,
        warehouse_id,
        quantity,
    )
    await pool.execute("UPDATE allocation SET quantity = quantity - $2 WHERE order_line_id = $1", line.id, quantity)
    await pool.execute("UPDATE stock_level SET allocated = allocated - $1 WHERE allocated > $1", quantity)
    await pool.execute(
        "INSERT INTO allocation (order_line_id, offer_id, warehouse_id, quantity) VALUES ($1, $2, $3, $4)",
        line.id,
        line.offer_id,
        warehouse_id,
        quantity,
    )
    return warehouse_id


@pytest.mark.parametrize(
    ("status", "order_status"),
    [
        (VendorOrderStatus.NEW, OrderStatus.CONFIRMED),
        (VendorOrderStatus.SHIPPED, OrderStatus.CONFIRMED),
        (VendorOrderStatus.CANCELED, OrderStatus.CANCELED),
        (VendorOrderStatus.AWAITING_PAYMENT, OrderStatus.PENDING_PAYMENT),
        (VendorOrderStatus.ACCEPTED, OrderStatus.ON_HOLD),
    ],
    ids=lambda status: status.value,
)
async def test_o1_o2_nothing_is_sent_of_a_part_that_is_not_accepted_or_an_order_that_does_not_stand(
    pool: Pool, status: VendorOrderStatus, order_status: OrderStatus
):
    shop = await make_shop(pool)
    placed = await place_order(pool, shop, status=status)
    await pool.execute('UPDATE "order" SET status = $1', order_status.value)

    problems = await problems_of(send(pool, shop.sellers[0].actor, command(shop, placed, 1)))

    assert problems == [("INVALID_TRANSITION", ("vendor_order_id",))]
    assert await stock(pool, shop) == (STOCK, 2, STOCK)


async def test_a_warehouse_sends_no_more_than_it_owes(pool: Pool):
    shop = await make_shop(pool)
    placed = await place_order(pool, shop, status=ACCEPTED)
    actor = shop.sellers[0].actor

    too_many = await problems_of(send(pool, actor, command(shop, placed, 3)))
    elsewhere = await problems_of(
        send(pool, actor, command(shop, placed, 1, warehouse_id=shop.sellers[1].warehouse_id))
    )

    assert too_many == elsewhere == [("QUANTITY_LIMIT", ("lines", "0", "quantity"))]


async def test_v8_lines_of_another_vendor_do_not_exist_for_this_one(pool: Pool):
    shop = await make_shop(pool)
    placed = await place_order(pool, shop, status=ACCEPTED)

    problems = await problems_of(
        send(
            pool,
            shop.sellers[0].actor,
            command(shop, placed, 1, lines=(FulfillmentLine(placed.lines[1].id, 1),)),
        )
    )

    assert problems == [("NOT_FOUND", ("lines", "0", "order_line_id"))]


async def test_v8_a_part_of_another_vendor_does_not_exist_for_this_one(pool: Pool):
    shop = await make_shop(pool)
    placed = await place_order(pool, shop, status=ACCEPTED)
    act = command(shop, placed, 1)

    for stranger in (shop.sellers[1].actor, GUEST, staff("orders:read")):
        assert await problems_of(send(pool, stranger, act)) == [("NOT_FOUND", ("vendor_order_id",))]
    unknown = command(shop, placed, 1, vendor_order_id=new_id("vendor_order"))
    assert await problems_of(send(pool, shop.sellers[0].actor, unknown)) == [("NOT_FOUND", ("vendor_order_id",))]


async def test_staff_with_the_scope_sends_for_a_vendor(pool: Pool):
    shop = await make_shop(pool)
    placed = await place_order(pool, shop, status=ACCEPTED)

    await send(pool, staff("orders:write"), command(shop, placed, 2))

    assert await part_status(pool, placed) is VendorOrderStatus.SHIPPED


async def test_o2_a_vendor_accepts_its_new_part_once(pool: Pool):
    shop = await make_shop(pool)
    placed = await place_order(pool, shop)
    act = AcceptVendorOrder(placed.parts[0].id, "key")

    for _ in range(2):
        accepted = await accept_vendor_order(unit_of_work(pool, shop.sellers[0].actor), act)

    assert accepted.status is ACCEPTED
    assert await pool.fetchval("SELECT count(*) FROM event") == 1
    again = AcceptVendorOrder(placed.parts[0].id, "another key")
    problems = await problems_of(accept_vendor_order(unit_of_work(pool, shop.sellers[0].actor), again))
    assert problems == [("INVALID_TRANSITION", ("id",))]


async def test_v8_a_vendor_cannot_accept_the_part_of_another(pool: Pool):
    shop = await make_shop(pool)
    placed = await place_order(pool, shop)
    act = AcceptVendorOrder(placed.parts[0].id, "key")

    problems = await problems_of(accept_vendor_order(unit_of_work(pool, shop.sellers[1].actor), act))

    assert problems == [("NOT_FOUND", ("id",))]
    assert await part_status(pool, placed) is VendorOrderStatus.NEW
