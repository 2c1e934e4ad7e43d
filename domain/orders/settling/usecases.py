"""Moving an order's money: captures, voids and refunds, each done once whatever fails on the way.

An operation is three steps. It is intended in one transaction, which counts it; the gateway is asked outside of any,
under a key made from the operation; what it answered is recorded in a second transaction. Whoever finds one between the
two (the caller, another call, a job after a crash) asks the gateway again under the same key and records.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from domain.orders.invoicing.usecases import credit
from domain.orders.model import Order
from domain.orders.refunding.model import Refund, RefundKind, RefundPlan, RefundState
from domain.orders.settling.model import Books
from domain.orders.settling.ports import Surroundings, UnitOfWork
from domain.payments.balances.usecases import give_back, refund_as_store_credit
from domain.payments.model import Payment, PaymentKind
from domain.payments.operations import (
    Operation,
    OperationKind,
    OperationState,
    exceeds,
    last_tender_first,
    refund_of,
    void_of,
)
from domain.payments.ports import (
    Failed,
    GatewayRefundState,
    GatewayUnavailable,
    OperationOutcome,
    PaymentGateway,
    Pending,
    Succeeded,
)
from domain.payments.tendering import BALANCE
from domain.shared.errors import ErrorCode
from domain.shared.events import Event, EventType
from domain.shared.ids import BalanceId, PaymentOperationId, RefundId
from domain.shared.jobs import Job, JobKind
from domain.shared.making import replace
from domain.shared.money import Money

ATTENDANCE = timedelta(seconds=20)
"""How long whoever intended an operation is left alone with it; longer than a gateway's answer can take."""


async def intend(uow: UnitOfWork, operation: Operation, *, now: datetime) -> Operation:
    """Write an operation and count it, within the caller's transaction, which then carries it out.

    AMOUNT_EXCEEDS_AUTHORIZED or AMOUNT_EXCEEDS_REFUNDABLE if a rival was faster. A worker goes on with it if the caller
    does not live to.
    """
    if not await uow.operations.intend(operation):
        payment = await uow.operations.payment(operation.payment_id)
        assert payment is not None, "payments are never deleted"
        if operation.kind is OperationKind.REFUND:
            raise exceeds(ErrorCode.AMOUNT_EXCEEDS_REFUNDABLE, payment.refundable, "given back")
        raise exceeds(ErrorCode.AMOUNT_EXCEEDS_AUTHORIZED, payment.capturable, "taken")
    uow.enqueue(Job(JobKind.CARRY_OUT_OPERATION, operation.id, now + ATTENDANCE))
    return operation


async def carry_out_all(uow: UnitOfWork, operations: Sequence[Operation], around: Surroundings) -> None:
    """Go on with each, one after the other; what its gateway does not answer to is left to a worker."""
    for operation in operations:
        await carry_out(uow, operation.id, around)


async def carry_out(uow: UnitOfWork, operation_id: PaymentOperationId, around: Surroundings) -> Operation:
    """Ask the gateway for what was intended, and record what it said; the operation as it is then.

    Right from wherever it was left, and harmless when it is done. What follows from it (a payment that turns out to be
    too much, a refund that is complete) is recorded in the same transaction.
    """
    async with uow:
        operation = await uow.operations.get(operation_id)
        assert operation is not None, "operations are never deleted"
        payment = await uow.operations.payment(operation.payment_id)
        assert payment is not None, "payments are never deleted"
    if not operation.state.is_open:
        return operation
    try:
        outcome = await _asked(operation, payment, around)
    except GatewayUnavailable:
        return operation
    followed = await _record(uow, operation, outcome, around)
    await carry_out_all(uow, followed, around)
    async with uow:
        ended = await uow.operations.get(operation_id)
    assert ended is not None, "operations are never deleted"
    return ended


