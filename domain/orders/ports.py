"""What the use cases of orders need from outside. A vendor's part of an order is called a part here."""

from collections.abc import Sequence
from typing import Protocol, Self

from domain.orders.model import Allocation, Order, OrderLine, VendorOrder, VendorOrderStatus
from domain.shared.actor import Actor
from domain.shared.events import Event
from domain.shared.idempotency import Idempotency
from domain.shared.ids import NewId, OrderId, VendorOrderId


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

    async def lock(self, order_id: OrderId) -> Order | None:
        """The order, which nobody else changes before this transaction ends."""
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

    async def touch(self, order_id: OrderId) -> None:
        """Count a new version of the locked order, for those who watch it."""
        ...


class UnitOfWork(Protocol):
    """One transaction: kept by `commit`, undone if the block is left before it."""

    actor: Actor
    new_id: NewId

    @property
    def idempotency(self) -> Idempotency: ...
    @property
    def orders(self) -> OrderRepository: ...
    def record(self, *events: Event) -> None: ...
    def tell(self, *topics: str) -> None: ...
    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, *exc: object) -> None: ...
    async def commit(self) -> None: ...
