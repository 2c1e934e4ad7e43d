"""What a gateway tells of payments without being asked, and what may follow from it (rule I6).

A notice says only that something may have happened: what is so is read from the gateway itself. So notices may come
twice, late, in any order or not at all, and the same follows. States move forward only.
"""

from collections.abc import Sequence
from datetime import datetime

from domain.payments.operations import Operation, OperationKind, OperationState
from domain.payments.ports import DisputeState, GatewayDispute, GatewayPayment, GatewayRefund, GatewayRefundState
from domain.shared.events import Event, EventType
from domain.shared.ids import DisputeId, OrderId, PaymentId
from domain.shared.making import dataclass, replace
from domain.shared.money import Money


@dataclass(frozen=True, slots=True)
class Notice:
    """`id` is the gateway's own, by which it is taken once; `reference` the payment that it is about, if any."""

    id: str
    gateway: str
    type: str
    reference: str | None
    occurred_at: datetime


class ForgedNotice(Exception):  # noqa: N818 - it says what was sent
    """A notice that the gateway has not signed, or too long ago."""


@dataclass(frozen=True, slots=True)
class Dispute:
    """A buyer's bank wants `amount` of a payment back (rule Y11). `fee` is what the gateway keeps for the case."""

    id: DisputeId
    payment_id: PaymentId
    order_id: OrderId | None
    reference: str
    state: DisputeState
    reason: str
    amount: Money
    fee: Money | None
    opened_at: datetime
    evidence_due_by: datetime | None
    closed_at: datetime | None = None

    def told(self, found: GatewayDispute, *, now: datetime) -> "Dispute":
        """The dispute as its gateway has it; one that is closed stays so."""
        if self.state is not DisputeState.OPEN:
            return self
        closed_at = now if found.state is not DisputeState.OPEN else None
        known = replace(self, state=found.state, closed_at=closed_at, evidence_due_by=found.evidence_due_by)
        return replace(known, amount=found.amount, fee=found.fee or self.fee)


def opened(
    found: GatewayDispute, *, dispute_id: DisputeId, payment_id: PaymentId, order_id: OrderId | None, now: datetime
) -> Dispute:
    """A dispute that was not known of; it may be over already."""
    first = Dispute(
        dispute_id,
        payment_id,
        order_id,
        found.reference,
        DisputeState.OPEN,
        found.reason,
        found.amount,
        found.fee,
        found.opened_at,
        found.evidence_due_by,
    )
    return first.told(found, now=now)


def dispute_events(before: Dispute | None, after: Dispute) -> list[Event]:
    """What is to be told of a change: that it was opened, that it was closed, or both."""
    kinds = []
    if before is None:
        kinds.append(EventType.DISPUTE_OPENED)
    if after.state is not DisputeState.OPEN and (before is None or before.state is DisputeState.OPEN):
        kinds.append(EventType.DISPUTE_CLOSED)
    changes = {
        "paymentId": after.payment_id,
        "state": after.state.value,
        "amountMinor": after.amount.minor,
        "currency": after.amount.currency,
        "reason": after.reason,
    }
    return [Event(kind, after.id, order_id=after.order_id, changes=changes) for kind in kinds]


def bounced(operations: Sequence[Operation], found: GatewayPayment) -> list[tuple[Operation, GatewayRefund]]:
    """Refunds that had succeeded and came back: the card was closed, say. They count as not given back (rule Y2)."""
    failed = {item.reference: item for item in found.refunds if item.state is GatewayRefundState.FAILED}
    return [
        (operation, failed[operation.gateway_reference])
        for operation in operations
        if operation.kind is OperationKind.REFUND
        and operation.state is OperationState.SUCCEEDED
        and operation.gateway_reference in failed
    ]


@dataclass(frozen=True, slots=True)
class Difference:
    """What a gateway and our books do not agree on, with nothing under way that could explain it."""

    what: str
    ours: Money
    theirs: Money


def differences(
    captured: Money, refunded: Money, operations: Sequence[Operation], found: GatewayPayment
) -> list[Difference]:
    """Money that moved at the gateway without us: by hand, on its own pages. Told to staff, who decide."""
    if any(operation.state.is_open for operation in operations):
        return []
    to_credit = sum(
        operation.amount.minor
        for operation in operations
        if operation.to_store_credit and operation.state is OperationState.SUCCEEDED
    )
    given_back = Money(refunded.minor - to_credit, refunded.currency)
    pairs = (("captured", captured, found.captured), ("refunded", given_back, found.refunded))
    return [Difference(what, ours, theirs) for what, ours, theirs in pairs if ours != theirs]