async def take_back(uow: UnitOfWork, operation_id: PaymentOperationId, *, failure: str) -> None:
    """Count a refund that its gateway had done, and that came back to it, as not given back (rule Y2).

    Harmless when repeated. Staff is told by REFUND_FAILED, and can retry.
    """
    async with uow:
        current = await uow.operations.lock(operation_id)
        assert current is not None, "operations are never deleted"
        if current.kind is not OperationKind.REFUND or current.state is not OperationState.SUCCEEDED:
            return
        failed = replace(current, state=OperationState.FAILED, failure=failure)
        order = await uow.orders.lock(failed.order_id) if failed.order_id else None
        await uow.operations.record(failed)
        await _follow_refund(uow, failed)
        if order is not None:
            await uow.orders.touch(order.id)
            uow.tell(order.id)
        await uow.commit()


async def books_of(uow: UnitOfWork, order: Order) -> Books:
    """The locked order's payments, locked as well, and what went back because of cancellations."""
    payments = await uow.operations.payments_of(order.id)
    returned = await uow.refunds.returned(order.id)
    return Books(
        order,
        payments,
        Money(returned.for_cancellation, order.currency),
        credited=Money(returned.credited, order.currency),
    )


async def balance(
    uow: UnitOfWork, order: Order, *, plan: RefundPlan | None = None, reason: str | None, now: datetime
) -> list[Operation]:
    """Give back what was taken beyond what the locked order costs, and let go what it does not need (rules O1 and S6).

    Within the caller's transaction, which then carries the operations out. `plan` says what goods the money was for.
    """
    books = await books_of(uow, order)
    operations: list[Operation] = []
    if books.overpaid.minor:
        operations += await refund(
            uow,
            order,
            books.payments,
            plan or RefundPlan(order.currency),
            books.overpaid,
            kind=RefundKind.CANCELLATION,
            reason=reason,
            now=now,
        )
    if books.is_collected:
        held = [payment for payment in books.payments if payment.capturable.minor]
        operations += [await _void(uow, payment, reason, now) for payment in held]
    if order.is_final:
        for payment_id in await uow.operations.give_up(order.id, reason="order_ended"):
            uow.enqueue(Job(JobKind.SETTLE_PAYMENT, payment_id))
    return operations


async def refund(
    uow: UnitOfWork,
    order: Order,
    payments: Sequence[Payment],
    plan: RefundPlan,
    amount: Money,
    *,
    kind: RefundKind,
    reason: str | None,
    now: datetime,
    to_store_credit: bool = False,
    credited: Money | None = None,
    refund_id: RefundId | None = None,
) -> list[Operation]:
    """Intend to give `amount` back by the order's locked payments, the last tender first (rule Y6).

    What it is more or less than the plan's goods and delivery is its adjustment, `credited` aside, which pays for what
    the order costs more; one of which nothing goes back has SUCCEEDED at once. AMOUNT_EXCEEDS_REFUNDABLE if the
    payments cannot give so much, or a unit was given back meanwhile.
    """
    shares = last_tender_first(payments, amount) if amount.minor or not credited else []
    kept = credited or Money.zero(order.currency)
    created = Refund(
        id=refund_id or RefundId(uow.new_id("refund")),
        order_id=order.id,
        kind=kind,
        state=RefundState.PENDING if shares else RefundState.SUCCEEDED,
        amount=amount,
        lines=plan.lines,
        shipping=plan.shipping,
        fees=plan.fees,
        adjustment=amount + kept - plan.exact - plan.rounding,
        clawback=plan.clawback,
        rounding=plan.rounding,
        credited=kept,
        taxes=plan.taxes,
        to_store_credit=to_store_credit,
        reason=reason,
        created_at=now,
    )
    await _write_refund(uow, order, created, plan, now)
    return [await _intend_refund(uow, created, payment, share, now) for payment, share in shares]


