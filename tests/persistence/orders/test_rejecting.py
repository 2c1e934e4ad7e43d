"""Parts that vendors turn down or leave lying, on a real database: states, stock, events, limits and races."""

import asyncio
from datetime import datetime, timedelta

import pytest

from domain.orders.holding.usecases import HoldOrder, ReleaseOrder, hold_order, release_order
from domain.orders.model import OrderStatus, VendorOrder, VendorOrderStatus
from domain.orders.rejecting.usecases import RejectVendorOrder, reject_overdue, reject_vendor_order
from domain.orders.usecases import AcceptVendorOrder, accept_vendor_order
from domain.shared.actor import GUEST, Actor
from domain.shared.errors import Refused
from domain.shared.ids import ApiKeyId
from persistence.ids import new_id
from persistence.orders import queries
from persistence.orders.accepting import overdue_parts
from persistence.statement import Pool
from tests.factories.clock import present
from tests.factories.orders import STOCK, Placed, Shop, make_shop, place_order, staff, unit_of_work
from tests.factories.refusals import problems_of

SOLD = [(0, 0, 3), (0, 1, 1), (1, 0, 2)]
SYSTEM = Actor(api_key_id=ApiKeyId("system"))


def due() -> datetime:
    """When an order of now has to be accepted."""
    return present() + timedelta(hours=48)


async def world(pool: Pool, status: VendorOrderStatus = VendorOrderStatus.NEW) -> tuple[Shop, Placed]:
    shop = await make_shop(pool)
    return shop, await place_order(pool, shop, sold=SOLD, status=status)


async def reject(
    pool: Pool, actor: Actor, placed: Placed, *, reason: str = "Out of stock", key: str | None = None
) -> VendorOrder:
    act = RejectVendorOrder(placed.parts[0].id, reason, key or new_id("key"))
    return await reject_vendor_order(unit_of_work(pool, actor), act)


async def statuses(pool: Pool, placed: Placed) -> list[str]:
    return [part.status.value for part in await queries.vendor_orders_of_orders(pool, [placed.order.id])]


async def allocated(pool: Pool, shop: Shop) -> list[tuple[int, int]]:
    """On hand and allocated of each offer that was sold."""
    offers = [*shop.sellers[0].offers, shop.sellers[1].offers[0]]
    rows = await pool.fetch("SELECT offer_id, on_hand, allocated FROM stock_level")
    found = {row["offer_id"]: (row["on_hand"], row["allocated"]) for row in rows}
    return [found[offer] for offer in offers]


async def test_o2_a_rejected_part_gives_its_goods_back_and_the_rest_goes_on(pool: Pool):
    shop, placed = await world(pool)

    rejected = await reject(pool, shop.sellers[0].actor, placed)

    assert rejected.status is VendorOrderStatus.REJECTED
    assert await statuses(pool, placed) == ["REJECTED", "NEW"]
    assert await allocated(pool, shop) == [(STOCK, 0), (STOCK, 0), (STOCK, 2)]
    lines = await queries.lines_of_orders(pool, [placed.order.id])
    assert [(line.quantity, line.canceled) for line in lines] == [(3, 3), (1, 1), (2, 0)]
    accepted = await accept_vendor_order(
        unit_of_work(pool, shop.sellers[1].actor), AcceptVendorOrder(placed.parts[1].id, "key")
    )
    assert accepted.status is VendorOrderStatus.ACCEPTED


async def test_o2_a_rejection_is_one_event_with_its_reason_and_leaves_the_money_to_a_job(pool: Pool):
    shop, placed = await world(pool)

    await reject(pool, shop.sellers[0].actor, placed, reason="Broken in the warehouse")

    [event] = await pool.fetch("SELECT * FROM event")
    assert (event["type"], event["subject_id"], event["vendor_id"], event["order_id"]) == (
        "VENDOR_ORDER_REJECTED",
        placed.parts[0].id,
        shop.sellers[0].id,
        placed.order.id,
    )
    assert event["changes"] == {"status": {"old": "NEW", "new": "REJECTED"}, "reason": "Broken in the warehouse"}
    jobs = await pool.fetch("SELECT entrypoint, convert_from(payload, 'UTF8') AS subject FROM queue.pgqueuer")
    assert [tuple(job) for job in jobs] == [("settle_order", placed.order.id)]


@pytest.mark.parametrize("status", [item for item in VendorOrderStatus if item is not VendorOrderStatus.NEW])
async def test_o2_only_a_new_part_can_be_rejected(pool: Pool, status: VendorOrderStatus):
    shop, placed = await world(pool, status)

    problems = await problems_of(reject(pool, shop.sellers[0].actor, placed))

    assert problems == [("INVALID_TRANSITION", ("id",))]
    assert await allocated(pool, shop) == [(STOCK, 3), (STOCK, 1), (STOCK, 2)]


@pytest.mark.parametrize("reason", ["", "x" * 201, "a\x00b"], ids=["empty", "long", "nul"])
async def test_a_rejection_says_why(pool: Pool, reason: str):
    shop, placed = await world(pool)

    problems = await problems_of(reject(pool, shop.sellers[0].actor, placed, reason=reason))

    assert problems == [("INVALID", ("reason",))]


