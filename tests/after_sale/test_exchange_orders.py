"""Goods wanted in exchange: they join the order once what they are for has come back (rules O6, O8, M8 and Y1)."""

from typing import Any

import pytest

from domain.returns.model import ReturnLabel, ReturnState
from domain.returns.usecases import LabelReturn, label_return
from domain.shared.actor import GUEST, Actor
from domain.shared.ids import ApiKeyId, OfferId, ReturnId
from persistence.ids import new_id
from server.doctor import findings
from server.doctor.returns import CHECKS as RETURNS
from tests.after_sale.returning import approve, ask, decide, delivered, found, receive, settled
from tests.after_sale.test_any_order import BOOKS
from tests.after_sale.test_paying_due import link_of, pay
from tests.factories.after_sale import Sale, eur
from tests.factories.buying import Buying
from tests.factories.refusals import problems_of
from tests.factories.shoppers import Shopper


async def of_the_vendor(sale: Sale, **facts: Any) -> OfferId:
    """Another offer of the vendor of the first line."""
    offer = await sale.shop.offer(**facts)
    vendor_id = (await sale.lines())[0].vendor_id
    await sale.shop.pool.execute("UPDATE offer SET vendor_id = $2 WHERE id = $1", offer, vendor_id)
    sql = "UPDATE warehouse SET vendor_id = $2 WHERE id IN (SELECT warehouse_id FROM stock_level WHERE offer_id = $1)"
    await sale.shop.pool.execute(sql, offer, vendor_id)
    return offer


async def lamps(shop: Buying, quantity: int = 2) -> Sale:
    """Lamps for 20.00 each, and 4.90 of delivery, that were paid and arrived."""
    return await delivered(shop, (await shop.offer(price=20_00, stock=10), quantity))


async def exchanged(sale: Sale, offer: OfferId, *, count: int = 1, wanted: int = 1) -> ReturnId:
    item = await ask(sale.by(GUEST), (0, count), exchange_for=[(offer, wanted)])
    await approve(sale, item)
    await receive(sale, item, (0, count))
    return item.id


async def check_books(shop: Buying) -> None:
    async with shop.pool.acquire() as connection:
        checks = (*BOOKS, *RETURNS)
        assert [str(item) for item in await findings(connection) if item.check in checks] == []


async def due(sale: Sale) -> dict[str, Any]:
    document = "query Q($id: ID!) { order(id: $id) { paymentStatus totals { due { amountMinor } } } }"
    return dict((await Shopper(sale.shop).send(document, id=sale.order_id)).data["order"])


async def test_o8_an_even_exchange_moves_no_money_and_sends_the_other_goods_in_a_part_of_their_own(shop: Buying):
    sale = await lamps(shop)
    offer = await of_the_vendor(sale, price=20_00, stock=3)

    item = await found(sale, await exchanged(sale, offer))

    order, lines, parts = await sale.order(), await sale.lines(), await sale.parts()
    assert (item.state, item.exchange[0].order_line_id) == (ReturnState.REFUNDED, lines[1].id)
    assert await sale.refunds() == [("RETURN", "SUCCEEDED", "0.00")]
    assert await shop.pool.fetchval("SELECT credited_minor FROM refund") == 20_00
    assert (lines[0].refunded, lines[1].offer_id, lines[1].total.gross) == (1, offer, eur("20.00"))
    assert [(part.status.value, part.totals.shipping.gross.amount) for part in parts] == [
        ("DELIVERED", "4.90"),
        ("NEW", "0.00"),
    ]
    assert (order.revision, await shop.stock(offer)) == (2, (3, 0, 1))
    assert await due(sale) == {"paymentStatus": "PAID", "totals": {"due": {"amountMinor": 0}}}
    assert {"RETURN_EXCHANGED", "REFUND_CREATED", "REFUND_SUCCEEDED"} <= set(await sale.told())
    await check_books(shop)


async def test_o8_what_the_other_goods_cost_less_goes_back(shop: Buying):
    sale = await lamps(shop)

    await exchanged(sale, await of_the_vendor(sale, price=12_50))

    assert await sale.refunds() == [("RETURN", "SUCCEEDED", "7.50")]
    assert [refunded for *_, refunded in await sale.money()] == ["7.50"]
    await check_books(shop)


async def test_o8_what_the_other_goods_cost_more_is_due_and_a_guest_pays_it_by_a_link(shop: Buying):
    sale = await lamps(shop)
    await exchanged(sale, await of_the_vendor(sale, price=27_00))

    before = await due(sale)
    seven = {"amountMinor": 7_00, "currency": "EUR"}
    paid = await pay(sale, await link_of(sale), expectedDue=seven)
    await sale.send(1, 1)
    await sale.settle()

    assert before == {"paymentStatus": "PARTIALLY_PAID", "totals": {"due": {"amountMinor": 7_00}}}
    assert paid["errors"] == []
    assert [captured for _, _, captured, _ in await sale.money()] == ["44.90", "7.00"]
    assert await due(sale) == {"paymentStatus": "PAID", "totals": {"due": {"amountMinor": 0}}}
    await check_books(shop)


async def test_o8_the_same_goods_are_given_again_at_the_price_of_the_sale(shop: Buying):
    sale = await lamps(shop)
    await shop.pool.execute("UPDATE price SET amount_minor = 9900")

    await exchanged(sale, (await sale.lines())[0].offer_id)

    assert [line.total.gross.amount for line in await sale.lines()] == ["40.00", "20.00"]
    assert await sale.refunds() == [("RETURN", "SUCCEEDED", "0.00")]
    await check_books(shop)


