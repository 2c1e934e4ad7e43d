"""What wishlists need from outside."""

from collections.abc import Collection, Sequence
from typing import Protocol

from domain.customers.model import Customer
from domain.customers.wishlists.model import Wishlist
from domain.shared.ids import CustomerId, VariantId, WishlistId
from domain.shared.transaction import Transaction


class WishlistRepository(Protocol):
    async def lock(self, wishlist_id: WishlistId) -> Wishlist | None:
        """The list as it is, with nobody else changing it until the transaction ends."""
        ...

    async def count(self, customer_id: CustomerId) -> int: ...

    async def add(self, wishlist: Wishlist) -> None: ...

    async def save(self, wishlist: Wishlist, *, before: Wishlist) -> None:
        """Write what differs between the two."""
        ...

    async def delete(self, wishlist_id: WishlistId) -> None: ...


class Owners(Protocol):
    async def lock(self, customer_id: CustomerId) -> Customer | None: ...


class Catalog(Protocol):
    """What is shown to whoever asks. Asked before any transaction."""

    async def shown(self, variants: Sequence[VariantId]) -> Collection[VariantId]: ...


class UnitOfWork(Transaction, Protocol):
    @property
    def customers(self) -> Owners: ...
    @property
    def wishlists(self) -> WishlistRepository: ...
