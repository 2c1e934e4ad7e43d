"""Offers as a buyer is shown them: what they cost here, whether they can be had, and which one goes first."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from enum import Enum

from domain.pricing.context import RequestContext
from domain.pricing.delivery import Transit
from domain.pricing.measures import Measure, UnitPrice, unit_price
from domain.pricing.model import OfferPrice, PriceList, base_price
from domain.pricing.promotions.catalog import CatalogPrices
from domain.pricing.promotions.selection import Goods
from domain.shared.ids import OfferId, ProductId, VariantId, VendorId
from domain.shared.making import dataclass
from domain.shared.money import Money, TaxedMoney

LOW_STOCK_BELOW = 10
"""The count from which on buyers are no longer told how many are left."""


class OfferCondition(Enum):
    """What state the goods are in."""

    NEW = "NEW"
    REFURBISHED = "REFURBISHED"
    USED = "USED"
    HANDMADE = "HANDMADE"


class StockPolicy(Enum):
    """How an offer is sold beyond its stock (rule S7)."""

    DENY = "DENY"
    """Not at all."""
    BACKORDER = "BACKORDER"
    """Up to a limit, to be sent once stock comes."""
    PREORDER = "PREORDER"
    """Up to a limit until it is released, to be sent from then on; afterwards out of stock alone."""


class AvailabilityState(Enum):
    """Whether goods can be had, the best first."""

    IN_STOCK = "IN_STOCK"
    LOW_STOCK = "LOW_STOCK"
    BACKORDER = "BACKORDER"
    PREORDER = "PREORDER"
    OUT_OF_STOCK = "OUT_OF_STOCK"
    NOT_SOLD_HERE = "NOT_SOLD_HERE"


_STATE_RANK = {state: rank for rank, state in enumerate(AvailabilityState)}
_AT_ONCE = frozenset({AvailabilityState.IN_STOCK, AvailabilityState.LOW_STOCK})
_LATER = frozenset({AvailabilityState.BACKORDER, AvailabilityState.PREORDER})


@dataclass(frozen=True, slots=True)
class Ahead:
    """How many units can be sold now before they are there, and when they are expected, if the vendor says so."""

    policy: StockPolicy
    left: int
    available_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class Availability:
    """`quantity` is exact below `LOW_STOCK_BELOW` and None above.

    What is sold ahead is sent from `available_from` on.
    """

    state: AvailabilityState
    quantity: int | None
    available_from: datetime | None = None

    @property
    def can_be_bought(self) -> bool:
        return self.state in _AT_ONCE or self.state in _LATER

    @property
    def rank(self) -> int:
        """Sorts what can be sent at once before what is sold ahead, and that before what cannot be had."""
        return 0 if self.state in _AT_ONCE else 1 if self.state in _LATER else 2


IN_STOCK = Availability(AvailabilityState.IN_STOCK, None)
NOT_SOLD_HERE = Availability(AvailabilityState.NOT_SOLD_HERE, None)


@dataclass(frozen=True, slots=True)
class QuantityLimits:
    """How many can be bought at once: `min`, `min + step`, ... up to `max`."""

    min: int = 1
    max: int | None = None
    step: int = 1
    per_customer: int | None = None


@dataclass(frozen=True, slots=True)
class PriceTier:
    """What one unit costs from a quantity on."""

    min_quantity: int
    unit_price: TaxedMoney


@dataclass(frozen=True, slots=True)
class Price:
    """What a buyer in this context pays for one unit, and for one of many, with the promotions of the catalog.

    `regular` is what it costs without them, None if that is the same. `unit_price` is of what a pack holds.
    """

    current: TaxedMoney
    tiers: Sequence[PriceTier]
    price_list: PriceList
    regular: TaxedMoney | None = None
    unit_price: UnitPrice | None = None
    offer_id: OfferId | None = None


@dataclass(frozen=True, slots=True)
class MoneyRange:
    min: Money
    max: Money


@dataclass(frozen=True, slots=True)
class StoredOffer:
    """What the database says of an offer, the same in every context that its prices were read for.

    `available` counts the units that can be promised now; `is_public` says that product, vendor and offer are active.
    `contents` is what a pack holds. What promotions look at (`goods`) is known where promotions run.
    """

    id: OfferId
    variant_id: VariantId
    product_id: ProductId
    vendor_id: VendorId
    condition: OfferCondition
    limits: QuantityLimits
    version: int
    is_public: bool
    tax_class: str
    weight_grams: int | None
    available: int
    prices: Sequence[OfferPrice]
    contents: Measure | None = None
    goods: Goods | None = None
    ahead: Ahead | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """One vendor's price and stock for one variant, as shown in one context: the sellable unit.

    `price` is None where it is not sold in this context.
    """

    id: OfferId
    variant_id: VariantId
    product_id: ProductId
    vendor_id: VendorId
    condition: OfferCondition
    limits: QuantityLimits
    version: int
    is_public: bool
    availability: Availability
    price: Price | None
    transit: Transit | None
    weight_grams: int | None

    @property
    def rank(self) -> tuple[int, int, int, str]:
        """Sorts the offers of a variant, the best first (rule V10): in stock, landed price, delivery, id.

        Only for offers with a price.
        """
        assert self.price is not None
        gross = self.price.current.gross.minor
        landed = gross + (self.transit.price_minor if self.transit else 0)
        days = self.transit.max_days if self.transit else NEVER_DAYS
        return (self.availability.rank, landed, days, self.id)


NEVER_DAYS = 10_000


@dataclass(frozen=True, slots=True)
class Storefront:
    """Turns stored offers into what one context is shown.

    `taxed` puts a class's taxes to a displayed amount; `transit` is how a vendor sends goods of a price and weight.
    `displayed` makes a displayed amount of a stored one, where they differ; `promoted` takes catalog promotions off it.
    """

    context: RequestContext
    now: datetime
    taxed: Callable[[int, str], TaxedMoney]
    transit: Callable[[VendorId, int, int | None], Transit | None]
    displayed: Callable[[int, str], int] | None = None
    promoted: CatalogPrices | None = None
    customer_group: str | None = None

    def show(self, stored: StoredOffer) -> Offer:
        price = self._price(stored)
        transit = None
        if price is not None:
            transit = self.transit(stored.vendor_id, price.current.gross.minor, stored.weight_grams)
        return Offer(
            stored.id,
            stored.variant_id,
            stored.product_id,
            stored.vendor_id,
            stored.condition,
            stored.limits,
            stored.version,
            stored.is_public,
            _availability(stored, is_sold=price is not None and stored.is_public),
            price,
            transit,
            stored.weight_grams,
        )

    def _price(self, stored: StoredOffer) -> Price | None:
        least = stored.limits.min
        base = self._base(stored, least)
        if base is None:
            return None
        shown = self._displayed(base, stored)
        reduced = self._promoted(shown, stored)
        current = self.taxed(reduced, stored.tax_class)
        return Price(
            current,
            () if len(stored.prices) == 1 and base.min_quantity <= least else self._tiers(stored, base),
            base.price_list,
            None if reduced == shown else self.taxed(shown, stored.tax_class),
            None if stored.contents is None else self._by_measure(current, stored.contents),
            stored.id,
        )

    def _displayed(self, price: OfferPrice, stored: StoredOffer) -> int:
        return price.minor if self.displayed is None else self.displayed(price.minor, stored.tax_class)

    def _promoted(self, shown: int, stored: StoredOffer) -> int:
        if self.promoted is None or stored.goods is None:
            return shown
        return self.promoted.of(stored.goods, shown)

    def _by_measure(self, price: TaxedMoney, contents: Measure) -> UnitPrice:
        market = self.context.market
        return unit_price(price.gross if market.prices_include_tax else price.net, contents, market.rounding)

    def _tiers(self, stored: StoredOffer, base: OfferPrice) -> Sequence[PriceTier]:
        """The lower prices of larger quantities, the smallest first."""
        steps = sorted({price.min_quantity for price in stored.prices if price.min_quantity > stored.limits.min})
        found = [(quantity, self._base(stored, quantity)) for quantity in steps]
        return [
            PriceTier(quantity, self.taxed(self._promoted(self._displayed(price, stored), stored), stored.tax_class))
            for quantity, price in found
            if price is not None and price.price_list.id == base.price_list.id and price.min_quantity == quantity
        ]

    def _base(self, stored: StoredOffer, quantity: int) -> OfferPrice | None:
        if not stored.prices:
            return None
        return base_price(
            stored.prices,
            quantity=quantity,
            now=self.now,
            market_id=self.context.market.id,
            currency=self.context.currency,
            customer_group=self.customer_group,
            company_id=self.context.company_id,
        )


def _availability(stored: StoredOffer, *, is_sold: bool) -> Availability:
    if not is_sold:
        return NOT_SOLD_HERE
    return availability_of(stored.available, stored.limits.min, stored.ahead)


def availability_of(available: int, least: int = 1, ahead: Ahead | None = None) -> Availability:
    """How `available` units are shown where at least `least` have to be bought, and some can be sold `ahead`."""
    if available < least and ahead is not None and available + ahead.left >= least:
        count = available + ahead.left
        state = AvailabilityState(ahead.policy.value)
        return Availability(state, count if count < LOW_STOCK_BELOW else None, ahead.available_from)
    if available < least:
        return Availability(AvailabilityState.OUT_OF_STOCK, available if available < LOW_STOCK_BELOW else None)
    if available < LOW_STOCK_BELOW:
        return Availability(AvailabilityState.LOW_STOCK, available)
    return IN_STOCK


@dataclass(frozen=True, slots=True)
class Assortment:
    """What can be bought of one product in one context: each variant's offers, the best first."""

    offers: dict[VariantId, tuple[Offer, ...]]
    shows_tax: bool

    def of(self, variant_id: VariantId) -> tuple[Offer, ...]:
        return self.offers.get(variant_id, ())

    def buy_box(self, variant_id: VariantId) -> Offer | None:
        """The offer that a variant is sold by unless the buyer chooses another (rule V10)."""
        offers = self.offers.get(variant_id)
        return offers[0] if offers else None

    def can_be_bought(self, variant_id: VariantId) -> bool:
        offer = self.buy_box(variant_id)
        return offer is not None and offer.availability.can_be_bought

    @property
    def price_range(self) -> MoneyRange | None:
        """From the cheapest variant to the dearest, as the market displays prices; None if nothing is sold here."""
        prices = [price for offers in self.offers.values() if (price := offers[0].price) is not None]
        shown = [price.current.gross if self.shows_tax else price.current.net for price in prices]
        return MoneyRange(min(shown), max(shown)) if shown else None

    @property
    def availability(self) -> AvailabilityState:
        """The best state of any variant."""
        states = [offers[0].availability.state for offers in self.offers.values()]
        return min(states, key=_STATE_RANK.__getitem__, default=AvailabilityState.NOT_SOLD_HERE)


def assortment(stored: Iterable[StoredOffer], storefront: Storefront) -> Assortment:
    """The offers of one product that are public and priced in the context."""
    shown: dict[VariantId, list[Offer]] = {}
    for item in stored:
        offer = storefront.show(item)
        if offer.is_public and offer.price is not None:
            shown.setdefault(offer.variant_id, []).append(offer)
    offers = {variant_id: tuple(sorted(found, key=lambda offer: offer.rank)) for variant_id, found in shown.items()}
    return Assortment(offers, storefront.context.market.prices_include_tax)
