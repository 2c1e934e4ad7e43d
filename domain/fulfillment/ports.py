"""What the use cases of fulfillment need from outside."""

from collections.abc import Sequence
from typing import Protocol

from domain.fulfillment.model import Fulfillment, Parcel
from domain.inventory.sourcing import Pick
from domain.orders.ports import OrderRepository
from domain.shared.ids import FulfillmentId, OfferId, WarehouseId
from domain.shared.transaction import Transaction


class FulfillmentRepository(Protocol):
    async def get(self, fulfillment_id: FulfillmentId) -> Fulfillment | None: ...

    async def add(self, fulfillment: Fulfillment) -> None:
        """Write it, and count its units as fulfilled on the order's lines and allocations."""
        ...

    async def move(self, moved: Fulfillment) -> None:
        """Write its new state, and count its units on the lines and allocations of its order, which is locked.

        Those of one that is DELIVERED are delivered; those of one that came to nothing are fulfilled no more.
        """
        ...

    async def set_parcels(self, fulfillment_id: FulfillmentId, parcels: Sequence[Parcel]) -> None:
        """These parcels in place of those it had."""
        ...


class StockRepository(Protocol):
    async def lock(self, offers: Sequence[OfferId], warehouse_id: WarehouseId) -> None:
        """Lock the stock rows of the offers in one warehouse, in the order of their ids."""
        ...

    async def send(self, picks: Sequence[Pick], *, reference: str, actor: str | None) -> None:
        """Take units owed to orders out of the locked rows, one movement each."""
        ...

    async def take_back(self, picks: Sequence[Pick], *, reference: str, actor: str | None) -> None:
        """Put units that came back into the locked rows, owed to orders again, one movement each."""
        ...


class UnitOfWork(Transaction, Protocol):
    """Orders, what was sent of them, and the stock it was sent from."""

    @property
    def orders(self) -> OrderRepository: ...
    @property
    def fulfillments(self) -> FulfillmentRepository: ...
    @property
    def stock(self) -> StockRepository: ...
