"""What is taken as goods are sent, and how an order comes to its end."""

from datetime import timedelta

import pytest

from domain.orders.covering.usecases import look_after_authorization
from domain.orders.holding.usecases import (
    AddNote,
    HoldOrder,
    ReleaseOrder,
    add_note,
    hold_order,
    release_order,
    reopen,
)
from domain.orders.withdrawal import end_of_term
from persistence.ids import new_id
from persistence.payments.operations import expiring_payments
from tests.after_sale.test_canceling import two_vendors
from tests.factories.after_sale import Sale, eur, sold
from tests.factories.buying import Buying
from tests.factories.refusals import problems_of


async def hold(sale: Sale, reason: str | None = None, key: str | None = None) -> str:
    return await hold_order(sale.unit_of_work(), HoldOrder(sale.order_id, reason, key or new_id("key")))


async def release(sale: Sale) -> str:
    return await release_order(sale.unit_of_work(), ReleaseOrder(sale.order_id, None, new_id("key")))


async def captured(sale: Sale) -> str:
    ((_, _, taken, _),) = await sale.money()
    return taken


async def deliver(sale: Sale) -> None:
    """Everything that was sent arrives now."""
    pool = sale.shop.pool
    await pool.execute("UPDATE fulfillment SET state = 'DELIVERED', delivered_at = $1", sale.shop.now)
    await pool.execute("UPDATE order_line SET delivered = fulfilled")
    await pool.execute("UPDATE vendor_order SET status = 'DELIVERED' WHERE status = 'SHIPPED'")


async def test_nothing_is_taken_before_something_is_sent(shop: Buying):
    sale = await two_vendors(shop)

    await sale.settle()

    assert await captured(sale) == "0.00"


async def test_what_is_sent_is_taken_with_the_delivery_of_its_part_and_the_rest_with_the_last_parcel(shop: Buying):
    sale = await two_vendors(shop)
    total = (await sale.order()).totals.total.gross
    delivery = (await sale.parts())[0].totals.shipping.gross

    await sale.send(0, 2)
    await sale.settle()
    first = await captured(sale)
    await sale.send(0, 1)
    await sale.settle()
    second = await captured(sale)
    await sale.send(1, 1)
    await sale.settle()

    assert first == (eur("40.00") + delivery).amount
    assert second == (eur("60.00") + delivery).amount
    assert await sale.money() == [("AUTHORIZED", total.amount, total.amount, "0.00")]
    assert [(kind, state) for kind, state, _ in await sale.operations()] == [("CAPTURE", "SUCCEEDED")] * 3


async def test_settling_twice_takes_nothing_twice(shop: Buying):
    sale = await two_vendors(shop)
    await sale.send(0, 3)

    for _ in range(3):
        await sale.settle()

    assert len(await sale.operations()) == 1


async def test_a_market_may_take_everything_at_placement(shop: Buying):
    sale = await two_vendors(shop)
    await shop.pool.execute("UPDATE market SET capture_at = 'PLACEMENT'")

    await sale.settle()

    assert await captured(sale) == (await sale.order()).totals.total.gross.amount


async def test_what_was_canceled_is_not_taken_and_the_hold_ends_with_the_last_parcel(shop: Buying):
    sale = await two_vendors(shop)
    total = (await sale.order()).totals.total.gross

    await sale.cancel((0, 1))
    await sale.send(0, 2)
    await sale.send(1, 1)
    await sale.settle()

    taken = (total - eur("20.00")).amount
    assert await sale.money() == [("AUTHORIZED", taken, taken, "0.00")]


async def test_o1_an_order_completes_once_all_is_delivered_and_its_return_window_is_over(shop: Buying):
    sale = await sold(shop, (await shop.offer(), 1))
    await sale.send(0, 1)
    await sale.settle()
    await deliver(sale)

    ends = end_of_term(shop.now, days=14, time_zone="Europe/Berlin")
    left = (ends - shop.now).total_seconds()
    again = await sale.settle()
    early = await sale.later(seconds=left - 1).settle()
    before = (await sale.order()).status.value
    done = await sale.later(seconds=left).settle()

    assert again == early == ends
    assert (before, done) == ("CONFIRMED", None)
    assert (await sale.order()).status.value == "COMPLETED"
    assert (await sale.told())[-1] == "ORDER_COMPLETED"


