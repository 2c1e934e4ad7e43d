"""What Stripe tells, however it tells it, leads to the same end (rule I6)."""

import asyncio
import json
from typing import Any

import httpx2
import pytest
from stripe import WebhookSignature

from domain.checkout.observing.usecases import observe_payment
from domain.shared.ids import PaymentId
from tests.factories.after_sale import Sale
from tests.factories.buying import outcomes
from tests.factories.paying import WEBHOOK_SECRET, StripeShop
from tests.journeys.world import eventually

DELIVERIES: dict[str, dict[str, Any]] = {
    "in order": {},
    "three times": {"copies": 3},
    "newest first": {"newest_first": True},
}


SWITCHED = ("normal", "duplicate", "reordered", "late", "lost")
"""What the double does with notices by itself, as soon as something has happened."""
LATE_SECONDS = 1.5


async def hear_by_itself(paying: StripeShop) -> None:
    """Wait until the double has sent all that has happened so far, and do what the worker does about it."""

    async def has_heard() -> bool:
        return await paying.shop.count("gateway_event") == len(await paying.double.objects("event"))

    await eventually(has_heard)
    await paying.work()


async def hear(paying: StripeShop, how: str, *, is_last: bool = False) -> None:
    """Let the shop hear of what has happened: as `how` says, late only at the end, and lost notices never."""
    if how in {"normal", "duplicate", "reordered"}:
        await hear_by_itself(paying)
    elif how in DELIVERIES:
        assert set(await paying.deliver(**DELIVERIES[how])) == {200}
        await paying.work()
    elif is_last and how == "late":
        await hear_by_itself(paying)
    elif is_last and how == "held to the end":
        await paying.deliver()
        await paying.work()
    elif is_last:
        await paying.reconcile()


async def whole_journey(paying: StripeShop, how: str) -> None:
    """Five orders: one whose buyer never comes back, one by debit, and three whose money goes back in some way."""
    abandoned = await paying.ready("pm_card_threeDSecure2Required")
    await paying.shop.complete(abandoned)
    debit = await paying.ready("pm_success_de", "stripe_sepa_debit")
    await paying.shop.complete(debit)
    disputed, slow, bouncing = [
        await paying.bought(token) for token in ("pm_card_createDispute", "pm_card_pendingRefund", "pm_card_refundFail")
    ]
    await paying.double.answer_bank(await paying.reference_of(abandoned), "approve")
    await paying.double.tell("settle", id=await paying.reference_of(debit))
    await hear(paying, how)

    for sale in (disputed, slow, bouncing):
        await sale.capture("100")
    await slow.refund(adjustment="30")
    await bouncing.refund(adjustment="20")
    await hear(paying, how)

    for refund in await paying.double.objects("refund"):
        await paying.double.tell("settle", id=refund["id"])
    (dispute,) = await paying.double.objects("dispute")
    lost = {"evidence[uncategorized_text]": "losing_evidence"}
    assert (await paying.double.ask("POST", f"disputes/{dispute['id']}", lost)).status_code == 200
    await hear(paying, how, is_last=True)


@pytest.mark.parametrize("how", [*DELIVERIES, "held to the end", *SWITCHED])
async def test_i6_however_notices_come_the_end_is_the_same(paying: StripeShop, how: str):
    if how in SWITCHED:
        await paying.double.tell("switches", webhooks=how, late_seconds=LATE_SECONDS)

    await whole_journey(paying, how)

    state = await paying.state()
    assert state["orders"] == [("CONFIRMED",)] * 5
    assert sorted(state["payments"]) == sorted(
        [
            ("AUTHORIZED", 12_000, 0, 0, 0),
            ("AUTHORIZED", 12_000, 12_000, 0, 0),
            ("AUTHORIZED", 12_000, 10_000, 0, 0),
            ("AUTHORIZED", 12_000, 10_000, 3_000, 0),
            ("AUTHORIZED", 12_000, 10_000, 0, 0),
        ]
    )
    assert state["operations"] == [("CAPTURE", "SUCCEEDED", 10_000)] * 3 + [
        ("REFUND", "FAILED", 2_000),
        ("REFUND", "SUCCEEDED", 3_000),
    ]
    assert state["refunds"] == [("FAILED", 2_000), ("SUCCEEDED", 3_000)]
    assert state["disputes"] == [("LOST", 10_000, "fraudulent", 2_000)]
    assert state["stock"] == [(50, 0, 5)]
    told = dict(state["events"])
    assert (told["ORDER_PLACED"], told["DISPUTE_OPENED"], told["DISPUTE_CLOSED"]) == (5, 1, 1)
    assert (told["REFUND_SUCCEEDED"], told["REFUND_FAILED"]) == (2, 1)


async def test_i6_a_notice_is_taken_once_by_its_id(paying: StripeShop):
    await paying.bought("pm_card_visa")
    first = await paying.deliver()
    await paying.work()

    events = [event for event in await paying.double.objects("event") if event["type"] == "charge.succeeded"]
    body = json.dumps(events[0])
    headers = {"stripe-signature": WebhookSignature.generate_signature_header(body, WEBHOOK_SECRET)}
    async with httpx2.AsyncClient() as client:
        answers = [await client.post(paying.url, content=body, headers=headers) for _ in range(3)]

    assert set(first) == {200}
    assert [answer.status_code for answer in answers] == [200] * 3
    assert await paying.work() == 0


