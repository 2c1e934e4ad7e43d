"""What the use cases of returns need from outside."""

from collections.abc import Sequence
from typing import Protocol

from domain.inventory.ports import Shelf
from domain.orders.adding.ports import UnitOfWork as OrdersUnitOfWork
from domain.orders.ports import OrderRepository
from domain.orders.refunding.model import Units
from domain.returns.model import ReceivedUnits, Replacement, Return
from domain.shared.ids import OfferId, RefundId, ReturnId, VendorId, WarehouseId
from domain.shared.transaction import Transaction


class ReturnRepository(Protocol):
    async def get(self, return_id: ReturnId) -> Return | None:
        """The return as it is; nobody changes it while its order is locked."""
        ...

    async def add(self, item: Return) -> bool:
        """Write a new return and count its units as requested; False if a line has not so many left (rule O8)."""
        ...

    async def move(self, item: Return) -> None:
        """Write its state and moments."""
        ...

    async def release(self, units: Sequence[Units]) -> None:
        """Count units of order lines as requested no more."""
        ...

    async def receive(self, item: Return, receipts: Sequence[ReceivedUnits]) -> None:
        """Count what came of it, on its lines and the order's, and write the receipts."""
        ...

    async def exchanged(self, return_id: ReturnId, given: Sequence[Replacement]) -> None:
        """Write what was given in exchange."""
        ...

    async def set_label(self, item: Return) -> None:
        """Write its label and version."""
        ...

    async def settle(self, return_id: ReturnId, refund_id: RefundId | None) -> None:
        """Mark its receipts as refunded, by this refund if one was made."""
        ...


class StockRepository(Protocol):
    async def vendor_of(self, offer_id: OfferId) -> VendorId | None:
        """Whose offer it is; None if there is no such offer."""
        ...

    async def is_warehouse_of(self, warehouse_id: WarehouseId, vendor_id: VendorId) -> bool: ...

    async def open_shelf(self, offer_id: OfferId, warehouse_id: WarehouseId) -> Shelf:
        """Lock the offer's row in the warehouse, made empty if there was none."""
        ...

    async def move(
        self,
        offer_id: OfferId,
        warehouse_id: WarehouseId,
        delta: int,
        *,
        reason: str,
        actor: str | None,
        reference: str | None = None,
    ) -> None:
        """Change what is on hand in the locked row, with the movement that explains it."""
        ...


class PartUnitOfWork(Transaction, Protocol):
    """Returns, the orders they are of, and stock: what a vendor may touch of its own."""

    @property
    def orders(self) -> OrderRepository: ...
    @property
    def returns(self) -> ReturnRepository: ...
    @property
    def stock(self) -> StockRepository: ...


class UnitOfWork(OrdersUnitOfWork, Protocol):
    """Returns, their orders, the money of those, and what is given in exchange."""

    @property
    def returns(self) -> ReturnRepository: ...
