"""What the use cases of orders need from outside. A vendor's part of an order is called a part here."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.orders.model import Allocation, Order, OrderLine, OrderStatus, SaleTerms, VendorOrder, VendorOrderStatus
from domain.shared.ids import OrderId, VendorOrderId
from domain.shared.transaction import Transaction


class OrderRepository(Protocol):
    async def add(
        self,
        placed: Order,
        vendor_orders: Sequence[VendorOrder],
        lines: Sequence[OrderLine],
        allocations: Sequence[Allocation],
    ) -> None:
        """Write a new order whole."""
        ...

    async def get(self, order_id: OrderId) -> Order | None:
        """The order as it is, unlocked."""
        ...

    async def parts_of(self, order_id: OrderId) -> Sequence[VendorOrder]:
        """The vendors' parts of an order, by their ids."""
        ...

    async def lines_of(self, order_id: OrderId) -> Sequence[OrderLine]:
        """All lines of an order, by position."""
        ...

    async def set_status(self, order: Order) -> None:
        """Write the status and version of a locked order."""
        ...

    async def terms_of(self, order: Order) -> SaleTerms:
        """What its market says of orders."""
        ...

    async def add_note(self, order_id: OrderId, note: str) -> None:
        """Put a note of staff behind the others."""
        ...

    async def delivered_at(self, order_id: OrderId) -> datetime | None:
        """When the last of it arrived; None if nothing did."""
        ...

    async def has_open_returns(self, order_id: OrderId) -> bool:
        """Whether something of it is to come back, or came and was not refunded yet."""
        ...

    async def lock(self, order_id: OrderId) -> Order | None:
        """The order, which nobody else changes before this transaction ends."""
        ...

    async def lock_status(self, order_id: OrderId) -> OrderStatus | None:
        """Where the order stands, which nobody changes before this transaction ends: all that vendors may know."""
        ...

    async def part(self, vendor_order_id: VendorOrderId) -> VendorOrder | None:
        """A vendor's part as it is, unlocked."""
        ...

    async def lock_part(self, vendor_order_id: VendorOrderId) -> VendorOrder | None:
        """A vendor's part, which nobody else changes before this transaction ends; its order is locked first."""
        ...

    async def lines_of_part(self, vendor_order_id: VendorOrderId) -> Sequence[OrderLine]: ...

    async def allocations_of_part(self, vendor_order_id: VendorOrderId) -> Sequence[Allocation]: ...

    async def set_part_status(self, vendor_order_id: VendorOrderId, status: VendorOrderStatus) -> VendorOrder:
        """The locked part in its new status, one version on."""
        ...

    async def restart_acceptance(self, order_id: OrderId) -> None:
        """Give the vendors of NEW parts of a locked order their whole time to accept them again, from now on."""
        ...

    async def touch(self, order_id: OrderId) -> None:
        """Count a new version of the locked order, for those who watch it."""
        ...


class UnitOfWork(Transaction, Protocol):
    """Orders."""

    @property
    def orders(self) -> OrderRepository: ...
