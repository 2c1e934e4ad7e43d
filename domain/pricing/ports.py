"""What the use cases of pricing need from outside."""

from datetime import datetime
from typing import Protocol

from domain.pricing.following.ports import Followers
from domain.pricing.offer import OfferCondition, StockPolicy
from domain.shared.ids import MarketId, OfferId, PriceListId, ProductId, VariantId, VendorId
from domain.shared.making import dataclass
from domain.shared.transaction import Transaction


@dataclass(frozen=True, slots=True)
class OfferTerms:
    """On what terms a vendor sells a variant, as stored."""

    id: OfferId
    variant_id: VariantId
    product_id: ProductId
    vendor_id: VendorId
    condition: OfferCondition
    min_quantity: int
    max_quantity: int | None
    step: int
    version: int


@dataclass(frozen=True, slots=True)
class SupplyTerms:
    """How an offer is sold beyond its stock: up to `limit` units, sent from `available_from` on."""

    policy: StockPolicy
    limit: int = 0
    available_from: datetime | None = None


class OfferWriter(Protocol):
    async def is_active_vendor(self, vendor_id: VendorId) -> bool | None:
        """Whether the vendor may sell; None if there is no such vendor."""
        ...

    async def product_of(self, variant_id: VariantId) -> ProductId | None: ...

    async def is_known_to(self, vendor_id: VendorId, product_id: ProductId) -> bool: ...

    async def price_list(self, currency: str, *, market_id: MarketId) -> PriceListId | None:
        """Where a public price in this currency belongs.

        The list of this market if it has one in the currency, else of the first market that has, else the list for all.
        """
        ...

    async def add(self, terms: OfferTerms) -> bool:
        """Write a new offer, unless the vendor has one of that variant and condition."""
        ...

    async def lock(self, variant_id: VariantId, vendor_id: VendorId, condition: OfferCondition) -> OfferTerms | None:
        """The offer as it is, with nobody else changing it until the transaction ends."""
        ...

    async def save(self, terms: OfferTerms) -> None: ...

    async def set_supply(self, offer_id: OfferId, terms: SupplyTerms) -> bool:
        """Sell a locked offer on these terms from now on; False, and nothing done, if more are sold ahead already.

        Under DENY what was sold ahead is still owed, and no more is sold.
        """
        ...

    async def price(self, offer_id: OfferId, price_list_id: PriceListId) -> int | None:
        """The undated price of one unit, in minor units of the list's currency."""
        ...

    async def set_price(self, offer_id: OfferId, price_list_id: PriceListId, minor: int) -> None: ...


class UnitOfWork(Transaction, Protocol):
    """Offers and their prices."""

    @property
    def offer_writer(self) -> OfferWriter: ...
    @property
    def followers(self) -> Followers: ...
