"""A vendor's own axis: which status of its part of an order may follow which, and what its units say (rule O2).

Accepting, rejecting and canceling are decisions, checked against the table. How far an accepted part was sent is
counted: a parcel that comes to nothing takes its units back, and the part stands where the rest of its units say.
"""

from collections.abc import Sequence

from domain.orders.model import VENDOR_ORDER_TRANSITIONS, OrderLine, VendorOrder, VendorOrderStatus
from domain.shared.errors import ErrorCode, Refused, refuse
from domain.shared.events import Event, EventType
from domain.shared.making import replace

SENDING = frozenset(
    {
        VendorOrderStatus.ACCEPTED,
        VendorOrderStatus.PARTIALLY_SHIPPED,
        VendorOrderStatus.SHIPPED,
        VendorOrderStatus.DELIVERED,
    }
)
"""What a part can be once its vendor has accepted it, as its units say."""


def moved(part: VendorOrder, status: VendorOrderStatus) -> VendorOrder:
    """The part in its next status, one version on. INVALID_TRANSITION unless that one may follow (rule O2)."""
    if status not in VENDOR_ORDER_TRANSITIONS[part.status]:
        raise not_possible(f"A vendor order that is {part.status.value} cannot become {status.value}.")
    return replace(part, status=status, version=part.version + 1)


def not_possible(message: str) -> Refused:
    return refuse(ErrorCode.INVALID_TRANSITION, message, "id")


def status_by_units(lines: Sequence[OrderLine]) -> VendorOrderStatus:
    """Where an accepted part stands, counted over all of its lines; canceled units are left out."""
    sent = sum(line.fulfilled for line in lines)
    if not sent:
        return VendorOrderStatus.ACCEPTED
    if sent < sum(line.quantity - line.canceled for line in lines):
        return VendorOrderStatus.PARTIALLY_SHIPPED
    is_delivered = sent == sum(line.delivered for line in lines)
    return VendorOrderStatus.DELIVERED if is_delivered else VendorOrderStatus.SHIPPED


def part_event(kind: EventType, before: VendorOrder, after: VendorOrder, *, reason: str | None = None) -> Event:
    """The fact that a part moved on, for its vendor and its buyer."""
    return Event(
        kind,
        after.id,
        order_id=after.order_id,
        vendor_order_id=after.id,
        vendor_id=after.vendor_id,
        changes={"status": {"old": before.status.value, "new": after.status.value}}
        | ({"reason": reason} if reason else {}),
    )
