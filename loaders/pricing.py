"""Offers as the request's buyer is shown them, and what they rest on, batched."""

from collections.abc import Callable, Sequence

from domain.inventory.model import SoldAhead, StockLevel, Warehouse
from domain.pricing.coupons.usage import NOTHING_COUNTED
from domain.pricing.delivery import Transit, cheapest, ways_of, ways_to
from domain.pricing.deriving.model import Derivation
from domain.pricing.discounts import Stage
from domain.pricing.markets.model import MarketSettings
from domain.pricing.model import Market, PriceList, Territory
from domain.pricing.offer import Assortment, Offer, StoredOffer, Storefront, assortment
from domain.pricing.promoting.offering import offering
from domain.pricing.promoting.ports import StoredPromotion
from domain.pricing.promotions.catalog import CatalogPrices
from domain.pricing.tax import RateGroup, displayed_price
from domain.pricing.taxation.territory import place_of
from domain.pricing.zones import Place
from domain.shared.ids import MarketId, OfferId, PriceListId, ProductId, PromotionId, VendorId, WarehouseId
from domain.shared.money import TaxedMoney
from loaders.batch import many_per_key, one_per_key
from loaders.reads import Reads
from loaders.sources import ORDERS
from persistence.inventory import queries as inventory
from persistence.pricing import listed_prices, queries
from persistence.pricing.buyers import buyer_of
from persistence.pricing.markets import market_settings
from persistence.pricing.promotion_usage import counts
from persistence.pricing.promotions import promotions_by_id
from persistence.pricing.reference import ReferenceFacts


async def assortments(reads: Reads, ids: Sequence[ProductId]) -> list[Assortment]:
    """What can be bought of each product: prices, stock and vendors of all its variants, in one statement."""
    facts = await reads.reference.facts()
    shop = await storefront(reads, facts)
    stored = await queries.offers_of_products(
        reads.pool, ids, _lists(reads, facts), reads.now, with_goods=shop.promoted is not None
    )
    return [assortment(found, shop) for found in many_per_key(ids, stored, lambda offer: offer.product_id)]


async def offers(reads: Reads, ids: Sequence[OfferId]) -> list[Offer | None]:
    """Offers by their ids, whether or not they may be sold."""
    facts = await reads.reference.facts()
    shop = await storefront(reads, facts)
    stored: Sequence[StoredOffer] = await queries.offers(
        reads.pool, ids, _lists(reads, facts), reads.now, with_goods=shop.promoted is not None
    )
    return one_per_key(ids, map(shop.show, stored), lambda offer: offer.id)


async def markets(reads: Reads, ids: Sequence[MarketId]) -> list[Market | None]:
    return one_per_key(ids, (await reads.reference.facts()).markets, lambda found: found.id)


async def settings_of_markets(reads: Reads, ids: Sequence[MarketId]) -> list[MarketSettings | None]:
    return one_per_key(ids, await market_settings(reads.pool, ids), lambda found: found.market.id)


async def price_lists(reads: Reads, ids: Sequence[PriceListId]) -> list[PriceList | None]:
    known = (await reads.reference.facts()).price_lists
    return [known.get(list_id) for list_id in ids]


async def derivations(reads: Reads, ids: Sequence[PriceListId]) -> list[Derivation | None]:
    found = await listed_prices.derivations(reads.pool, ids)
    return [found.get(list_id) for list_id in ids]


async def promotions(reads: Reads, ids: Sequence[PromotionId]) -> list[StoredPromotion | None]:
    return one_per_key(ids, await promotions_by_id(reads.pool, ids), lambda found: found.id)


async def stock_levels(reads: Reads, ids: Sequence[OfferId]) -> list[list[StockLevel]]:
    return many_per_key(ids, await inventory.stock_levels(reads.pool, ids, reads.now), lambda level: level.offer_id)


async def sold_ahead(reads: Reads, ids: Sequence[OfferId]) -> list[SoldAhead | None]:
    return one_per_key(ids, await inventory.sold_ahead(reads.pool, ids, reads.now), lambda found: found.offer_id)


