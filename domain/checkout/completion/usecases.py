"""Paying and placing: from a checkout that lacks nothing to exactly one order, whatever fails on the way.

A charge is three steps. `begin` records the intent in one transaction; the gateway is asked outside of any, under a key
made from the tender and its attempt; `settle` records the answer and places the order in a second transaction. Whoever
finds a payment between the two (the buyer asking again, another process, a job after a crash) asks the gateway again
under the same key and settles: one charge, one order.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.cart.model import Cart, CartState
from domain.checkout.completion.outcome import Completion, stored, told
from domain.checkout.completion.ports import Surroundings
from domain.checkout.holding import stock_problems
from domain.checkout.model import LONGEST_HOLD, PAYMENT_GRACE, Checkout, CheckoutRequirement, CheckoutState
from domain.checkout.placing import place
from domain.checkout.ports import UnitOfWork
from domain.checkout.pricing import PricedCheckout, price_checkout
from domain.checkout.usecases import expired, locked, priced
from domain.inventory.sourcing import Pick
from domain.payments.model import Attempt, Payment, PaymentState, TenderState
from domain.payments.ports import (
    ActionRequired,
    Authorization,
    AuthorizationRequest,
    Authorized,
    Captured,
    Declined,
    Failed,
    GatewayUnavailable,
    Pending,
)
from domain.payments.tendering import gateway_tender
from domain.pricing.quote import changed_total
from domain.shared.errors import ErrorCode, Problem, Refused, refuse
from domain.shared.events import Event, EventType
from domain.shared.idempotency import Once, once
from domain.shared.ids import CheckoutId, OrderId, PaymentId
from domain.shared.money import Money

LEASE = timedelta(seconds=20)
"""How long whoever asks the gateway is left alone with it; longer than its answer can take."""
CLOCK_SKEW = timedelta(seconds=2)
PATIENCE = 50
"""How many times a second call looks whether the first is done before it gives up."""
OPEN = frozenset({PaymentState.INTENDED, PaymentState.ACTION_REQUIRED})
LIVE = frozenset({CheckoutState.OPEN, CheckoutState.COMPLETING})


@dataclass(frozen=True, slots=True)
class CompleteCheckout:
    """Pay what is due and place the order, if the total is what the buyer saw."""

    checkout_id: CheckoutId
    expected_total: Money
    idempotency_key: str


async def complete_checkout(uow: UnitOfWork, command: CompleteCheckout, around: Surroundings) -> Completion:
    """Exactly one order for a checkout, however often and from wherever it is completed.

    While another call is at it this one waits up to 5 seconds for its outcome, then refuses with
    IDEMPOTENCY_IN_PROGRESS, which asks to be called again with the same key.
    """
    act = once(command, scope=command.checkout_id, key=command.idempotency_key)
    for _ in range(PATIENCE):
        begun = await begin(uow, command, act, around)
        if isinstance(begun, Completion):
            return begun
        if isinstance(begun, Attempt):
            return await settle(uow, begun, around, act=act)
        await around.pause()
    raise refuse(ErrorCode.IDEMPOTENCY_IN_PROGRESS, "The payment is under way; ask again with the same key.")


async def begin(
    uow: UnitOfWork, command: CompleteCheckout, act: Once, around: Surroundings
) -> Completion | Attempt | None:
    """Record the intent to charge. The outcome if there is one already; None while somebody else is asking."""
    now = around.now()
    async with uow:
        done = await uow.idempotency.begin(act)
        cart = await uow.carts.lock_of_checkout(command.checkout_id)
        checkout = await locked(uow, command.checkout_id)
        assert cart is not None, "a checkout refers to its cart"
        if done is not None:
            return told(done)
        if checkout.state is CheckoutState.COMPLETED:
            return await _finished(uow, act, Completion(checkout.order_id))
        if checkout.lease_until is not None and now < checkout.lease_until:
            return None
        if checkout.state is CheckoutState.COMPLETING:
            return await _taken_over(uow, checkout, now)
        whole = await _checked(uow, cart, checkout, command, now)
        if not whole.totals.due.minor:
            return await _finished(uow, act, Completion(await _placed(uow, cart, whole, around, now)))
        return await _intended(uow, whole, around, now)


async def _finished(uow: UnitOfWork, act: Once, outcome: Completion) -> Completion:
    await uow.idempotency.finish(act, stored(outcome))
    await uow.commit()
    return outcome


async def settle(uow: UnitOfWork, attempt: Attempt, around: Surroundings, *, act: Once | None = None) -> Completion:
    """Ask the gateway what became of a payment, and record it. Right from wherever the payment was left."""
    payment = attempt.payment
    try:
        answer = await around.gateways[payment.gateway].authorize(_request(attempt), key=payment.gateway_key)
    except GatewayUnavailable:
        await _let_go(uow, payment)
        raise _unknown() from None
    if isinstance(answer, Pending):
        await _let_go(uow, payment)
        raise _unknown()
    async with uow:
        cart, checkout, current = await _lock_attempt(uow, payment)
        if current.payment.state not in OPEN:
            return _settled_before(checkout, current.payment)
        result = await _recorded(uow, cart, checkout, current, answer, around)
        if act is not None and not (isinstance(result, Completion) and result.action):
            await uow.idempotency.finish(act, stored(result))
        await uow.commit()
    if isinstance(result, Refused):
        if isinstance(answer, Authorized | Captured):
            await resume(uow, payment.id, around)
        raise result
    return result


def _request(attempt: Attempt) -> AuthorizationRequest:
    payment, tender = attempt.payment, attempt.tender
    return AuthorizationRequest(
        payment.amount, tender.method_id, tender.kind, token=tender.token, subject=payment.checkout_id
    )


def _unknown() -> Refused:
    return refuse(ErrorCode.IDEMPOTENCY_IN_PROGRESS, "The gateway has not answered; ask again with the same key.")


async def resume(uow: UnitOfWork, payment_id: PaymentId, around: Surroundings) -> Completion | None:
    """Go on with a payment that was left on its way; a job repeats it until the gateway has answered.

    One that was meant to be charged is settled. None for one whose hold was to be let go, and for one that is done.
    """
    async with uow:
        attempt = await uow.payments.attempt(payment_id)
    assert attempt is not None, "payments are never deleted"
    if attempt.payment.state is PaymentState.VOID_INTENDED:
        await _void(uow, attempt.payment, around)
    return await settle(uow, attempt, around) if attempt.payment.state in OPEN else None


async def _void(uow: UnitOfWork, payment: Payment, around: Surroundings) -> None:
    assert payment.gateway_reference is not None, "only what the gateway knows of is voided"
    try:
        gateway, reference = around.gateways[payment.gateway], payment.gateway_reference
        voided_there = await gateway.void(reference, key=f"{payment.gateway_key}:void")
        if isinstance(voided_there, Failed):
            await gateway.refund(reference, payment.amount, key=f"{payment.gateway_key}:refund")
    except GatewayUnavailable:
        await _let_go(uow, payment)
        return
    async with uow:
        _, _, current = await _lock_attempt(uow, payment)
        if current.payment.state is not PaymentState.VOID_INTENDED:
            return
        nothing = Money.zero(payment.amount.currency)
        voided = replace(current.payment, state=PaymentState.VOIDED, authorized=nothing, captured=nothing)
        await uow.payments.record(replace(current, payment=voided))
        uow.record(_payment_event(EventType.PAYMENT_VOIDED, voided))
        await uow.commit()


async def close_expired(uow: UnitOfWork, checkout_id: CheckoutId, *, now: datetime) -> bool:
    """Tidy up a checkout whose time is over, unless a payment may still come of it; whether it was closed.

    A payment that waits for the buyer is given up: its tender fails, and the hold at the gateway is let go.
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
        await _save(uow, replace(checkout, state=CheckoutState.CLOSED, lease_until=None))
        await uow.commit()
    return True


