"""What was sent: a warehouse's share of a vendor's part of an order, in one or more parcels."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum

from domain.orders.model import (
    VENDOR_ORDER_TRANSITIONS,
    Allocation,
    OrderLine,
    OrderStatus,
    VendorOrder,
    VendorOrderStatus,
)
from domain.shared.errors import ErrorCode, Problem, Refused, refuse
from domain.shared.ids import FulfillmentId, OrderId, OrderLineId, VendorId, VendorOrderId, WarehouseId
from domain.shared.making import dataclass, replace
from domain.shared.text import is_plain

MAX_LINES = 500
MAX_PARCELS = 50
MAX_WORD_LENGTH = 100
MAX_URL_LENGTH = 2000
MAX_REASON_LENGTH = 200


class FulfillmentState(Enum):
    """Where a fulfillment stands on its way to the buyer."""

    PLANNED = "PLANNED"
    PICKED = "PICKED"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"


FULFILLMENT_TRANSITIONS: Mapping[FulfillmentState, frozenset[FulfillmentState]] = {
    FulfillmentState.PLANNED: frozenset({FulfillmentState.PICKED, FulfillmentState.SHIPPED, FulfillmentState.CANCELED}),
    FulfillmentState.PICKED: frozenset({FulfillmentState.SHIPPED, FulfillmentState.CANCELED}),
    FulfillmentState.SHIPPED: frozenset(
        {FulfillmentState.DELIVERED, FulfillmentState.FAILED, FulfillmentState.CANCELED}
    ),
    FulfillmentState.DELIVERED: frozenset(),
    FulfillmentState.FAILED: frozenset(),
    FulfillmentState.CANCELED: frozenset(),
}
"""Which state may follow which. FAILED: the goods came back. CANCELED: they never left after all."""

COME_TO_NOTHING = frozenset({FulfillmentState.FAILED, FulfillmentState.CANCELED})
"""States in which the units are in the warehouse again, and owed again."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One box, and how to follow it."""

    carrier: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None


@dataclass(frozen=True, slots=True)
class FulfillmentLine:
    """Units of one order line that are in a fulfillment."""

    order_line_id: OrderLineId
    quantity: int


@dataclass(frozen=True, slots=True)
class Fulfillment:
    """What one warehouse sent of a vendor's part of an order."""

    id: FulfillmentId
    order_id: OrderId
    vendor_order_id: VendorOrderId
    vendor_id: VendorId
    warehouse_id: WarehouseId
    state: FulfillmentState
    lines: tuple[FulfillmentLine, ...]
    parcels: tuple[Parcel, ...]
    created_at: datetime
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None

    @property
    def carrier(self) -> str | None:
        return self.parcels[0].carrier if self.parcels else None

    @property
    def tracking_number(self) -> str | None:
        return self.parcels[0].tracking_number if self.parcels else None

    @property
    def tracking_url(self) -> str | None:
        return self.parcels[0].tracking_url if self.parcels else None


def moved(fulfillment: Fulfillment, state: FulfillmentState, *, now: datetime) -> Fulfillment:
    """The fulfillment in its next state. INVALID_TRANSITION unless that one may follow."""
    if state not in FULFILLMENT_TRANSITIONS[fulfillment.state]:
        message = f"What is {fulfillment.state.value} cannot become {state.value}."
        raise refuse(ErrorCode.INVALID_TRANSITION, message, "state")
    delivered_at = now if state is FulfillmentState.DELIVERED else None
    return replace(fulfillment, state=state, delivered_at=delivered_at)


def check_change(state: FulfillmentState | None, parcels: Sequence[Parcel] | None, reason: str | None) -> None:
    """Refuse, with everything that is wrong, what changes no fulfillment whatever it is."""
    problems = _parcel_problems(parcels or ())
    if state is None and parcels is None:
        problems.append(Problem(ErrorCode.REQUIRED, "Say what changes: the state, or the parcels.", ("state",)))
    if not _is_word(reason, MAX_REASON_LENGTH):
        message = f"Give 1 to {MAX_REASON_LENGTH} characters without controls."
        problems.append(Problem(ErrorCode.INVALID, message, ("reason",)))
    if problems:
        raise Refused(*problems)


