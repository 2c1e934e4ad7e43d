"""Captures, voids and refunds of a payment, and what each does to the payment's counters (rules Y1, Y2, Y3 and Y6).

An operation counts from the moment it is intended: what is about to be taken or let go cannot be taken again, and what
is about to be given back counts as refunded. One that fails gives back what it laid hold on.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum

from domain.payments.model import Payment
from domain.shared.errors import ErrorCode, Refused, refuse
from domain.shared.ids import OrderId, PaymentId, PaymentOperationId, RefundId
from domain.shared.making import dataclass
from domain.shared.money import Money


class OperationKind(Enum):
    """What is done to a payment at its gateway."""

    CAPTURE = "CAPTURE"
    VOID = "VOID"
    REFUND = "REFUND"


class OperationState(Enum):
    """INTENDED: its gateway may or may not have heard of it. PENDING: the gateway took it on, and will tell."""

    INTENDED = "INTENDED"
    PENDING = "PENDING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"

    @property
    def is_open(self) -> bool:
        return self in {OperationState.INTENDED, OperationState.PENDING}


@dataclass(frozen=True, slots=True)
class Operation:
    """`amount` is what is taken, let go or given back; a final capture lets go of `released` beside it.

    `to_store_credit`: the buyer is given it as credit with the shop, not where it came from.
    """

    id: PaymentOperationId
    payment_id: PaymentId
    kind: OperationKind
    amount: Money
    released: Money
    state: OperationState = OperationState.INTENDED
    order_id: OrderId | None = None
    refund_id: RefundId | None = None
    is_final: bool = False
    to_store_credit: bool = False
    reason: str | None = None
    gateway_reference: str | None = None
    failure: str | None = None
    created_at: datetime | None = None

    @property
    def gateway_key(self) -> str:
        """What makes repeating it harmless: the same operation asks under the same key (rule I3)."""
        return self.id


@dataclass(frozen=True, slots=True)
class CounterChange:
    """By how many minor units each counter of a payment changes; `claimed` is what captures and voids lay hold on."""

    authorized: int = 0
    captured: int = 0
    refunded: int = 0
    claimed: int = 0


@dataclass(frozen=True, slots=True)
class Counters:
    """A payment's counters. Always: 0 <= refunded <= captured, and captured + claimed <= authorized (rule Y1)."""

    authorized: int
    captured: int = 0
    refunded: int = 0
    claimed: int = 0

    @property
    def hold(self) -> bool:
        """Whether they are what counters may be."""
        return (
            0 <= self.refunded <= self.captured
            and self.claimed >= 0
            and self.captured + self.claimed <= self.authorized
        )

    def changed(self, change: CounterChange) -> "Counters | None":
        """The counters after a change; None if that must not be."""
        after = Counters(
            self.authorized + change.authorized,
            self.captured + change.captured,
            self.refunded + change.refunded,
            self.claimed + change.claimed,
        )
        return after if after.hold else None


def on_intent(operation: Operation) -> CounterChange:
    """What an operation counts for from the moment it is intended."""
    amount, claimed = operation.amount.minor, operation.amount.minor + operation.released.minor
    if operation.kind is OperationKind.REFUND:
        return CounterChange(refunded=amount)
    return CounterChange(claimed=claimed)


def on_success(operation: Operation) -> CounterChange:
    """What changes beside once the gateway has done it."""
    amount, released = operation.amount.minor, operation.released.minor
    match operation.kind:
        case OperationKind.CAPTURE:
            return CounterChange(authorized=-released, captured=amount, claimed=-amount - released)
        case OperationKind.VOID:
            return CounterChange(authorized=-amount, claimed=-amount)
        case OperationKind.REFUND:
            return CounterChange()


def on_failure(operation: Operation) -> CounterChange:
    """What a failed operation gives back (rule Y2)."""
    intent = on_intent(operation)
    return CounterChange(refunded=-intent.refunded, claimed=-intent.claimed)


