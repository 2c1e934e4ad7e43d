"""What every gateway must do, whatever is behind it: one suite that each adapter passes."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.payments.model import PaymentKind
from domain.payments.ports import (
    ActionRequired,
    Authorized,
    Captured,
    Declined,
    DisputeState,
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
from tests.integrations.gateways.bench import Bench, euros, fresh_key

NOTHING = euros("0")


async def amounts(bench: Bench, reference: str) -> tuple[Money, Money, Money, Money]:
    """Authorized, captured, refunded and still capturable, as the gateway has them."""
    found = await bench.gateway.look_up(reference)
    assert found is not None
    return found.authorized, found.captured, found.refunded, found.capturable


async def state(bench: Bench, reference: str) -> GatewayPaymentState:
    found = await bench.gateway.look_up(reference)
    assert found is not None
    return found.state


async def test_it_tells_its_methods_and_knows_them_again(bench: Bench):
    methods = bench.gateway.methods("EUR", "DE")

    assert {method.gateway for method in methods} == {bench.gateway.name}
    assert all(bench.gateway.offers(method.id) for method in methods)
    assert not bench.gateway.offers("gift_card")


async def test_an_authorization_holds_the_amount_and_takes_nothing(bench: Bench):
    answer = await bench.gateway.authorize(bench.request(), key=fresh_key())

    assert isinstance(answer, Authorized)
    assert await amounts(bench, answer.reference) == (euros("120"), NOTHING, NOTHING, euros("120"))
    assert await state(bench, answer.reference) is GatewayPaymentState.AUTHORIZED


async def test_y4_an_authorization_tells_when_it_ends(bench: Bench):
    answer = await bench.gateway.authorize(bench.request(), key=fresh_key())

    assert isinstance(answer, Authorized)
    assert answer.expires_at is not None
    lifetime = bench.gateway.capabilities(PaymentKind.CARD).authorization_lifetime
    assert abs(answer.expires_at - datetime.now(UTC) - lifetime) < timedelta(minutes=5)
    found = await bench.gateway.look_up(answer.reference)
    assert found is not None
    assert found.expires_at == answer.expires_at


async def test_what_is_to_be_captured_at_once_is_captured(bench: Bench):
    answer = await bench.gateway.authorize(bench.request(capture=True), key=fresh_key())

    assert isinstance(answer, Captured)
    assert await amounts(bench, answer.reference) == (euros("120"), euros("120"), NOTHING, NOTHING)
    assert await state(bench, answer.reference) is GatewayPaymentState.CAPTURED


async def test_a_declined_card_says_why(bench: Bench):
    answer = await bench.gateway.authorize(bench.request("declined"), key=fresh_key())

    assert isinstance(answer, Declined)
    assert answer.reason in {"declined", "generic_decline"}


async def test_i3_a_decline_is_told_again_under_its_key(bench: Bench):
    key = fresh_key()

    first, again = [await bench.gateway.authorize(bench.request("declined"), key=key) for _ in range(2)]

    assert again == first


async def test_i3_the_same_key_is_one_payment_however_often_it_is_asked(bench: Bench):
    key = fresh_key()

    first = await bench.gateway.authorize(bench.request(), key=key)
    others = await asyncio.gather(*[bench.gateway.authorize(bench.request(), key=key) for _ in range(5)])

    assert all(answer == first for answer in others)
    assert await bench.count() == 1


async def test_i3_an_answer_that_was_lost_is_told_when_asked_again(bench: Bench):
    key = fresh_key()
    await bench.lose_answers(1)

    for _ in range(3):
        try:
            answer = await bench.gateway.authorize(bench.request(), key=key)
            break
        except GatewayUnavailable:
            continue

    assert isinstance(answer, Authorized)
    assert await bench.count() == 1


async def test_a_gateway_that_fails_is_unavailable_and_did_nothing(bench: Bench):
    await bench.fail_calls(3)

    with pytest.raises(GatewayUnavailable):
        await bench.gateway.authorize(bench.request(), key=fresh_key())

    assert await bench.count() == 0


async def test_y9_an_approved_action_ends_as_authorized_under_the_same_key(bench: Bench):
    key = fresh_key()

    asked = await bench.gateway.authorize(bench.request("action"), key=key)
    assert isinstance(asked, ActionRequired)
    waiting = await bench.gateway.authorize(bench.request("action"), key=key)
    assert await state(bench, asked.reference) is GatewayPaymentState.ACTION_REQUIRED
    await bench.approve(asked.reference)
    done = await bench.gateway.authorize(bench.request("action"), key=key)

    assert asked.action.kind == "REDIRECT"
    assert asked.action.url is not None
    assert waiting == asked
    assert isinstance(done, Authorized)
    assert done.reference == asked.reference
    assert await bench.count() == 1


async def test_y9_a_refused_action_ends_as_declined_for_good(bench: Bench):
    key = fresh_key()

    asked = await bench.gateway.authorize(bench.request("action"), key=key)
    assert asked.reference is not None
    await bench.refuse(asked.reference)
    done, again = [await bench.gateway.authorize(bench.request("action"), key=key) for _ in range(2)]

    assert isinstance(done, Declined)
    assert again == done
    assert await amounts(bench, asked.reference) == (NOTHING, NOTHING, NOTHING, NOTHING)


async def test_an_abandoned_action_can_be_voided(bench: Bench):
    reference = await bench.authorized("action")

    voided = await bench.gateway.void(reference, key=fresh_key())

    assert isinstance(voided, Succeeded)
    assert await state(bench, reference) is GatewayPaymentState.VOIDED


async def test_a_delayed_payment_is_pending_until_it_is_captured(bench: Bench):
    key = fresh_key()

    pending = await bench.gateway.authorize(bench.delayed_request(), key=key)
    assert isinstance(pending, Pending)
    assert await state(bench, pending.reference) is GatewayPaymentState.PENDING
    await bench.settle(pending.reference)
    done = await bench.gateway.authorize(bench.delayed_request(), key=key)

    assert done == Captured(pending.reference)
    assert await amounts(bench, pending.reference) == (euros("120"), euros("120"), NOTHING, NOTHING)


async def test_y1_captures_and_refunds_stay_within_what_is_held_and_taken(bench: Bench):
    """120.00 is held, 80.00 and 40.00 taken, 30.00 given back: 90.00 can be given back, and 90.01 cannot."""
    reference = await bench.authorized()
    gateway = bench.gateway

    first = await gateway.capture(reference, euros("80"), final=False, key=fresh_key())
    after_first = await amounts(bench, reference)
    too_much = await gateway.capture(reference, euros("40.01"), final=False, key=fresh_key())
    second = await gateway.capture(reference, euros("40"), final=False, key=fresh_key())
    nothing_left = await gateway.capture(reference, euros("0.50"), final=False, key=fresh_key())
    refunded = await gateway.refund(reference, euros("30"), key=fresh_key())
    above = await gateway.refund(reference, euros("90.01"), key=fresh_key())

    assert [type(each) for each in (first, too_much, second)] == [Succeeded, Failed, Succeeded]
    assert [type(each) for each in (nothing_left, refunded, above)] == [Failed, Succeeded, Failed]
    assert after_first == (euros("120"), euros("80"), NOTHING, euros("40"))
    assert await amounts(bench, reference) == (euros("120"), euros("120"), euros("30"), NOTHING)


async def test_y1_of_two_refunds_at_once_that_exceed_what_was_taken_one_succeeds(bench: Bench):
    reference = await bench.captured(amount=euros("90"))

    found = await asyncio.gather(*[bench.gateway.refund(reference, euros("60"), key=fresh_key()) for _ in range(2)])

    assert sorted(type(each).__name__ for each in found) == ["Failed", "Succeeded"]
    assert (await amounts(bench, reference))[2] == euros("60")


async def test_y3_a_final_capture_lets_the_rest_go(bench: Bench):
    reference = await bench.authorized()

    captured = await bench.gateway.capture(reference, euros("80"), final=True, key=fresh_key())
    again = await bench.gateway.capture(reference, euros("40"), final=True, key=fresh_key())

    assert isinstance(captured, Succeeded)
    assert isinstance(again, Failed)
    assert await amounts(bench, reference) == (euros("120"), euros("80"), NOTHING, NOTHING)
    assert await state(bench, reference) is GatewayPaymentState.CAPTURED


async def test_what_a_final_capture_let_go_cannot_be_refunded(bench: Bench):
    reference = await bench.authorized()
    await bench.gateway.capture(reference, euros("80"), final=True, key=fresh_key())

    too_much = await bench.gateway.refund(reference, euros("80.01"), key=fresh_key())
    whole = await bench.gateway.refund(reference, euros("80"), key=fresh_key())

    assert isinstance(too_much, Failed)
    assert isinstance(whole, Succeeded)
    assert await amounts(bench, reference) == (euros("120"), euros("80"), euros("80"), NOTHING)


async def test_the_rest_of_a_partial_capture_can_be_voided(bench: Bench):
    reference = await bench.authorized()
    await bench.gateway.capture(reference, euros("80"), final=False, key=fresh_key())

    voided = await bench.gateway.void(reference, key="void:1")
    again = await bench.gateway.void(reference, key="void:1")

    assert isinstance(voided, Succeeded)
    assert isinstance(again, Succeeded)
    assert await amounts(bench, reference) == (euros("120"), euros("80"), NOTHING, NOTHING)


@pytest.mark.parametrize("loses", [False, True], ids=["answered", "lost"])
async def test_i3_a_capture_asked_again_under_its_key_captures_once(bench: Bench, loses: bool):
    reference = await bench.authorized()
    key = fresh_key()
    if loses:
        await bench.lose_answers(1)
        with pytest.raises(GatewayUnavailable):
            await bench.gateway.capture(reference, euros("50"), final=False, key=key)

    found = [await bench.gateway.capture(reference, euros("50"), final=False, key=key) for _ in range(2)]

    assert [type(each) for each in found] == [Succeeded, Succeeded]
    assert (await amounts(bench, reference))[1] == euros("50")


@pytest.mark.parametrize("loses", [False, True], ids=["answered", "lost"])
async def test_i3_a_refund_asked_again_under_its_key_refunds_once(bench: Bench, loses: bool):
    reference = await bench.captured()
    key = fresh_key()
    if loses:
        await bench.lose_answers(1)
        with pytest.raises(GatewayUnavailable):
            await bench.gateway.refund(reference, euros("50"), key=key)

    first, again = [await bench.gateway.refund(reference, euros("50"), key=key) for _ in range(2)]

    assert isinstance(first, Succeeded)
    assert again == first
    assert (await amounts(bench, reference))[2] == euros("50")


async def test_a_void_lets_the_hold_go_and_is_harmless_when_repeated(bench: Bench):
    reference = await bench.authorized()

    found = [await bench.gateway.void(reference, key=key) for key in ("void:2", "void:2", "void:3")]

    assert [type(each) for each in found] == [Succeeded] * 3
    assert await state(bench, reference) is GatewayPaymentState.VOIDED
    assert (await amounts(bench, reference))[1:] == (NOTHING, NOTHING, NOTHING)


async def test_what_was_captured_cannot_be_voided(bench: Bench):
    reference = await bench.captured()

    assert isinstance(await bench.gateway.void(reference, key=fresh_key()), Failed)


async def test_what_was_not_captured_cannot_be_refunded(bench: Bench):
    reference = await bench.authorized()

    assert isinstance(await bench.gateway.refund(reference, euros("10"), key=fresh_key()), Failed)


async def test_y2_a_pending_refund_counts_as_refunded(bench: Bench):
    reference = await bench.captured("refund_pending", euros("90"))

    pending = await bench.gateway.refund(reference, euros("60"), key="refund:1")
    second = await bench.gateway.refund(reference, euros("60"), key=fresh_key())
    assert isinstance(pending, Pending)
    before = await bench.gateway.look_up(reference)
    await bench.settle_refund(pending.reference)
    after = await bench.gateway.look_up(reference)

    assert isinstance(second, Failed)
    assert before is not None
    assert after is not None
    assert before.refunded == after.refunded == euros("60")
    assert [(each.state, each.key) for each in before.refunds] == [(GatewayRefundState.PENDING, "refund:1")]
    assert [each.state for each in after.refunds] == [GatewayRefundState.SUCCEEDED]
    assert await bench.gateway.refund(reference, euros("60"), key="refund:1") == Succeeded(pending.reference)


async def test_a_method_that_was_saved_is_charged_without_its_owner_until_it_is_forgotten(bench: Bench):
    saved = await bench.gateway.save_method(
        SavingRequest(bench.tokens["ok"], PaymentKind.CARD, email="ada@example.com"), key=fresh_key()
    )
    assert isinstance(saved, SavedMethod)
    stored: dict[str, Any] = {
        "token": None,
        "stored_method": saved.reference,
        "customer": saved.customer,
        "off_session": True,
    }

    charged = await bench.gateway.authorize(bench.request(**stored), key=fresh_key())
    await bench.gateway.forget(saved.reference)
    await bench.gateway.forget(saved.reference)
    afterwards = await bench.gateway.authorize(bench.request(**stored), key=fresh_key())

    assert isinstance(charged, Authorized)
    assert isinstance(afterwards, Declined)


async def test_a_method_is_saved_by_the_charge_that_uses_it(bench: Bench):
    answer = await bench.gateway.authorize(bench.request(save_method=True, email="ada@example.com"), key=fresh_key())

    assert isinstance(answer, Authorized)
    assert answer.saved is not None
    stored: dict[str, Any] = {"token": None, "stored_method": answer.saved.reference, "customer": answer.saved.customer}
    assert isinstance(await bench.gateway.authorize(bench.request(**stored), key=fresh_key()), Authorized)


async def test_off_session_what_needs_approval_is_declined(bench: Bench):
    answer = await bench.gateway.authorize(bench.request("action", off_session=True), key=fresh_key())

    assert isinstance(answer, Declined)
    assert answer.reason == "authentication_required"


async def test_y11_a_dispute_is_told(bench: Bench):
    reference = await bench.captured()
    await bench.dispute(reference, 5000)

    found = await bench.gateway.look_up(reference)

    assert found is not None
    (dispute,) = found.disputes
    assert (dispute.amount, dispute.state, dispute.reason) == (euros("50"), DisputeState.OPEN, "fraudulent")


async def test_it_says_so_when_it_knows_no_such_payment(bench: Bench):
    assert await bench.gateway.look_up("pi_unknown") is None