async def test_o1_a_completed_order_is_reopened_by_a_late_return_and_no_other(shop: Buying):
    sale = await sold(shop, (await shop.offer(), 1))
    await shop.pool.execute("""UPDATE "order" SET status = 'COMPLETED'""")

    for _ in range(2):
        async with sale.unit_of_work() as uow:
            order = await uow.orders.lock(sale.order_id)
            assert order is not None
            await reopen(uow, order, reason="late return")
            await uow.commit()

    assert (await sale.order()).status.value == "CONFIRMED"
    assert (await sale.told()).count("ORDER_REOPENED") == 1


async def test_o1_an_order_is_held_and_goes_on_and_is_not_sent_meanwhile(shop: Buying):
    sale = await two_vendors(shop)

    await hold(sale, "fraud")
    held = (await sale.order()).status.value
    refused = await problems_of(sale.send(0, 1))
    await release(sale)
    await sale.send(0, 1)

    assert held == "ON_HOLD"
    assert [code for code, _ in refused] == ["INVALID_TRANSITION"]
    assert (await sale.order()).status.value == "CONFIRMED"
    assert await problems_of(hold(sale)) == [("INVALID_TRANSITION", ("id",))]
    assert await problems_of(release(sale)) == [("INVALID_TRANSITION", ("id",))]
    assert (await sale.told())[:2] == ["ORDER_ON_HOLD", "ORDER_CONFIRMED"]


async def test_a_held_order_is_not_charged(shop: Buying):
    sale = await two_vendors(shop)
    await shop.pool.execute("UPDATE market SET capture_at = 'PLACEMENT'")
    await hold(sale)

    await sale.settle()

    assert await captured(sale) == "0.00"
    assert await problems_of(sale.capture()) == [("INVALID_TRANSITION", ("payment_id",))]


async def test_notes_of_staff_stand_behind_one_another(shop: Buying):
    sale = await sold(shop, (await shop.offer(), 1))

    for key, note in (("1", "Called back"), ("1", "Called back"), ("2", " 送り状 \n done ")):
        await add_note(sale.unit_of_work(), AddNote(sale.order_id, note, key))

    assert (await sale.order()).internal_notes == ("Called back", "送り状 \n done")


@pytest.mark.parametrize("note", ["", "  ", "x" * 2001, "a\0b"], ids=["empty", "blank", "long", "controls"])
async def test_a_note_is_text_of_a_bearable_length(shop: Buying, note: str):
    sale = await sold(shop, (await shop.offer(), 1))

    refused = await problems_of(add_note(sale.unit_of_work(), AddNote(sale.order_id, note, "key")))

    assert refused == [("INVALID", ("note",))]


async def look_after(sale: Sale) -> None:
    """What the worker does once an hour."""
    before = sale.shop.now + timedelta(hours=24)
    for payment_id in await expiring_payments(sale.shop.pool, before=before, limit=10):
        await look_after_authorization(sale.unit_of_work(), payment_id, sale.around)


async def expire(shop: Buying, **period: float) -> None:
    await shop.pool.execute("UPDATE payment SET authorization_expires_at = $1", shop.now + timedelta(**period))


async def test_y4_what_was_sent_is_taken_a_day_before_the_hold_ends(shop: Buying):
    sale = await two_vendors(shop)
    delivery = (await sale.parts())[0].totals.shipping.gross
    await sale.send(0, 2)
    await expire(shop, hours=24)

    await look_after(sale)

    assert await captured(sale) == (eur("40.00") + delivery).amount
    assert (await sale.order()).status.value == "CONFIRMED"


async def test_y4_an_order_of_which_nothing_was_sent_is_held_before_its_hold_ends_and_told_once(shop: Buying):
    sale = await two_vendors(shop)
    await expire(shop, hours=24, seconds=1)
    await look_after(sale)
    early = (await sale.order()).status.value
    await expire(shop, hours=24)

    for _ in range(2):
        await look_after(sale)
    await release(sale)
    await look_after(sale)

    assert early == "CONFIRMED"
    assert await captured(sale) == "0.00"
    assert (await sale.told()).count("PAYMENT_EXPIRING") == (await sale.told()).count("ORDER_ON_HOLD") == 1
