"""Learning what a gateway did, and recording it: right from wherever a payment was left, whoever comes to it first."""

from datetime import datetime, timedelta

from domain.checkout.awaiting.usecases import money_came, money_failed, place_awaiting
from domain.checkout.completion.attempts import Purchase, held_by_balances, request_of
from domain.checkout.completion.outcome import Completion, stored
from domain.checkout.completion.ports import Surroundings
from domain.checkout.due.usecases import due_came, due_declined, due_is_pending, due_waits_for_buyer
from domain.checkout.gifts import gift_problems
from domain.checkout.holding import stock_problems
from domain.checkout.model import PAYMENT_GRACE, Checkout, CheckoutState
from domain.checkout.placement.usecases import (
    completion,
    payment_event,
    place_order,
    release_balances,
    save,
    spend_balances,
)
from domain.checkout.ports import UnitOfWork
from domain.checkout.priced import PricedCheckout
from domain.checkout.pricing import price_checkout, used_up_codes
from domain.checkout.promising.usecases import used_up
from domain.checkout.taxation.usecases import at_present_sales
from domain.orders.model import OrderStatus
from domain.payments.model import Attempt, Payment, PaymentState, TenderState
from domain.payments.ports import (
    ActionRequired,
    Authorization,
    Authorized,
    Captured,
    Declined,
    Failed,
    GatewayUnavailable,
    Pending,
)
from domain.payments.stored import kept
from domain.pricing.quote import changed_total
from domain.shared.errors import ErrorCode, Refused, refuse
from domain.shared.events import EventType
from domain.shared.idempotency import Once
from domain.shared.ids import CheckoutId, OrderId, PaymentId, StoredMethodId
from domain.shared.making import replace
from domain.shared.money import Money

CLOCK_SKEW = timedelta(seconds=2)
OPEN = frozenset({PaymentState.INTENDED, PaymentState.ACTION_REQUIRED, PaymentState.PENDING})
"""What a gateway may still be asked about."""
STANDING = frozenset({OrderStatus.CONFIRMED, OrderStatus.ON_HOLD, OrderStatus.COMPLETED})
"""Orders that what is paid for them is booked to; money for those that have ended goes back."""
LIVE = frozenset({CheckoutState.OPEN, CheckoutState.COMPLETING})


async def settle(uow: UnitOfWork, attempt: Attempt, around: Surroundings, *, act: Once | None = None) -> Completion:
    """Ask the gateway what became of a payment, and record it.

    A refusal is kept under the key of `act`; an order is what its checkout tells whoever asks again.
    """
    payment = attempt.payment
    try:
        answer = await around.gateways[payment.gateway].authorize(
            request_of(attempt, now=around.now()), key=payment.gateway_key
        )
    except GatewayUnavailable:
        await _let_go(uow, payment)
        message = "The gateway has not answered; ask again with the same key."
        raise refuse(ErrorCode.IDEMPOTENCY_IN_PROGRESS, message) from None
    async with uow:
        checkout, purchase = await _locked(uow, payment)
        if purchase.asked.payment.state not in OPEN:
            return _settled_before(checkout, purchase.asked.payment)
        result = await _recorded(uow, checkout, purchase, answer, around)
        if act is not None and isinstance(result, Refused):
            await uow.idempotency.finish(act, stored(result))
        await uow.commit()
    if isinstance(result, Refused):
        if isinstance(answer, Authorized | Captured):
            await resume(uow, payment.id, around)
        raise result
    return result


async def resume(uow: UnitOfWork, payment_id: PaymentId, around: Surroundings) -> Completion | None:
    """Go on with a payment that was left on its way; jobs and notices of the gateway repeat it until it has an end.

    One that was meant to be charged is settled, and so is one whose money is awaited. None for one whose hold was to be
    let go, and for one that is done.
    """
    async with uow:
        attempt = await uow.payments.attempt(payment_id)
    assert attempt is not None, "payments are never deleted"
    if attempt.payment.state is PaymentState.VOID_INTENDED:
        await _void(uow, attempt.payment, around)
    return await settle(uow, attempt, around) if attempt.payment.state in OPEN else None


async def close_expired(uow: UnitOfWork, checkout_id: CheckoutId, *, now: datetime) -> bool:
    """Tidy up a checkout whose time is over, unless a payment may still come of it; whether it was closed.

    A payment that waits for the buyer is given up: its tender fails, the hold at the gateway is let go, and what
    balances held for it is given back (rule Y9).
    """
    async with uow:
        checkout = await uow.checkouts.lock(checkout_id)
        if checkout is None or not checkout.has_expired(now) or checkout.state not in LIVE:
            return False
        attempts = await uow.payments.attempts_of(checkout.id)
        if any(attempt.payment.state is PaymentState.INTENDED for attempt in attempts):
            return False
        for attempt in attempts:
            if attempt.payment.state is PaymentState.ACTION_REQUIRED:
                given_up = attempt.ended(PaymentState.VOID_INTENDED, TenderState.FAILED, failure="abandoned")
                await uow.payments.record(given_up)
        await uow.reservations.release(checkout.id)
        await release_balances(uow, held_by_balances(attempts), TenderState.RELEASED, failure="abandoned")
        await save(uow, replace(checkout, state=CheckoutState.CLOSED, lease_until=None))
        await uow.commit()
    return True


