"""What orders that wait for their payment need from outside."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.inventory.sourcing import Pick
from domain.orders.model import OrderStatus, VendorOrderStatus
from domain.shared.ids import CheckoutId, OrderId, VendorId, VendorOrderId
from domain.shared.making import dataclass


@dataclass(frozen=True, slots=True)
class AwaitedPart:
    """A vendor's part of an order that was awaiting its payment."""

    id: VendorOrderId
    vendor_id: VendorId


@dataclass(frozen=True, slots=True)
class AwaitedOrder:
    id: OrderId
    checkout_id: CheckoutId
    status: OrderStatus
    payment_due_at: datetime | None


class AwaitedOrders(Protocol):
    """Orders in PENDING_PAYMENT. Whoever changes one has locked its checkout and stock before."""

    async def get(self, order_id: OrderId) -> AwaitedOrder | None:
        """The order as it is, unlocked."""
        ...

    async def confirm(self, order_id: OrderId, picks: Sequence[Pick], *, now: datetime) -> Sequence[AwaitedPart]:
        """CONFIRMED, with these units owed to its lines; its parts, NEW from now on. None of them if it is no more
        PENDING_PAYMENT, and nothing done.
        """
        ...

    async def end(
        self, order_id: OrderId, status: OrderStatus, part_status: VendorOrderStatus
    ) -> Sequence[AwaitedPart]:
        """Done with, as CANCELED or EXPIRED; its parts. None of them if it is no more PENDING_PAYMENT."""
        ...
