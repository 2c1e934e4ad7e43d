"""Holding anew what an order still costs, on a method that its buyer keeps with the gateway (rules Y3, Y4 and O6).

As with any charge the intent is recorded first, the gateway asked outside of transactions, and the answer recorded. An
intent that nobody finishes is let go of by the worker: the order is uncovered as before.
"""

from domain.orders.capturing.usecases import captures_due
from domain.orders.covering.ports import UnitOfWork
from domain.orders.model import CaptureAt, Order, OrderStatus
from domain.orders.settling.model import is_payable
from domain.orders.settling.ports import Surroundings
from domain.orders.settling.usecases import books_of, carry_out_all, intend
from domain.orders.status import moved, status_event
from domain.payments.model import Attempt, Payment, PaymentState, TenderState
from domain.payments.operations import void_of
from domain.payments.ports import AuthorizationRequest, Authorized, Declined, GatewayUnavailable
from domain.shared.events import Event, EventType
from domain.shared.ids import OrderId, PaymentId, PaymentOperationId
from domain.shared.jobs import Job, JobKind
from domain.shared.making import replace
from domain.shared.money import Money

AUTHORIZATION_EXPIRES = "AUTHORIZATION_EXPIRES"
MAX_ATTEMPTS = 5
"""How often one stored method is asked for one order."""


async def cover(
    uow: UnitOfWork, order_id: OrderId, around: Surroundings, *, in_place_of: PaymentId | None = None
) -> bool:
    """Hold what is not covered of an order, or what a payment holds whose time is over; whether it is covered now.

    False where the buyer keeps no method, the gateway cannot charge it without them, or it declines.
    """
    attempt = await _begun(uow, order_id, around, in_place_of)
    if attempt is None:
        return False
    payment, tender = attempt.payment, attempt.tender
    request = AuthorizationRequest(
        payment.amount,
        tender.method_id,
        tender.kind,
        stored_method=tender.stored_reference,
        customer=tender.gateway_customer,
        off_session=True,
        subject=order_id,
    )
    try:
        answer = await around.gateways[payment.gateway].authorize(request, key=payment.gateway_key)
    except GatewayUnavailable:
        return False
    if isinstance(answer, Authorized):
        held = replace(
            payment,
            gateway_reference=answer.reference,
            authorized=payment.amount,
            authorization_expires_at=answer.expires_at,
            state=PaymentState.AUTHORIZED,
        )
        return await _held(uow, replace(attempt, payment=held), around, in_place_of)
    if isinstance(answer, Declined):
        failed = attempt.ended(PaymentState.FAILED, TenderState.AUTHORIZED, failure=answer.reason)
    else:
        failed = attempt.ended(PaymentState.VOID_INTENDED, TenderState.AUTHORIZED, failure="needs_the_buyer")
        failed = replace(failed, payment=replace(failed.payment, gateway_reference=answer.reference))
    await _ended(uow, failed)
    return False


async def look_after_authorization(uow: UnitOfWork, payment_id: PaymentId, around: Surroundings) -> None:
    """A day before a hold ends: take what was sent, and hold the rest anew on a stored method (rule Y4).

    Where that cannot be, it is told once as PAYMENT_EXPIRING, and an order of which nothing was sent is put ON_HOLD.
    """
    async with uow:
        order = await _order_of(uow, payment_id)
        if order is None or order.status is not OrderStatus.CONFIRMED:
            return
        operations = await captures_due(uow, order, around, capture_at=CaptureAt.SHIPMENT)
        await uow.commit()
    await carry_out_all(uow, operations, around)
    if await cover(uow, order.id, around, in_place_of=payment_id):
        return
    async with uow:
        order = await _order_of(uow, payment_id)
        payment = await uow.operations.payment(payment_id)
        if order is None or order.status is not OrderStatus.CONFIRMED or not payment or not payment.capturable.minor:
            return
        if not any(line.fulfilled for line in await uow.orders.lines_of(order.id)):
            held = moved(order, OrderStatus.ON_HOLD, is_shipped=False)
            await uow.orders.set_status(held)
            uow.record(status_event(order, held, reason=AUTHORIZATION_EXPIRES))
        uow.record(_expiring(payment))
        uow.tell(order.id)
        await uow.commit()


async def _order_of(uow: UnitOfWork, payment_id: PaymentId) -> Order | None:
    """The order that a payment is for, locked."""
    payment = await uow.operations.payment(payment_id)
    return await uow.orders.lock(payment.order_id) if payment and payment.order_id else None


