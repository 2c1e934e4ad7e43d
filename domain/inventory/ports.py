"""What the use cases of inventory need from outside."""

from typing import Protocol

from domain.shared.ids import OfferId, VendorId, WarehouseId
from domain.shared.making import dataclass
from domain.shared.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Shelf:
    """A stock row under lock: what is in it, and what of it is reserved for checkouts or owed to orders."""

    on_hand: int
    bound: int


class StockRepository(Protocol):
    async def vendor_of(self, offer_id: OfferId) -> VendorId | None:
        """Whose offer it is; None if there is no such offer."""
        ...

    async def is_warehouse_of(self, warehouse_id: WarehouseId, vendor_id: VendorId) -> bool: ...

    async def open_shelf(self, offer_id: OfferId, warehouse_id: WarehouseId) -> Shelf:
        """Lock the offer's row in the warehouse, made empty if there was none, and the offer as an event's subject.

        Reservations that have expired are given back first.
        """
        ...

    async def move(
        self, offer_id: OfferId, warehouse_id: WarehouseId, delta: int, *, reason: str, actor: str | None
    ) -> None:
        """Change what is on hand in the locked row, with the movement that explains it."""
        ...


class UnitOfWork(Transaction, Protocol):
    """Stock."""

    @property
    def stock(self) -> StockRepository: ...
