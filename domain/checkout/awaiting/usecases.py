"""Orders whose payment settles days later: placed at once, confirmed when the money comes, ended when it does not.

Their goods stay reserved until the payment is due (rule S5). Money that comes too late buys them if they can still be
had, and goes back if not (rule S6): never an order without stock, never a charge without an order.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from domain.checkout.awaiting.ports import AwaitedPart
from domain.checkout.completion.attempts import Purchase, held_by_balances
from domain.checkout.completion.outcome import Completion
from domain.checkout.completion.ports import Surroundings
from domain.checkout.model import Checkout
from domain.checkout.placement.usecases import (
    payment_event,
    place_order,
    release_balances,
    save,
    spend_balances,
)
from domain.checkout.ports import UnitOfWork
from domain.checkout.priced import PricedCheckout
from domain.inventory.sourcing import Pick
from domain.orders.canceling.usecases import CancelOrder, may_cancel
from domain.orders.model import OrderStatus, VendorOrderStatus
from domain.payments.model import Attempt, PaymentAction, PaymentState, TenderState
from domain.payments.tendering import OWN_ACCOUNT
from domain.shared.errors import ErrorCode, refuse
from domain.shared.events import Event, EventType
from domain.shared.idempotency import once
from domain.shared.ids import OrderId, PaymentId
from domain.shared.jobs import Job, JobKind
from domain.shared.making import dataclass, replace

NEWS_WITHIN = timedelta(hours=1)
"""When a gateway that has not told how a payment ended is first asked."""
OUT_OF_STOCK = "OUT_OF_STOCK"
PAYMENT_FAILED = "PAYMENT_FAILED"
PAYMENT_OVERDUE = "PAYMENT_OVERDUE"
CANCELED_UNPAID = "CANCELED_UNPAID"


async def place_awaiting(
    uow: UnitOfWork,
    whole: PricedCheckout,
    purchase: Purchase,
    action: PaymentAction | None,
    around: Surroundings,
    *,
    now: datetime,
) -> Completion:
    """An order in PENDING_PAYMENT, whose goods stay reserved as long as the market lets its payment take."""
    due_at = now + timedelta(days=whole.context.market.payment_days)
    await uow.reservations.extend(whole.id, due_at)
    pending = purchase.asked.ended(PaymentState.PENDING, TenderState.HELD)
    pending = replace(pending, tender=replace(pending.tender, action=action))
    order, _ = await place_order(uow, whole, (), around, now=now, paid_by=pending, payment_due_at=due_at)
    order_id = order.id
    for attempt in purchase.held:
        await uow.payments.record(replace(attempt, payment=replace(attempt.payment, order_id=order_id)))
    uow.enqueue(Job(JobKind.EXPIRE_ORDER, order_id, due_at))
    if pending.payment.gateway != OWN_ACCOUNT:
        uow.enqueue(Job(JobKind.SETTLE_PAYMENT, pending.payment.id, now + NEWS_WITHIN))
    return Completion(order_id, action)


async def money_came(uow: UnitOfWork, checkout: Checkout, purchase: Purchase, around: Surroundings) -> Completion:
    """Confirm the order that was waiting for it. If the order or its goods are gone, the money goes back (rule S6)."""
    order_id = _order_of(checkout)
    now = around.now()
    order = await uow.awaited_orders.get(order_id)
    assert order is not None, "orders are never deleted"
    if order.status is not OrderStatus.PENDING_PAYMENT:
        await _too_late(uow, purchase.asked, order_id)
        return Completion(order_id)
    picks = await _goods(uow, checkout, now)
    if picks is None:
        await _ended(uow, checkout, purchase.held, OrderStatus.CANCELED, OUT_OF_STOCK)
        await _too_late(uow, purchase.asked, order_id)
        return Completion(order_id)
    parts = await uow.awaited_orders.confirm(order_id, picks, now=now)
    paid = purchase.asked.ended(PaymentState.AUTHORIZED, TenderState.AUTHORIZED)
    await uow.payments.record(paid)
    await spend_balances(uow, purchase.held, order_id)
    uow.record(payment_event(EventType.PAYMENT_AUTHORIZED, paid.payment), *_confirmed(order_id, parts))
    uow.enqueue(Job(JobKind.SETTLE_ORDER, order_id), *_later(checkout, order_id, picks))
    uow.tell(order_id, checkout.id, *[part.id for part in parts])
    return Completion(order_id)


@dataclass(frozen=True, slots=True)
class ReceivePayment:
    """Staff found the money of a bank transfer on the shop's account."""

    payment_id: PaymentId
    idempotency_key: str