def _expiring(payment: Payment) -> Event:
    expires_at = payment.authorization_expires_at
    changes = {
        "amountMinor": payment.capturable.minor,
        "currency": payment.amount.currency,
        "expiresAt": expires_at.isoformat() if expires_at else None,
    }
    return Event(EventType.PAYMENT_EXPIRING, payment.id, order_id=payment.order_id, changes=changes)


async def _begun(
    uow: UnitOfWork, order_id: OrderId, around: Surroundings, in_place_of: PaymentId | None
) -> Attempt | None:
    """The new payment as it is intended; None if there is nothing to cover, or nothing to cover it by."""
    async with uow:
        order = await uow.orders.lock(order_id)
        if order is None or not is_payable(order):
            return None
        amount = await _uncovered(uow, order, in_place_of)
        attempts = await uow.payments.attempts_of(order.checkout_id)
        is_open = any(item.payment.state is PaymentState.INTENDED for item in attempts)
        known = next((item for item in reversed(attempts) if _is_chargeable(item, around)), None)
        if not amount.minor or known is None or is_open:
            return None
        attempt = _next(known, PaymentId(uow.new_id("payment")), order, amount)
        await uow.payments.begin(attempt)
        await uow.commit()
    return attempt


async def _uncovered(uow: UnitOfWork, order: Order, in_place_of: PaymentId | None) -> Money:
    books = await books_of(uow, order)
    old = next((item for item in books.payments if item.id == in_place_of), None)
    covered = books.covered - (old.capturable if old else Money.zero(order.currency))
    return max(Money.zero(order.currency), books.wanted - covered)


def _is_chargeable(attempt: Attempt, around: Surroundings) -> bool:
    tender, payment = attempt.tender, attempt.payment
    if tender.stored_reference is None or tender.attempt >= MAX_ATTEMPTS:
        return False
    return around.gateways[payment.gateway].capabilities(payment.kind).off_session


def _next(known: Attempt, payment_id: PaymentId, order: Order, amount: Money) -> Attempt:
    number, nothing = known.tender.attempt + 1, Money.zero(amount.currency)
    payment = Payment(
        id=payment_id,
        checkout_id=order.checkout_id,
        tender_id=known.tender.id,
        order_id=order.id,
        attempt=number,
        kind=known.payment.kind,
        gateway=known.payment.gateway,
        gateway_key=f"{known.tender.id}:{number}",
        gateway_reference=None,
        state=PaymentState.INTENDED,
        amount=amount,
        authorized=nothing,
        captured=nothing,
        refunded=nothing,
    )
    return Attempt(payment, replace(known.tender, attempt=number))


async def _held(uow: UnitOfWork, attempt: Attempt, around: Surroundings, in_place_of: PaymentId | None) -> bool:
    """Record the new hold, and let the one go that it stands in the place of."""
    operations = []
    async with uow:
        order = await uow.orders.lock(attempt.payment.order_id) if attempt.payment.order_id else None
        current = await uow.payments.attempt(attempt.payment.id)
        assert order is not None, "orders are never deleted"
        if current is None or current.payment.state is not PaymentState.INTENDED:
            return False
        await uow.payments.record(attempt)
        uow.record(_event(EventType.PAYMENT_AUTHORIZED, attempt.payment))
        old = await uow.operations.payment(in_place_of) if in_place_of else None
        if old is not None and old.capturable.minor:
            new_id = PaymentOperationId(uow.new_id("payment_operation"))
            operations.append(await intend(uow, void_of(old, operation_id=new_id, reason="renewed"), now=around.now()))
        if order.revision > 1:
            uow.enqueue(Job(JobKind.DELIVER_DIGITAL, order.id))
        await uow.orders.touch(order.id)
        uow.tell(order.id)
        await uow.commit()
    await carry_out_all(uow, operations, around)
    return True


async def _ended(uow: UnitOfWork, failed: Attempt) -> None:
    async with uow:
        current = await uow.payments.attempt(failed.payment.id)
        if current is None or current.payment.state is not PaymentState.INTENDED:
            return
        await uow.payments.record(failed)
        uow.record(_event(EventType.PAYMENT_FAILED, failed.payment))
        await uow.commit()


def _event(kind: EventType, payment: Payment) -> Event:
    changes = {"amountMinor": payment.amount.minor, "currency": payment.amount.currency, "reason": payment.failure}
    return Event(kind, payment.id, order_id=payment.order_id, changes=changes)
