from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.payments.model import Payment, PaymentKind, PaymentState
from domain.payments.operations import (
    Counters,
    Operation,
    OperationKind,
    capture_of,
    first_tender_first,
    last_tender_first,
    on_failure,
    on_intent,
    on_success,
    refund_of,
    void_of,
)
from domain.shared.errors import Refused
from domain.shared.ids import CheckoutId, OrderId, PaymentId, PaymentOperationId, TenderId
from domain.shared.money import Money

ID = PaymentOperationId("payment_operation_1")


def eur(amount: str) -> Money:
    return Money.parse(amount, "EUR")


def make_payment(
    authorized: str = "120.00", captured: str = "0", refunded: str = "0", *, claimed: str = "0", name: str = "1"
) -> Payment:
    return Payment(
        id=PaymentId(f"payment_{name}"),
        checkout_id=CheckoutId("checkout_1"),
        tender_id=TenderId("tender_1"),
        order_id=OrderId("order_1"),
        attempt=1,
        kind=PaymentKind.CARD,
        gateway="test",
        gateway_key="tender_1:1",
        gateway_reference="auth_1",
        state=PaymentState.AUTHORIZED,
        amount=eur(authorized),
        authorized=eur(authorized),
        captured=eur(captured),
        refunded=eur(refunded),
        claimed_minor=eur(claimed).minor,
    )


def counters_of(payment: Payment) -> Counters:
    return Counters(payment.authorized.minor, payment.captured.minor, payment.refunded.minor, payment.claimed_minor)


def after(payment: Payment, operation: Operation, *, failed: bool = False, pending: bool = False) -> Payment:
    """The payment once the operation was intended, and has ended unless it is `pending`."""
    counters = counters_of(payment).changed(on_intent(operation))
    assert counters is not None
    if not pending:
        counters = counters.changed(on_failure(operation) if failed else on_success(operation))
    assert counters is not None
    return replace(
        payment,
        authorized=Money(counters.authorized, "EUR"),
        captured=Money(counters.captured, "EUR"),
        refunded=Money(counters.refunded, "EUR"),
        claimed_minor=counters.claimed,
    )


def codes(act) -> list[str]:
    with pytest.raises(Refused) as refused:
        act()
    return [problem.code.value for problem in refused.value.problems]


def test_y1_captures_and_refunds_stay_within_what_was_authorized():
    payment = make_payment("120.00")

    payment = after(payment, capture_of(payment, eur("80.00"), operation_id=ID))
    assert payment.capturable == eur("40.00")
    too_much = codes(lambda: capture_of(payment, eur("40.01"), operation_id=ID))
    payment = after(payment, capture_of(payment, eur("40.00"), operation_id=ID))
    payment = after(payment, refund_of(payment, eur("30.00"), operation_id=ID))
    more_than_was_taken = codes(lambda: refund_of(payment, eur("90.01"), operation_id=ID))

    assert (payment.captured, payment.refundable) == (eur("120.00"), eur("90.00"))
    assert too_much == ["AMOUNT_EXCEEDS_AUTHORIZED"]
    assert more_than_was_taken == ["AMOUNT_EXCEEDS_REFUNDABLE"]


def test_y2_a_pending_refund_counts_as_refunded_and_a_failed_one_gives_it_back():
    payment = make_payment("90.00", captured="90.00")
    refund = refund_of(payment, eur("60.00"), operation_id=ID)

    pending = after(payment, refund, pending=True)
    failed = after(payment, refund, failed=True)

    assert pending.refundable == eur("30.00")
    assert codes(lambda: refund_of(pending, eur("60.00"), operation_id=ID)) == ["AMOUNT_EXCEEDS_REFUNDABLE"]
    assert failed.refundable == eur("90.00")


def test_y3_without_multicapture_the_first_capture_is_final_and_lets_the_rest_go():
    payment = make_payment("120.00")

    capture = capture_of(payment, eur("80.00"), operation_id=ID, multicapture=False)
    payment = after(payment, capture)

    assert (capture.is_final, capture.released) == (True, eur("40.00"))
    assert (payment.authorized, payment.captured, payment.capturable) == (eur("80.00"), eur("80.00"), eur("0"))


def test_a_capture_that_is_under_way_cannot_be_taken_or_refunded_yet():
    payment = make_payment("120.00")

    pending = after(payment, capture_of(payment, eur("80.00"), operation_id=ID), pending=True)

    assert (pending.capturable, pending.refundable) == (eur("40.00"), eur("0"))


