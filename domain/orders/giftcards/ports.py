"""What gift cards that orders buy need from outside."""

from collections.abc import Sequence
from typing import Protocol

from domain.orders import ports as orders
from domain.payments.balances import ports as balances
from domain.payments.balances.model import Balance
from domain.shared.ids import OrderId, OrderLineId
from domain.shared.making import dataclass
from domain.shared.money import Money


@dataclass(frozen=True, slots=True)
class SoldLine:
    """A line that gift cards were bought by: `units` of them are not given back, each worth `value`."""

    id: OrderLineId
    units: int
    value: Money


class GiftCardSales(Protocol):
    async def lines(self, order_id: OrderId) -> Sequence[SoldLine]:
        """The order's lines of gift cards, without the units that were canceled or refunded."""
        ...

    async def is_paid(self, order_id: OrderId) -> bool:
        """Whether all that the order costs was taken, and not given back."""
        ...

    async def cards(self, order_id: OrderId) -> Sequence[Balance]:
        """The gift cards issued for the order, in the order of its lines, with those that were taken back."""
        ...


class UnitOfWork(orders.UnitOfWork, balances.UnitOfWork, Protocol):
    @property
    def gift_card_sales(self) -> GiftCardSales: ...