def check_shape(lines: Sequence[FulfillmentLine], parcels: Sequence[Parcel]) -> None:
    """Refuse, with everything that is wrong, what no fulfillment can look like whatever is in the order."""
    problems = [*_line_problems(lines), *_parcel_problems(parcels)]
    if problems:
        raise Refused(*problems)


def _line_problems(lines: Sequence[FulfillmentLine]) -> list[Problem]:
    if not lines:
        return [Problem(ErrorCode.REQUIRED, "Say which lines are sent.", ("lines",))]
    if len(lines) > MAX_LINES:
        return [Problem(ErrorCode.INVALID, f"At most {MAX_LINES} lines at once.", ("lines",))]
    problems = []
    seen: set[OrderLineId] = set()
    for at, line in enumerate(lines):
        if line.quantity < 1:
            problems.append(Problem(ErrorCode.INVALID, "Send at least 1 unit.", ("lines", str(at), "quantity")))
        if line.order_line_id in seen:
            problems.append(
                Problem(ErrorCode.INVALID, "This line is named twice.", ("lines", str(at), "order_line_id"))
            )
        seen.add(line.order_line_id)
    return problems


def _parcel_problems(parcels: Sequence[Parcel]) -> list[Problem]:
    if len(parcels) > MAX_PARCELS:
        return [Problem(ErrorCode.INVALID, f"At most {MAX_PARCELS} parcels at once.", ("parcels",))]
    problems = []
    for at, parcel in enumerate(parcels):
        for name in ("carrier", "tracking_number"):
            if not _is_word(getattr(parcel, name), MAX_WORD_LENGTH):
                message = f"Give 1 to {MAX_WORD_LENGTH} characters without controls."
                problems.append(Problem(ErrorCode.INVALID, message, ("parcels", str(at), name)))
        url = parcel.tracking_url
        if url is not None and not (_is_word(url, MAX_URL_LENGTH) and url.startswith(("https://", "http://"))):
            message = "Give a web address that begins with https://."
            problems.append(Problem(ErrorCode.INVALID, message, ("parcels", str(at), "tracking_url")))
    return problems


def _is_word(text: str | None, most: int) -> bool:
    return text is None or (0 < len(text) <= most and is_plain(text))


def check_sendable(standing: OrderStatus, vendor_order: VendorOrder) -> None:
    """Only what its vendor accepted, of an order that stands, is sent (rules O1 and O2)."""
    if standing is not OrderStatus.CONFIRMED:
        raise refuse(ErrorCode.INVALID_TRANSITION, f"The order is {standing.value}.", "vendor_order_id")
    if VendorOrderStatus.SHIPPED not in VENDOR_ORDER_TRANSITIONS[vendor_order.status]:
        raise refuse(
            ErrorCode.INVALID_TRANSITION,
            f"What is {vendor_order.status.value} cannot be sent; it has to be accepted first.",
            "vendor_order_id",
        )


def check_owed(
    asked: Sequence[FulfillmentLine],
    lines: Mapping[OrderLineId, OrderLine],
    allocations: Sequence[Allocation],
    warehouse_id: WarehouseId,
) -> None:
    """Refuse lines of somebody else, and more than this warehouse still owes of a line."""
    owed = {item.order_line_id: item.open for item in allocations if item.warehouse_id == warehouse_id}
    problems = []
    for at, line in enumerate(asked):
        if line.order_line_id not in lines:
            problems.append(
                Problem(ErrorCode.NOT_FOUND, "No such line in this order.", ("lines", str(at), "order_line_id"))
            )
        elif line.quantity > owed.get(line.order_line_id, 0):
            still = owed.get(line.order_line_id, 0)
            message = f"This warehouse has {still} units of this line left to send."
            problems.append(Problem(ErrorCode.QUANTITY_LIMIT, message, ("lines", str(at), "quantity")))
    if problems:
        raise Refused(*problems)