def test_a_final_capture_that_fails_gives_back_all_that_it_laid_hold_on():
    payment = make_payment("120.00")
    capture = capture_of(payment, eur("80.00"), operation_id=ID, final=True)

    assert after(payment, capture, failed=True) == payment


def test_a_void_lets_go_of_what_was_not_taken():
    payment = make_payment("120.00", captured="80.00")

    payment = after(payment, void_of(payment, operation_id=ID))

    assert (payment.authorized, payment.capturable) == (eur("80.00"), eur("0"))
    assert codes(lambda: void_of(payment, operation_id=ID)) == ["AMOUNT_EXCEEDS_AUTHORIZED"]


@pytest.mark.parametrize(
    "amount", [Money(0, "EUR"), Money(-1, "EUR"), Money(100, "USD")], ids=["nothing", "less", "another-currency"]
)
def test_only_an_amount_above_zero_in_the_currency_of_the_payment_is_taken(amount: Money):
    assert codes(lambda: capture_of(make_payment(), amount, operation_id=ID)) == ["INVALID"]


def test_y6_the_last_tender_is_refunded_first():
    gift_card = make_payment("30.00", captured="30.00", name="gift_card")
    card = make_payment("74.97", captured="74.97", name="card")

    shares = last_tender_first([gift_card, card], eur("80.00"))

    assert shares == [(card, eur("74.97")), (gift_card, eur("5.03"))]


def test_y6_tenders_that_were_refunded_before_give_what_they_have_left():
    gift_card = make_payment("30.00", captured="30.00", name="gift_card")
    card = make_payment("74.97", captured="74.97", refunded="74.97", name="card")

    assert last_tender_first([gift_card, card], eur("30.00")) == [(gift_card, eur("30.00"))]
    assert codes(lambda: last_tender_first([gift_card, card], eur("30.01"))) == ["AMOUNT_EXCEEDS_REFUNDABLE"]


def test_what_is_prepaid_is_taken_before_the_card():
    gift_card, card = make_payment("30.00", name="gift_card"), make_payment("74.97", name="card")

    assert first_tender_first([gift_card, card], eur("50.00")) == [(gift_card, eur("30.00")), (card, eur("20.00"))]


KINDS = st.sampled_from(OperationKind)
STEPS = st.lists(
    st.tuples(KINDS, st.integers(1, 15_000), st.booleans(), st.sampled_from(["succeed", "fail", "stay"])), max_size=40
)


@given(st.integers(1, 12_000), STEPS)
def test_y1_no_sequence_of_captures_voids_and_refunds_breaks_the_counters(authorized, steps):
    payment = make_payment("0")
    payment = replace(payment, amount=Money(authorized, "EUR"), authorized=Money(authorized, "EUR"))
    under_way: list[Operation] = []
    for kind, amount, final, ending in steps:
        try:
            operation = _planned(payment, kind, Money(amount, "EUR"), final=final)
        except Refused:
            continue
        payment = after(payment, operation, pending=True)
        under_way.append(operation)
        if ending != "stay":
            payment = _ended(payment, under_way.pop(0), failed=ending == "fail")
        assert 0 <= payment.refunded.minor <= payment.captured.minor <= payment.authorized.minor <= authorized
        assert payment.capturable.minor >= 0
    for operation in under_way:
        payment = _ended(payment, operation, failed=False)

    assert payment.claimed_minor == 0
    assert 0 <= payment.refunded.minor <= payment.captured.minor <= payment.authorized.minor <= authorized


def _planned(payment: Payment, kind: OperationKind, amount: Money, *, final: bool) -> Operation:
    if kind is OperationKind.CAPTURE:
        return capture_of(payment, amount, operation_id=ID, final=final)
    if kind is OperationKind.VOID:
        return void_of(payment, operation_id=ID)
    return refund_of(payment, amount, operation_id=ID)


def _ended(payment: Payment, operation: Operation, *, failed: bool) -> Payment:
    counters = counters_of(payment).changed(on_failure(operation) if failed else on_success(operation))
    assert counters is not None, "what was intended can end either way"
    return replace(
        payment,
        authorized=Money(counters.authorized, "EUR"),
        captured=Money(counters.captured, "EUR"),
        refunded=Money(counters.refunded, "EUR"),
        claimed_minor=counters.claimed,
    )
