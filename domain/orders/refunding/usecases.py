"""Giving money back: by the units that it was paid for, delivery, and adjustments (rules M8, Y6 and P8)."""

from collections.abc import Sequence

from domain.orders.giftcards.usecases import give_back_gift_cards
from domain.orders.model import Order
from domain.orders.refunding.clawback import clawed_back
from domain.orders.refunding.model import (
    MAX_REASON_LENGTH,
    RefundAllocation,
    RefundKind,
    RefundPlan,
    RefundPreview,
    RefundState,
    Units,
    plan_refund,
    with_clawback,
    with_rounding,
)
from domain.orders.rounding import granularity_of, is_rounded
from domain.orders.settling.ports import Surroundings, UnitOfWork
from domain.orders.settling.usecases import books_of, carry_out_all, intend, refund, refund_event
from domain.payments.model import Payment
from domain.payments.operations import Operation, OperationState, last_tender_first, refund_of
from domain.shared.errors import ErrorCode, refuse
from domain.shared.events import EventType
from domain.shared.idempotency import once
from domain.shared.ids import OrderId, PaymentOperationId, RefundId
from domain.shared.making import dataclass
from domain.shared.money import Money
from domain.shared.text import is_plain


@dataclass(frozen=True, slots=True)
class CreateRefund:
    """Give back the price of units, `shipping` of the delivery, and an `adjustment` for whatever else."""

    order_id: OrderId
    lines: tuple[Units, ...]
    shipping: Money | None
    adjustment: Money | None
    to_store_credit: bool
    reason: str | None
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class RetryRefund:
    """Try again what did not go back, by whichever payments can; as store credit if the buyer agrees."""

    refund_id: RefundId
    to_store_credit: bool
    idempotency_key: str


async def create_refund(uow: UnitOfWork, command: CreateRefund, around: Surroundings) -> OrderId:
    """The order, with the refund among its refunds; what its gateway does not answer to now is PENDING.

    Each unit is refunded once, for exactly what it cost. AMOUNT_EXCEEDS_REFUNDABLE for more than was taken. For staff
    with `payments:write`.
    """
    check_reason(command.reason)
    act = once(command, scope=uow.actor.id or "", key=command.idempotency_key)
    async with uow:
        if await uow.idempotency.begin(act) is not None:
            return command.order_id
        order = await uow.orders.lock(command.order_id)
        if order is None:
            raise refuse(ErrorCode.NOT_FOUND, "No such order.", "order_id")
        plan = await planned_refund(uow, order, command.lines, shipping=command.shipping, adjustment=command.adjustment)
        operations = await refund_plan(
            uow, order, plan, around, reason=command.reason, to_store_credit=command.to_store_credit
        )
        await uow.idempotency.finish(act, {})
        await uow.commit()
    await carry_out_all(uow, operations, around)
    return order.id


async def refund_plan(
    uow: UnitOfWork,
    order: Order,
    plan: RefundPlan,
    around: Surroundings,
    *,
    reason: str | None,
    to_store_credit: bool = False,
    credited: Money | None = None,
    refund_id: RefundId | None = None,
) -> list[Operation]:
    """Intend to give back what a plan comes to, within the caller's transaction, which carries it out after it.

    For returns as well. The order is locked. Store credit is for orders of customers only; INSUFFICIENT_BALANCE for
    gift cards that were spent. What is `credited` of it pays what the order costs more, and does not go back.
    """
    if to_store_credit and order.customer_id is None:
        raise refuse(ErrorCode.NOT_ALLOWED, "A guest has no store credit.", "to_store_credit")
    if plan.total.minor <= 0:
        raise refuse(ErrorCode.REQUIRED, "Say what to give back.", "lines")
    books = await books_of(uow, order)
    operations = await refund(
        uow,
        order,
        books.payments,
        plan,
        plan.total - credited if credited else plan.total,
        kind=RefundKind.RETURN,
        reason=reason,
        now=around.now(),
        to_store_credit=to_store_credit,
        credited=credited,
        refund_id=refund_id,
    )
    await give_back_gift_cards(uow, order.id, [item.line for item in plan.units])
    await uow.orders.touch(order.id)
    uow.tell(order.id)
    return operations


