"""Withdrawing from a sale at a distance, as consumers may in the European Union (rule O7)."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.orders.withdrawal import delivery_owed, end_of_term
from domain.returns.model import ReturnState
from tests.after_sale.returning import (
    approve,
    arrives,
    ask,
    ask_as_buyer,
    brought_back,
    cancel,
    deliver,
    delivered,
    in_days,
    receive,
)
from tests.factories.after_sale import Sale, sold
from tests.factories.buying import Buying
from tests.factories.refusals import problems_of

STANDARD, EXPRESS = 0, 1


async def delivered_by(shop: Buying, option: int, *quantities: int) -> Sale:
    """Units at 10.00 of one vendor, delivered by a way of the seeded shop: standard for 4.90, express for 12.90."""
    offer = await shop.offer(price=1_000)
    checkout_id = await shop.start(await shop.cart(*[(offer, quantity) for quantity in quantities]))
    await shop.tell(checkout_id)
    (group,) = (await shop.checkout(checkout_id)).delivery_groups
    await shop.update(checkout_id, deliveries=((group.id, group.options[option].id),))
    await shop.tender(checkout_id)
    done = await shop.complete(checkout_id)
    assert done.order_id is not None
    sale = Sale(shop, done.order_id)
    for at, quantity in enumerate(quantities):
        await sale.send(at, quantity)
    await deliver(sale)
    await sale.settle()
    return sale


@pytest.mark.parametrize(("option", "paid"), [(STANDARD, "4.90"), (EXPRESS, "12.90")], ids=["standard", "express"])
async def test_o7_a_full_withdrawal_gives_back_standard_delivery_and_never_the_surcharge(
    shop: Buying, option: int, paid: str
):
    sale = await delivered_by(shop, option, 2)

    done = await brought_back(sale, (0, 2))

    assert (await sale.order()).totals.shipping.gross.amount == paid
    assert done.is_withdrawal
    assert await sale.refunds() == [("RETURN", "SUCCEEDED", "24.90")]
    assert [part.shipping_given_back for part in await sale.parts()] == [490]


async def test_o7_a_partial_withdrawal_gives_back_no_delivery_until_the_rest_comes_too(shop: Buying):
    sale = await delivered_by(shop, EXPRESS, 2)

    await brought_back(sale, (0, 1))
    partial = await sale.refunds()
    await brought_back(sale, (0, 1))

    assert partial == [("RETURN", "SUCCEEDED", "10.00")]
    assert [amount for _, _, amount in await sale.refunds()] == ["10.00", "14.90"]


async def test_o7_a_return_after_the_term_gives_back_no_delivery(shop: Buying):
    await shop.pool.execute("UPDATE market SET return_days = 30")
    sale = in_days(await delivered_by(shop, STANDARD, 1), 20)

    done = await brought_back(sale, (0, 1))

    assert not done.is_withdrawal
    assert done.refund_due_at is None
    assert await sale.refunds() == [("RETURN", "SUCCEEDED", "10.00")]


async def test_o7_the_term_begins_when_the_last_of_the_goods_arrives(shop: Buying):
    sale = await sold(shop, (await shop.offer(), 1), (await shop.offer(), 1))
    await sale.send(0, 1)
    await sale.send(1, 1)
    await arrives(sale, 0)

    while_underway = await ask_as_buyer(in_days(sale, 40), (0, 1))
    await deliver(in_days(sale, 40))
    in_time = await ask_as_buyer(in_days(sale, 54), (1, 1))
    await cancel(sale, in_time)

    assert (while_underway.is_withdrawal, in_time.is_withdrawal) == (True, True)
    assert await problems_of(ask_as_buyer(in_days(sale, 55), (1, 1))) == [("RETURN_WINDOW_CLOSED", ("order_id",))]


async def test_o7_the_refund_is_due_in_14_days_and_may_wait_for_the_goods(shop: Buying):
    sale = await delivered_by(shop, STANDARD, 2)

    soon = await brought_back(sale, (0, 1))
    asked = await ask(sale, (0, 1))
    await approve(sale, asked)
    late = await receive(in_days(sale, 20), asked, (0, 1))

    assert soon.refund_due_at == asked.refund_due_at == sale.shop.now + timedelta(days=14)
    assert late.refund_due_at == sale.shop.now + timedelta(days=20)
    assert late.state is ReturnState.REFUNDED


async def test_o7_where_no_law_says_so_a_return_is_no_withdrawal(shop: Buying):
    await shop.pool.execute("UPDATE market SET withdrawal_days = NULL")
    sale = await delivered(shop, (await shop.offer(price=1_000), 1))

    done = await brought_back(sale, (0, 1))

    assert not done.is_withdrawal
    assert await sale.refunds() == [("RETURN", "SUCCEEDED", "10.00")]


def test_o7_the_worked_numbers_of_express_and_standard_delivery():
    assert delivery_owed(paid_minor=1_290, standard_minor=490, given_back_minor=0) == 490
    assert delivery_owed(paid_minor=0, standard_minor=490, given_back_minor=0) == 0
    assert delivery_owed(paid_minor=1_290, standard_minor=490, given_back_minor=500) == 0


@pytest.mark.parametrize(
    ("arrived", "until"),
    [
        (datetime(2026, 11, 21, 12, tzinfo=UTC), datetime(2026, 12, 5, 23, tzinfo=UTC)),
        (datetime(2026, 11, 21, 23, 30, tzinfo=UTC), datetime(2026, 12, 6, 23, tzinfo=UTC)),
        (datetime(2026, 10, 20, 12, tzinfo=UTC), datetime(2026, 11, 3, 23, tzinfo=UTC)),
    ],
    ids=["at-noon", "past-midnight-in-berlin", "over-the-end-of-summer-time"],
)
def test_o10_the_term_ends_with_its_last_day_in_the_zone_of_the_market(arrived: datetime, until: datetime):
    assert end_of_term(arrived, days=14, time_zone="Europe/Berlin") == until
