"""What observing gateways needs from outside."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.checkout.ports import OrderWriter
from domain.checkout.ports import UnitOfWork as CheckoutUnitOfWork
from domain.orders.ports import OrderRepository
from domain.orders.settling.ports import UnitOfWork as SettlingUnitOfWork
from domain.payments.observing import Dispute, Notice
from domain.payments.operations import Operation
from domain.shared.ids import GatewayEventId, PaymentId


class Notices(Protocol):
    """What gateways told, each notice once."""

    async def take(self, notice: Notice, event_id: GatewayEventId) -> bool:
        """Write a notice; False if it was told before."""
        ...

    async def get(self, event_id: GatewayEventId) -> Notice | None: ...

    async def observed(self, event_id: GatewayEventId, *, now: datetime) -> None:
        """What it told of was read."""
        ...

    async def payment_of(self, gateway: str, *, reference: str, key: str | None = None) -> PaymentId | None:
        """The payment of a reference, or of the key that it was asked for under, where its answer was lost."""
        ...

    async def operations_of(self, payment_id: PaymentId) -> Sequence[Operation]:
        """All captures, voids and refunds of a payment, in the order they were decided."""
        ...


class Disputes(Protocol):
    async def lock_of(self, payment_id: PaymentId) -> Sequence[Dispute]:
        """The disputes about a payment, which nobody else changes until the transaction ends."""
        ...

    async def save(self, dispute: Dispute) -> None: ...


class Orders(OrderWriter, OrderRepository, Protocol):
    """Orders as checkouts make them and as they are changed later."""


class UnitOfWork(CheckoutUnitOfWork, SettlingUnitOfWork, Protocol):
    """Checkouts, orders, their payments, and what gateways told of them."""

    @property
    def orders(self) -> Orders: ...
    @property
    def notices(self) -> Notices: ...
    @property
    def disputes(self) -> Disputes: ...
