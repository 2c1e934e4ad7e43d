"""What staff's work on price lists needs from outside."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from domain.pricing.following.ports import Followers
from domain.pricing.model import PriceList
from domain.shared.ids import MarketId, OfferId, PriceListId, ProductId, VariantId, VendorId
from domain.shared.making import dataclass
from domain.shared.transaction import Transaction


@dataclass(frozen=True, slots=True)
class PriceRow:
    """What one unit of an offer costs from a quantity on, in a window; None where it is not sold any more."""

    offer_id: OfferId
    minor: int | None
    min_quantity: int
    starts_at: datetime | None
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class PricedOffer:
    """Whose an offer is, as its events tell."""

    id: OfferId
    product_id: ProductId
    vendor_id: VendorId


class PriceListWriter(Protocol):
    async def lock(self, price_list_id: PriceListId) -> PriceList | None:
        """The list as it is, with nobody else changing it until the transaction ends."""
        ...

    async def add(self, price_list: PriceList, handle: str) -> bool:
        """Write a new list; False if another has this handle."""
        ...

    async def save(self, price_list: PriceList) -> None: ...

    async def is_used(self, price_list_id: PriceListId) -> bool:
        """Whether it has prices, is derived, or is followed by lists that are."""
        ...

    async def is_market(self, market_id: MarketId) -> bool: ...

    async def is_company(self, company_id: str) -> bool: ...

    async def house_offers(self, variants: Sequence[VariantId]) -> Mapping[VariantId, OfferId]:
        """The house vendor's offer of each variant in new condition, where there is one."""
        ...

    async def lock_offers(self, offers: Sequence[OfferId]) -> Mapping[OfferId, PricedOffer]:
        """Those that exist, locked in the order of their ids."""
        ...

    async def set_prices(self, price_list_id: PriceListId, rows: Sequence[PriceRow]) -> Sequence[OfferId]:
        """Write, replace and delete prices in two statements; the offers whose prices are others now."""
        ...


class UnitOfWork(Transaction, Protocol):
    """Price lists and what stands in them."""

    @property
    def price_lists(self) -> PriceListWriter: ...
    @property
    def followers(self) -> Followers: ...
