"""Editing an order before it is sent: a new priced revision, all of it or nothing (rule O6)."""

from typing import Any

import pytest

from domain.orders.adding.model import Added
from domain.orders.editing.usecases import EditOrder, edit_order
from domain.orders.refunding.model import Units
from domain.shared.ids import OfferId
from persistence.ids import new_id
from server.doctor import findings
from tests.after_sale.test_any_order import BOOKS
from tests.after_sale.test_canceling import two_vendors
from tests.factories.after_sale import Sale, eur
from tests.factories.buying import Buying, outcomes
from tests.factories.refusals import problems_of


async def edit(
    sale: Sale, *wanted: tuple[int, int], add: tuple[tuple[OfferId, int], ...] = (), key: str | None = None, **rest: Any
) -> str:
    """Bring lines to quantities, and add units of offers."""
    lines = await sale.lines()
    command = EditOrder(
        order_id=sale.order_id,
        set=tuple(Units(lines[at].id, quantity) for at, quantity in wanted),
        add=tuple(Added(offer_id, quantity) for offer_id, quantity in add),
        reason="the buyer called",
        expected_version=rest.get("expected_version"),
        idempotency_key=key or new_id("key"),
    )
    number = sale.shop.around.new_number
    return await edit_order(sale.unit_of_work(), command, sale.around, new_number=number)


async def check_books(shop: Buying) -> None:
    async with shop.pool.acquire() as connection:
        assert [str(found) for found in await findings(connection) if found.check in BOOKS] == []


async def another_of_the_first_vendor(sale: Sale, **facts: Any) -> OfferId:
    """A second offer of the vendor of the first line."""
    offer = await sale.shop.offer(stock=5, **facts)
    pool, line = sale.shop.pool, (await sale.lines())[0]
    await pool.execute("UPDATE offer SET vendor_id = $2 WHERE id = $1", offer, line.vendor_id)
    return offer


async def test_o6_more_units_come_at_the_price_that_was_sold_and_are_due(shop: Buying):
    sale = await two_vendors(shop)
    before = (await sale.order()).totals.total.gross
    await shop.pool.execute("UPDATE price SET amount_minor = 9999")

    await edit(sale, (0, 5))

    order, lines = await sale.order(), await sale.lines()
    assert (order.totals.total.gross, order.revision) == (before + eur("40.00"), 2)
    assert [(line.quantity, line.total.gross) for line in lines] == [
        (3, eur("60.00")),
        (1, eur("50.00")),
        (2, eur("40.00")),
    ]
    assert lines[2].taxes[0].rate == lines[0].taxes[0].rate
    assert await shop.stock(lines[0].offer_id) == (10, 0, 5)
    assert (await sale.told())[-1] == "ORDER_EDITED"
    await check_books(shop)


async def test_o6_fewer_units_are_refunded_if_they_were_taken(shop: Buying):
    sale = await two_vendors(shop)
    await sale.capture()

    await edit(sale, (0, 1))

    assert await sale.refunds() == [("CANCELLATION", "SUCCEEDED", "40.00")]
    assert await shop.stock((await sale.lines())[0].offer_id) == (10, 0, 1)
    await check_books(shop)


async def test_o6_an_offer_is_added_at_its_present_price_in_its_vendors_part(shop: Buying):
    sale = await two_vendors(shop)
    offer = await another_of_the_first_vendor(sale, price=700)

    await edit(sale, (0, 2), add=((offer, 2),))

    added = (await sale.lines())[-1]
    assert (added.offer_id, added.total.gross, added.vendor_order_id) == (
        offer,
        eur("14.00"),
        (await sale.lines())[0].vendor_order_id,
    )
    assert await shop.stock(offer) == (5, 0, 2)
    await check_books(shop)


async def test_o6_an_edit_is_all_or_nothing(shop: Buying):
    sale = await two_vendors(shop)
    before = (await sale.order(), await sale.lines())

    short = await problems_of(edit(sale, (0, 1), (1, 11)))
    unknown = await problems_of(edit(sale, (0, 1), add=((OfferId(new_id("offer")), 1),)))
    strange = await problems_of(edit(sale, (0, 1), add=((await shop.offer(), 1),)))

    assert [short, unknown, strange] == [
        [("INSUFFICIENT_STOCK", ("set",))],
        [("NOT_PURCHASABLE", ("add", "0", "offer_id"))],
        [("NOT_PURCHASABLE", ("add", "0", "offer_id"))],
    ]
    assert (await sale.order(), await sale.lines()) == before
    await check_books(shop)


async def test_o6_what_is_on_its_way_is_not_edited(shop: Buying):
    sale = await two_vendors(shop)
    await sale.send(0, 1)

    more = await problems_of(edit(sale, (0, 4)))
    less = await problems_of(edit(sale, (0, 0)))
    await edit(sale, (0, 1))

    assert [more, less] == [
        [("INVALID_TRANSITION", ("set",))],
        [("QUANTITY_LIMIT", ("set", "0", "quantity"))],
    ]
    assert (await sale.parts())[0].status.value == "SHIPPED"


@pytest.mark.parametrize("acts", [5])
async def test_o6_one_key_edits_once_and_a_version_that_is_gone_is_refused(shop: Buying, acts: int):
    sale = await two_vendors(shop)
    version = (await sale.order()).version

    found = await outcomes([edit(sale, (1, 2), key="one") for _ in range(acts)])
    stale = await problems_of(edit(sale, (1, 3), expected_version=version))

    assert found == [sale.order_id] * acts
    assert sum(line.quantity for line in await sale.lines()) == 5
    assert stale == [("VERSION_CONFLICT", ("expected_version",))]


async def test_what_is_edited_is_taken_and_completed_to_the_last_unit_once_it_is_paid_for(shop: Buying):
    sale = await two_vendors(shop)
    await edit(sale, (0, 2), (1, 1))

    await sale.send(0, 2)
    await sale.send(1, 1)
    await sale.settle()

    order = await sale.order()
    assert [captured for _, _, captured, _ in await sale.money()] == [order.net_total.amount]
    await check_books(shop)
