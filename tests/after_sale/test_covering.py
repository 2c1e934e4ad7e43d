"""Holding anew what an order still costs on a method that its buyer keeps with the gateway (rules Y3, Y4 and O6)."""

from dataclasses import replace

from domain.orders.covering.usecases import look_after_authorization
from domain.payments.ports import Capabilities
from domain.shared.ids import StoredMethodId
from tests.after_sale.test_canceling import customer
from tests.after_sale.test_editing import check_books, edit
from tests.factories.after_sale import Sale, eur
from tests.factories.buying import Buying


async def bought_by_stored_method(shop: Buying, *, first: int = 3) -> Sale:
    """Lines of 20.00 a unit by one vendor and 50.00 by another, paid by a card that the gateway keeps."""
    mine = replace(shop, actor=await customer(shop))
    earlier = await mine.start(await mine.cart((await shop.offer(), 1)))
    await mine.tell(earlier)
    await mine.tender(earlier, "tok_ok", saves=True)
    await mine.complete(earlier)
    stored = StoredMethodId(await shop.pool.fetchval("SELECT id FROM stored_method"))
    offers = [await shop.offer(price=2_000, stock=10), await shop.offer(price=5_000, stock=10)]
    checkout = await mine.start(await mine.cart((offers[0], first), (offers[1], 1)))
    await mine.tell(checkout)
    await mine.tender(checkout, None, stored=stored)
    done = await mine.complete(checkout)
    assert done.order_id is not None
    return Sale(mine, done.order_id)


async def test_y4_the_rest_is_held_anew_on_the_stored_method_before_the_hold_ends(shop: Buying):
    sale = await bought_by_stored_method(shop)
    total = (await sale.order()).totals.total.gross
    delivery = (await sale.parts())[0].totals.shipping.gross
    await sale.send(0, 2)
    payment_id = await sale.payment_id()

    await look_after_authorization(sale.unit_of_work(), payment_id, sale.around)

    sent = eur("40.00") + delivery
    assert await sale.money() == [
        ("AUTHORIZED", sent.amount, sent.amount, "0.00"),
        ("AUTHORIZED", (total - sent).amount, "0.00", "0.00"),
    ]
    assert (await sale.order()).status.value == "CONFIRMED"
    assert "PAYMENT_EXPIRING" not in await sale.told()
    await check_books(shop)


async def test_y3_without_multicapture_the_rest_is_held_anew_for_later_parcels(shop: Buying, monkeypatch):
    sale = await bought_by_stored_method(shop)
    able = Capabilities(multicapture=False, off_session=True, saves_methods=True)
    monkeypatch.setattr(shop.gateway, "capabilities", lambda kind: able)
    total = (await sale.order()).totals.total.gross
    sent = eur("40.00") + (await sale.parts())[0].totals.shipping.gross

    await sale.send(0, 2)
    await sale.settle()
    after_first = await sale.money()
    await sale.send(0, 1)
    await sale.send(1, 1)
    await sale.settle()

    assert after_first == [
        ("AUTHORIZED", sent.amount, sent.amount, "0.00"),
        ("AUTHORIZED", (total - sent).amount, "0.00", "0.00"),
    ]
    assert [captured for _, _, captured, _ in await sale.money()] == [sent.amount, (total - sent).amount]
    await check_books(shop)


async def test_o6_what_an_edit_costs_more_is_held_on_the_stored_method(shop: Buying):
    sale = await bought_by_stored_method(shop)

    await edit(sale, (0, 5))

    assert [authorized for _, authorized, _, _ in await sale.money()][1:] == ["40.00"]
    await check_books(shop)


async def test_what_was_begun_and_never_finished_is_left_to_the_worker_and_the_order_stays_uncovered(shop: Buying):
    sale = await bought_by_stored_method(shop)
    await shop.gateway._post("/control", {"failing_calls": 1})

    await edit(sale, (0, 4))

    assert [state for state, *_ in await sale.money()] == ["AUTHORIZED", "INTENDED"]
