"""What the use cases of balances need from outside."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.payments.balances.model import Balance, BalanceKind, EntryKind, GiftCardCode
from domain.shared.ids import BalanceId, CompanyId, CustomerId
from domain.shared.money import Money
from domain.shared.transaction import Transaction


class BalanceRepository(Protocol):
    """Balances are locked after all else but orders: see the lock order in rule I4."""

    async def by_code(self, code_hash: bytes) -> Balance | None: ...

    async def of_customer(self, customer_id: CustomerId, kind: BalanceKind, currency: str) -> Balance | None: ...

    async def of_company(self, company_id: CompanyId, currency: str) -> Balance | None:
        """How much the company may owe in a currency, if that was ever said."""
        ...

    async def lock(self, balance_id: BalanceId) -> Balance | None: ...

    async def open(
        self,
        balance: Balance,
        *,
        code: GiftCardCode | None = None,
        unit: int | None = None,
        note: str | None = None,
    ) -> bool:
        """Write a new balance with what is available on it; False if its owner or the sold unit has one already."""
        ...

    async def change(
        self,
        balance_id: BalanceId,
        amount: Money,
        kind: EntryKind,
        *,
        granted: Money | None = None,
        reference: str | None = None,
        note: str | None = None,
    ) -> Balance | None:
        """Add an entry of `amount`, which may be negative, and count `granted` in; None if too little is left."""
        ...

    async def hold(self, balance_id: BalanceId, amount: Money, *, reference: str, now: datetime) -> bool:
        """Set `amount` aside for the payment `reference`; False, and nothing done, unless it is usable (rule Y7)."""
        ...

    async def release(self, references: Sequence[str]) -> None:
        """Give back what was held for these payments; what was given back already stays so."""
        ...

    async def set_code(self, balance_id: BalanceId, code: GiftCardCode) -> None: ...

    async def set_expiry(self, balance_id: BalanceId, expires_at: datetime | None) -> None: ...

    async def has_customer(self, customer_id: CustomerId) -> bool: ...

    async def has_company(self, company_id: CompanyId) -> bool: ...


class UnitOfWork(Transaction, Protocol):
    @property
    def balances(self) -> BalanceRepository: ...
