"""Selling what is not there yet, on a real database: how far, in what order it comes, and by many at once (rule S7)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.checkout.settling.usecases import resume
from domain.inventory.adjustment import Change
from domain.inventory.usecases import AdjustStock, adjust_stock
from domain.orders.canceling.usecases import CancelOrder, cancel_order
from domain.orders.model import FulfillmentStatus, fulfillment_status
from domain.orders.refunding.model import Units
from domain.orders.rejecting.usecases import RejectVendorOrder, reject_vendor_order
from domain.orders.settling.ports import Surroundings as Settling
from domain.orders.supplying.usecases import allocate_stock
from domain.shared.actor import Actor
from domain.shared.errors import Refused, StockProblem
from domain.shared.ids import ApiKeyId, OfferId, OrderId, OrderLineId, PaymentId, VendorId, VendorOrderId, WarehouseId
from persistence.ids import new_id
from persistence.orders import queries
from persistence.unit_of_work import PostgresUnitOfWork
from tests.factories.buying import Buying, outcomes
from tests.factories.orders import staff
from tests.factories.refusals import problems_of


async def backordered(shop: Buying, *, stock: int = 3, limit: int = 10, **values: Any) -> OfferId:
    offer = await shop.offer(stock=stock)
    await shop.catalog.supply(offer, **({"policy": "BACKORDER", "ahead_limit": limit} | values))
    return offer


async def bought(shop: Buying, *lines: tuple[OfferId, int]) -> OrderId:
    done = await shop.complete(await shop.ready(*lines))
    assert done.order_id is not None
    return done.order_id


async def waiting(shop: Buying, order_id: OrderId) -> list[int]:
    """Units that each line of an order waits for."""
    return [line.backordered for line in await queries.lines_of_orders(shop.pool, [order_id])]


async def left(shop: Buying, offer: OfferId) -> int:
    """How many units can still be sold ahead."""
    counted: int = await shop.pool.fetchval(
        "SELECT ahead_limit - reserved - waiting FROM supply WHERE offer_id = $1", offer
    )
    return counted


async def arrive(shop: Buying, offer: OfferId, units: int) -> None:
    """Units come into the offer's warehouse."""
    warehouse_id = await shop.pool.fetchval("SELECT warehouse_id FROM stock_level WHERE offer_id = $1", offer)
    act = AdjustStock(offer, WarehouseId(warehouse_id), Change(delta=units), "delivery", new_id("key"))
    await adjust_stock(replace(shop, actor=staff("inventory:write")).unit_of_work(), act)


async def serve(shop: Buying, offer: OfferId) -> None:
    """Do the job that an arrival leaves behind."""
    await allocate_stock(shop.unit_of_work(), offer, now=shop.now)


async def test_s7_of_an_order_of_five_three_are_allocated_two_backordered_and_eight_left(shop: Buying):
    offer = await backordered(shop)

    order_id = await bought(shop, (offer, 5))

    assert await shop.stock(offer) == (3, 0, 3)
    assert await waiting(shop, order_id) == [2]
    assert await left(shop, offer) == 8
    lines = await queries.lines_of_orders(shop.pool, [order_id])
    assert fulfillment_status(lines) is FulfillmentStatus.BACKORDERED


async def test_s7_four_units_that_come_serve_backorders_in_order_of_placement_before_new_sales(shop: Buying):
    offer = await backordered(shop, stock=0)
    first = await bought(shop, (offer, 3))
    second = await bought(shop.later(seconds=1), (offer, 2))

    await arrive(shop, offer, 4)
    third = await bought(shop.later(seconds=2), (offer, 1))
    before = await shop.stock(offer)
    await serve(shop, offer)

    assert before == (4, 0, 0)
    assert [await waiting(shop, order) for order in (first, second, third)] == [[0], [1], [1]]
    assert await shop.stock(offer) == (4, 0, 4)
    assert await left(shop, offer) == 8
    assert [kind for kind, _ in await shop.events("STOCK_ALLOCATED")] == ["STOCK_ALLOCATED"] * 2


async def test_s7_an_arrival_leaves_the_job_that_serves_those_who_wait(shop: Buying):
    offer = await backordered(shop, stock=0)
    await bought(shop, (offer, 3))
    await shop.pool.execute("DELETE FROM queue.pgqueuer")

    await arrive(shop, offer, 4)

    jobs = await shop.pool.fetch("SELECT entrypoint, payload FROM queue.pgqueuer")
    assert [(row["entrypoint"], row["payload"].decode()) for row in jobs] == [("allocate_stock", offer)]


