"""What the use cases of fulfillment need from outside."""

from collections.abc import Sequence
from typing import Protocol, Self

from domain.fulfillment.model import Fulfillment
from domain.inventory.sourcing import Pick
from domain.orders.ports import OrderRepository
from domain.shared.actor import Actor
from domain.shared.events import Event
from domain.shared.idempotency import Idempotency
from domain.shared.ids import FulfillmentId, NewId, OfferId, WarehouseId


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


class UnitOfWork(Protocol):
    """One transaction: kept by `commit`, undone if the block is left before it."""

    actor: Actor
    new_id: NewId

    @property
    def idempotency(self) -> Idempotency: ...
    @property
    def orders(self) -> OrderRepository: ...
    @property
    def fulfillments(self) -> FulfillmentRepository: ...
    @property
    def stock(self) -> StockRepository: ...
    def record(self, *events: Event) -> None: ...
    def tell(self, *topics: str) -> None: ...
    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, *exc: object) -> None: ...
    async def commit(self) -> None: ...
