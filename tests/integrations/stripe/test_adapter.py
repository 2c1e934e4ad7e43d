"""What is Stripe's alone: its methods, its errors, its memory, its notices."""

import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from stripe import WebhookSignature

from domain.payments.model import PaymentKind
from domain.payments.observing import ForgedNotice
from domain.payments.ports import (
    ActionRequired,
    AuthorizationRequest,
    Authorized,
    Captured,
    Declined,
    Failed,
    GatewayPaymentState,
    GatewayRefundState,
    GatewayUnavailable,
    Pending,
    SavedMethod,
    SavingRequest,
    Succeeded,
)
from domain.shared.money import Money
from integrations.stripe.adapter import StripeAdapter
from integrations.stripe.notices import StripeNotices
from tests.factories.gateways import RunningDouble, stripe_at
from tests.integrations.gateways.bench import euros, fresh_key

SECRET = "whsec_test"


def card(token: str = "pm_card_visa", amount: Money | None = None, **values: Any) -> AuthorizationRequest:
    return AuthorizationRequest(amount or euros("120"), "stripe_card", PaymentKind.CARD, token=token, **values)


async def test_methods_are_offered_by_currency_with_what_a_client_needs(stripe: StripeAdapter):
    in_euros, in_yen = stripe.methods("EUR", "DE"), stripe.methods("JPY", "JP")

    assert [method.id for method in in_euros] == [
        "stripe_card",
        "stripe_sepa_debit",
        "stripe_bank_transfer",
        "stripe_klarna",
    ]
    assert [method.id for method in in_yen] == ["stripe_card"]
    assert in_yen[0].client_config["publishableKey"] == "pk_test_double"


async def test_m4_what_stripe_cannot_be_sent_is_refused_before_it_is_asked(
    stripe: StripeAdapter, double: RunningDouble
):
    amount = Money(5124, "KWD")

    answer = await stripe.authorize(card(amount=amount), key=fresh_key())

    assert not stripe.expresses(amount)
    assert answer == Declined("amount_not_expressible")
    assert await double.objects("payment_intent") == []


async def test_m4_five_hundred_kronur_are_charged_as_fifty_thousand(stripe: StripeAdapter, double: RunningDouble):
    answer = await stripe.authorize(card(amount=Money(500, "ISK")), key=fresh_key())

    assert isinstance(answer, Authorized)
    (intent,) = await double.objects("payment_intent")
    found = await stripe.look_up(answer.reference)
    assert intent["amount"] == 50000
    assert found is not None
    assert found.authorized == Money(500, "ISK")


async def test_i3_a_key_that_stripe_has_forgotten_is_found_by_its_payment(stripe: StripeAdapter, double: RunningDouble):
    key = fresh_key()
    first = await stripe.authorize(card(), key=key)
    await double.tell("forget")

    again = await stripe.authorize(replace(card(), is_repeated=True), key=key)

    assert again == first
    assert len(await double.objects("payment_intent")) == 1


async def test_i3_captures_and_refunds_are_done_once_though_stripe_has_forgotten_their_keys(
    stripe: StripeAdapter, double: RunningDouble
):
    answer = await stripe.authorize(card(), key=fresh_key())
    assert isinstance(answer, Authorized)
    for _ in range(2):
        assert isinstance(await stripe.capture(answer.reference, euros("50"), final=False, key="c"), Succeeded)
        await double.tell("forget")
    for _ in range(2):
        assert isinstance(await stripe.refund(answer.reference, euros("20"), key="r"), Succeeded)
        await double.tell("forget")

    found = await stripe.look_up(answer.reference)

    assert found is not None
    assert (found.captured, found.refunded) == (euros("50"), euros("20"))


async def test_a_key_that_stood_for_another_request_is_answered_by_what_it_made(stripe: StripeAdapter):
    key = fresh_key()

    first = await stripe.authorize(card(), key=key)
    other = await stripe.authorize(card(return_url="https://elsewhere.example/"), key=key)

    assert other == first


@pytest.mark.parametrize("switch", ["failing_calls", "limited_calls"])
async def test_faults_of_stripe_are_no_answers(stripe: StripeAdapter, double: RunningDouble, switch: str):
    await double.tell("switches", **{switch: 3})

    with pytest.raises(GatewayUnavailable):
        await stripe.authorize(card(), key=fresh_key())

    assert await double.objects("payment_intent") == []


