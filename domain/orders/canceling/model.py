"""What canceling comes to: which units, what they cost, and whose goods they were (rules O1 and M8)."""

from collections.abc import Iterable, Mapping, Sequence

from domain.orders.model import Allocation, OrderLine, VendorOrder, VendorOrderStatus
from domain.orders.refunding.model import (
    RefundPlan,
    ShippingShare,
    Units,
    UnitsShare,
    shares_of,
    shipping_left,
    shipping_shares,
    shipping_taxes,
)
from domain.orders.shares import Share, share_between, share_of_amount
from domain.pricing.tax import TaxLine
from domain.shared.ids import OfferId, OrderLineId, WarehouseId
from domain.shared.making import dataclass
from domain.shared.money import sum_money

GONE = frozenset({VendorOrderStatus.CANCELED, VendorOrderStatus.REJECTED})
"""Parts of which nothing will be sent."""


@dataclass(frozen=True, slots=True)
class Release:
    """Units of a line that a warehouse no longer owes."""

    order_line_id: OrderLineId
    offer_id: OfferId
    warehouse_id: WarehouseId
    quantity: int


@dataclass(frozen=True, slots=True)
class Cancellation:
    """What is canceled of one vendor's part, and what that part becomes."""

    part: VendorOrder
    units: tuple[UnitsShare, ...]
    deliveries: tuple[ShippingShare, ...]
    releases: tuple[Release, ...]
    waiting: Mapping[OrderLineId, int]
    """Of the units of each line, those that waited for stock."""
    status: VendorOrderStatus

    @property
    def plan(self) -> RefundPlan:
        """What it takes off the order."""
        return RefundPlan(self.part.totals.total.currency, self.units, self.deliveries)


def cancel_units(
    part: VendorOrder,
    lines: Sequence[OrderLine],
    allocations: Sequence[Allocation],
    asked: Sequence[Units],
    *,
    gone: VendorOrderStatus = VendorOrderStatus.CANCELED,
) -> Cancellation:
    """Cancel units of a part that were not sent; with the last of them its delivery goes too, and it is `gone`.

    The units must be cancelable. Those that wait for stock go first, then those of the last warehouses.
    """
    by_id = {line.id: line for line in lines}
    waiting = {item.order_line_id: min(item.quantity, by_id[item.order_line_id].backordered) for item in asked}
    picks = [
        release
        for item in asked
        for release in _released(item.order_line_id, item.quantity - waiting[item.order_line_id], allocations)
    ]
    status = _next_status(part, lines, asked, gone)
    left = shipping_left(part) if status in GONE else 0
    return Cancellation(
        part=part,
        units=tuple(shares_of(by_id, asked)),
        deliveries=tuple(shipping_shares([part], lines, left)),
        releases=tuple(picks),
        waiting=waiting,
        status=status,
    )


def all_units(lines: Iterable[OrderLine]) -> list[Units]:
    """Every unit that can still be canceled."""
    return [Units(line.id, line.cancelable) for line in lines if line.cancelable]


def with_gifts(asked: tuple[Units, ...], lines: Sequence[OrderLine]) -> tuple[Units, ...]:
    """The units to be canceled, and the gifts of the order if nothing is left then of what was bought."""
    going = {item.order_line_id: item.quantity for item in asked}
    bought = [line for line in lines if not line.is_gift]
    if not asked or any(line.fulfilled or line.cancelable > going.get(line.id, 0) for line in bought):
        return asked
    return (
        *asked,
        *[item for item in all_units(line for line in lines if line.is_gift) if item.order_line_id not in going],
    )


def together(cancellations: Sequence[Cancellation]) -> RefundPlan:
    """What cancellations take off an order, all together."""
    plans = [item.plan for item in cancellations]
    currency = plans[0].currency
    adjustments = sum_money([plan.adjustment for plan in plans if plan.adjustment], currency)
    return RefundPlan(
        currency,
        tuple(unit for plan in plans for unit in plan.units),
        tuple(delivery for plan in plans for delivery in plan.deliveries),
        adjustments,
    )


def plan_of_rejected(parts: Sequence[VendorOrder], lines: Sequence[OrderLine]) -> RefundPlan:
    """What one or more parts that their vendors rejected took off an order: all that there was of them (rule O2)."""
    ids = {part.id for part in parts}
    gone = [line for line in lines if line.vendor_order_id in ids and line.canceled]
    units = [
        UnitsShare(
            line,
            line.canceled,
            share_between(line.total, line.taxes, 0, line.canceled, line.quantity),
            _wrap_given_back(line),
        )
        for line in gone
    ]
    deliveries = [
        ShippingShare(
            part.id, share_of_amount(part.totals.shipping, _shipping_taxes(part, lines), 0, part.shipping_given_back)
        )
        for part in parts
        if part.shipping_given_back
    ]
    return RefundPlan(parts[0].totals.total.currency, tuple(units), tuple(deliveries))


def _wrap_given_back(line: OrderLine) -> Share | None:
    wrap = line.gift_wrap
    return share_of_amount(wrap.price, wrap.taxes, 0, wrap.given_back) if wrap and wrap.given_back else None


def _shipping_taxes(part: VendorOrder, lines: Sequence[OrderLine]) -> Sequence[TaxLine]:
    return shipping_taxes(part, [line for line in lines if line.vendor_order_id == part.id])


def _released(line_id: OrderLineId, quantity: int, allocations: Sequence[Allocation]) -> list[Release]:
    released = []
    for owed in reversed([item for item in allocations if item.order_line_id == line_id]):
        taken = min(quantity, owed.open)
        if taken:
            released.append(Release(line_id, owed.offer_id, owed.warehouse_id, taken))
            quantity -= taken
    return released


def _next_status(
    part: VendorOrder, lines: Sequence[OrderLine], asked: Sequence[Units], gone: VendorOrderStatus
) -> VendorOrderStatus:
    """Gone with the last unit if none was sent; sent, or delivered, as a whole if none is left to send."""
    going = {item.order_line_id: item.quantity for item in asked}
    left = sum(line.quantity - line.fulfilled - line.canceled - going.get(line.id, 0) for line in lines)
    if left:
        return part.status
    sent = sum(line.fulfilled for line in lines)
    if not sent:
        return gone
    is_delivered = sent == sum(line.delivered for line in lines)
    return VendorOrderStatus.DELIVERED if is_delivered else VendorOrderStatus.SHIPPED