async def _write_refund(uow: UnitOfWork, order: Order, created: Refund, plan: RefundPlan, now: datetime) -> None:
    if not await uow.refunds.add(created, plan, actor=uow.actor.id):
        raise exceeds(ErrorCode.AMOUNT_EXCEEDS_REFUNDABLE, Money.zero(order.currency), "given back of these units")
    uow.record(refund_event(EventType.REFUND_CREATED, created))
    if created.state is RefundState.SUCCEEDED:
        uow.record(refund_event(EventType.REFUND_SUCCEEDED, created))
    await credit(uow, order, await uow.orders.parts_of(order.id), plan, created.id, now=now)


async def _intend_refund(uow: UnitOfWork, created: Refund, payment: Payment, share: Money, now: datetime) -> Operation:
    operation = refund_of(
        payment,
        share,
        operation_id=_new_id(uow),
        refund_id=created.id,
        to_store_credit=created.to_store_credit,
        reason=created.reason,
    )
    return await intend(uow, operation, now=now)


def refund_event(kind: EventType, refund: Refund) -> Event:
    changes = {"amountMinor": refund.amount.minor, "currency": refund.amount.currency, "reason": refund.reason}
    return Event(kind, refund.id, order_id=refund.order_id, changes=changes)


async def _void(uow: UnitOfWork, payment: Payment, reason: str | None, now: datetime) -> Operation:
    return await intend(uow, void_of(payment, operation_id=_new_id(uow), reason=reason), now=now)


def _new_id(uow: UnitOfWork) -> PaymentOperationId:
    return PaymentOperationId(uow.new_id("payment_operation"))


async def _asked(operation: Operation, payment: Payment, around: Surroundings) -> OperationOutcome:
    """What the gateway says; balances and store credit are ours, and are changed when the outcome is recorded."""
    if payment.gateway == BALANCE or operation.to_store_credit:
        return Succeeded(operation.id)
    reference = payment.gateway_reference
    assert reference is not None, "only what its gateway knows of is captured, voided or refunded"
    gateway = around.gateways[payment.gateway]
    if operation.state is OperationState.PENDING and operation.kind is OperationKind.REFUND:
        return await _refund_by_now(gateway, operation, reference)
    match operation.kind:
        case OperationKind.CAPTURE:
            return await gateway.capture(
                reference, operation.amount, final=operation.is_final, key=operation.gateway_key
            )
        case OperationKind.VOID:
            return await gateway.void(reference, key=operation.gateway_key)
        case OperationKind.REFUND:
            return await gateway.refund(reference, operation.amount, key=operation.gateway_key)


async def _refund_by_now(gateway: PaymentGateway, operation: Operation, reference: str) -> OperationOutcome:
    """How a refund that the gateway took on stands: asking for it again would tell how it stood then."""
    found = await gateway.look_up(reference)
    for item in found.refunds if found else ():
        if item.reference == operation.gateway_reference:
            if item.state is GatewayRefundState.SUCCEEDED:
                return Succeeded(item.reference)
            if item.state is GatewayRefundState.FAILED:
                return Failed(item.failure or "failed", item.reference)
    return Pending(operation.gateway_reference or operation.id)


async def _record(
    uow: UnitOfWork, operation: Operation, outcome: OperationOutcome, around: Surroundings
) -> list[Operation]:
    """Write the outcome, unless somebody did; the operations that follow from it."""
    now = around.now()
    async with uow:
        current = await uow.operations.lock(operation.id)
        assert current is not None, "operations are never deleted"
        if not current.state.is_open:
            return []
        ended = _ended(current, outcome)
        if ended.state is OperationState.SUCCEEDED:
            await _change_balance(uow, ended, now)
        order = await uow.orders.lock(ended.order_id) if ended.order_id else None
        await uow.operations.record(ended)
        followed = await _follow(uow, order, ended, now)
        if order is not None:
            await uow.orders.touch(order.id)
            uow.tell(order.id)
        await uow.commit()
    return followed


