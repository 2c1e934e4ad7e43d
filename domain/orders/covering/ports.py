"""What covering orders anew needs from outside."""

from collections.abc import Sequence
from typing import Protocol

from domain.orders.settling.ports import UnitOfWork as SettlingUnitOfWork
from domain.payments.model import Attempt
from domain.shared.ids import CheckoutId, PaymentId


class Attempts(Protocol):
    """Payments with the tenders that they charge."""

    async def attempt(self, payment_id: PaymentId) -> Attempt | None: ...

    async def attempts_of(self, checkout_id: CheckoutId) -> Sequence[Attempt]:
        """In the order they were begun."""
        ...

    async def begin(self, attempt: Attempt) -> None:
        """Write a new payment, and how often its tender was tried."""
        ...

    async def record(self, attempt: Attempt) -> None: ...


class UnitOfWork(SettlingUnitOfWork, Protocol):
    """Orders with their money, and how it was offered."""

    @property
    def payments(self) -> Attempts: ...