async def receive_payment(uow: UnitOfWork, command: ReceivePayment, around: Surroundings) -> OrderId:
    """The order whose transfer came: confirmed, or canceled if its goods are gone and the money has to go back.

    INVALID_TRANSITION unless the payment is one that is awaited on the shop's own account.
    """
    act = once(command, scope=uow.actor.id or "", key=command.idempotency_key)
    async with uow:
        done = await uow.idempotency.begin(act)
        attempt = await uow.payments.attempt(command.payment_id)
        if attempt is None or attempt.payment.order_id is None:
            raise refuse(ErrorCode.NOT_FOUND, "No such payment of an order.", "payment_id")
        if done is not None:
            return attempt.payment.order_id
        checkout = await uow.checkouts.lock(attempt.payment.checkout_id)
        assert checkout is not None, "checkouts with payments are never deleted"
        purchase = Purchase.of(await uow.payments.attempts_of(checkout.id), command.payment_id)
        payment = purchase.asked.payment
        if payment.state is not PaymentState.PENDING or payment.gateway != OWN_ACCOUNT:
            raise refuse(ErrorCode.INVALID_TRANSITION, "No transfer is awaited for this payment.", "payment_id")
        taken = replace(payment, authorized=payment.amount, captured=payment.amount)
        await money_came(uow, checkout, replace(purchase, asked=replace(purchase.asked, payment=taken)), around)
        await uow.idempotency.finish(act, {})
        await uow.commit()
    return _order_of(checkout)


async def money_failed(uow: UnitOfWork, checkout: Checkout, purchase: Purchase, *, reason: str) -> Completion:
    """Cancel the order that was waiting for it, and give back what was held for it."""
    failed = purchase.asked.ended(PaymentState.FAILED, TenderState.FAILED, failure=reason)
    await _ended(uow, checkout, purchase.held, OrderStatus.CANCELED, PAYMENT_FAILED)
    await uow.payments.record(failed)
    uow.record(payment_event(EventType.PAYMENT_FAILED, failed.payment))
    return Completion(_order_of(checkout))


async def expire_unpaid(uow: UnitOfWork, order_id: OrderId, *, now: datetime) -> bool:
    """End an order whose payment is overdue, and let go whatever was held for it; whether it was ended.

    Its payment is void from then on: money that comes nevertheless goes back.
    """
    async with uow:
        order = await uow.awaited_orders.get(order_id)
        assert order is not None, "orders are never deleted"
        checkout = await uow.checkouts.lock(order.checkout_id)
        assert checkout is not None, "checkouts with orders are never deleted"
        if order.payment_due_at is None or now < order.payment_due_at:
            return False
        attempts = await uow.payments.attempts_of(checkout.id)
        if not await _ended(uow, checkout, held_by_balances(attempts), OrderStatus.EXPIRED, PAYMENT_OVERDUE):
            return False
        for attempt in attempts:
            if attempt.payment.state is PaymentState.PENDING:
                await _given_up(uow, attempt)
        await uow.commit()
    return True


async def cancel_unpaid(uow: UnitOfWork, command: CancelOrder) -> bool:
    """Cancel an order as a whole while its payment is awaited, as its buyer or staff asks; False if it is not awaited.

    NOT_FOUND for others. Nothing was taken, and what is asked for a part alone is refused with INVALID_TRANSITION.
    """
    act = once(command, scope=uow.actor.id or "", key=command.idempotency_key)
    async with uow:
        order = await uow.orders.get(command.order_id)
        if order is None or not may_cancel(uow.actor, order):
            raise refuse(ErrorCode.NOT_FOUND, "No such order.", "id")
        if order.status is not OrderStatus.PENDING_PAYMENT:
            return False
        if command.lines or command.vendor_order_id:
            raise refuse(ErrorCode.INVALID_TRANSITION, "It is paid for as a whole: cancel all of it.", "id")
        if await uow.idempotency.begin(act) is not None:
            return True
        checkout = await uow.checkouts.lock(order.checkout_id)
        assert checkout is not None, "checkouts with orders are never deleted"
        attempts = await uow.payments.attempts_of(checkout.id)
        reason = command.reason or CANCELED_UNPAID
        if not await _ended(uow, checkout, held_by_balances(attempts), OrderStatus.CANCELED, reason):
            return False
        for attempt in attempts:
            if attempt.payment.state is PaymentState.PENDING:
                await _given_up(uow, attempt)
        await uow.idempotency.finish(act, {})
        await uow.commit()
    return True


