"""Shop windows: what turns stored offers into those that the buyers of one context are shown."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import datetime

from domain.pricing.coupons.usage import NOTHING_COUNTED
from domain.pricing.delivery import Transit, cheapest, ways_of, ways_to
from domain.pricing.discounts import Stage
from domain.pricing.model import PriceList, Territory
from domain.pricing.offer import Assortment, Offer, Storefront, assortment
from domain.pricing.promoting.offering import offering
from domain.pricing.promotions.catalog import CatalogPrices
from domain.pricing.promotions.model import Promotion
from domain.pricing.tax import RateGroup, displayed_price
from domain.pricing.taxation.territory import place_of
from domain.pricing.zones import Place
from domain.shared.ids import PriceListId, VendorId
from domain.shared.making import dataclass, replace
from domain.shared.money import TaxedMoney
from loaders.reads import Reads
from loaders.sources import ORDERS
from persistence.kept import Kept, characters_of
from persistence.pricing.buyers import buyer_of
from persistence.pricing.promotion_usage import counts
from persistence.pricing.queries import Rows, has_dated_prices, stored_offers
from persistence.pricing.reference import ReferenceFacts
from persistence.statement import Record

MAX_WINDOWS = 500
"""Of how many contexts the windows are kept: markets, countries, currencies, groups and companies multiply."""


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """What one context is shown. Compared by identity: equal rows look the same in the same window.

    `kept` has the assortments of all windows that nothing but reference facts made, with the rows of which they were.
    """

    storefront: Storefront
    lists: Mapping[PriceListId, PriceList]
    list_ids: Sequence[PriceListId]
    kept: "Kept[tuple[Window, Hashable], tuple[Rows, Assortment]] | None"

    @property
    def is_promoted(self) -> bool:
        return self.storefront.promoted is not None

    def assortment(self, known_by: Hashable, rows: Rows, now: datetime) -> Assortment:
        """What can be bought of one product, given what is stored of its offers.

        Kept by the product and the statement that found these rows: those of another have other columns.
        """
        known = None if self.kept is None else self.kept.get((self, known_by))
        if known is not None and known[0] == rows:
            return known[1]
        made = assortment(stored_offers(rows, self.lists), self._at(now))
        if self.kept is not None and not has_dated_prices(rows):
            self.kept.put((self, known_by), (rows, made), characters_of(rows))
        return made

    def offers(self, rows: Iterable[Record], now: datetime) -> list[Offer]:
        return [self._at(now).show(stored) for stored in stored_offers(rows, self.lists)]

    def _at(self, now: datetime) -> Storefront:
        return self.storefront if self.storefront.now == now else replace(self.storefront, now=now)


async def window_of(reads: Reads) -> Window:
    """The window of the request's buyer.

    Without a statement; with one where a capped sale runs, and one where a promotion is for some buyers only. It is
    made anew when reference facts change, when one of them begins or ends, and for whom capped or personal sales are.
    """
    facts = await reads.reference.facts()
    running = [each for each in facts.promotions.running(reads.now) if each.stage is Stage.CATALOG]
    key = _key(reads, facts, running)
    window = facts.kept.get(key)
    return await _made(reads, facts, running, key) if window is None else window


def _key(reads: Reads, facts: ReferenceFacts, running: Sequence[Promotion]) -> tuple[object, ...]:
    """All that a window depends on, beside its facts."""
    request = reads.request
    return (
        facts.epoch(reads.now),
        request.market.id,
        request.country,
        request.currency,
        request.company_id,
        reads.actor.customer_group,
        place_of(request.country, on=reads.now).territory,
        *[promotion.id for promotion in running],
    )


async def _made(reads: Reads, facts: ReferenceFacts, running: Sequence[Promotion], key: tuple[object, ...]) -> Window:
    promoted, is_for_all = await _promoted(reads, facts, running)
    kept = facts.kept.setdefault("assortments", Kept()) if is_for_all else None
    lists = _lists(reads, facts)
    window = Window(_storefront(reads, facts, promoted), lists, list(lists), kept)
    if is_for_all:
        if len(facts.kept) > MAX_WINDOWS:
            facts.kept.clear()
        facts.kept[key] = window
    return window


def _storefront(reads: Reads, facts: ReferenceFacts, promoted: CatalogPrices | None) -> Storefront:
    taxes = DisplayedTaxes(reads, facts)
    return Storefront(
        reads.request,
        reads.now,
        taxes.taxed,
        _transit(reads, facts),
        taxes.displayed if taxes.are_elsewhere else None,
        promoted,
        reads.actor.customer_group,
    )


async def _promoted(
    reads: Reads, facts: ReferenceFacts, running: Sequence[Promotion]
) -> tuple[CatalogPrices | None, bool]:
    """What running promotions make of prices, None if there are none; and whether that is the same for everybody."""
    if not running:
        return None, True
    capped = [each.id for each in running if each.id in facts.promotions.limited]
    if capped:
        reads.note(ORDERS)
    customer_id = reads.actor.customer_id
    counted = await counts(reads.pool, [], capped, customer_id, now=reads.now) if capped else NOTHING_COUNTED
    offers = offering(facts.promotions, now=reads.now, counts=counted)
    buyer = await buyer_of(reads.pool, offers, customer_id, company_id=reads.request.company_id)
    market = reads.request.market
    prices = CatalogPrices(
        offers.offers,
        market_id=market.id,
        currency=reads.request.currency,
        buyer=buyer,
        rounding=market.rounding,
    )
    return prices, not capped and not offers.names_buyers


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