def capture_of(
    payment: Payment,
    amount: Money | None,
    *,
    operation_id: PaymentOperationId,
    final: bool = False,
    multicapture: bool = True,
    reason: str | None = None,
) -> Operation:
    """Taking `amount` of what is held, or all of it. Final where the gateway takes only once (rule Y3).

    AMOUNT_EXCEEDS_AUTHORIZED for more than can be taken, INVALID for nothing or another currency.
    """
    taken = _within(payment.capturable, amount, ErrorCode.AMOUNT_EXCEEDS_AUTHORIZED, "taken")
    is_final = final or not multicapture or taken == payment.capturable
    released = payment.capturable - taken if is_final else Money.zero(taken.currency)
    return Operation(
        operation_id,
        payment.id,
        OperationKind.CAPTURE,
        taken,
        released,
        order_id=payment.order_id,
        is_final=is_final,
        reason=reason,
    )


def void_of(payment: Payment, *, operation_id: PaymentOperationId, reason: str | None = None) -> Operation:
    """Letting go of all that is held and was not taken. AMOUNT_EXCEEDS_AUTHORIZED when that is nothing."""
    held = _within(payment.capturable, None, ErrorCode.AMOUNT_EXCEEDS_AUTHORIZED, "let go")
    nothing = Money.zero(held.currency)
    return Operation(
        operation_id, payment.id, OperationKind.VOID, held, nothing, order_id=payment.order_id, reason=reason
    )


def refund_of(
    payment: Payment,
    amount: Money,
    *,
    operation_id: PaymentOperationId,
    refund_id: RefundId | None = None,
    to_store_credit: bool = False,
    reason: str | None = None,
) -> Operation:
    """Giving back `amount` of what was taken. AMOUNT_EXCEEDS_REFUNDABLE for more than that."""
    given = _within(payment.refundable, amount, ErrorCode.AMOUNT_EXCEEDS_REFUNDABLE, "given back")
    return Operation(
        operation_id,
        payment.id,
        OperationKind.REFUND,
        given,
        Money.zero(given.currency),
        order_id=payment.order_id,
        refund_id=refund_id,
        to_store_credit=to_store_credit,
        reason=reason,
    )


def last_tender_first(payments: Sequence[Payment], amount: Money) -> list[tuple[Payment, Money]]:
    """How much of `amount` goes back to each payment; `payments` are in the order they were made (rule Y6).

    AMOUNT_EXCEEDS_REFUNDABLE if they cannot give back that much together.
    """
    left = amount
    shares = []
    for payment in reversed(payments):
        share = min(left, payment.refundable)
        if share.minor > 0:
            shares.append((payment, share))
            left -= share
    if left.minor > 0:
        raise exceeds(ErrorCode.AMOUNT_EXCEEDS_REFUNDABLE, amount - left, "given back")
    return shares


def first_tender_first(payments: Sequence[Payment], amount: Money) -> list[tuple[Payment, Money]]:
    """How much of `amount` to take of each payment, as far as they go: what is prepaid goes before the card."""
    left = amount
    shares = []
    for payment in payments:
        share = min(left, payment.capturable)
        if share.minor > 0:
            shares.append((payment, share))
            left -= share
    return shares


def exceeds(code: ErrorCode, available: Money, done: str) -> Refused:
    """The refusal of an amount beyond what is there."""
    return refuse(code, f"At most {available} can be {done}.", "amount")


def _within(available: Money, amount: Money | None, code: ErrorCode, done: str) -> Money:
    if amount is None:
        amount = available
    elif amount.currency != available.currency:
        raise refuse(ErrorCode.INVALID, f"The payment is in {available.currency}.", "amount")
    elif amount.minor <= 0:
        raise refuse(ErrorCode.INVALID, "Give an amount above zero.", "amount")
    if amount > available or amount.minor <= 0:
        raise exceeds(code, available, done)
    return amount