async def _lock_attempt(uow: UnitOfWork, payment: Payment) -> tuple[Cart, Checkout, Attempt]:
    """A payment as it is now, with its cart and checkout under lock."""
    cart = await uow.carts.lock_of_checkout(payment.checkout_id)
    checkout = await uow.checkouts.lock(payment.checkout_id)
    attempt = await uow.payments.attempt(payment.id)
    assert cart is not None, "a checkout refers to its cart"
    assert checkout is not None, "checkouts with payments are never deleted"
    assert attempt is not None, "payments are never deleted"
    return cart, checkout, attempt


async def _checked(
    uow: UnitOfWork, cart: Cart, checkout: Checkout, command: CompleteCheckout, now: datetime
) -> PricedCheckout:
    """The checkout with its total, if it can be paid and the total is the one the buyer saw (rule P13)."""
    whole = await priced(uow, checkout, now)
    if checkout.state is CheckoutState.CLOSED or checkout.has_expired(now):
        message = f"This checkout has expired; start it again. Its total was {whole.totals.total.gross}."
        raise refuse(ErrorCode.RESERVATION_EXPIRED, message, "checkout_id")
    if cart.version != checkout.cart_version:
        raise refuse(ErrorCode.VERSION_CONFLICT, "The cart has changed; start the checkout again.", "checkout_id")
    if whole.missing:
        raise Refused(*map(_lacking, whole.missing))
    changed = changed_total(command.expected_total, whole.totals.total.gross)
    if changed is not None:
        raise Refused(changed)
    return whole