async def test_s7_serving_twice_is_as_once(shop: Buying):
    offer = await backordered(shop, stock=0)
    order_id = await bought(shop, (offer, 3))
    await arrive(shop, offer, 2)

    await outcomes([allocate_stock(shop.unit_of_work(), offer, now=shop.now) for _ in range(5)])

    assert await waiting(shop, order_id) == [1]
    assert await shop.stock(offer) == (2, 0, 2)


async def test_s7_of_thirty_checkouts_no_more_than_stock_and_limit_hold_together(shop: Buying):
    offer = await backordered(shop, stock=3, limit=10)
    carts = [await shop.cart((offer, 1)) for _ in range(30)]

    found = await outcomes([shop.start(cart) for cart in carts])

    assert sum(isinstance(item, str) for item in found) == 13
    refused = [problem.code.value for item in found if isinstance(item, Refused) for problem in item.problems]
    assert refused == ["INSUFFICIENT_STOCK"] * 17
    assert (await shop.stock(offer), await left(shop, offer)) == ((3, 3, 0), 0)


async def test_s7_arrivals_sales_and_cancellations_at_once_leave_every_unit_explained(shop: Buying):
    offer = await backordered(shop, stock=2, limit=50)
    placed = [await bought(shop.later(seconds=at), (offer, 2)) for at in range(6)]
    checkouts = [await shop.ready((offer, 1)) for _ in range(4)]

    acts = [
        *[arrive(shop, offer, 1) for _ in range(4)],
        *[serve(shop, offer) for _ in range(4)],
        *[shop.complete(checkout) for checkout in checkouts],
        *[canceled(shop, order) for order in placed[:3]],
    ]
    found = await outcomes(acts)
    await serve(shop, offer)

    faults = [item for item in found if isinstance(item, BaseException) and not isinstance(item, Refused)]
    assert faults == []
    counted = await shop.pool.fetchrow(
        """SELECT s.waiting, s.reserved, (SELECT sum(backordered) FROM order_line), l.on_hand, l.allocated,
        (SELECT sum(quantity - fulfilled - canceled) FROM allocation)
        FROM supply s JOIN stock_level l USING (offer_id)"""
    )
    assert counted is not None
    sold_ahead, reserved, owed_later, on_hand, allocated, owed = counted
    assert (sold_ahead, reserved, allocated) == (owed_later, 0, owed)
    assert allocated == on_hand or sold_ahead == 0


async def canceled(shop: Buying, order_id: OrderId, lines: Sequence[Units] = ()) -> None:
    act = CancelOrder(order_id, tuple(lines), None, "asked", new_id("key"))
    await cancel_order(
        replace(shop, actor=staff("orders:write")).unit_of_work(), act, Settling(shop.around.gateways, lambda: shop.now)
    )


async def test_s7_what_is_canceled_gives_up_waiting_first_and_its_place_under_the_limit(shop: Buying):
    offer = await backordered(shop)
    order_id = await bought(shop, (offer, 5))
    [line] = await queries.lines_of_orders(shop.pool, [order_id])

    await canceled(shop, order_id, [Units(OrderLineId(line.id), 3)])

    assert await waiting(shop, order_id) == [0]
    assert await left(shop, offer) == 10
    assert await shop.stock(offer) == (3, 0, 2)


async def test_s7_what_a_canceled_order_gives_back_is_for_those_who_wait(shop: Buying):
    offer = await backordered(shop)
    first = await bought(shop, (offer, 3))
    second = await bought(shop.later(seconds=1), (offer, 2))

    await canceled(shop, first)
    refused = await problems_of(shop.start(await shop.cart((offer, 12))))
    await serve(shop, offer)

    assert refused == [("INSUFFICIENT_STOCK", ("cart_id",))]
    assert await waiting(shop, second) == [0]
    assert await shop.stock(offer) == (3, 0, 2)


async def test_s3_nothing_stays_held_if_stock_and_limit_together_fall_short(shop: Buying):
    plenty, few = await backordered(shop), await backordered(shop, stock=1, limit=2)
    cart = await shop.cart((plenty, 5), (few, 4))

    (found,) = await outcomes([shop.start(cart)])

    assert isinstance(found, Refused)
    problems = [item for item in found.problems if isinstance(item, StockProblem)]
    assert [(item.offer_id, item.available) for item in problems] == [(few, 3)]
    assert [await left(shop, offer) for offer in (plenty, few)] == [10, 2]
    assert await shop.stock(plenty) == (3, 0, 0)


