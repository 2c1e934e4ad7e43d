"""What the cart's use cases need from outside."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from domain.cart.model import Cart
from domain.companies.ports import BuyingCompanies
from domain.pricing.facts import OfferFacts
from domain.shared.idempotency import Once, Outcome
from domain.shared.ids import CartId, OfferId, VariantId
from domain.shared.transaction import Transaction


class CartRepository(Protocol):
    async def get(self, cart_id: CartId) -> Cart | None: ...

    async def lock(self, cart_id: CartId) -> Cart | None:
        """The cart as it is, with nobody else changing it until the transaction ends."""
        ...

    async def lock_and_claim(self, cart_id: CartId, act: Once, outcome: Outcome) -> tuple[Cart | None, Outcome | None]:
        """`lock` and `Idempotency.claim` in one: the cart, and what came of the act if it was done before."""
        ...

    async def add(self, cart: Cart) -> Cart:
        """Write a new cart; as it would be read, with the group of the customer whose it is."""
        ...

    async def save(self, cart: Cart, *, before: Cart) -> None:
        """Write what differs between the two."""
        ...


class OfferReader(Protocol):
    async def facts(
        self, offers: Sequence[OfferId], *, language: str, currency: str, now: datetime
    ) -> Mapping[OfferId, OfferFacts]:
        """The facts of those offers that exist."""
        ...


class Sellers(Protocol):
    """Who sells what, as buyers are shown it. Asked before any transaction."""

    async def of(self, variants: Sequence[VariantId]) -> Mapping[VariantId, OfferId]:
        """The offer in each variant's buy box; variants that nobody sells here are absent."""
        ...


class UnitOfWork(Transaction, Protocol):
    """Carts, the offers that go into them, and the companies that they are for."""

    @property
    def carts(self) -> CartRepository: ...
    @property
    def offers(self) -> OfferReader: ...
    @property
    def companies(self) -> BuyingCompanies: ...