async def test_v8_a_vendor_cannot_reject_the_part_of_another(pool: Pool):
    shop, placed = await world(pool)

    for stranger in (shop.sellers[1].actor, GUEST, staff("orders:write")):
        assert await problems_of(reject(pool, stranger, placed)) == [("NOT_FOUND", ("id",))]

    assert await statuses(pool, placed) == ["NEW", "NEW"]


async def test_i2_one_key_rejects_once_and_answers_the_rejected_part(pool: Pool):
    shop, placed = await world(pool)

    answers = await asyncio.gather(*[reject(pool, shop.sellers[0].actor, placed, key="key") for _ in range(8)])

    assert {(answer.id, answer.status) for answer in answers} == {(placed.parts[0].id, VendorOrderStatus.REJECTED)}
    assert await pool.fetchval("SELECT count(*) FROM event") == 1


async def test_of_accepting_and_rejecting_at_once_exactly_one_wins(pool: Pool):
    shop, placed = await world(pool)
    actor = shop.sellers[0].actor
    accepts = [
        accept_vendor_order(unit_of_work(pool, actor), AcceptVendorOrder(placed.parts[0].id, new_id("key")))
        for _ in range(4)
    ]

    answers = await asyncio.gather(*accepts, *[reject(pool, actor, placed) for _ in range(4)], return_exceptions=True)

    [winner] = [answer for answer in answers if isinstance(answer, VendorOrder)]
    assert sum(isinstance(answer, Refused) for answer in answers) == 7
    assert (await statuses(pool, placed))[0] == winner.status.value
    owed = 0 if winner.status is VendorOrderStatus.REJECTED else 3
    assert (await allocated(pool, shop))[0] == (STOCK, owed)


async def test_o2_what_is_not_accepted_in_time_is_told_and_then_rejected(pool: Pool):
    shop, placed = await world(pool)
    early = [await reject_overdue(unit_of_work(pool, SYSTEM), placed.parts[0].id, now=due() - timedelta(seconds=1))]

    rejected = await reject_overdue(unit_of_work(pool, SYSTEM), placed.parts[0].id, now=due())

    assert (early, rejected) == ([False], True)
    assert await statuses(pool, placed) == ["REJECTED", "NEW"]
    assert (await allocated(pool, shop))[0] == (STOCK, 0)
    events = await pool.fetch("SELECT type, sequence, changes ->> 'reason' FROM event ORDER BY sequence")
    assert [tuple(event) for event in events] == [
        ("VENDOR_ORDER_OVERDUE", 1, None),
        ("VENDOR_ORDER_REJECTED", 2, "NOT_ACCEPTED_IN_TIME"),
    ]


async def test_o2_what_was_accepted_in_time_is_left_alone_and_so_is_what_is_rejected_already(pool: Pool):
    shop, placed = await world(pool)
    await accept_vendor_order(
        unit_of_work(pool, shop.sellers[0].actor), AcceptVendorOrder(placed.parts[0].id, new_id("key"))
    )
    for _ in range(2):
        await reject_overdue(unit_of_work(pool, SYSTEM), placed.parts[1].id, now=due())

    late = await reject_overdue(unit_of_work(pool, SYSTEM), placed.parts[0].id, now=due())

    assert late is False
    assert await statuses(pool, placed) == ["ACCEPTED", "REJECTED"]
    assert await overdue_parts(pool, due(), limit=10) == []


async def test_o2_nobodys_time_runs_out_while_the_order_is_held(pool: Pool):
    _, placed = await world(pool)
    member = staff("orders:write")
    found = [await overdue_parts(pool, due(), limit=10)]

    await hold_order(unit_of_work(pool, member), HoldOrder(placed.order.id, "Look at it", "hold"))
    found.append(await overdue_parts(pool, due(), limit=10))
    held = await reject_overdue(unit_of_work(pool, SYSTEM), placed.parts[0].id, now=due())
    await release_order(unit_of_work(pool, member), ReleaseOrder(placed.order.id, None, "release"))

    assert [set(ids) for ids in found] == [{part.id for part in placed.parts}, set()]
    assert held is False
    [fresh, _] = await queries.vendor_orders_of_orders(pool, [placed.order.id])
    now: datetime = await pool.fetchval("SELECT now()")
    assert fresh.accept_by is not None
    assert fresh.accept_by - now > timedelta(hours=47)


@pytest.mark.parametrize("status", [OrderStatus.PENDING_PAYMENT, OrderStatus.CANCELED, OrderStatus.EXPIRED])
async def test_o2_parts_of_orders_that_do_not_stand_are_never_overdue(pool: Pool, status: OrderStatus):
    _, placed = await world(pool)
    await pool.execute('UPDATE "order" SET status = $1', status.value)

    assert await overdue_parts(pool, due(), limit=10) == []
    assert not await reject_overdue(unit_of_work(pool, SYSTEM), placed.parts[0].id, now=due())
