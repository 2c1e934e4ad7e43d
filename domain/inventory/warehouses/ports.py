"""What work on warehouses needs from outside."""

from typing import Protocol

from domain.inventory.model import Warehouse
from domain.shared.ids import VendorId, WarehouseId
from domain.shared.transaction import Transaction


class WarehouseRepository(Protocol):
    async def is_active_vendor(self, vendor_id: VendorId) -> bool | None:
        """Whether the vendor may sell; None if there is no such vendor."""
        ...

    async def lock(self, warehouse_id: WarehouseId) -> Warehouse | None:
        """The warehouse as it is, with nobody else changing it until the transaction ends."""
        ...

    async def add(self, warehouse: Warehouse) -> bool:
        """Write a new one; False if another one has its code."""
        ...

    async def save(self, warehouse: Warehouse) -> None: ...


class UnitOfWork(Transaction, Protocol):
    """Warehouses."""

    @property
    def warehouses(self) -> WarehouseRepository: ...