async def test_an_answer_that_is_too_late_is_told_when_asked_again(double: RunningDouble):
    key = fresh_key()
    async with stripe_at(double.url) as adapter:
        await double.tell("switches", late_answers=1, late_answer_seconds=4)
        with pytest.raises(GatewayUnavailable):
            await adapter.authorize(card(), key=key)
        answer = await adapter.authorize(card(), key=key)

    assert isinstance(answer, Authorized)
    assert len(await double.objects("payment_intent")) == 1


async def test_a_wrong_key_of_ours_is_no_decline_of_theirs(double: RunningDouble):
    async with stripe_at(double.url, secret_key="nonsense") as adapter:
        with pytest.raises(GatewayUnavailable):
            await adapter.authorize(card(), key=fresh_key())


async def test_y9_after_a_refused_authentication_nobody_can_pay_by_it_any_more(
    stripe: StripeAdapter, double: RunningDouble
):
    key = fresh_key()
    asked = await stripe.authorize(card("pm_card_threeDSecure2Required"), key=key)
    assert isinstance(asked, ActionRequired)
    await double.answer_bank(asked.reference, "refuse")
    await stripe.authorize(card("pm_card_threeDSecure2Required"), key=key)

    other_card = {"payment_method": "pm_card_visa"}
    confirmed = await double.ask("POST", f"payment_intents/{asked.reference}/confirm", other_card)

    assert confirmed.json()["error"]["code"] == "payment_intent_unexpected_state"


async def test_y9_without_a_page_to_come_back_to_stripes_own_client_asks(double: RunningDouble):
    async with stripe_at(double.url, return_url=None) as adapter:
        asked = await adapter.authorize(card("pm_card_threeDSecure2Required"), key=fresh_key())

    assert isinstance(asked, ActionRequired)
    assert (asked.action.kind, asked.action.url) == ("STRIPE_SDK", None)
    assert asked.action.data["clientSecret"].startswith(asked.reference)


async def test_a_bank_transfer_tells_where_to_send_the_money(stripe: StripeAdapter, double: RunningDouble):
    key = fresh_key()
    request = AuthorizationRequest(
        euros("120"), "stripe_bank_transfer", PaymentKind.BANK_TRANSFER, email="ada@example.com", country="FR"
    )
    pending = await stripe.authorize(request, key=key)
    assert isinstance(pending, Pending)
    assert pending.action is not None
    (customer,) = await double.objects("customer")

    path = f"test_helpers/customers/{customer['id']}/fund_cash_balance"
    await double.ask("POST", path, {"amount": 11999, "currency": "eur"})
    too_little = await stripe.authorize(request, key=key)
    await double.ask("POST", path, {"amount": 1, "currency": "eur"})
    paid = await stripe.authorize(request, key=key)

    assert pending.action.kind == "BANK_TRANSFER"
    assert pending.action.data["financial_addresses"][0]["iban"]["iban"].startswith("DE")
    assert isinstance(too_little, Pending)
    assert paid == Captured(pending.reference)


async def test_klarna_holds_once_the_buyer_agrees(stripe: StripeAdapter, double: RunningDouble):
    key = fresh_key()
    request = AuthorizationRequest(
        euros("120"), "stripe_klarna", PaymentKind.BNPL, email="ada@example.com", country="DE"
    )

    asked = await stripe.authorize(request, key=key)
    assert isinstance(asked, ActionRequired)
    await double.answer_bank(asked.reference, "approve")
    held = await stripe.authorize(request, key=key)

    assert isinstance(held, Authorized)
    assert held.expires_at is not None
    assert held.expires_at - datetime.now(UTC) > timedelta(days=27)


async def test_a_debit_under_way_can_be_neither_voided_nor_refunded_until_it_is_known(
    stripe: StripeAdapter, double: RunningDouble
):
    request = AuthorizationRequest(euros("120"), "stripe_sepa_debit", PaymentKind.BANK_TRANSFER, token="pm_success_de")
    begun = await stripe.authorize(request, key=fresh_key())
    assert isinstance(begun, Pending)

    early = [
        await stripe.void(begun.reference, key="v"),
        await stripe.refund(begun.reference, euros("120"), key="r"),
    ]
    await double.tell("settle", id=begun.reference)
    late = [
        await stripe.void(begun.reference, key="v"),
        await stripe.refund(begun.reference, euros("120"), key="r"),
    ]

    assert [type(outcome) for outcome in early] == [Failed, Failed]
    assert [type(outcome) for outcome in late] == [Failed, Succeeded]