async def _goods(uow: UnitOfWork, checkout: Checkout, now: datetime) -> Sequence[Pick] | None:
    """All units of the order, out of its reservation or anew if that is over; None if they are gone."""
    if checkout.has_expired(now):
        holding = await uow.reservations.hold(checkout, now=now, until=now + timedelta(minutes=1))
        if holding.short:
            return None
    picks = await uow.reservations.allocate(checkout.id)
    assert checkout.is_covered_by(picks), "a reservation that has not expired is whole"
    return picks


async def _ended(
    uow: UnitOfWork, checkout: Checkout, held: Sequence[Attempt], status: OrderStatus, reason: str
) -> bool:
    """Give back goods, uses of promotions and balances, and end the order, locked in this order (rule I4).

    False if it is not awaiting its payment any more.
    """
    order_id = _order_of(checkout)
    await uow.reservations.release(checkout.id)
    await uow.promotion_usage.release_uses(order_id)
    await release_balances(uow, held, TenderState.RELEASED, failure=reason.lower())
    if not await uow.awaited_orders.end(order_id, status, VendorOrderStatus.CANCELED):
        return False
    kind = EventType.ORDER_EXPIRED if status is OrderStatus.EXPIRED else EventType.ORDER_CANCELED
    changes = {"status": {"old": OrderStatus.PENDING_PAYMENT.value, "new": status.value}, "reason": reason}
    uow.record(Event(kind, order_id, order_id=order_id, changes=changes))
    await save(uow, checkout)
    uow.tell(order_id)
    return True


async def _too_late(uow: UnitOfWork, attempt: Attempt, order_id: OrderId) -> None:
    """Book money of an order that has ended: settling the order voids what is held, and refunds what was taken."""
    await uow.payments.record(attempt.ended(PaymentState.AUTHORIZED, TenderState.RELEASED))
    uow.enqueue(Job(JobKind.SETTLE_ORDER, order_id))


async def _given_up(uow: UnitOfWork, attempt: Attempt) -> None:
    """Have the gateway let go of money that is overdue, as soon as this is committed."""
    await uow.payments.record(attempt.ended(PaymentState.VOID_INTENDED, TenderState.RELEASED, failure="overdue"))
    uow.enqueue(Job(JobKind.SETTLE_PAYMENT, attempt.payment.id))


def _later(checkout: Checkout, order_id: OrderId, picks: Sequence[Pick]) -> list[Job]:
    """What is downloaded follows the money, and what is waited for may have come to stock meanwhile."""
    downloads = [Job(JobKind.DELIVER_DIGITAL, order_id)] if any(line.is_download for line in checkout.lines) else []
    return [*downloads, *[Job(JobKind.ALLOCATE_STOCK, pick.offer_id) for pick in picks if pick.is_waiting]]


def _order_of(checkout: Checkout) -> OrderId:
    assert checkout.order_id is not None, "an order is waiting for this payment"
    return checkout.order_id


def _confirmed(order_id: OrderId, parts: Sequence[AwaitedPart]) -> list[Event]:
    old, new = OrderStatus.PENDING_PAYMENT.value, OrderStatus.CONFIRMED.value
    confirmed = Event(
        EventType.ORDER_CONFIRMED, order_id, order_id=order_id, changes={"status": {"old": old, "new": new}}
    )
    waiting, ready = VendorOrderStatus.AWAITING_PAYMENT.value, VendorOrderStatus.NEW.value
    return [
        confirmed,
        *[
            Event(
                EventType.VENDOR_ORDER_CREATED,
                part.id,
                order_id=order_id,
                vendor_order_id=part.id,
                vendor_id=part.vendor_id,
                changes={"status": {"old": waiting, "new": ready}},
            )
            for part in parts
        ],
    ]
