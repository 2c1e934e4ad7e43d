"""What the use cases of fulfillment need from outside."""

from collections.abc import Sequence
from typing import Protocol

from domain.fulfillment.model import Fulfillment
from domain.inventory.sourcing import Pick
from domain.orders.ports import OrderRepository
from domain.shared.ids import FulfillmentId, OfferId, WarehouseId
from domain.shared.transaction import Transaction


class FulfillmentRepository(Protocol):
    async def get(self, fulfillment_id: FulfillmentId) -> Fulfillment | None: ...

    async def add(self, fulfillment: Fulfillment) -> None:
        """Write it, and count its units as fulfilled on the order's lines and allocations."""
        ...


class StockRepository(Protocol):
    async def lock(self, offers: Sequence[OfferId], warehouse_id: WarehouseId) -> None:
        """Lock the stock rows of the offers in one warehouse, in the order of their ids."""
        ...

    async def send(self, picks: Sequence[Pick], *, reference: str, actor: str | None) -> None:
        """Take units owed to orders out of the locked rows, one movement each."""
        ...


class UnitOfWork(Transaction, Protocol):
    """Orders, what was sent of them, and the stock it was sent from."""

    @property
    def orders(self) -> OrderRepository: ...
    @property
    def fulfillments(self) -> FulfillmentRepository: ...
    @property
    def stock(self) -> StockRepository: ...