async def test_y2_a_refund_that_comes_back_is_told_as_failed(stripe: StripeAdapter, double: RunningDouble):
    paid = await stripe.authorize(card("pm_card_refundFail", capture=True), key=fresh_key())
    assert isinstance(paid, Captured)
    refund = await stripe.refund(paid.reference, euros("50"), key="r")
    assert isinstance(refund, Succeeded)
    await double.tell("settle", id=refund.reference)

    found = await stripe.look_up(paid.reference)

    assert found is not None
    assert found.refunded == euros("0")
    assert [(item.state, item.key) for item in found.refunds] == [(GatewayRefundState.FAILED, "r")]


async def test_y4_a_hold_that_ran_out_is_told_as_voided(stripe: StripeAdapter, double: RunningDouble):
    held = await stripe.authorize(card(), key=fresh_key())
    assert isinstance(held, Authorized)
    await double.tell("clock", seconds=8 * 86400)

    found = await stripe.look_up(held.reference)
    late = await stripe.capture(held.reference, euros("120"), final=True, key="c")

    assert found is not None
    assert (found.state, found.capturable) == (GatewayPaymentState.VOIDED, euros("0"))
    assert isinstance(late, Failed)


async def test_a_method_that_demands_authentication_is_saved_after_it(stripe: StripeAdapter, double: RunningDouble):
    key = fresh_key()
    request = SavingRequest("pm_card_authenticationRequiredOnSetup", PaymentKind.CARD, email="ada@example.com")

    asked = await stripe.save_method(request, key=key)
    assert isinstance(asked, ActionRequired)
    await double.answer_bank(asked.reference, "approve")
    saved = await stripe.save_method(request, key=key)

    assert isinstance(saved, SavedMethod)
    assert (saved.brand, saved.last4, saved.expires_year) == ("visa", "3155", 2034)
    off_session = AuthorizationRequest(
        euros("9.99"),
        "stripe_card",
        PaymentKind.CARD,
        stored_method=saved.reference,
        customer=saved.customer,
        off_session=True,
    )
    assert isinstance(await stripe.authorize(off_session, key=fresh_key()), Authorized)


def signed(event: dict[str, Any], *, at: float | None = None, secret: str = SECRET) -> tuple[bytes, str]:
    body = json.dumps(event)
    return body.encode(), WebhookSignature.generate_signature_header(body, secret, int(at or time.time()))


EVENT = {
    "id": "evt_1",
    "object": "event",
    "type": "charge.captured",
    "created": 1_700_000_000,
    "data": {"object": {"object": "charge", "id": "ch_1", "payment_intent": "pi_1"}},
}


def test_i6_a_notice_is_read_if_stripe_has_signed_it(stripe: StripeAdapter):
    notice = StripeNotices(stripe, SECRET).read(*signed(EVENT))

    assert (notice.id, notice.gateway, notice.type, notice.reference) == ("evt_1", "stripe", "charge.captured", "pi_1")


@pytest.mark.parametrize(
    ("body", "signature"),
    [
        pytest.param(*signed(EVENT, secret="whsec_other"), id="another secret"),
        pytest.param(*signed(EVENT, at=time.time() - 301), id="five minutes old"),
        pytest.param(signed(EVENT)[0] + b" ", signed(EVENT)[1], id="another body"),
        pytest.param(signed(EVENT)[0], None, id="no signature"),
        pytest.param(signed(EVENT)[0], "nonsense", id="nonsense"),
        pytest.param(b"\xff", signed(EVENT)[1], id="no text"),
    ],
)
def test_i6_a_notice_that_stripe_has_not_signed_is_refused(stripe: StripeAdapter, body: bytes, signature: str | None):
    with pytest.raises(ForgedNotice):
        StripeNotices(stripe, SECRET).read(body, signature)


async def test_the_list_of_notices_is_read_whole_the_oldest_first(stripe: StripeAdapter):
    for _ in range(60):
        await stripe.authorize(card(capture=True), key=fresh_key())

    found = await StripeNotices(stripe, SECRET).since(datetime.now(UTC) - timedelta(minutes=1))

    assert len(found) == 60
    assert {notice.type for notice in found} == {"payment_intent.succeeded"}
    assert [notice.occurred_at for notice in found] == sorted(notice.occurred_at for notice in found)
