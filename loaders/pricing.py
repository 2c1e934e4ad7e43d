"""Offers as the request's buyer is shown them, and what they rest on, batched."""

from collections.abc import Sequence

from domain.inventory.model import SoldAhead, StockLevel, Warehouse
from domain.pricing.deriving.model import Derivation
from domain.pricing.markets.model import MarketSettings
from domain.pricing.model import Market, PriceList
from domain.pricing.offer import Assortment, Offer
from domain.pricing.promoting.ports import StoredPromotion
from domain.shared.ids import MarketId, OfferId, PriceListId, ProductId, PromotionId, WarehouseId
from loaders.batch import many_per_key, one_per_key
from loaders.reads import Reads
from loaders.storefronts import window_of
from persistence.inventory import queries as inventory
from persistence.pricing import listed_prices, queries
from persistence.pricing.markets import market_settings
from persistence.pricing.promotions import promotions_by_id
from persistence.statement import Record


async def assortments(reads: Reads, ids: Sequence[ProductId]) -> list[Assortment]:
    """What can be bought of each product: prices, stock and vendors of all its variants, in one statement."""
    window = await window_of(reads)
    rows = await queries.offers_of_products(reads.pool, ids, window.list_ids, reads.now, with_goods=window.is_promoted)
    _note_count(reads, next(filter(None, rows), ()))
    return [window.assortment(key, each, reads.now) for key, each in zip(ids, rows, strict=True)]


async def offers(reads: Reads, ids: Sequence[OfferId]) -> list[Offer | None]:
    """Offers by their ids, whether or not they may be sold."""
    window = await window_of(reads)
    rows = await queries.offers(reads.pool, ids, window.list_ids, reads.now, with_goods=window.is_promoted)
    _note_count(reads, rows)
    return one_per_key(ids, window.offers(rows, reads.now), lambda offer: offer.id)


def _note_count(reads: Reads, rows: Sequence[Record]) -> None:
    """Offers come with the count of changes of what all pages rest on."""
    if rows:
        reads.stamps.note_storefront(rows[0][queries.STOREFRONT_AT])


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
