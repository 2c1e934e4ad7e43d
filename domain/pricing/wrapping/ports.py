"""What the use cases of gift wrap need from outside."""

from typing import Protocol

from domain.pricing.wrapping.model import WrapTerms
from domain.shared.ids import VendorId
from domain.shared.transaction import Transaction


class WrapWriter(Protocol):
    async def is_active_vendor(self, vendor_id: VendorId) -> bool | None:
        """Whether the vendor may sell; None if there is no such vendor."""
        ...

    async def is_sold_in(self, currency: str) -> bool:
        """Whether any market sells in the currency."""
        ...

    async def set(self, vendor_id: VendorId, currency: str, terms: WrapTerms | None) -> None:
        """Wrap on these terms from now on, or no more."""
        ...


class UnitOfWork(Transaction, Protocol):
    """The terms that vendors wrap on."""

    @property
    def gift_wraps(self) -> WrapWriter: ...