def _ended(operation: Operation, outcome: OperationOutcome) -> Operation:
    match outcome:
        case Succeeded(reference):
            return replace(operation, state=OperationState.SUCCEEDED, gateway_reference=reference)
        case Pending(reference):
            return replace(operation, state=OperationState.PENDING, gateway_reference=reference)
        case Failed(reason, reference):
            return replace(operation, state=OperationState.FAILED, gateway_reference=reference, failure=reason)


async def _change_balance(uow: UnitOfWork, operation: Operation, now: datetime) -> None:
    """Move what balances hold, in the transaction of the outcome; locked before the order (rule I4)."""
    balance_id = await uow.operations.balance_of(operation.payment_id)
    if balance_id is not None and await _is_released(uow, operation):
        await uow.balances.release([operation.payment_id])
    if operation.kind is not OperationKind.REFUND or operation.order_id is None:
        return
    order = await uow.orders.get(operation.order_id)
    customer_id = order.customer_id if order else None
    if operation.to_store_credit:
        assert customer_id is not None, "store credit is promised to customers only"
        await refund_as_store_credit(uow, customer_id, operation.amount, refund_id=operation.id, now=now)
    elif balance_id is not None:
        await give_back(
            uow,
            BalanceId(balance_id),
            operation.amount,
            customer_id=customer_id,
            refund_id=operation.id,
            now=now,
        )


async def _is_released(uow: UnitOfWork, operation: Operation) -> bool:
    """Whether the balance has again what it held: the payment was let go, or an invoice was paid by other means."""
    payment = await uow.operations.payment(operation.payment_id)
    is_invoice = payment is not None and payment.kind is PaymentKind.INVOICE
    return operation.kind is OperationKind.VOID or (operation.kind is OperationKind.CAPTURE and is_invoice)


async def _follow(uow: UnitOfWork, order: Order | None, operation: Operation, now: datetime) -> list[Operation]:
    """The word of an outcome, and what has to be done because of it."""
    if operation.state is OperationState.PENDING:
        return []
    if operation.kind is OperationKind.REFUND:
        await _follow_refund(uow, operation)
        return []
    uow.record(_payment_event(operation))
    if operation.state is OperationState.FAILED:
        return []
    if operation.kind is OperationKind.VOID:
        await uow.operations.mark_voided(operation.payment_id)
        return []
    if order is None:
        return []
    uow.enqueue(Job(JobKind.SETTLE_ORDER, order.id))
    return await balance(uow, order, reason=operation.reason, now=now)


async def _follow_refund(uow: UnitOfWork, operation: Operation) -> None:
    """The refund's own state, once the last of its operations has ended."""
    assert operation.refund_id is not None, "what is refunded belongs to a refund"
    refund = await uow.refunds.lock(operation.refund_id)
    assert refund is not None, "refunds are never deleted"
    operations = await uow.operations.of_refund(refund.id)
    if any(item.state.is_open for item in operations):
        return
    returned = sum(item.amount.minor for item in operations if item.state is OperationState.SUCCEEDED)
    is_whole = returned == refund.amount.minor
    await uow.refunds.set_state(refund.id, RefundState.SUCCEEDED if is_whole else RefundState.FAILED)
    uow.record(refund_event(EventType.REFUND_SUCCEEDED if is_whole else EventType.REFUND_FAILED, refund))


def _payment_event(operation: Operation) -> Event:
    has_failed = operation.state is OperationState.FAILED
    if operation.kind is OperationKind.CAPTURE:
        kind = EventType.PAYMENT_CAPTURE_FAILED if has_failed else EventType.PAYMENT_CAPTURED
    else:
        kind = EventType.PAYMENT_VOID_FAILED if has_failed else EventType.PAYMENT_VOIDED
    changes = {
        "amountMinor": operation.amount.minor,
        "currency": operation.amount.currency,
        "reason": operation.failure or operation.reason,
    }
    return Event(kind, operation.payment_id, order_id=operation.order_id, changes=changes)
