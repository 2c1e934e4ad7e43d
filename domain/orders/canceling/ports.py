"""What canceling needs from outside."""

from collections.abc import Collection, Sequence
from typing import Protocol

from domain.orders.canceling.model import Cancellation
from domain.orders.model import Order
from domain.orders.ports import UnitOfWork as OrdersUnitOfWork
from domain.orders.settling.ports import UnitOfWork as SettlingUnitOfWork
from domain.pricing.coupons.usage import PromotionUsage
from domain.shared.ids import OrderId, OrderLineId, VendorOrderId


class CancellationRepository(Protocol):
    async def lock_stock(self, parts: Sequence[VendorOrderId]) -> None:
        """Lock the stock rows that owe units to these parts, then the supply of their offers, by their ids."""
        ...

    async def cancel(self, cancellation: Cancellation) -> bool:
        """Count the units and the delivery as canceled, and give the stock back that was owed.

        False, and something may be done, if a unit was sent, given back or canceled meanwhile. The part's status is
        left to the caller. A vendor may do it to its own part.
        """
        ...

    async def told(self, order_id: OrderId) -> Collection[OrderLineId]:
        """The lines of an order of whose cancellation some refund tells."""
        ...

    async def count(self, order: Order, *, is_whole: bool, rounding: int) -> Order:
        """The locked order with all that was canceled of its parts taken off it, and its fees if nothing is left.

        `rounding` is what goes of its rounding beside that, in minor units.
        """
        ...


class PartUnitOfWork(OrdersUnitOfWork, Protocol):
    """Vendors' parts, for themselves to cancel."""

    @property
    def cancellations(self) -> CancellationRepository: ...


class UnitOfWork(SettlingUnitOfWork, PartUnitOfWork, Protocol):
    """Orders, their parts, their money, and what they used of promotions."""

    @property
    def promotion_usage(self) -> PromotionUsage: ...
