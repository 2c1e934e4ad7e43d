"""What paying for orders that stand already needs from outside."""

from datetime import datetime
from typing import Protocol

from domain.checkout import ports as checkouts
from domain.checkout.completion.ports import Surroundings
from domain.checkout.observing.ports import Orders
from domain.orders.settling import ports as settling
from domain.shared.ids import OrderId
from domain.shared.making import dataclass

__all__ = ["OrderPaymentLink", "OrderPaymentLinks", "Surroundings", "UnitOfWork"]


@dataclass(frozen=True, slots=True)
class OrderPaymentLink:
    """Lets whoever holds its token pay what an order costs more than was paid, until `expires_at`."""

    token_hash: bytes
    order_id: OrderId
    created_by: str
    expires_at: datetime


class OrderPaymentLinks(Protocol):
    async def add(self, link: OrderPaymentLink) -> None: ...

    async def get(self, token_hash: bytes) -> OrderPaymentLink | None: ...


class UnitOfWork(checkouts.UnitOfWork, settling.UnitOfWork, Protocol):
    """Checkouts with their payments, the orders that came of them, and the links that lead to those."""

    @property
    def orders(self) -> Orders: ...
    @property
    def order_payment_links(self) -> OrderPaymentLinks: ...
