"""Canceling an order, some of its lines or a vendor's part: stock, money and promotions follow exactly."""

from dataclasses import replace

import pytest

from domain.checkout.awaiting.usecases import cancel_unpaid
from domain.orders.canceling.usecases import CancelOrder, withdraw_part
from domain.orders.model import VendorOrderStatus
from domain.orders.refunding.model import Units
from domain.orders.usecases import locked_part
from domain.shared.actor import Actor
from domain.shared.ids import CustomerId
from persistence.ids import new_id
from tests.factories.after_sale import Sale, eur, sold
from tests.factories.buying import Buying, outcomes
from tests.factories.promotions import promote
from tests.factories.refusals import problems_of

ADA = Actor(customer_id=CustomerId("customer_ada"))


async def two_vendors(shop: Buying, *, first: int = 3, second: int = 1, token: str = "tok_ok") -> Sale:
    """Lines of 20.00 a unit by one vendor and 50.00 by another, each with a delivery of its own."""
    offers = [await shop.offer(price=2_000, stock=10), await shop.offer(price=5_000, stock=10)]
    return await sold(shop, (offers[0], first), (offers[1], second), token=token)


async def customer(shop: Buying) -> Actor:
    customer_id = CustomerId(new_id("customer"))
    await shop.pool.execute("INSERT INTO customer (id, email) VALUES ($1, $1 || '@example.com')", customer_id)
    return Actor(customer_id=customer_id)


async def delivery_of(sale: Sale, part: int) -> str:
    return (await sale.parts())[part].totals.shipping.gross.amount


async def test_o1_canceling_an_order_gives_its_stock_back_and_voids_what_was_not_taken(shop: Buying):
    sale = await two_vendors(shop)
    first, second = [line.offer_id for line in await sale.lines()]

    await sale.cancel()

    order = await sale.order()
    assert order.status.value == "CANCELED"
    assert order.net_total == eur("0")
    assert [part.status.value for part in await sale.parts()] == ["CANCELED", "CANCELED"]
    assert [await shop.stock(first), await shop.stock(second)] == [(10, 0, 0), (10, 0, 0)]
    assert [(state, captured) for state, _, captured, _ in await sale.money()] == [("VOIDED", "0.00")]
    assert [item["status"] for item in await shop.authorizations()] == ["voided"]
    assert sorted(await sale.told()) == [
        "ORDER_CANCELED",
        "PAYMENT_VOIDED",
        "VENDOR_ORDER_CANCELED",
        "VENDOR_ORDER_CANCELED",
    ]


async def test_o1_canceling_an_order_refunds_what_was_taken(shop: Buying):
    sale = await two_vendors(shop)
    await sale.capture()
    total = (await sale.order()).totals.total.gross

    await sale.cancel()

    assert await sale.refunds() == [("CANCELLATION", "SUCCEEDED", total.amount)]
    assert [refunded for *_, refunded in await sale.money()] == [total.amount]


async def test_o1_canceling_some_lines_leaves_the_order_confirmed_and_lowers_what_is_taken(shop: Buying):
    sale = await two_vendors(shop)
    before = (await sale.order()).totals.total.gross

    await sale.cancel((0, 2))

    order, lines = await sale.order(), await sale.lines()
    assert (order.status.value, order.canceled) == ("CONFIRMED", eur("40.00"))
    assert [line.canceled for line in lines] == [2, 0]
    assert await shop.stock(lines[0].offer_id) == (10, 0, 1)
    await sale.capture()
    assert [captured for _, _, captured, _ in await sale.money()] == [(before - eur("40.00")).amount]
    assert sorted((await sale.told())[:2]) == ["ORDER_LINES_CANCELED", "VENDOR_ORDER_LINES_CANCELED"]


async def test_canceling_units_that_were_taken_refunds_their_price_alone(shop: Buying):
    sale = await two_vendors(shop)
    await sale.capture()

    await sale.cancel((0, 1))

    assert await sale.refunds() == [("CANCELLATION", "SUCCEEDED", "20.00")]
    assert await problems_of(sale.capture("0.01")) == [("AMOUNT_EXCEEDS_AUTHORIZED", ("amount",))]


async def test_canceling_a_part_takes_its_delivery_off_and_lets_the_other_go_on(shop: Buying):
    sale = await two_vendors(shop)
    delivery = eur(await delivery_of(sale, 0))

    await sale.cancel(part=0)

    assert [part.status.value for part in await sale.parts()] == ["CANCELED", "NEW"]
    assert (await sale.order()).canceled == eur("60.00") + delivery
    assert (await sale.order()).status.value == "CONFIRMED"


async def test_o2_a_rejected_part_is_taken_off_by_its_vendor_and_refunded_by_the_worker(shop: Buying):
    sale = await two_vendors(shop)
    await sale.capture()
    part = (await sale.parts())[0]
    delivery = part.totals.shipping.gross

    async with sale.unit_of_work() as uow:
        await uow.cancellations.lock_stock([part.id])
        _, locked = await locked_part(uow.orders, part)
        await withdraw_part(uow, locked, status=VendorOrderStatus.REJECTED)
        await uow.commit()
    await sale.settle()

    assert [item.status.value for item in await sale.parts()] == ["REJECTED", "NEW"]
    assert await sale.refunds() == [("CANCELLATION", "SUCCEEDED", (eur("60.00") + delivery).amount)]
    assert (await sale.order()).status.value == "CONFIRMED"


