"""Orders whose money comes days later: bank transfers and methods that settle with delay."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.checkout.awaiting.usecases import ReceivePayment, expire_unpaid, receive_payment
from domain.checkout.completion.outcome import Completion
from domain.checkout.settling.usecases import resume
from domain.orders.holding.usecases import settle_order
from domain.orders.settling.ports import Surroundings as Settling
from domain.shared.actor import Actor
from domain.shared.ids import ApiKeyId, CheckoutId, OfferId, OrderId, PaymentId
from integrations.internal.gateways import BankTransfer
from persistence.ids import new_id
from tests.factories.balances import available, euros, gift_card
from tests.factories.buying import Buying
from tests.factories.refusals import problems_of

STAFF = Actor(api_key_id=ApiKeyId("staff"), scopes=frozenset({"staff", "payments:write"}))


async def pending(shop: Buying, offer: OfferId) -> tuple[CheckoutId, OrderId]:
    """An order of one unit, paid by a method that settles later."""
    checkout = await shop.ready((offer, 1), token="tok_pending")
    done = await shop.complete(checkout, key="one")
    assert done.order_id is not None
    return checkout, done.order_id


async def arrive(shop: Buying, status: str = "authorized") -> Completion | None:
    """The gateway learns how it ended, and whoever hears of it goes on with the payment."""
    (authorization,) = await shop.authorizations()
    result = {"authorized": "succeeded", "declined": "failed"}[status]
    await shop.gateway._post(f"/authorizations/{authorization['id']}/settle", {"result": result})
    return await resume(shop.unit_of_work(), await payment_id(shop), shop.around)


async def payment_id(shop: Buying) -> PaymentId:
    return PaymentId(await shop.pool.fetchval("SELECT id FROM payment WHERE kind NOT IN ('GIFT_CARD')"))


async def status(shop: Buying) -> tuple[str, list[str], str]:
    """Of the order, its parts, and the payment that a gateway makes."""
    order = await shop.pool.fetchval('SELECT status FROM "order"')
    parts = [row["status"] for row in await shop.pool.fetch("SELECT status FROM vendor_order")]
    payment = await shop.pool.fetchval("SELECT state FROM payment WHERE kind NOT IN ('GIFT_CARD')")
    return order, parts, payment


async def test_s5_an_order_waits_for_its_money_with_its_goods_reserved_for_the_markets_days(shop: Buying):
    offer = await shop.offer(stock=1)
    checkout, order_id = await pending(shop, offer)

    due_at = await shop.pool.fetchval('SELECT payment_due_at FROM "order"')
    held_until = await shop.pool.fetchval("SELECT expires_at FROM reservation")
    again = await shop.complete(checkout, total=euros(2489), key="one")

    assert await status(shop) == ("PENDING_PAYMENT", ["AWAITING_PAYMENT"], "PENDING")
    assert due_at == held_until == shop.now + timedelta(days=7)
    assert await shop.stock(offer) == (1, 1, 0)
    assert await shop.events() == [("ORDER_PLACED", 1)]
    assert again.order_id == order_id
    assert await problems_of(shop.later(days=6).start(await shop.cart((offer, 1)))) == [
        ("INSUFFICIENT_STOCK", ("cart_id",))
    ]


async def test_s5_the_money_confirms_the_order_and_its_goods_are_owed(shop: Buying):
    offer = await shop.offer(stock=1)
    _, order_id = await pending(shop, offer)
    late = shop.later(days=3)

    for _ in range(2):
        await arrive(late)

    assert await status(shop) == ("CONFIRMED", ["NEW"], "AUTHORIZED")
    assert await shop.stock(offer) == (1, 0, 1)
    assert await shop.pool.fetchval("SELECT sum(quantity)::int FROM allocation") == 1
    assert sorted(await shop.events()) == [
        ("ORDER_CONFIRMED", 2),
        ("ORDER_PLACED", 1),
        ("PAYMENT_AUTHORIZED", 1),
        ("VENDOR_ORDER_CREATED", 1),
    ]
    assert await shop.pool.fetchval("SELECT order_id FROM payment") == order_id


async def test_money_that_fails_to_come_cancels_the_order_and_frees_its_goods(shop: Buying):
    offer = await shop.offer(stock=1)
    await pending(shop, offer)

    await arrive(shop, "declined")

    assert await status(shop) == ("CANCELED", ["CANCELED"], "FAILED")
    assert await shop.stock(offer) == (1, 0, 0)
    reason = await shop.pool.fetchval("SELECT changes ->> 'reason' FROM event WHERE type = 'ORDER_CANCELED'")
    assert reason == "PAYMENT_FAILED"


async def test_o1_an_overdue_order_expires_from_that_instant_and_not_before(shop: Buying):
    offer = await shop.offer(stock=1)
    _, order_id = await pending(shop, offer)
    early, late = shop.later(days=6, hours=23), shop.later(days=7)

    assert not await expire_unpaid(early.unit_of_work(), order_id, now=early.now)
    assert await expire_unpaid(late.unit_of_work(), order_id, now=late.now)
    assert not await expire_unpaid(late.unit_of_work(), order_id, now=late.now)
    await resume(late.unit_of_work(), await payment_id(shop), late.around)

    assert await status(shop) == ("EXPIRED", ["CANCELED"], "VOIDED")
    assert await shop.stock(offer) == (1, 0, 0)
    assert [item["status"] for item in await shop.authorizations()] == ["voided"]


async def test_s6_money_after_the_deadline_buys_the_goods_if_they_can_still_be_had(shop: Buying):
    offer = await shop.offer(stock=1)
    await pending(shop, offer)

    await arrive(shop.later(days=8))

    assert await status(shop) == ("CONFIRMED", ["NEW"], "AUTHORIZED")
    assert await shop.stock(offer) == (1, 0, 1)


async def test_s6_money_for_goods_that_are_gone_goes_back_and_the_order_is_canceled(shop: Buying):
    offer = await shop.offer(stock=1)
    await pending(shop, offer)
    late = shop.later(days=8)
    await late.start(await late.cart((offer, 1)))

    done = await arrive(late)
    assert done is not None
    assert done.order_id is not None
    await settle_order(late.unit_of_work(), done.order_id, Settling(late.around.gateways, lambda: late.now))

    assert await status(shop) == ("CANCELED", ["CANCELED"], "AUTHORIZED")
    row = await shop.pool.fetchrow("SELECT captured_minor, refunded_minor FROM payment")
    assert row is not None
    assert tuple(row) == (24_89, 24_89)
    assert [(item["captured_minor"], item["refunded_minor"]) for item in await shop.authorizations()] == [(2489, 2489)]
    assert await shop.stock(offer) == (1, 1, 0)
    reason = await shop.pool.fetchval("SELECT changes ->> 'reason' FROM event WHERE type = 'ORDER_CANCELED'")
    assert reason == "OUT_OF_STOCK"


@pytest.mark.parametrize("how", ["authorized", "declined"])
async def test_y5_a_gift_card_waits_with_the_order_and_shares_its_end(shop: Buying, how: str):
    card = await gift_card(shop, euros(10_00))
    checkout = await shop.ready((await shop.offer(stock=1), 1), token="tok_pending")
    await shop.tender(checkout, code=card.code)
    await shop.complete(checkout)
    held = await available(shop, card.gift_card.id)

    await arrive(shop, how)

    is_paid = how == "authorized"
    assert held == 0
    assert await available(shop, card.gift_card.id) == (0 if is_paid else 10_00)
    row = await shop.pool.fetchrow("SELECT state, captured_minor FROM payment WHERE kind = 'GIFT_CARD'")
    assert row is not None
    assert tuple(row) == (("AUTHORIZED", 10_00) if is_paid else ("VOIDED", 0))


async def transfer(shop: Buying) -> tuple[Buying, PaymentId]:
    """A shop with a bank account, and an order whose buyer is to transfer money to it."""
    bank = replace(shop, beside=(BankTransfer({"EUR": "DE89370400440532013000"}),))
    checkout = await bank.start(await bank.cart((await bank.offer(stock=1), 1)))
    await bank.tell(checkout)
    await bank.tender(checkout, method="bank_transfer")
    done = await bank.complete(checkout)
    assert done.action is not None
    assert done.action.data["account"] == "DE89370400440532013000"
    return replace(bank, actor=STAFF), await payment_id(bank)


async def test_staff_who_find_the_transfer_confirm_the_order_once(shop: Buying):
    bank, payment = await transfer(shop)
    command = ReceivePayment(payment, "one")

    first, again = [await receive_payment(bank.unit_of_work(), command, bank.around) for _ in range(2)]
    other = await problems_of(receive_payment(bank.unit_of_work(), ReceivePayment(payment, new_id("key")), bank.around))

    assert first == again
    assert await status(shop) == ("CONFIRMED", ["NEW"], "AUTHORIZED")
    assert await shop.pool.fetchval("SELECT captured_minor FROM payment") == 24_89
    assert other == [("INVALID_TRANSITION", ("payment_id",))]


async def test_staff_confirm_no_payment_that_a_gateway_knows_of(shop: Buying):
    await pending(shop, await shop.offer(stock=1))
    staff = replace(shop, actor=STAFF)
    command = ReceivePayment(await payment_id(shop), "one")

    assert await problems_of(receive_payment(staff.unit_of_work(), command, staff.around)) == [
        ("INVALID_TRANSITION", ("payment_id",))
    ]