async def warehouses(reads: Reads, ids: Sequence[WarehouseId]) -> list[Warehouse | None]:
    return one_per_key(ids, await inventory.warehouses(reads.pool, ids), lambda found: found.id)


async def storefront(reads: Reads, facts: ReferenceFacts) -> Storefront:
    """What turns stored offers into those that the request's buyer is shown.

    Without a statement; with one where a capped sale runs, and one where a promotion is for some buyers only.
    """
    taxes = DisplayedTaxes(reads, facts)
    return Storefront(
        reads.request,
        reads.now,
        taxes.taxed,
        _transit(reads, facts),
        taxes.displayed if taxes.are_elsewhere else None,
        await _promoted(reads, facts),
        reads.actor.customer_group,
    )


async def _promoted(reads: Reads, facts: ReferenceFacts) -> CatalogPrices | None:
    """The promotions that change prices of the catalog at this moment; None if there are none."""
    running = facts.promotions.running(reads.now)
    found = [each for each in running if each.stage is Stage.CATALOG]
    if not found:
        return None
    capped = [each.id for each in found if each.id in facts.promotions.limited]
    if capped:
        reads.note(ORDERS)
    customer_id = reads.actor.customer_id
    counted = await counts(reads.pool, [], capped, customer_id, now=reads.now) if capped else NOTHING_COUNTED
    offers = offering(facts.promotions, now=reads.now, counts=counted)
    market = reads.request.market
    return CatalogPrices(
        offers.offers,
        market_id=market.id,
        currency=reads.request.currency,
        buyer=await buyer_of(reads.pool, offers, customer_id, company_id=reads.request.company_id),
        rounding=market.rounding,
    )


def _lists(reads: Reads, facts: ReferenceFacts) -> dict[PriceListId, PriceList]:
    """Those that may have a say for the request's buyer."""
    request = reads.request
    ids = facts.lists_of(request.market.id, request.currency, reads.actor.customer_group, request.company_id)
    return {list_id: facts.price_lists[list_id] for list_id in ids}


class DisplayedTaxes:
    """The taxes of prices in the request's country; rates are looked up once for each tax class."""

    def __init__(self, reads: Reads, facts: ReferenceFacts) -> None:
        self._market, self._currency, self._now = reads.request.market, reads.request.currency, reads.now
        self._here = place_of(reads.request.country, on=reads.now).territory
        self._home = Territory(self._market.default_country)
        self._facts = facts
        self._groups: dict[str, RateGroup] = {}

    @property
    def are_elsewhere(self) -> bool:
        """Whether prices were made for another country than they are shown in."""
        return self._here != self._home

    def displayed(self, minor: int, tax_class: str) -> int:
        """A stored price as it is shown here."""
        home = self._facts.rates(tax_class, self._home, self._now)
        return displayed_price(minor, self._market, home, self._group(tax_class).rates)

    def taxed(self, minor: int, tax_class: str) -> TaxedMoney:
        """A price as it is shown here, as net, tax and gross."""
        return self._group(tax_class).taxed(minor, self._currency)

    def _group(self, tax_class: str) -> RateGroup:
        group = self._groups.get(tax_class)
        if group is None:
            group = self._facts.rate_group(self._market, tax_class, self._here, self._now)
            self._groups[tax_class] = group
        return group


def _transit(reads: Reads, facts: ReferenceFacts) -> Callable[[VendorId, int, int | None], Transit | None]:
    """The cheapest way to send one thing to the request's country."""
    request = reads.request
    serving = ways_to(facts.transits, Place(request.country), request.market.id, request.currency)
    by_vendor: dict[VendorId, tuple[Transit, ...]] = {}

    def transit(vendor_id: VendorId, price_minor: int, weight_grams: int | None) -> Transit | None:
        ways = by_vendor.get(vendor_id)
        if ways is None:
            ways = by_vendor[vendor_id] = ways_of(vendor_id, serving)
        return cheapest(ways, price_minor, weight_grams)

    return transit
