"""Paying with several means: balances first, then one gateway, and whatever is left comes back."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.checkout.completion.outcome import Completion
from domain.checkout.settling.usecases import close_expired, resume
from domain.checkout.tendering.usecases import RemoveTender, remove_tender
from domain.payments.balances.usecases import IssuedGiftCard
from domain.shared.actor import Actor
from domain.shared.ids import CheckoutId, CustomerId, PaymentId, TenderId
from domain.shared.money import Money
from integrations.internal.gateways import CashOnDelivery
from tests.factories.balances import available, balance, credit_limit, customer, euros, gift_card, store_credit
from tests.factories.buying import Buying, outcomes
from tests.factories.refusals import problems_of

TOTAL = 104_97


async def payments(shop: Buying) -> list[tuple[str, str, int, int]]:
    rows = await shop.pool.fetch("SELECT kind, state, authorized_minor, captured_minor FROM payment ORDER BY id")
    return [tuple(row) for row in rows]


async def open_checkout(shop: Buying, *, price: int = TOTAL) -> CheckoutId:
    """Goods of 104.97 with free delivery, and nothing offered to pay them with."""
    checkout = await shop.start(await shop.cart((await shop.offer(price=price, stock=5), 1)))
    await shop.tell(checkout)
    assert (await shop.checkout(checkout)).totals.total.gross == euros(price)
    return checkout


async def y5(shop: Buying, token: str = "tok_ok") -> tuple[CheckoutId, IssuedGiftCard]:
    """Total 104.97, a gift card with 30.00 and a card."""
    card = await gift_card(shop, euros(30_00))
    checkout = await open_checkout(shop)
    await shop.tender(checkout, code=card.code)
    await shop.tender(checkout, token)
    return checkout, card


async def signed_in(shop: Buying) -> tuple[Buying, CustomerId]:
    owner = await customer(shop.pool)
    return replace(shop, actor=Actor(customer_id=owner)), owner


async def test_y5_a_gift_card_of_30_pays_first_and_the_card_the_other_74_97(shop: Buying):
    checkout, card = await y5(shop)
    totals = (await shop.checkout(checkout)).totals

    done = await shop.complete(checkout)

    assert (totals.total.gross, totals.tendered, totals.due) == (euros(TOTAL), euros(30_00), euros(74_97))
    assert done.order_id is not None
    assert await payments(shop) == [("GIFT_CARD", "AUTHORIZED", 30_00, 30_00), ("CARD", "AUTHORIZED", 74_97, 0)]
    assert await available(shop, card.gift_card.id) == 0
    assert [item["amount_minor"] for item in await shop.authorizations()] == [74_97]
    orders = await shop.pool.fetch("SELECT DISTINCT order_id FROM payment")
    assert [row["order_id"] for row in orders] == [done.order_id]


async def test_y5_a_declined_card_gives_the_gift_card_its_30_back_in_the_same_transaction(shop: Buying):
    checkout, card = await y5(shop, "tok_declined")

    refused = await problems_of(shop.complete(checkout))

    assert refused == [("PAYMENT_DECLINED", ("checkout_id",))]
    assert await available(shop, card.gift_card.id) == 30_00
    assert await payments(shop) == [("GIFT_CARD", "VOIDED", 0, 0), ("CARD", "FAILED", 0, 0)]
    times = await shop.pool.fetch("SELECT DISTINCT recorded_at > now() - interval '1 minute' FROM balance_entry")
    assert len(times) == 1

    await shop.tender(checkout)
    assert (await shop.complete(checkout)).order_id is not None
    assert await available(shop, card.gift_card.id) == 0


async def test_y5_while_the_card_is_under_way_its_30_are_held_from_others(shop: Buying):
    checkout, card = await y5(shop, "tok_action")
    await shop.complete(checkout)

    held = (await shop.checkout(checkout)).totals

    assert await available(shop, card.gift_card.id) == 0
    assert (held.tendered, held.due) == (euros(30_00), euros(74_97))


async def test_y9_an_abandoned_payment_gives_the_gift_card_back_when_the_reservation_ends(shop: Buying):
    checkout, card = await y5(shop, "tok_action")
    await shop.complete(checkout)
    late = shop.later(minutes=31)

    assert await close_expired(late.unit_of_work(), checkout, now=late.now)

    assert await available(shop, card.gift_card.id) == 30_00
    assert [tender.state.value for tender in (await shop.checkout(checkout)).tenders] == ["RELEASED", "FAILED"]


async def test_s6_a_payment_that_comes_too_late_for_its_goods_gives_the_gift_card_back(shop: Buying):
    checkout, card = await y5(shop, "tok_failing")
    await problems_of(shop.complete(checkout))
    await shop.pool.execute("UPDATE stock_level SET on_hand = reserved")
    late = shop.later(hours=2)
    (offer,) = (await shop.checkout(checkout)).checkout.demand
    await shop.pool.execute("UPDATE stock_level SET on_hand = 0, reserved = 0")
    await shop.pool.execute("DELETE FROM reservation")
    payment = PaymentId(await shop.pool.fetchval("SELECT id FROM payment WHERE gateway = 'test'"))

    refused = await problems_of(resume(late.unit_of_work(), payment, late.around))

    assert refused == [("INSUFFICIENT_STOCK", ("checkout_id",))]
    assert await available(shop, card.gift_card.id) == 30_00
    assert await shop.stock(offer) == (0, 0, 0)


async def test_a_gift_card_alone_pays_an_order_and_no_gateway_is_asked(shop: Buying):
    card = await gift_card(shop, euros(200_00))
    checkout = await open_checkout(shop)
    await shop.tender(checkout, code=card.code)

    done = await shop.complete(checkout)

    assert done.order_id is not None
    assert await payments(shop) == [("GIFT_CARD", "AUTHORIZED", TOTAL, TOTAL)]
    assert await available(shop, card.gift_card.id) == 200_00 - TOTAL
    assert await shop.authorizations() == []


async def test_y7_two_checkouts_that_spend_one_gift_card_at_once_spend_it_once(shop: Buying):
    card = await gift_card(shop, euros(TOTAL))
    first, second = [await open_checkout(shop) for _ in range(2)]
    for checkout in (first, second):
        await shop.tender(checkout, code=card.code)

    found = await outcomes([shop.complete(first), shop.complete(second)])

    assert Counter(type(item) for item in found)[Completion] == 1
    assert await shop.count("order") == 1
    assert await available(shop, card.gift_card.id) == 0


async def test_a_gift_card_that_is_offered_twice_is_spent_once(shop: Buying):
    card = await gift_card(shop, euros(30_00))
    checkout = await open_checkout(shop)

    await shop.tender(checkout, code=card.code, amount=euros(10_00))
    await shop.tender(checkout, code=(card.code or "").lower())

    whole = await shop.checkout(checkout)
    assert [tender.state.value for tender in whole.tenders] == ["RELEASED", "PENDING"]
    assert whole.totals.due == euros(TOTAL - 30_00)


async def test_several_gift_cards_and_credit_pay_one_after_another(shop: Buying):
    mine, owner = await signed_in(shop)
    credit = await store_credit(mine, owner, euros(20_00))
    cards = [await gift_card(mine, euros(10_00)) for _ in range(2)]
    checkout = await open_checkout(mine)
    await mine.tender(checkout, method="store_credit", amount=euros(15_00))
    for card in cards:
        await mine.tender(checkout, code=card.code)
    await mine.tender(checkout)

    await mine.complete(checkout)

    assert [(kind, amount) for kind, _, amount, _ in await payments(shop)] == [
        ("STORE_CREDIT", 15_00),
        ("GIFT_CARD", 10_00),
        ("GIFT_CARD", 10_00),
        ("CARD", TOTAL - 35_00),
    ]
    assert await available(shop, credit.id) == 5_00


async def test_a_tender_that_is_removed_pays_nothing_and_removing_it_twice_is_as_once(shop: Buying):
    checkout, _ = await y5(shop)
    (card, _) = (await shop.checkout(checkout)).tenders

    for _ in range(2):
        await remove_tender(shop.unit_of_work(), RemoveTender(checkout, card.id), now=shop.now)

    whole = await shop.checkout(checkout)
    assert whole.totals.due == euros(TOTAL)
    absent = RemoveTender(checkout, TenderId(f"tender_{'0' * 26}"))
    assert await problems_of(remove_tender(shop.unit_of_work(), absent, now=shop.now)) == [
        ("NOT_FOUND", ("tender_id",))
    ]


async def test_what_is_missing_is_told_exactly_while_balances_change(shop: Buying):
    card = await gift_card(shop, euros(TOTAL))
    checkout = await open_checkout(shop)
    await shop.tender(checkout, code=card.code)
    assert (await shop.checkout(checkout)).missing == ()

    other = await open_checkout(shop)
    await shop.tender(other, code=card.code)
    await shop.complete(other)

    assert [gap.value for gap in (await shop.checkout(checkout)).missing] == ["PAYMENT"]
    assert await problems_of(shop.complete(checkout)) == [("PAYMENT_REQUIRED", ("checkout_id",))]


@pytest.mark.parametrize(
    ("amount", "refusal"),
    [
        (Money(0, "EUR"), ("INVALID", ("amount",))),
        (Money(-5, "EUR"), ("INVALID", ("amount",))),
        (Money(5, "USD"), ("INVALID", ("amount",))),
        (Money(30_01, "EUR"), ("INSUFFICIENT_BALANCE", ("amount",))),
    ],
)
async def test_a_gift_card_pays_no_amount_that_it_has_not(
    shop: Buying, amount: Money, refusal: tuple[str, tuple[str, ...]]
):
    card = await gift_card(shop, euros(30_00))
    checkout = await open_checkout(shop)

    assert await problems_of(shop.tender(checkout, code=card.code, amount=amount)) == [refusal]


async def test_unknown_foreign_and_expired_gift_cards_are_refused(shop: Buying):
    dollars = await gift_card(shop, Money(30_00, "USD"))
    old = await gift_card(shop, euros(30_00), expires_at=shop.now + timedelta(seconds=1))
    checkout = await open_checkout(shop)
    late = shop.later(minutes=1)

    assert await problems_of(shop.tender(checkout, code="7K3M-9QX2-5TA3-0WZC")) == [("NOT_FOUND", ("gift_card_code",))]
    assert await problems_of(shop.tender(checkout, code=dollars.code)) == [("INVALID", ("gift_card_code",))]
    assert await problems_of(late.tender(checkout, code=old.code)) == [("INSUFFICIENT_BALANCE", ("gift_card_code",))]
    assert await shop.count("tender") == 0


async def test_nobody_pays_with_the_credit_of_another_customer(shop: Buying):
    mine, owner = await signed_in(shop)
    await store_credit(mine, owner, euros(200_00))
    theirs, _ = await signed_in(shop)

    for somebody in (shop, theirs):
        checkout = await open_checkout(somebody)
        assert await problems_of(somebody.tender(checkout, method="store_credit")) == [("NOT_FOUND", ("method_id",))]


async def test_b1_two_orders_of_200_at_once_on_terms_with_300_left_are_one_order(shop: Buying):
    """Limit 1,000.00, open 700.00."""
    mine, owner = await signed_in(shop)
    terms = await credit_limit(mine, owner, euros(1_000_00))
    spent = await open_checkout(mine, price=700_00)
    await mine.tender(spent, method="invoice")
    await mine.complete(spent)
    checkouts = [await open_checkout(mine, price=200_00) for _ in range(2)]
    for checkout in checkouts:
        await mine.tender(checkout, method="invoice")

    found = await asyncio.gather(*[problems_or_order(mine, checkout) for checkout in checkouts])

    assert sorted(found) == ["CREDIT_LIMIT_EXCEEDED", "order"]
    assert (await balance(shop, terms.id)).owed == euros(900_00)
    assert [item for item in await payments(shop) if item[1] == "AUTHORIZED"] == [
        ("INVOICE", "AUTHORIZED", 700_00, 0),
        ("INVOICE", "AUTHORIZED", 200_00, 0),
    ]


async def problems_or_order(shop: Buying, checkout: CheckoutId) -> str:
    (result,) = await outcomes([shop.complete(checkout)])
    if isinstance(result, Completion):
        return "order"
    return (await problems_of(shop.complete(checkout)))[0][0]


async def test_b1_terms_pay_the_whole_rest_or_nothing(shop: Buying):
    mine, owner = await signed_in(shop)
    await credit_limit(mine, owner, euros(TOTAL - 30_00))
    checkout = await open_checkout(mine)
    await mine.tender(checkout, method="invoice")

    assert await problems_of(mine.complete(checkout)) == [("CREDIT_LIMIT_EXCEEDED", ("checkout_id",))]

    await mine.tender(checkout, code=(await gift_card(mine, euros(30_00))).code)
    whole = await mine.checkout(checkout)
    assert whole.totals.due == euros(0)


async def test_cash_on_delivery_is_offered_where_carriers_take_it_and_asks_nobody(shop: Buying):
    with_cash = replace(shop, beside=(CashOnDelivery(["DE"]),))
    checkout = await open_checkout(with_cash)
    await with_cash.tender(checkout, method="cash_on_delivery")

    done = await with_cash.complete(checkout)

    assert done.order_id is not None
    assert await payments(shop) == [("CASH_ON_DELIVERY", "AUTHORIZED", TOTAL, 0)]
    assert not CashOnDelivery(["AT"]).methods("EUR", "DE")