async def _recorded(
    uow: UnitOfWork, checkout: Checkout, purchase: Purchase, answer: Authorization, around: Surroundings
) -> Completion | Refused:
    if checkout.order_id is not None:
        return await _heard_of(uow, checkout, purchase, answer, around)
    match answer:
        case Authorized() | Captured():
            paid = replace(purchase, asked=_paid(purchase.asked, answer))
            return await _ordered(uow, checkout, paid, answer, around)
        case Pending(reference):
            known = replace(purchase, asked=_known(purchase.asked, reference))
            return await _ordered(uow, checkout, known, answer, around)
        case ActionRequired(reference, action):
            waiting = _known(purchase.asked, reference).ended(PaymentState.ACTION_REQUIRED, TenderState.ACTION_REQUIRED)
            await uow.payments.record(replace(waiting, tender=replace(waiting.tender, action=action)))
            await save(uow, replace(checkout, lease_until=None))
            return Completion(action=action)
        case Declined(reason):
            return await _declined(uow, checkout, purchase, reason)


async def _heard_of(
    uow: UnitOfWork, checkout: Checkout, purchase: Purchase, answer: Authorization, around: Surroundings
) -> Completion | Refused:
    """What is known by now of money that an order waits for, or that one that stands is paid with beside."""
    assert checkout.order_id is not None, "it was placed"
    order = await uow.awaited_orders.get(checkout.order_id)
    assert order is not None, "orders are never deleted"
    if order.status in STANDING:
        return await _heard_of_due(uow, order.id, purchase.asked, answer, around)
    match answer:
        case Authorized() | Captured():
            paid = replace(purchase, asked=_paid(purchase.asked, answer))
            return await money_came(uow, checkout, paid, around)
        case Declined(reason):
            return await money_failed(uow, checkout, purchase, reason=reason)
        case Pending() | ActionRequired():
            await uow.payments.record(purchase.asked)
            return Completion(checkout.order_id, purchase.asked.tender.action)


async def _heard_of_due(
    uow: UnitOfWork, order_id: OrderId, attempt: Attempt, answer: Authorization, around: Surroundings
) -> Completion | Refused:
    match answer:
        case Authorized() | Captured():
            return await due_came(uow, _paid(attempt, answer), order_id)
        case Declined(reason):
            return await due_declined(uow, attempt, order_id, reason=reason)
        case ActionRequired(reference, action):
            return await due_waits_for_buyer(uow, _known(attempt, reference), order_id, action, around)
        case Pending(reference):
            return await due_is_pending(uow, _known(attempt, reference), order_id, answer.action, around)


def _known(attempt: Attempt, reference: str) -> Attempt:
    return replace(attempt, payment=replace(attempt.payment, gateway_reference=reference))


def _paid(attempt: Attempt, answer: Authorized | Captured) -> Attempt:
    """The payment with what the gateway holds, or has taken already."""
    amount = attempt.payment.amount
    payment = replace(_known(attempt, answer.reference).payment, authorized=amount)
    if isinstance(answer, Captured):
        return replace(attempt, payment=replace(payment, captured=amount))
    return replace(attempt, payment=replace(payment, authorization_expires_at=answer.expires_at))


async def _ordered(
    uow: UnitOfWork,
    checkout: Checkout,
    purchase: Purchase,
    answer: Authorized | Captured | Pending,
    around: Surroundings,
) -> Completion | Refused:
    """Place the order; let the payment go if the goods or the total are not there any more (rules S6, P13)."""
    now = around.now()
    tenders = [purchase.asked.tender, *[attempt.tender for attempt in purchase.held]]
    whole = price_checkout(checkout, tenders, uow.terms.terms(checkout.market_id), now=now)
    whole = await at_present_sales(uow, whole, now=now)
    refusal = _changed_since(whole, purchase.asked.payment.amount)
    if refusal is not None:
        return await _given_up(uow, checkout, purchase, CheckoutState.OPEN, refusal, failure="terms_changed")
    if checkout.has_expired(now + CLOCK_SKEW):
        holding = await uow.reservations.hold(checkout, now=now, until=now + PAYMENT_GRACE)
        if holding.short:
            refusal = Refused(*stock_problems(checkout.lines, holding.short, "checkout_id"))
            return await _given_up(uow, checkout, purchase, CheckoutState.CLOSED, refusal, failure="out_of_stock")
    refusal = await used_up(uow, whole)
    if refusal is not None:
        return await _given_up(uow, checkout, purchase, CheckoutState.OPEN, refusal, failure="promotion_used_up")
    if isinstance(answer, Pending):
        return await place_awaiting(uow, whole, purchase, answer.action, around, now=now)
    picks = await uow.reservations.allocate(checkout.id)
    assert checkout.is_covered_by(picks), "a reservation that has not expired is whole"
    paid = purchase.asked.ended(PaymentState.AUTHORIZED, TenderState.AUTHORIZED)
    order, done = await place_order(uow, whole, picks, around, now=now, paid_by=paid)
    spent = await spend_balances(uow, purchase.held, order.id)
    if answer.saved is not None and checkout.customer_id is not None:
        method_id = StoredMethodId(uow.new_id("stored_method"))
        gateway, owner = paid.payment.gateway, checkout.customer_id
        await uow.stored_methods.add(kept(answer.saved, paid.tender, gateway, method_id=method_id, owner=owner))
    return completion(order, done, [paid, *spent])