async def retry_refund(uow: UnitOfWork, command: RetryRefund, around: Surroundings) -> OrderId:
    """The order of a refund that FAILED, PENDING anew for what did not go back. For staff with `payments:write`."""
    act = once(command, scope=uow.actor.id or "", key=command.idempotency_key)
    async with uow:
        order_id = await uow.refunds.order_of(command.refund_id)
        order = await uow.orders.lock(order_id) if order_id else None
        failed = await uow.refunds.lock(command.refund_id)
        if order is None or failed is None:
            raise refuse(ErrorCode.NOT_FOUND, "No such refund.", "refund_id")
        if await uow.idempotency.begin(act) is not None:
            return order.id
        if failed.state is not RefundState.FAILED:
            raise refuse(ErrorCode.INVALID_TRANSITION, f"The refund is {failed.state.value}.", "refund_id")
        if command.to_store_credit and order.customer_id is None:
            raise refuse(ErrorCode.NOT_ALLOWED, "A guest has no store credit.", "to_store_credit")
        made = await uow.operations.of_refund(failed.id)
        returned = sum(item.amount.minor for item in made if item.state is not OperationState.FAILED)
        rest = Money(failed.amount.minor - returned, order.currency)
        books = await books_of(uow, order)
        operations = [
            await intend(uow, _again(uow, payment, share, command, failed.reason), now=around.now())
            for payment, share in last_tender_first(books.payments, rest)
        ]
        await uow.refunds.set_state(failed.id, RefundState.PENDING)
        uow.record(refund_event(EventType.REFUND_CREATED, failed))
        await uow.orders.touch(order.id)
        uow.tell(order.id)
        await uow.idempotency.finish(act, {})
        await uow.commit()
    await carry_out_all(uow, operations, around)
    return order.id


def preview(payments: Sequence[Payment], plan: RefundPlan) -> RefundPreview:
    """What a plan would give back, and by which payments. AMOUNT_EXCEEDS_REFUNDABLE if they cannot."""
    shares = last_tender_first(payments, plan.total) if plan.total.minor else []
    return RefundPreview(plan, tuple(RefundAllocation(payment.id, share) for payment, share in shares))


def check_reason(reason: str | None) -> None:
    """INVALID at `reason` for what is too long or has control characters."""
    if reason is not None and not (len(reason) <= MAX_REASON_LENGTH and is_plain(reason)):
        message = f"A reason has at most {MAX_REASON_LENGTH} characters, without controls."
        raise refuse(ErrorCode.INVALID, message, "reason")


def _again(uow: UnitOfWork, payment: Payment, share: Money, command: RetryRefund, reason: str | None) -> Operation:
    return refund_of(
        payment,
        share,
        operation_id=PaymentOperationId(uow.new_id("payment_operation")),
        refund_id=command.refund_id,
        to_store_credit=command.to_store_credit,
        reason=reason,
    )


async def planned_refund(
    uow: UnitOfWork,
    order: Order,
    units: Sequence[Units],
    *,
    shipping: Money | None = None,
    adjustment: Money | None = None,
) -> RefundPlan:
    """What these units, this much of the delivery and an adjustment come to by now, at the order's own rules (rule P8).

    For returns as well. Refuses, with all that is wrong.
    """
    lines, parts = await uow.orders.lines_of(order.id), await uow.orders.parts_of(order.id)
    plan = plan_refund(lines, parts, units, shipping=shipping, adjustment=adjustment)
    rules = await uow.refunds.rules_of(order, lines) if units else None
    if rules is not None:
        going = {item.order_line_id: item.quantity for item in units}
        before = await uow.refunds.clawed_back(order.id)
        plan = with_clawback(plan, clawed_back(lines, going, rules, before=before))
    return await rounded(uow, order, plan)


async def rounded(uow: UnitOfWork, order: Order, plan: RefundPlan) -> RefundPlan:
    """The plan with what it takes of the locked order's rounding, in the place of what it had."""
    granularity = granularity_of(uow.terms.terms(order.market_id).market, order.currency)
    if not is_rounded(order.totals, granularity):
        return plan
    return with_rounding(plan, order.totals, await uow.refunds.given_back(order.id), granularity)
