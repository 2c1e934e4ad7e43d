"""What gateways tell of payments for orders that stand already: what an edit has made them cost more (rule O6).

Within the transaction of whoever asked the gateway. Money for an order that has ended goes back (rule S6).
"""

from datetime import timedelta

from domain.checkout.awaiting.usecases import NEWS_WITHIN
from domain.checkout.completion.outcome import Completion
from domain.checkout.completion.ports import Surroundings
from domain.checkout.placement.usecases import payment_event
from domain.checkout.ports import UnitOfWork
from domain.payments.model import Attempt, PaymentAction, PaymentState, TenderState
from domain.payments.tendering import OWN_ACCOUNT
from domain.shared.errors import ErrorCode, Refused, refuse
from domain.shared.events import EventType
from domain.shared.ids import OrderId, moment_of
from domain.shared.jobs import Job, JobKind
from domain.shared.making import replace

ABANDONED_AFTER = timedelta(hours=24)
"""How long a buyer may take over what their bank asks of them."""


async def due_came(uow: UnitOfWork, paid: Attempt, order_id: OrderId) -> Completion:
    """Book what is held or was taken; settling the order takes what it owes by now, and lets go what it does not.

    What was asked for before there was an order is let go: the order was paid for by something else (rule I3).
    """
    if paid.payment.order_id is None:
        await give_up(uow, paid, failure="paid_otherwise")
        return Completion(order_id)
    booked = paid.ended(PaymentState.AUTHORIZED, TenderState.AUTHORIZED)
    await uow.payments.record(booked)
    uow.record(payment_event(EventType.PAYMENT_AUTHORIZED, booked.payment))
    uow.enqueue(Job(JobKind.SETTLE_ORDER, order_id), Job(JobKind.DELIVER_DIGITAL, order_id))
    uow.tell(order_id)
    return Completion(order_id)


async def due_declined(uow: UnitOfWork, attempt: Attempt, order_id: OrderId, *, reason: str) -> Refused:
    """The order is as it was, and the buyer may pay by something else."""
    failed = attempt.ended(PaymentState.FAILED, TenderState.FAILED, failure=reason)
    await uow.payments.record(failed)
    uow.record(payment_event(EventType.PAYMENT_FAILED, failed.payment))
    uow.tell(order_id)
    return refuse(ErrorCode.PAYMENT_DECLINED, "The payment was declined.", "token")


async def due_waits_for_buyer(
    uow: UnitOfWork, known: Attempt, order_id: OrderId, action: PaymentAction, around: Surroundings
) -> Completion:
    """The buyer has something to do; what nobody did for a day is given up (rule Y9)."""
    begun_at = moment_of(known.payment.id)
    if around.now() >= begun_at + ABANDONED_AFTER:
        await give_up(uow, known, failure="abandoned")
        return Completion(order_id)
    waiting = known.ended(PaymentState.ACTION_REQUIRED, TenderState.ACTION_REQUIRED)
    await uow.payments.record(replace(waiting, tender=replace(waiting.tender, action=action)))
    uow.enqueue(Job(JobKind.SETTLE_PAYMENT, known.payment.id, begun_at + ABANDONED_AFTER))
    return Completion(order_id, action)


async def due_is_pending(
    uow: UnitOfWork, known: Attempt, order_id: OrderId, action: PaymentAction | None, around: Surroundings
) -> Completion:
    """The gateway tells days later whether the money came."""
    pending = known.ended(PaymentState.PENDING, TenderState.HELD)
    await uow.payments.record(replace(pending, tender=replace(pending.tender, action=action)))
    if pending.payment.gateway != OWN_ACCOUNT:
        uow.enqueue(Job(JobKind.SETTLE_PAYMENT, pending.payment.id, around.now() + NEWS_WITHIN))
    return Completion(order_id, action)


async def give_up(uow: UnitOfWork, attempt: Attempt, *, failure: str) -> None:
    """Have the gateway let go of what it was asked for, as soon as this is committed."""
    await uow.payments.record(attempt.ended(PaymentState.VOID_INTENDED, TenderState.FAILED, failure=failure))
    uow.enqueue(Job(JobKind.SETTLE_PAYMENT, attempt.payment.id))