def _changed_since(whole: PricedCheckout, paid: Money) -> Refused | None:
    """Why an order must not be placed for what was paid: somebody edited what it depends on."""
    changed = changed_total(paid, whole.totals.due)
    if changed is not None:
        return Refused(*used_up_codes(whole, "checkout_id"), changed)
    if gift_problems(whole):
        return Refused(*used_up_codes(whole, "checkout_id"), *gift_problems(whole, "checkout_id"))
    if any(group.chosen is None for group in whole.delivery_groups):
        return refuse(ErrorCode.NO_DELIVERY_OPTION, "The chosen delivery is not offered any more.", "checkout_id")
    return None


async def _given_up(
    uow: UnitOfWork, checkout: Checkout, purchase: Purchase, state: CheckoutState, refusal: Refused, *, failure: str
) -> Refused:
    released = purchase.asked.ended(PaymentState.VOID_INTENDED, TenderState.RELEASED, failure=failure)
    await uow.payments.record(released)
    await release_balances(uow, purchase.held, TenderState.PENDING, failure=failure)
    await save(uow, replace(checkout, state=state, lease_until=None))
    return refusal


async def _declined(uow: UnitOfWork, checkout: Checkout, purchase: Purchase, reason: str) -> Refused:
    """The checkout is open again, and balances have what they had (rule Y5)."""
    failed = purchase.asked.ended(PaymentState.FAILED, TenderState.FAILED, failure=reason)
    await uow.payments.record(failed)
    await release_balances(uow, purchase.held, TenderState.PENDING, failure=reason)
    await save(uow, replace(checkout, state=CheckoutState.OPEN, lease_until=None))
    uow.record(payment_event(EventType.PAYMENT_FAILED, failed.payment))
    return refuse(ErrorCode.PAYMENT_DECLINED, "The payment was declined.", "checkout_id")


async def _void(uow: UnitOfWork, payment: Payment, around: Surroundings) -> None:
    """Let go what the gateway holds or awaits; what it has taken already is refunded.

    What can be neither yet, since it is on its way to us, is tried again later.
    """
    assert payment.gateway_reference is not None, "only what the gateway knows of is voided"
    try:
        gateway, reference = around.gateways[payment.gateway], payment.gateway_reference
        voided_there = await gateway.void(reference, key=f"{payment.gateway_key}:void")
        if isinstance(voided_there, Failed):
            refunded = await gateway.refund(reference, payment.amount, key=f"{payment.gateway_key}:refund")
            if isinstance(refunded, Failed):
                await _let_go(uow, payment)
                return
    except GatewayUnavailable:
        await _let_go(uow, payment)
        return
    async with uow:
        _, purchase = await _locked(uow, payment)
        current = purchase.asked
        if current.payment.state is not PaymentState.VOID_INTENDED:
            return
        nothing = Money.zero(payment.amount.currency)
        voided = replace(current.payment, state=PaymentState.VOIDED, authorized=nothing, captured=nothing)
        await uow.payments.record(replace(current, payment=voided))
        uow.record(payment_event(EventType.PAYMENT_VOIDED, voided))
        await uow.commit()


async def _let_go(uow: UnitOfWork, payment: Payment) -> None:
    """End the lease, so that the next call asks at once; a job comes to this payment after all others."""
    async with uow:
        checkout, purchase = await _locked(uow, payment)
        await uow.payments.record(purchase.asked)
        if checkout.state is CheckoutState.COMPLETING:
            await save(uow, replace(checkout, lease_until=None))
        await uow.commit()


async def _locked(uow: UnitOfWork, payment: Payment) -> tuple[Checkout, Purchase]:
    """A payment as it is now and what is held beside it, with its cart and checkout under lock."""
    found = await uow.checkouts.lock_with_cart(payment.checkout_id)
    assert found is not None, "checkouts with payments are never deleted"
    _, checkout = found
    return checkout, Purchase.of(await uow.payments.attempts_of(checkout.id), payment.id)


def _settled_before(checkout: Checkout, payment: Payment) -> Completion:
    if checkout.order_id is not None:
        return Completion(checkout.order_id)
    code = ErrorCode.PAYMENT_DECLINED if payment.state is PaymentState.FAILED else ErrorCode.RESERVATION_EXPIRED
    raise refuse(code, "This payment came to nothing.", "checkout_id")
