"""What editing orders needs from outside."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from domain.cart.ports import OfferReader
from domain.inventory.sourcing import Pick
from domain.orders.holding.ports import UnitOfWork as OrdersUnitOfWork
from domain.orders.model import Allocation, Order, OrderLine, VendorOrder
from domain.shared.ids import OfferId, VendorOrderId


class OrderEdits(Protocol):
    async def lock_stock(self, parts: Sequence[VendorOrderId], offers: Sequence[OfferId]) -> None:
        """Lock the stock rows that owe units to these parts, and those of the offers, in the order of their ids."""
        ...

    async def allocate(self, demand: Mapping[OfferId, int], country: str) -> Sequence[Pick] | Mapping[OfferId, int]:
        """Take all of the demand out of the locked rows, or nothing: what could be had of each that falls short."""
        ...

    async def append(
        self,
        order: Order,
        parts: Sequence[VendorOrder],
        lines: Sequence[OrderLine],
        allocations: Sequence[Allocation],
    ) -> None:
        """Write new lines of a locked order, with the totals that it and the parts have then, one revision on."""
        ...


class UnitOfWork(OrdersUnitOfWork, Protocol):
    """Orders with their money, and the offers that are added to them."""

    @property
    def edits(self) -> OrderEdits: ...
    @property
    def offers(self) -> OfferReader: ...
