"""Paying and placing: from a checkout that lacks nothing to exactly one order, whatever fails on the way.

A charge is three steps. `begin` records the intent in one transaction; the gateway is asked outside of any, under a key
made from the tender and its attempt; `settle` records the answer and places the order in a second transaction. Whoever
finds a payment between the two (the buyer asking again, another process, a job after a crash) asks the gateway again
under the same key and settles: one charge, one order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from domain.cart.model import CartState
from domain.checkout.completion.ports import Surroundings
from domain.checkout.holding import stock_problems
from domain.checkout.model import LONGEST_HOLD, PAYMENT_GRACE, Checkout, CheckoutRequirement, CheckoutState
from domain.checkout.placing import place
from domain.checkout.ports import UnitOfWork
from domain.checkout.pricing import USABLE, PricedCheckout
from domain.checkout.usecases import locked, priced
from domain.inventory.sourcing import Pick, summed
from domain.payments.model import Payment, PaymentAction, PaymentState, Tender, TenderState
from domain.payments.ports import ActionRequired, Authorization, Authorized, Declined, GatewayUnavailable
from domain.pricing.quote import changed_total
from domain.shared.errors import ErrorCode, Problem, Refused, refuse
from domain.shared.events import Event, EventType
from domain.shared.idempotency import Once, Outcome, once
from domain.shared.ids import CheckoutId, OrderId, PaymentId
from domain.shared.money import Money

LEASE = timedelta(seconds=20)
"""How long whoever asks the gateway is left alone with it; longer than its answer can take."""
CLOCK_SKEW = timedelta(seconds=2)
PATIENCE = 50
"""How many times a second call looks whether the first is done before it gives up."""


@dataclass(frozen=True, slots=True)
class CompleteCheckout:
    """Pay what is due and place the order, if the total is what the buyer saw."""

    checkout_id: CheckoutId
    expected_total: Money
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class Completion:
    """An order, or what the buyer has to do before there is one."""

    order_id: OrderId | None = None
    action: PaymentAction | None = None


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
        if isinstance(begun, Payment):
            return await settle(uow, begun, around, act=act)
        await around.pause()
    raise refuse(ErrorCode.IDEMPOTENCY_IN_PROGRESS, "The payment is under way; ask again with the same key.")


async def begin(
    uow: UnitOfWork, command: CompleteCheckout, act: Once, around: Surroundings
) -> Completion | Payment | None:
    """Record the intent to charge. The outcome if there is one already; None while somebody else is asking."""
    now = around.now()
    async with uow:
        done = await uow.idempotency.begin(act)
        if done is not None:
            return _told(done)
        checkout = await _lock_all(uow, command.checkout_id)
        if checkout.state is CheckoutState.COMPLETED:
            outcome = Completion(checkout.order_id)
            await uow.idempotency.finish(act, _outcome(outcome))
            await uow.commit()
            return outcome
        if checkout.lease_until is not None and now < checkout.lease_until:
            return None
        if checkout.state is CheckoutState.COMPLETING:
            return await _taken_over(uow, checkout, now)
        whole = await _checked(uow, checkout, command, now)
        if not whole.totals.due.minor:
            outcome = Completion(await _placed(uow, whole, None, around, now))
            await uow.idempotency.finish(act, _outcome(outcome))
            await uow.commit()
            return outcome
        return await _intended(uow, whole, around, now)


async def settle(uow: UnitOfWork, payment: Payment, around: Surroundings, *, act: Once | None = None) -> Completion:
    """Ask the gateway what became of a payment, and record it. Right from wherever the payment was left."""
    try:
        answer = await around.gateway.authorize(payment.amount, await _token(uow, payment), key=payment.gateway_key)
    except GatewayUnavailable:
        await _let_go(uow, payment)
        raise refuse(
            ErrorCode.IDEMPOTENCY_IN_PROGRESS, "The gateway has not answered; ask again with the same key."
        ) from None
    async with uow:
        checkout = await _lock_all(uow, payment.checkout_id, any_actor=True)
        current = await uow.payments.get(payment.id)
        assert current is not None, "payments are never deleted"
        if current.state not in (PaymentState.INTENDED, PaymentState.ACTION_REQUIRED):
            return _settled_before(checkout, current)
        result = await _recorded(uow, checkout, current, answer, around)
        if act is not None and not (isinstance(result, Completion) and result.action):
            await uow.idempotency.finish(act, _outcome(result))
        await uow.commit()
    if isinstance(result, Refused):
        if isinstance(answer, Authorized):
            await void(uow, payment.id, around)
        raise result
    return result


async def void(uow: UnitOfWork, payment_id: PaymentId, around: Surroundings) -> None:
    """Let go of a hold that was found to have no order; a job repeats it until the gateway has answered."""
    async with uow:
        payment = await uow.payments.get(payment_id)
    if payment is None or payment.state is not PaymentState.VOID_INTENDED:
        return
    if payment.gateway_reference is not None:
        try:
            await around.gateway.void(payment.gateway_reference, key=f"{payment.gateway_key}:void")
        except GatewayUnavailable:
            return
    async with uow:
        await uow.checkouts.lock(payment.checkout_id)
        voided = replace(payment, state=PaymentState.VOIDED, authorized=Money.zero(payment.amount.currency))
        await uow.payments.save(voided)
        uow.record(_payment_event(EventType.PAYMENT_VOIDED, payment))
        await uow.commit()


async def close_expired(uow: UnitOfWork, checkout_id: CheckoutId, *, now: datetime) -> bool:
    """Tidy up a checkout whose time is over, unless a payment may still come of it; whether it was closed.

    A payment that waits for the buyer is given up: its tender fails, and the hold at the gateway is let go.
    """
    async with uow:
        checkout = await uow.checkouts.lock(checkout_id)
        if checkout is None or not checkout.has_expired(now):
            return False
        if checkout.state not in (CheckoutState.OPEN, CheckoutState.COMPLETING):
            return False
        payments = await uow.payments.payments_of(checkout.id)
        if any(payment.state is PaymentState.INTENDED for payment in payments):
            return False
        for payment in payments:
            if payment.state is PaymentState.ACTION_REQUIRED:
                await uow.payments.save(replace(payment, state=PaymentState.VOID_INTENDED, failure="abandoned"))
                await _set_tender(uow, payment, TenderState.FAILED)
        await uow.reservations.release(checkout.id)
        await _save(uow, replace(checkout, state=CheckoutState.CLOSED, lease_until=None))
        await uow.commit()
    return True


async def _lock_all(uow: UnitOfWork, checkout_id: CheckoutId, *, any_actor: bool = False) -> Checkout:
    """Cart, then checkout, under lock. Which cart is read first, since it never changes."""
    glimpse = await uow.checkouts.get(checkout_id)
    if glimpse is not None:
        await uow.carts.lock(glimpse.cart_id)
    if any_actor:
        checkout = await uow.checkouts.lock(checkout_id)
        assert checkout is not None, "checkouts with payments are never deleted"
        return checkout
    return await locked(uow, checkout_id)


async def _checked(uow: UnitOfWork, checkout: Checkout, command: CompleteCheckout, now: datetime) -> PricedCheckout:
    """The checkout with its total, if it can be paid and the total is the one the buyer saw (rule P13)."""
    whole = await priced(uow, checkout, now)
    if checkout.state is CheckoutState.CLOSED or checkout.has_expired(now):
        message = f"This checkout has expired; start it again. Its total was {whole.totals.total.gross}."
        raise refuse(ErrorCode.RESERVATION_EXPIRED, message, "checkout_id")
    cart = await uow.carts.get(checkout.cart_id)
    if cart is None or cart.version != checkout.cart_version:
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


async def _intended(uow: UnitOfWork, whole: PricedCheckout, around: Surroundings, now: datetime) -> Payment:
    tender = next(tender for tender in reversed(whole.tenders) if tender.state in USABLE)
    attempt = tender.attempt + 1
    due = whole.totals.due
    nothing = Money.zero(due.currency)
    payment = Payment(
        id=PaymentId(uow.new_id("payment")),
        checkout_id=whole.id,
        tender_id=tender.id,
        order_id=None,
        attempt=attempt,
        kind=tender.kind,
        gateway=around.gateway.name,
        gateway_key=f"{tender.id}:{attempt}",
        gateway_reference=None,
        state=PaymentState.INTENDED,
        amount=due,
        authorized=nothing,
        captured=nothing,
        refunded=nothing,
    )
    await uow.payments.add(payment)
    await uow.payments.save_tender(replace(tender, attempt=attempt))
    checkout = whole.checkout
    until = max(checkout.expires_at, min(now, checkout.started_at + LONGEST_HOLD) + PAYMENT_GRACE)
    await uow.reservations.extend(checkout.id, until)
    await _save(uow, replace(checkout, state=CheckoutState.COMPLETING, expires_at=until, lease_until=now + LEASE))
    await uow.commit()
    return payment


async def _taken_over(uow: UnitOfWork, checkout: Checkout, now: datetime) -> Payment:
    """The payment that somebody left unfinished, with the lease renewed."""
    payments = await uow.payments.payments_of(checkout.id)
    await _save(uow, replace(checkout, lease_until=now + LEASE))
    await uow.commit()
    return payments[-1]


async def _let_go(uow: UnitOfWork, payment: Payment) -> None:
    """End the lease, so that the next call asks at once."""
    async with uow:
        checkout = await _lock_all(uow, payment.checkout_id, any_actor=True)
        if checkout.state is CheckoutState.COMPLETING:
            await _save(uow, replace(checkout, lease_until=None))
            await uow.commit()


async def _token(uow: UnitOfWork, payment: Payment) -> str | None:
    async with uow:
        tenders = await uow.payments.tenders_of(payment.checkout_id)
    return next(tender.token for tender in tenders if tender.id == payment.tender_id)


async def _recorded(
    uow: UnitOfWork, checkout: Checkout, payment: Payment, answer: Authorization, around: Surroundings
) -> Completion | Refused:
    match answer:
        case Authorized(reference, expires_at):
            held = replace(
                payment,
                state=PaymentState.AUTHORIZED,
                gateway_reference=reference,
                authorized=payment.amount,
                authorization_expires_at=expires_at,
            )
            return await _authorized(uow, checkout, held, around)
        case ActionRequired(reference, action):
            await uow.payments.save(replace(payment, state=PaymentState.ACTION_REQUIRED, gateway_reference=reference))
            await _set_tender(uow, payment, TenderState.ACTION_REQUIRED, action)
            await _save(uow, replace(checkout, lease_until=None))
            return Completion(action=action)
        case Declined(reason):
            await uow.payments.save(replace(payment, state=PaymentState.FAILED, failure=reason))
            await _set_tender(uow, payment, TenderState.FAILED)
            await _save(uow, replace(checkout, state=CheckoutState.OPEN, lease_until=None))
            uow.record(_payment_event(EventType.PAYMENT_FAILED, payment))
            return refuse(ErrorCode.PAYMENT_DECLINED, "The payment was declined.", "checkout_id")


async def _authorized(
    uow: UnitOfWork, checkout: Checkout, payment: Payment, around: Surroundings
) -> Completion | Refused:
    """Place the order; without stock, when the payment came too late, let the hold go instead (rule S6)."""
    now = around.now()
    if checkout.has_expired(now + CLOCK_SKEW):
        demand = summed([(line.offer_id, line.quantity) for line in checkout.lines])
        short = await uow.reservations.hold(checkout.id, demand, now=now, until=now + PAYMENT_GRACE)
        if short:
            await uow.payments.save(replace(payment, state=PaymentState.VOID_INTENDED, failure="out_of_stock"))
            await _set_tender(uow, payment, TenderState.RELEASED)
            await _save(uow, replace(checkout, state=CheckoutState.CLOSED, lease_until=None))
            return Refused(*stock_problems(checkout.lines, short))
    await _set_tender(uow, payment, TenderState.AUTHORIZED)
    return Completion(await _placed(uow, await priced(uow, checkout, now), payment, around, now))


async def _placed(
    uow: UnitOfWork, whole: PricedCheckout, payment: Payment | None, around: Surroundings, now: datetime
) -> OrderId:
    checkout = whole.checkout
    picks = await uow.reservations.allocate(checkout.id)
    _must_cover(checkout, picks)
    placement = place(whole, picks, new_id=uow.new_id, new_number=around.new_number, now=now)
    await uow.orders.add(placement.order, placement.vendor_orders, placement.lines, placement.allocations)
    order_id = placement.order.id
    uow.record(*placement.events)
    if payment is not None:
        await uow.payments.save(replace(payment, order_id=order_id))
    cart = await uow.carts.get(checkout.cart_id)
    assert cart is not None, "carts are never deleted"
    await uow.carts.save(replace(cart, state=CartState.ORDERED, version=cart.version + 1), before=cart)
    await _save(uow, replace(checkout, state=CheckoutState.COMPLETED, order_id=order_id, lease_until=None))
    uow.tell(cart.id, order_id)
    return order_id


def _must_cover(checkout: Checkout, picks: Sequence[Pick]) -> None:
    picked = summed([(pick.offer_id, pick.quantity) for pick in picks])
    owed = summed([(line.offer_id, line.quantity) for line in checkout.lines])
    assert picked == owed, "a reservation that has not expired is whole"


async def _set_tender(
    uow: UnitOfWork, payment: Payment, state: TenderState, action: PaymentAction | None = None
) -> None:
    tender: Tender = next(
        tender for tender in await uow.payments.tenders_of(payment.checkout_id) if tender.id == payment.tender_id
    )
    await uow.payments.save_tender(replace(tender, state=state, action=action))


async def _save(uow: UnitOfWork, checkout: Checkout) -> None:
    await uow.checkouts.save(replace(checkout, version=checkout.version + 1))
    uow.tell(checkout.id)


def _payment_event(kind: EventType, payment: Payment) -> Event:
    changes = {"amountMinor": payment.amount.minor, "currency": payment.amount.currency}
    return Event(kind, payment.id, order_id=payment.order_id, changes=changes)


def _settled_before(checkout: Checkout, payment: Payment) -> Completion:
    if checkout.order_id is not None:
        return Completion(checkout.order_id)
    code = ErrorCode.PAYMENT_DECLINED if payment.state is PaymentState.FAILED else ErrorCode.RESERVATION_EXPIRED
    raise refuse(code, "This payment came to nothing.", "checkout_id")


def _outcome(result: Completion | Refused) -> Outcome:
    if isinstance(result, Refused):
        return {"errors": [[problem.code.value, problem.message, list(problem.path)] for problem in result.problems]}
    return {"order_id": result.order_id}


def _told(outcome: Mapping[str, Any]) -> Completion:
    """The stored outcome, as it was told the first time (rule I2)."""
    if "errors" in outcome:
        raise Refused(*(Problem(ErrorCode(code), text, tuple(path)) for code, text, path in outcome["errors"]))
    return Completion(OrderId(outcome["order_id"]))