def _lacking(requirement: CheckoutRequirement) -> Problem:
    if requirement is CheckoutRequirement.PAYMENT:
        return Problem(ErrorCode.PAYMENT_REQUIRED, "Offer a means of payment first.", ("checkout_id",))
    words = requirement.value.lower().replace("_", " ")
    return Problem(ErrorCode.REQUIRED, f"The checkout lacks: {words}.", ("checkout_id",))


async def _intended(uow: UnitOfWork, whole: PricedCheckout, around: Surroundings, now: datetime) -> Attempt:
    """The payment that is about to be asked for, written down, with the goods held for as long as it may take."""
    attempt = _attempt(uow, whole, around)
    await uow.payments.begin(attempt)
    checkout = whole.checkout
    until = max(checkout.expires_at, min(now, checkout.started_at + LONGEST_HOLD) + PAYMENT_GRACE)
    if not checkout.is_covered_by(await uow.reservations.extend(checkout.id, until)):
        raise expired()
    await _save(uow, replace(checkout, state=CheckoutState.COMPLETING, expires_at=until, lease_until=now + LEASE))
    await uow.commit()
    return attempt


def _attempt(uow: UnitOfWork, whole: PricedCheckout, around: Surroundings) -> Attempt:
    tender = gateway_tender(whole.tenders)
    assert tender is not None, "what is due is paid by something"
    number = tender.attempt + 1
    due = whole.totals.due
    nothing = Money.zero(due.currency)
    payment = Payment(
        id=PaymentId(uow.new_id("payment")),
        checkout_id=whole.id,
        tender_id=tender.id,
        order_id=None,
        attempt=number,
        kind=tender.kind,
        gateway=around.gateways.offering(tender.method_id).name,
        gateway_key=f"{tender.id}:{number}",
        gateway_reference=None,
        state=PaymentState.INTENDED,
        amount=due,
        authorized=nothing,
        captured=nothing,
        refunded=nothing,
    )
    return Attempt(payment, replace(tender, attempt=number))


async def _taken_over(uow: UnitOfWork, checkout: Checkout, now: datetime) -> Attempt:
    """The payment that somebody left unfinished, with the lease renewed."""
    attempts = await uow.payments.attempts_of(checkout.id)
    await _save(uow, replace(checkout, lease_until=now + LEASE))
    await uow.commit()
    return attempts[-1]


async def _let_go(uow: UnitOfWork, payment: Payment) -> None:
    """End the lease, so that the next call asks at once; a job comes to this payment after all others."""
    async with uow:
        _, checkout, current = await _lock_attempt(uow, payment)
        await uow.payments.record(current)
        if checkout.state is CheckoutState.COMPLETING:
            await _save(uow, replace(checkout, lease_until=None))
        await uow.commit()


async def _recorded(
    uow: UnitOfWork, cart: Cart, checkout: Checkout, attempt: Attempt, answer: Authorization, around: Surroundings
) -> Completion | Refused:
    assert not isinstance(answer, Pending), "what is pending is asked for again"
    match answer:
        case Authorized(reference, expires_at):
            held = replace(
                attempt.payment,
                gateway_reference=reference,
                authorized=attempt.payment.amount,
                authorization_expires_at=expires_at,
            )
            return await _authorized(uow, cart, checkout, replace(attempt, payment=held), around)
        case Captured(reference):
            amount = attempt.payment.amount
            taken = replace(attempt.payment, gateway_reference=reference, authorized=amount, captured=amount)
            return await _authorized(uow, cart, checkout, replace(attempt, payment=taken), around)
        case ActionRequired(reference, action):
            waiting = attempt.ended(PaymentState.ACTION_REQUIRED, TenderState.ACTION_REQUIRED)
            known = replace(waiting.payment, gateway_reference=reference)
            await uow.payments.record(Attempt(known, replace(waiting.tender, action=action)))
            await _save(uow, replace(checkout, lease_until=None))
            return Completion(action=action)
        case Declined(reason):
            failed = attempt.ended(PaymentState.FAILED, TenderState.FAILED, failure=reason)
            await uow.payments.record(failed)
            await _save(uow, replace(checkout, state=CheckoutState.OPEN, lease_until=None))
            uow.record(_payment_event(EventType.PAYMENT_FAILED, failed.payment))
            return refuse(ErrorCode.PAYMENT_DECLINED, "The payment was declined.", "checkout_id")