async def test_m8_what_was_given_in_exchange_is_refunded_like_any_other_to_the_last_cent(shop: Buying):
    sale = await lamps(shop)
    await exchanged(sale, await of_the_vendor(sale, price=12_50))
    await sale.send(1, 1)
    await sale.settle()

    await sale.refund((0, 1), (1, 1), shipping="4.90")

    assert [(captured, refunded) for _, _, captured, refunded in await sale.money()] == [("44.90", "44.90")]
    await check_books(shop)


async def test_o6_goods_that_are_gone_by_then_give_the_money_back_instead(shop: Buying):
    sale = await lamps(shop)
    offer = await of_the_vendor(sale, price=20_00, stock=1)
    item = await ask(sale, (0, 1), exchange_for=[(offer, 1)])
    await approve(sale, item)
    await shop.pool.execute("UPDATE stock_level SET on_hand = 0 WHERE offer_id = $1", offer)

    ended = await receive(sale, item, (0, 1))

    assert (ended.state, ended.exchange[0].order_line_id) == (ReturnState.REFUNDED, None)
    assert await sale.refunds() == [("RETURN", "SUCCEEDED", "20.00")]
    assert len(await sale.lines()) == 1
    await check_books(shop)


async def test_o8_an_exchange_waits_until_all_of_it_came_and_what_never_comes_ends_it(shop: Buying):
    sale = await lamps(shop)
    offer = await of_the_vendor(sale, price=40_00)
    item = await ask(sale, (0, 2), exchange_for=[(offer, 1)])
    await approve(sale, item)

    await receive(sale, item, (0, 1))
    waiting = await sale.refunds()
    await decide(sale, item, ReturnState.CLOSED)
    await settled(sale, item)

    assert waiting == []
    assert await sale.refunds() == [("RETURN", "SUCCEEDED", "20.00")]
    assert len(await sale.lines()) == 1
    await check_books(shop)


async def test_o8_settling_an_exchange_twice_gives_it_once(shop: Buying):
    sale = await lamps(shop)
    offer = await of_the_vendor(sale, price=20_00)
    item_id = await exchanged(sale, offer)

    await settled(sale, await found(sale, item_id))

    assert len(await sale.lines()) == 2
    assert len(await sale.refunds()) == 1


async def test_o6_an_exchange_that_is_canceled_gives_back_what_it_was_worth(shop: Buying):
    sale = await lamps(shop)
    await exchanged(sale, await of_the_vendor(sale, price=20_00))

    await sale.cancel((1, 1))

    assert await sale.refunds() == [("RETURN", "SUCCEEDED", "0.00"), ("CANCELLATION", "SUCCEEDED", "20.00")]
    await check_books(shop)


@pytest.mark.parametrize("case", ["unknown", "another vendor", "nothing"])
async def test_what_cannot_be_had_in_exchange_is_refused_when_it_is_asked_for(shop: Buying, case: str):
    sale = await lamps(shop)
    wanted = {
        "unknown": (OfferId(new_id("offer")), 1),
        "another vendor": (await shop.offer(), 1),
        "nothing": (await of_the_vendor(sale), 0),
    }[case]

    refused = await problems_of(ask(sale, (0, 1), exchange_for=[wanted]))

    code, field = ("INVALID", "quantity") if case == "nothing" else ("NOT_PURCHASABLE", "offer_id")
    assert refused == [(code, ("exchange_for", "0", field))]
    assert (await sale.lines())[0].return_requested == 0


async def labeled(sale: Sale, return_id: ReturnId, actor: Actor | None = None, **label: Any) -> Any:
    uow = (sale.by(actor) if actor else sale).unit_of_work()
    return await label_return(uow, LabelReturn(return_id, ReturnLabel(**label), new_id("key")))


async def test_the_vendor_gives_a_label_to_an_approved_return_and_the_buyer_sees_it(shop: Buying):
    sale = await lamps(shop)
    item = await ask(sale, (0, 1))
    vendor = Actor(api_key_id=ApiKeyId("api_key_vendor"), vendor_ids=frozenset({item.vendor_id}))

    early = await problems_of(labeled(sale, item.id, tracking_number="1Z"))
    await approve(sale, item)
    await labeled(sale, item.id, vendor, url="https://labels.example/1", carrier="DHL", tracking_number="1Z")
    document = "query Q($id: ID!) { order(id: $id) { returns { label { url carrier trackingNumber } } } }"
    seen = (await Shopper(shop).send(document, id=sale.order_id)).data["order"]["returns"]

    assert early == [("INVALID_TRANSITION", ("return_id",))]
    assert seen == [{"label": {"url": "https://labels.example/1", "carrier": "DHL", "trackingNumber": "1Z"}}]
    assert "RETURN_LABELED" in await sale.told()


async def test_a_label_says_something_and_is_given_by_the_vendor_alone(shop: Buying):
    sale = await lamps(shop)
    item = await ask(sale, (0, 1))
    await approve(sale, item)

    nothing = await problems_of(labeled(sale, item.id))
    unsafe = await problems_of(labeled(sale, item.id, url="http://labels.example/1", carrier=" "))
    stranger = await problems_of(labeled(sale, item.id, GUEST, tracking_number="1Z"))

    assert nothing == [("REQUIRED", ("url",))]
    assert unsafe == [("INVALID", ("url",)), ("INVALID", ("carrier",))]
    assert stranger == [("NOT_FOUND", ("return_id",))]
