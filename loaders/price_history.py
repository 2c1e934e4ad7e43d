"""What prices were before they were reduced, batched for a page of reduced offers."""

from collections.abc import Sequence
from datetime import datetime

from domain.pricing.discounts import Stage
from domain.pricing.model import OfferPrice, base_price
from domain.pricing.prior_price import prior_price, segments
from domain.pricing.promoting.book import PromotionBook, PromotionVersion
from domain.pricing.promotions.catalog import CatalogPrices
from domain.pricing.promotions.model import Promotion
from domain.pricing.promotions.situation import Offered
from domain.shared.ids import OfferId
from loaders.reads import Reads
from loaders.storefronts import DisplayedTaxes
from persistence.pricing.price_history import PriceHistory, price_histories


async def prior_prices(reads: Reads, ids: Sequence[OfferId]) -> list[int | None]:
    """The prior price of each offer as the market displays it (rules P15, P16); None if it is not reduced in public.

    One statement, for reduced offers alone: who is not asked costs nothing.
    """
    facts = await reads.reference.facts()
    lists = facts.lists_of(reads.request.market.id, reads.request.currency)
    found = await price_histories(
        reads.pool, ids, {key: facts.price_lists[key] for key in lists}, reads.request.market.id, reads.now
    )
    taxes = DisplayedTaxes(reads, facts)
    announced = _announced(facts.promotions)
    priced = {history.offer_id: _prior_price(reads, taxes, history, announced) for history in found}
    return [priced.get(offer_id) for offer_id in ids]


def _announced(book: PromotionBook) -> list[PromotionVersion]:
    """Promotions that count: announced to everybody, and part of the price that is shown (rule P15)."""
    return [
        version
        for version in book.versions
        if version.promotion.stage is Stage.CATALOG
        and version.promotion.is_public
        and not version.promotion.conditions.names_buyers
    ]


def _prior_price(
    reads: Reads, taxes: DisplayedTaxes, history: PriceHistory, announced: Sequence[PromotionVersion]
) -> int | None:
    market, currency = reads.request.market, reads.request.currency

    def base(prices: Sequence[OfferPrice], at: datetime) -> int | None:
        found = base_price(prices, quantity=history.min_quantity, now=at, market_id=market.id, currency=currency)
        return None if found is None else taxes.displayed(found.minor, history.tax_class)

    def reduced(price: int, running: Sequence[Promotion]) -> int:
        offers = [Offered(promotion) for promotion in running]
        catalog = CatalogPrices(offers, market_id=market.id, currency=currency, rounding=market.rounding)
        return catalog.of(history.goods, price)

    past = segments(history.prices, announced, base=base, reduced=reduced, now=reads.now)
    return prior_price(past, history.rule)