async def _authorized(
    uow: UnitOfWork, cart: Cart, checkout: Checkout, attempt: Attempt, around: Surroundings
) -> Completion | Refused:
    """Place the order; let the hold go instead if the goods or the total are not there any more (rules S6, P13)."""
    now = around.now()
    whole = price_checkout(checkout, (), uow.terms.terms(checkout.market_id), now=now)
    refusal = _changed_since(whole, attempt.payment.amount)
    if refusal is not None:
        return await _given_up(uow, checkout, attempt, CheckoutState.OPEN, refusal, failure="terms_changed")
    if checkout.has_expired(now + CLOCK_SKEW):
        short = await uow.reservations.hold(checkout.id, checkout.demand, now=now, until=now + PAYMENT_GRACE)
        if short:
            refusal = Refused(*stock_problems(checkout.lines, short, "checkout_id"))
            return await _given_up(uow, checkout, attempt, CheckoutState.CLOSED, refusal, failure="out_of_stock")
    order_id = await _placed(uow, cart, whole, around, now)
    paid = attempt.ended(PaymentState.AUTHORIZED, TenderState.AUTHORIZED)
    await uow.payments.record(replace(paid, payment=replace(paid.payment, order_id=order_id)))
    return Completion(order_id)


def _changed_since(whole: PricedCheckout, paid: Money) -> Refused | None:
    """Why an order must not be placed for what was paid: somebody edited what it depends on."""
    changed = changed_total(paid, whole.totals.due)
    if changed is not None:
        return Refused(changed)
    if any(group.selected is None for group in whole.delivery_groups):
        return refuse(ErrorCode.NO_DELIVERY_OPTION, "The chosen delivery is not offered any more.", "checkout_id")
    return None


async def _given_up(
    uow: UnitOfWork, checkout: Checkout, attempt: Attempt, state: CheckoutState, refusal: Refused, *, failure: str
) -> Refused:
    await uow.payments.record(attempt.ended(PaymentState.VOID_INTENDED, TenderState.RELEASED, failure=failure))
    await _save(uow, replace(checkout, state=state, lease_until=None))
    return refusal


async def _placed(uow: UnitOfWork, cart: Cart, whole: PricedCheckout, around: Surroundings, now: datetime) -> OrderId:
    checkout = whole.checkout
    picks: Sequence[Pick] = await uow.reservations.allocate(checkout.id)
    assert checkout.is_covered_by(picks), "a reservation that has not expired is whole"
    placement = place(whole, picks, new_id=uow.new_id, new_number=around.new_number, now=now)
    await uow.orders.add(placement.order, placement.vendor_orders, placement.lines, placement.allocations)
    order_id = placement.order.id
    uow.record(*placement.events)
    await uow.carts.save(replace(cart, state=CartState.ORDERED, version=cart.version + 1), before=cart)
    await _save(uow, replace(checkout, state=CheckoutState.COMPLETED, order_id=order_id, lease_until=None))
    uow.tell(cart.id, order_id)
    return order_id


async def _save(uow: UnitOfWork, checkout: Checkout) -> None:
    await uow.checkouts.save(replace(checkout, version=checkout.version + 1))
    uow.tell(checkout.id)


def _payment_event(kind: EventType, payment: Payment) -> Event:
    changes = {"amountMinor": payment.amount.minor, "currency": payment.amount.currency, "reason": payment.failure}
    return Event(kind, payment.id, order_id=payment.order_id, changes=changes)


def _settled_before(checkout: Checkout, payment: Payment) -> Completion:
    if checkout.order_id is not None:
        return Completion(checkout.order_id)
    code = ErrorCode.PAYMENT_DECLINED if payment.state is PaymentState.FAILED else ErrorCode.RESERVATION_EXPIRED
    raise refuse(code, "This payment came to nothing.", "checkout_id")
