"""Offers as the request's buyer is shown them, and what they rest on, batched."""

from collections.abc import Callable, Sequence

from domain.inventory.model import StockLevel, Warehouse
from domain.pricing.delivery import Transit, cheapest, ways_of
from domain.pricing.model import Market, PriceList, Territory
from domain.pricing.offer import Assortment, Offer, StoredOffer, Storefront, assortment
from domain.pricing.promoting.ports import StoredPromotion
from domain.pricing.tax import RateGroup, displayed_price
from domain.shared.ids import MarketId, OfferId, PriceListId, ProductId, PromotionId, VendorId, WarehouseId
from domain.shared.money import TaxedMoney
from loaders.batch import many_per_key, one_per_key
from loaders.reads import Reads
from persistence.inventory import queries as inventory
from persistence.pricing import queries
from persistence.pricing.promotions import promotions_by_id
from persistence.pricing.reference import ReferenceFacts


async def assortments(reads: Reads, ids: Sequence[ProductId]) -> list[Assortment]:
    """What can be bought of each product: prices, stock and vendors of all its variants, in one statement."""
    facts = await reads.reference.facts()
    stored = await queries.offers_of_products(reads.pool, ids, _public_lists(reads, facts), reads.now)
    shop = storefront(reads, facts)
    return [assortment(found, shop) for found in many_per_key(ids, stored, lambda offer: offer.product_id)]


async def offers(reads: Reads, ids: Sequence[OfferId]) -> list[Offer | None]:
    """Offers by their ids, whether or not they may be sold."""
    facts = await reads.reference.facts()
    stored: Sequence[StoredOffer] = await queries.offers(reads.pool, ids, _public_lists(reads, facts), reads.now)
    shop = storefront(reads, facts)
    return one_per_key(ids, map(shop.show, stored), lambda offer: offer.id)


async def markets(reads: Reads, ids: Sequence[MarketId]) -> list[Market | None]:
    return one_per_key(ids, (await reads.reference.facts()).markets, lambda found: found.id)


async def price_lists(reads: Reads, ids: Sequence[PriceListId]) -> list[PriceList | None]:
    known = (await reads.reference.facts()).price_lists
    return [known.get(list_id) for list_id in ids]


async def promotions(reads: Reads, ids: Sequence[PromotionId]) -> list[StoredPromotion | None]:
    return one_per_key(ids, await promotions_by_id(reads.pool, ids), lambda found: found.id)


async def stock_levels(reads: Reads, ids: Sequence[OfferId]) -> list[list[StockLevel]]:
    return many_per_key(ids, await inventory.stock_levels(reads.pool, ids, reads.now), lambda level: level.offer_id)


async def warehouses(reads: Reads, ids: Sequence[WarehouseId]) -> list[Warehouse | None]:
    return one_per_key(ids, await inventory.warehouses(reads.pool, ids), lambda found: found.id)


def storefront(reads: Reads, facts: ReferenceFacts) -> Storefront:
    """What turns stored offers into those that the request's buyer is shown."""
    return Storefront(reads.request, reads.now, _taxed(reads, facts), _transit(reads, facts))


def _public_lists(reads: Reads, facts: ReferenceFacts) -> dict[PriceListId, PriceList]:
    ids = facts.lists_of(reads.request.market.id, reads.request.currency)
    return {list_id: facts.price_lists[list_id] for list_id in ids}


def _taxed(reads: Reads, facts: ReferenceFacts) -> Callable[[int, str], TaxedMoney]:
    """The taxes of a price in the request's country; rates are looked up once for each tax class."""
    market, currency = reads.request.market, reads.request.currency
    here, home = Territory(reads.request.country), Territory(market.default_country)
    groups: dict[str, RateGroup] = {}

    def taxed(minor: int, tax_class: str) -> TaxedMoney:
        group = groups.get(tax_class)
        if group is None:
            group = groups[tax_class] = facts.rate_group(market, tax_class, here, reads.now)
        if here != home:
            minor = displayed_price(minor, market, facts.rates(tax_class, home, reads.now), group.rates)
        return group.taxed(minor, currency)

    return taxed


def _transit(reads: Reads, facts: ReferenceFacts) -> Callable[[VendorId, int, int | None], Transit | None]:
    """The cheapest way to send one thing to the request's country."""
    request = reads.request
    serving = [way for way in facts.transits if way.serves(request.market.id, request.country, request.currency)]
    by_vendor: dict[VendorId, tuple[Transit, ...]] = {}

    def transit(vendor_id: VendorId, price_minor: int, weight_grams: int | None) -> Transit | None:
        ways = by_vendor.get(vendor_id)
        if ways is None:
            ways = by_vendor[vendor_id] = ways_of(vendor_id, serving)
        return cheapest(ways, price_minor, weight_grams)

    return transit