async def test_an_order_all_of_whose_parts_were_rejected_is_canceled(shop: Buying):
    sale = await two_vendors(shop)

    for part in await sale.parts():
        async with sale.unit_of_work() as uow:
            await uow.cancellations.lock_stock([part.id])
            _, locked = await locked_part(uow.orders, part)
            await withdraw_part(uow, locked, status=VendorOrderStatus.REJECTED)
            await uow.commit()
    await sale.settle()
    await sale.settle()

    assert (await sale.order()).status.value == "CANCELED"
    assert [state for state, *_ in await sale.money()] == ["VOIDED"]
    assert (await sale.told()).count("ORDER_CANCELED") == 1


async def test_a_customer_cancels_before_anything_was_sent_and_never_after(shop: Buying):
    actor = await customer(shop)
    sale = await two_vendors(replace(shop, actor=actor))
    own = sale.by(actor)

    await own.cancel((0, 1))
    await sale.send(0, 1)

    assert await problems_of(own.cancel((0, 1))) == [("INVALID_TRANSITION", ("id",))]
    assert await problems_of(own.cancel()) == [("INVALID_TRANSITION", ("id",))]
    assert await problems_of(sale.by(ADA).cancel()) == [("NOT_FOUND", ("id",))]
    assert await problems_of(sale.by(Actor()).cancel()) == [("NOT_FOUND", ("id",))]


async def test_staff_cancels_what_was_not_sent_and_the_part_counts_as_sent(shop: Buying):
    sale = await two_vendors(shop)
    await sale.send(0, 1)

    whole = await problems_of(sale.cancel())
    await sale.cancel((0, 2))
    await sale.cancel(part=1)

    assert whole == [("INVALID_TRANSITION", ("id",))]
    assert [part.status.value for part in await sale.parts()] == ["SHIPPED", "CANCELED"]
    assert (await sale.order()).status.value == "CONFIRMED"
    assert await problems_of(sale.cancel((0, 1))) == [("QUANTITY_LIMIT", ("lines", "0", "quantity"))]


async def test_an_order_is_canceled_once_however_often_it_is_asked(shop: Buying):
    sale = await two_vendors(shop)
    await sale.capture()

    found = await outcomes([sale.cancel(key="one") for _ in range(5)])

    assert found == [sale.order_id] * 5
    assert len(await sale.refunds()) == 1
    assert await problems_of(sale.cancel()) == [("INVALID_TRANSITION", ("id",))]


async def test_rival_cancellations_and_parcels_never_count_a_unit_twice(shop: Buying):
    sale = await two_vendors(shop, first=4)
    await sale.send(0, 1)

    await outcomes([sale.cancel((0, 1)), sale.send(0, 2), sale.cancel((0, 2)), sale.send(0, 1)])

    line = (await sale.lines())[0]
    on_hand, _, allocated = await shop.stock(line.offer_id)
    assert line.fulfilled + line.canceled <= 4
    assert (on_hand, allocated) == (10 - line.fulfilled, 4 - line.fulfilled - line.canceled)


@pytest.mark.parametrize("steps", [[(0, 1), (0, 1), (0, 1)], [(0, 2), (0, 1)], [(0, 3)]], ids=len)
async def test_m8_canceling_unit_by_unit_takes_off_exactly_the_line(shop: Buying, steps: list[tuple[int, int]]):
    offer = await shop.offer(price=3_333, stock=10)
    sale = await sold(shop, (offer, 3), (await shop.offer(), 1))

    for step in steps:
        await sale.cancel(step)

    line, part = (await sale.lines())[0], (await sale.parts())[0]
    assert (await sale.order()).canceled == line.total.gross + part.totals.shipping.gross


async def test_an_order_whose_payment_is_awaited_is_canceled_whole_and_its_goods_are_free(shop: Buying):
    sale = await sold(shop, (offer := await shop.offer(stock=5), 2), token="tok_pending")
    line = (await sale.lines())[0]

    def command(key: str, *lines: Units) -> CancelOrder:
        return CancelOrder(sale.order_id, lines, None, "changed my mind", key)

    some = await problems_of(cancel_unpaid(sale.unit_of_work(), command("some", Units(line.id, 1))))
    canceled = await cancel_unpaid(sale.unit_of_work(), command("one"))

    assert some == [("INVALID_TRANSITION", ("id",))]
    assert canceled
    assert (await sale.order()).status.value == "CANCELED"
    assert await shop.stock(offer) == (5, 0, 0)
    assert await cancel_unpaid(sale.unit_of_work(), command("two")) is False
    assert await problems_of(cancel_unpaid(sale.by(Actor()).unit_of_work(), command("three"))) == [
        ("NOT_FOUND", ("id",))
    ]


@pytest.mark.parametrize(("is_captured", "given_back"), [(False, 1), (True, 0)], ids=["before", "after"])
async def test_p9_canceling_before_capture_gives_promotions_their_uses_back_once(
    shop: Buying, is_captured: bool, given_back: int
):
    await promote(shop, usage_limit=1)
    sale = await sold(shop, (await shop.offer(), 1))
    if is_captured:
        await sale.capture()

    await sale.cancel()

    released = "SELECT count(*) FROM promotion_use WHERE released_at IS NOT NULL"
    assert await shop.count("promotion_use") == 1
    assert await shop.pool.fetchval(released) == given_back
