"""The order's own axis: which status may follow which, and under what condition (rule O1)."""

from domain.orders.model import ORDER_TRANSITIONS, Order, OrderStatus
from domain.shared.errors import ErrorCode, Refused, refuse
from domain.shared.events import Event, EventType
from domain.shared.making import replace

INITIAL = frozenset({OrderStatus.PENDING_PAYMENT, OrderStatus.CONFIRMED, OrderStatus.ON_HOLD})
"""How an order may begin."""
ONLY_UNSHIPPED = frozenset({OrderStatus.ON_HOLD, OrderStatus.CANCELED})
"""What an order of which something was sent can no longer become."""

_EVENTS = {
    OrderStatus.CONFIRMED: EventType.ORDER_CONFIRMED,
    OrderStatus.ON_HOLD: EventType.ORDER_ON_HOLD,
    OrderStatus.CANCELED: EventType.ORDER_CANCELED,
    OrderStatus.EXPIRED: EventType.ORDER_EXPIRED,
    OrderStatus.COMPLETED: EventType.ORDER_COMPLETED,
}


def moved(order: Order, status: OrderStatus, *, is_shipped: bool) -> Order:
    """The order in its next status. INVALID_TRANSITION unless that one may follow (rule O1)."""
    if status not in ORDER_TRANSITIONS[order.status]:
        raise not_possible(f"An order that is {order.status.value} cannot become {status.value}.")
    if is_shipped and status in ONLY_UNSHIPPED:
        raise not_possible(f"Something of it was sent: it cannot become {status.value}.")
    return replace(order, status=status, version=order.version + 1)


def not_possible(message: str) -> Refused:
    return refuse(ErrorCode.INVALID_TRANSITION, message, "id")


def status_event(before: Order, after: Order, *, reason: str | None = None) -> Event:
    """The fact that an order moved on."""
    reopened = before.status is OrderStatus.COMPLETED
    changes = {"status": {"old": before.status.value, "new": after.status.value}, "reason": reason}
    kind = EventType.ORDER_REOPENED if reopened else _EVENTS[after.status]
    return Event(kind, after.id, order_id=after.id, changes=changes)
