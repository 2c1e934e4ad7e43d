"""What giving arrived stock to orders needs from outside."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.inventory.supply import Served, Shelf, Waiting
from domain.shared.ids import OfferId, OrderId, OrderLineId, VendorId, VendorOrderId
from domain.shared.making import dataclass
from domain.shared.transaction import Transaction


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """A line of an order that waits for units, and whose it is."""

    waiting: Waiting
    order_id: OrderId
    vendor_order_id: VendorOrderId
    vendor_id: VendorId

    @property
    def id(self) -> OrderLineId:
        return self.waiting.order_line_id


class Backlog(Protocol):
    async def open(self, offer_id: OfferId, *, now: datetime) -> Sequence[Shelf]:
        """What warehouses can give to those who wait for an offer: nothing if nobody does, or if it is not released.

        Its stock rows and its supply are locked, and freed of reservations that have expired.
        """
        ...

    async def first_in_line(self, offer_id: OfferId, *, limit: int) -> Sequence[WaitingLine]:
        """The lines that wait for it, in the order they were placed. Their orders are locked, by their ids."""
        ...

    async def give(self, offer_id: OfferId, served: Sequence[Served]) -> None:
        """Owe these units to the lines, out of the locked rows; the orders and their parts are a version on."""
        ...


class UnitOfWork(Transaction, Protocol):
    """Orders that wait for stock."""

    @property
    def backlog(self) -> Backlog: ...