async def test_i6_a_forged_notice_is_refused_and_leaves_nothing(paying: StripeShop):
    forged = WebhookSignature.generate_signature_header("{}", "whsec_another")

    async with httpx2.AsyncClient() as client:
        answer = await client.post(paying.url, content=b"{}", headers={"stripe-signature": forged})
        unsigned = await client.post(paying.url, content=b"{}")
        enormous = await client.post(paying.url, content=b"x" * 1_000_001, headers={"stripe-signature": forged})

    assert [answer.status_code, unsigned.status_code, enormous.status_code] == [400, 400, 413]
    assert await paying.shop.count("gateway_event") == 0


async def test_i6_the_notice_and_the_buyers_return_racing_make_one_order(paying: StripeShop):
    checkout = await paying.ready("pm_card_threeDSecure2Required")
    await paying.shop.complete(checkout, key="one")
    await paying.double.answer_bank(await paying.reference_of(checkout), "approve")
    payment_id = PaymentId(await paying.shop.pool.fetchval("SELECT id FROM payment"))

    def noticed() -> Any:
        return observe_payment(paying.shop.unit_of_work(), payment_id, paying.shop.around)

    found = await outcomes(
        [*[noticed() for _ in range(8)], *[paying.shop.complete(checkout, key="one") for _ in range(8)]]
    )

    assert [item for item in found if isinstance(item, BaseException)] == []
    assert {item.order_id for item in found[8:]} == {await paying.order_of(checkout)}  # type: ignore[union-attr]
    assert await paying.shop.count("order") == 1
    assert await paying.charged() == [("requires_capture", 12_000, 0)]


async def test_i3_a_payment_whose_answer_was_lost_is_known_by_its_notice(paying: StripeShop):
    checkout = await paying.ready("pm_card_visa")
    await paying.double.tell("switches", late_answers=1, late_answer_seconds=4)
    await outcomes([paying.shop.complete(checkout)])
    unknown = await paying.reference_of(checkout)

    await paying.deliver()
    await paying.work()

    assert unknown is None
    assert await paying.order_of(checkout) is not None
    assert await paying.charged() == [("requires_capture", 12_000, 0)]


async def test_notices_of_payments_that_are_not_ours_are_taken_and_say_nothing(paying: StripeShop):
    charge = {"amount": 500, "currency": "eur", "confirm": "true", "payment_method": "pm_card_visa"}
    await paying.double.ask("POST", "payment_intents", charge | {"payment_method_types[0]": "card"})

    statuses = await paying.deliver()
    await paying.work()

    assert set(statuses) == {200}
    assert await paying.shop.count("payment") == 0
    assert await paying.work() == 0


async def test_y4_a_hold_that_ran_out_at_the_gateway_is_let_go(paying: StripeShop):
    sale = await paying.bought("pm_card_visa")
    await paying.double.tell("clock", seconds=8 * 86_400)

    await paying.deliver()
    await paying.work()

    assert await sale.money() == [("VOIDED", "0.00", "0.00", "0.00")]


async def test_y9_what_the_buyer_refused_leaves_the_checkout_open(paying: StripeShop):
    checkout = await paying.ready("pm_card_threeDSecure2Required")
    await paying.shop.complete(checkout)
    await paying.double.answer_bank(await paying.reference_of(checkout), "refuse")

    await paying.deliver()
    await paying.work()
    await paying.shop.tender(checkout, "pm_card_visa", method="stripe_card")
    done = await paying.shop.complete(checkout)

    assert done.order_id is not None
    assert sorted(status for status, _, _ in await paying.charged()) == ["canceled", "requires_capture"]


async def test_s6_a_debit_that_comes_too_late_for_goods_that_are_gone_goes_back(paying: StripeShop):
    offer = await paying.shop.offer(price=12_000, stock=1)
    checkout = await paying.shop.start(await paying.shop.cart((offer, 1)))
    await paying.shop.tell(checkout)
    await paying.shop.tender(checkout, "pm_success_de", method="stripe_sepa_debit")
    await paying.shop.complete(checkout)
    much_later = paying.later(days=60)
    await much_later.shop.start(await much_later.shop.cart((offer, 1)))

    await paying.double.tell("settle", id=await paying.reference_of(checkout))
    await paying.deliver()
    await much_later.work()
    order_id = await paying.order_of(checkout)
    assert order_id is not None
    await Sale(much_later.shop, order_id).settle()

    state = await paying.state()
    assert state["orders"] == [("CANCELED",)]
    assert state["payments"] == [("AUTHORIZED", 12_000, 12_000, 12_000, 0)]
    (refund,) = await paying.double.objects("refund")
    assert (refund["amount"], refund["status"]) == (12_000, "succeeded")


async def test_many_notices_at_once_are_looked_into_at_once_without_harm(paying: StripeShop):
    sale = await paying.bought("pm_card_createDispute")
    await sale.capture()
    payment_id = await sale.payment_id()

    await asyncio.gather(
        *[observe_payment(paying.shop.unit_of_work(), payment_id, paying.shop.around) for _ in range(10)]
    )

    state = await paying.state()
    assert state["disputes"] == [("OPEN", 12_000, "fraudulent", 2_000)]
    assert dict(state["events"])["DISPUTE_OPENED"] == 1
