"""Price lists: the prices in them, what they are derived from, and what staff changes of both."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from operator import attrgetter

import strawberry

from domain.pricing.deriving import usecases as deriving
from domain.pricing.deriving.model import Derivation, DerivationCounts
from domain.pricing.model import PriceList
from domain.pricing.offer import Offer
from domain.pricing.price_lists import usecases
from domain.shared.ids import OfferId, PriceListId
from domain.shared.making import dataclass
from domain.shared.page import Page, PageRequest
from persistence.pricing import listed_prices
from persistence.pricing.listed_prices import PriceInList
from resolvers.context import Info
from resolvers.ids import parse_id
from resolvers.paging import paged
from resolvers.relations import relation

__all__ = ["PriceInList"]


@dataclass(frozen=True, slots=True)
class DerivedLists:
    """The lists that follow a rate, and of a dry run what it would change."""

    price_lists: Sequence[PriceList]
    preview: DerivationCounts | None

    @property
    def price_list(self) -> PriceList:
        return self.price_lists[0]


async def upsert(info: Info, command: usecases.UpsertPriceList) -> PriceList:
    return await _changed(info, await usecases.upsert_price_list(info.context.unit_of_work(), command))


async def set_prices(info: Info, command: usecases.SetPrices) -> PriceList:
    return await _changed(info, await usecases.set_prices(info.context.unit_of_work(), command))


async def derive(info: Info, command: deriving.DerivePriceList) -> DerivedLists:
    return await _derived(info, await deriving.derive_price_list(info.context.unit_of_work(), command))


async def detach(info: Info, price_list_id: PriceListId) -> PriceList:
    return await _changed(info, await deriving.underive_price_list(info.context.unit_of_work(), price_list_id))


async def update_rates(info: Info, command: deriving.UpdateRates) -> DerivedLists:
    return await _derived(info, await deriving.update_rates(info.context.unit_of_work(), command))


async def newest(info: Info) -> Sequence[PriceList]:
    known = (await info.context.services.reference.facts()).price_lists
    return sorted(known.values(), key=lambda found: found.id, reverse=True)


@relation("derivation_of_price_list", attrgetter("id"))
def derivation(_root: PriceList, found: Derivation | None) -> Derivation | None:
    return found


@paged()
async def prices(
    root: PriceList, info: Info, page: PageRequest, offer_id: strawberry.ID | None = None
) -> Page[PriceInList]:
    """Ordered by offer, least quantity and start."""
    offer = None if offer_id is None else parse_id(offer_id, "offer", OfferId)
    return await listed_prices.prices_of_list(info.context.pool, root, page, offer_id=offer)


@relation("offer", attrgetter("offer_id"))
def offer_of_price(_root: PriceInList, found: Offer | None) -> Offer:
    assert found is not None, "a price is deleted with its offer"
    return found


async def base_of_price(root: PriceInList, info: Info) -> PriceList | None:
    return None if root.derived_from is None else await _list(info, root.derived_from)


async def base_of_derivation(root: Derivation, info: Info) -> PriceList:
    return await _list(info, root.base_id)


def rate_of_derivation(root: Derivation) -> Decimal:
    return root.exchange.rate


def rate_at_of_derivation(root: Derivation) -> datetime:
    return root.exchange.at


def source_of_derivation(root: Derivation) -> str:
    return root.exchange.source


async def _derived(info: Info, derived: deriving.Derived) -> DerivedLists:
    info.context.forget_reads()
    return DerivedLists([await _list(info, key) for key in derived.price_lists], derived.preview)


async def _changed(info: Info, price_list_id: PriceListId) -> PriceList:
    """The list afresh; this process prices by it from now on, others when what they know has grown old."""
    info.context.services.reference.forget()
    info.context.forget_reads()
    return await _list(info, price_list_id)


async def _list(info: Info, price_list_id: PriceListId) -> PriceList:
    """A list that is there, though it may be younger than what this process knows."""
    reference = info.context.services.reference
    if price_list_id not in (await reference.facts()).price_lists:
        reference.forget()
    return (await reference.facts()).price_lists[price_list_id]