async def test_s4_what_is_held_ahead_stops_counting_at_the_instant_it_expires(shop: Buying):
    offer = await backordered(shop, stock=0, limit=1)
    await shop.start(await shop.cart((offer, 1)))
    rival = await shop.cart((offer, 1))

    just_before = await problems_of(shop.later(minutes=15, microseconds=-1).start(rival))
    await shop.later(minutes=15).start(rival)

    assert just_before == [("INSUFFICIENT_STOCK", ("cart_id",))]
    assert await left(shop, offer) == 0


async def test_s7_a_preorder_takes_nothing_from_stock_before_its_release(shop: Buying):
    release = shop.now + timedelta(days=3)
    offer = await backordered(shop, stock=4, limit=5, policy="PREORDER", available_from=release)
    order_id = await bought(shop, (offer, 5))

    await serve(shop, offer)
    early = await waiting(shop, order_id)
    released = shop.later(days=3)
    await serve(released, offer)
    too_late = await problems_of(released.start(await released.cart((offer, 1))))

    assert (early, await waiting(shop, order_id)) == ([5], [1])
    assert await shop.stock(offer) == (4, 0, 4)
    assert too_late == [("INSUFFICIENT_STOCK", ("cart_id",))]


async def test_s7_an_order_that_awaits_its_payment_waits_for_units_once_it_is_paid(shop: Buying):
    offer = await backordered(shop)
    done = await shop.complete(await shop.ready((offer, 5), token="tok_pending"))
    assert done.order_id is not None
    before = (await waiting(shop, done.order_id), await left(shop, offer))

    (authorization,) = await shop.authorizations()
    await shop.gateway._post(f"/authorizations/{authorization['id']}/settle", {"result": "succeeded"})
    await resume(shop.unit_of_work(), PaymentId(await shop.pool.fetchval("SELECT id FROM payment")), shop.around)

    assert before == ([0], 8)
    assert (await waiting(shop, done.order_id), await left(shop, offer)) == ([2], 8)


@pytest.mark.parametrize("stock", [0, 3])
async def test_s7_a_cart_may_ask_for_what_can_be_sold_ahead_and_for_no_more(shop: Buying, stock: int):
    offer = await backordered(shop, stock=stock, limit=2)

    fine = await shop.priced_cart(await shop.cart((offer, stock + 2)))
    much = await shop.priced_cart(await shop.cart((offer, stock + 3)))

    assert [problem.code.value for problem in fine.problems] == []
    assert [problem.code.value for problem in much.problems] == ["INSUFFICIENT_STOCK"]


async def test_s7_a_vendor_that_turns_its_part_down_gives_up_what_waits_in_it(shop: Buying):
    offer = await backordered(shop)
    await bought(shop, (offer, 5))
    part_id, vendor_id = (await shop.pool.fetch("SELECT id, vendor_id FROM vendor_order"))[0]
    seller = Actor(api_key_id=ApiKeyId("key"), vendor_ids=frozenset({VendorId(vendor_id)}))
    uow = PostgresUnitOfWork(
        shop.pool,
        reference=shop.reference,
        actor=seller,
        new_id=new_id,
        news=shop.news,
        confined_to=seller.vendor_ids,
    )

    await reject_vendor_order(uow, RejectVendorOrder(VendorOrderId(part_id), "Sold out", new_id("key")))

    assert await left(shop, offer) == 10
    assert await shop.stock(offer) == (3, 0, 0)
    assert await shop.pool.fetchval("SELECT sum(backordered) FROM order_line") == 0


async def test_s7_an_order_that_is_edited_takes_nothing_from_those_who_wait(shop: Buying):
    offer = await backordered(shop, stock=0, limit=2)
    waits = await bought(shop, (offer, 2))
    await arrive(shop, offer, 2)

    async with shop.unit_of_work() as uow:
        await uow.edits.lock_stock([], [offer])
        short = await uow.edits.allocate({offer: 1}, "DE")
    await serve(shop, offer)

    assert short == {offer: 0}
    assert await waiting(shop, waits) == [0]


async def test_i4_canceling_what_waits_and_serving_it_never_deadlock(shop: Buying):
    """An order that waits has no row of stock of its own until it is served, which may be while it is canceled."""
    for _ in range(8):
        offer = await backordered(shop, stock=0, limit=50)
        placed = [await bought(shop.later(seconds=at), (offer, 1)) for at in range(4)]
        await arrive(shop, offer, 4)

        acts = [canceled(shop, order) for order in placed] + [serve(shop, offer) for _ in range(4)]
        found = await outcomes(acts)

        assert [item for item in found if isinstance(item, BaseException)] == []
        assert await shop.stock(offer) == (4, 0, 0)
