"""Taking what payments hold, and letting go of it: by staff, and as goods are sent (rules Y1, Y3 and O3)."""

from collections.abc import Sequence

from domain.orders.model import CaptureAt, Order
from domain.orders.rounding import granularity_of
from domain.orders.settling.model import Books, due_at_shipment, is_payable
from domain.orders.settling.ports import Surroundings, UnitOfWork
from domain.orders.settling.usecases import books_of, carry_out, intend
from domain.payments.model import Payment
from domain.payments.operations import (
    Operation,
    OperationKind,
    OperationState,
    capture_of,
    exceeds,
    first_tender_first,
    void_of,
)
from domain.payments.tendering import BALANCE, RECEIVED_BY_HAND
from domain.shared.errors import ErrorCode, refuse
from domain.shared.idempotency import once
from domain.shared.ids import OrderId, PaymentId, PaymentOperationId
from domain.shared.making import dataclass
from domain.shared.money import Money


@dataclass(frozen=True, slots=True)
class CapturePayment:
    """Take `amount` of what a payment holds; without one, all that the order still costs. `final` lets the rest go."""

    payment_id: PaymentId
    amount: Money | None
    final: bool
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class VoidPayment:
    """Let go of what a payment holds and did not take."""

    payment_id: PaymentId
    idempotency_key: str
    reason: str | None = None


async def capture_payment(uow: UnitOfWork, command: CapturePayment, around: Surroundings) -> OrderId:
    """The order whose payment was captured, or is about to be if the gateway does not answer now.

    AMOUNT_EXCEEDS_AUTHORIZED for more than the payment holds or the order costs; PAYMENT_DECLINED when the gateway will
    not; INVALID_TRANSITION unless the order stands. For staff with `payments:write`.
    """
    act = once(command, scope=uow.actor.id or "", key=command.idempotency_key)
    async with uow:
        done = await uow.idempotency.begin(act)
        if done is None:
            order, payment, books = await _locked(uow, command.payment_id)
            if not is_payable(order):
                raise refuse(ErrorCode.INVALID_TRANSITION, f"The order is {order.status.value}.", "payment_id")
            operation = _capture(uow, payment, books, command, around)
            await intend(uow, operation, now=around.now())
            await uow.idempotency.finish(act, {"operation_id": operation.id})
            await uow.commit()
    return await _told(uow, PaymentOperationId(done["operation_id"]) if done else operation.id, around)


async def void_payment(uow: UnitOfWork, command: VoidPayment, around: Surroundings) -> OrderId:
    """The order whose payment was let go. AMOUNT_EXCEEDS_AUTHORIZED when it holds nothing. For staff with
    `payments:write`.
    """
    act = once(command, scope=uow.actor.id or "", key=command.idempotency_key)
    async with uow:
        done = await uow.idempotency.begin(act)
        if done is None:
            _, payment, _ = await _locked(uow, command.payment_id)
            operation = void_of(payment, operation_id=_new_id(uow), reason=command.reason)
            await intend(uow, operation, now=around.now())
            await uow.idempotency.finish(act, {"operation_id": operation.id})
            await uow.commit()
    return await _told(uow, PaymentOperationId(done["operation_id"]) if done else operation.id, around)


async def captures_due(
    uow: UnitOfWork, order: Order, around: Surroundings, *, capture_at: CaptureAt
) -> Sequence[Operation]:
    """Intend to take what the locked order owes by now, within the caller's transaction, which carries them out.

    What was prepaid goes before cards. The last capture takes the rest to the minor unit, and lets go what is not
    needed. Invoices and cash on delivery are left to staff, who know when that money comes.
    """
    if not is_payable(order):
        return ()
    books = await books_of(uow, order)
    parts, lines = await uow.orders.parts_of(order.id), await uow.orders.lines_of(order.id)
    is_placement = capture_at is CaptureAt.PLACEMENT
    granularity = granularity_of(uow.terms.terms(order.market_id).market, order.currency)
    due = order.net_total if is_placement else due_at_shipment(order, parts, lines, granularity)
    amount = min(due - books.kept - books.claimed, books.collectible)
    is_last = due == order.net_total
    return [
        await intend(uow, _planned(uow, payment, share, around, final=is_last), now=around.now())
        for payment, share in first_tender_first(books.payments, amount)
        if payment.kind not in RECEIVED_BY_HAND
    ]


def _capture(
    uow: UnitOfWork, payment: Payment, books: Books, command: CapturePayment, around: Surroundings
) -> Operation:
    asked = command.amount
    if asked is None:
        asked = min(payment.capturable, books.collectible)
    elif asked.currency == books.order.currency and asked > books.collectible:
        raise exceeds(ErrorCode.AMOUNT_EXCEEDS_AUTHORIZED, min(payment.capturable, books.collectible), "taken")
    if not asked.minor and command.amount is None:
        raise exceeds(ErrorCode.AMOUNT_EXCEEDS_AUTHORIZED, asked, "taken")
    return _planned(uow, payment, asked, around, final=command.final)


def _planned(uow: UnitOfWork, payment: Payment, amount: Money, around: Surroundings, *, final: bool) -> Operation:
    """A balance is spent as a whole; what is too much goes back to it."""
    if payment.gateway == BALANCE:
        return capture_of(payment, None, operation_id=_new_id(uow))
    able = around.gateways[payment.gateway].capabilities(payment.kind)
    return capture_of(payment, amount, operation_id=_new_id(uow), final=final, multicapture=able.multicapture)


async def _locked(uow: UnitOfWork, payment_id: PaymentId) -> tuple[Order, Payment, Books]:
    """A payment of an order, locked after it; NOT_FOUND if there is none, or it paid for nothing."""
    payment = await uow.operations.payment(payment_id)
    order = await uow.orders.lock(payment.order_id) if payment and payment.order_id else None
    if payment is None or order is None:
        raise refuse(ErrorCode.NOT_FOUND, "No such payment of an order.", "payment_id")
    books = await books_of(uow, order)
    return order, next(item for item in books.payments if item.id == payment.id), books


async def _told(uow: UnitOfWork, operation_id: PaymentOperationId, around: Surroundings) -> OrderId:
    operation = await carry_out(uow, operation_id, around)
    assert operation.order_id is not None, "what staff captures and voids belongs to an order"
    if operation.state is OperationState.FAILED:
        code = ErrorCode.PAYMENT_DECLINED if operation.kind is OperationKind.CAPTURE else ErrorCode.INVALID_TRANSITION
        raise refuse(code, f"The gateway refused: {operation.failure}.", "payment_id")
    return operation.order_id


def _new_id(uow: UnitOfWork) -> PaymentOperationId:
    return PaymentOperationId(uow.new_id("payment_operation"))
