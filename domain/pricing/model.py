"""Where and for how much things are sold: markets, price lists, and tax rates, all of them dated facts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import overload

from domain.shared.ids import MarketId, PriceListId
from domain.shared.making import dataclass, replace
from domain.shared.money import PriceEnding, Rounding

LONG_AGO = datetime.min.replace(tzinfo=UTC)


class TaxLevel(Enum):
    """How often a tax is rounded."""

    UNIT = "UNIT"
    LINE = "LINE"
    RATE_GROUP = "RATE_GROUP"
    """Once per rate and order, as Japan asks of qualified invoices."""
    ORDER = "ORDER"
    """Once per jurisdiction and order, whatever its rates."""


class PricePolicy(Enum):
    """What stays the same when goods priced with tax go where the rate is another."""

    FIXED_GROSS = "FIXED_GROSS"
    FIXED_NET = "FIXED_NET"


@dataclass(frozen=True, slots=True)
class Market:
    """Countries sold to under one set of currencies, languages, tax and price rules.

    The first of `countries`, `currencies` and `languages` is the default; there is always one of each.
    """

    id: MarketId
    handle: str
    name: str
    countries: tuple[str, ...]
    currencies: tuple[str, ...]
    languages: tuple[str, ...]
    prices_include_tax: bool
    time_zone: str
    tax_level: TaxLevel = TaxLevel.LINE
    rounding: Rounding = Rounding.HALF_UP
    price_policy: PricePolicy = PricePolicy.FIXED_GROSS
    payment_days: int = 7
    """How long a payment that settles later is waited for (rule S5)."""
    captures_at_placement: bool = False
    """Whether what buyers authorize is taken as soon as an order stands, not as its goods are sent."""
    estimates_duties: bool = False
    """Whether duty and import tax are estimated for what comes from another customs area (rule T13)."""
    price_granularity: Mapping[str, int] = field(default_factory=dict, hash=False)
    withdrawal_days: int | None = None
    """How long consumers may withdraw from what they bought (rule O7); None where no law says so."""
    withdrawal_text: Mapping[str, str] = field(default_factory=dict, hash=False)
    """What they are told of it, by language."""

    def granularity(self, currency: str) -> int:
        """The minor units that totals are multiples of (rule M4): 10 where the least that can be paid is KWD 0.010."""
        return self.price_granularity.get(currency, 1)

    @property
    def default_country(self) -> str:
        """Where buyers are assumed to be until they say so, and whose tax rates its prices with tax were made for."""
        return self.countries[0]

    @property
    def default_currency(self) -> str:
        return self.currencies[0]

    @property
    def default_language(self) -> str:
        return self.languages[0]


def is_open(starts_at: datetime | None, ends_at: datetime | None, now: datetime) -> bool:
    """Whether `now` lies in the half-open window; None leaves that side open."""
    return (starts_at is None or starts_at <= now) and (ends_at is None or now < ends_at)


class TierMode(Enum):
    """How many units a quantity tier prices (rule P2)."""

    VOLUME = "VOLUME"
    """All of them, once it is reached."""
    GRADUATED = "GRADUATED"
    """Those from its quantity on; the units before cost what earlier tiers say."""


@dataclass(frozen=True, slots=True)
class PriceList:
    """Prices in one currency for a company, a group of customers, a market, or everybody.

    Whom it is for is said by what is not None; all of it has to fit. Of lists equally specific the one with the lower
    `priority` goes first. Prices of a list with an `ending` are brought to the nearest one that ends so (rule M9).
    """

    id: PriceListId
    name: str
    currency: str
    market_id: MarketId | None = None
    customer_group: str | None = None
    company_id: str | None = None
    priority: int = 0
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    tier_mode: TierMode = TierMode.VOLUME
    ending: PriceEnding | None = None

    def serves(self, market_id: MarketId, customer_group: str | None, company_id: str | None) -> bool:
        return (
            (self.market_id is None or self.market_id == market_id)
            and (self.customer_group is None or self.customer_group == customer_group)
            and (self.company_id is None or self.company_id == company_id)
        )

    @property
    def rank(self) -> tuple[bool, bool, bool, int, str]:
        """Sorts the most specific list first."""
        return (self.company_id is None, self.customer_group is None, self.market_id is None, self.priority, self.id)


@dataclass(frozen=True, slots=True)
class OfferPrice:
    """What one unit costs from `min_quantity` units on: minor units of the list's currency, as the market displays."""

    price_list: PriceList
    minor: int
    min_quantity: int = 1
    starts_at: datetime | None = None
    ends_at: datetime | None = None


def base_price(
    prices: Sequence[OfferPrice],
    *,
    quantity: int,
    now: datetime,
    market_id: MarketId,
    currency: str,
    customer_group: str | None = None,
    company_id: str | None = None,
) -> OfferPrice | None:
    """The price of an offer before promotions, or None if it is not sold here; never a price of zero in its place.

    The most specific list that has a price to give decides: company contract, customer group, market, default. Inside
    it the deepest tier that `quantity` reaches wins, then the latest start, then the lower price.
    """
    valid = [
        price
        for price in prices
        if price.min_quantity <= quantity
        and price.price_list.currency == currency
        and is_open(price.starts_at, price.ends_at, now)
        and is_open(price.price_list.starts_at, price.price_list.ends_at, now)
        and price.price_list.serves(market_id, customer_group, company_id)
    ]
    if not valid:
        return None
    first = min((price.price_list for price in valid), key=lambda price_list: price_list.rank)
    found = max(
        (price for price in valid if price.price_list.id == first.id),
        key=lambda price: (price.min_quantity, price.starts_at or LONG_AGO, -price.minor),
    )
    if first.ending is None or found.minor == 0:
        return found
    return replace(found, minor=first.ending.nearest(found.minor))


@dataclass(frozen=True, slots=True)
class Territory:
    """Where a tax is due: a country by ISO 3166-1, or a region of it with rates of its own."""

    country: str
    region: str | None = None


@dataclass(frozen=True, slots=True)
class TaxRate:
    """One tax on one class of goods in one territory, while it is law: `rate` is 0.19 for 19 %.

    Taxes of one territory are taken in the order of `position`; a compound one has the earlier ones in its base.
    """

    territory: Territory
    tax_class: str
    name: str
    jurisdiction: str
    rate: Decimal
    compound: bool = False
    position: int = 0
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    @property
    def identity(self) -> tuple[str, str, Decimal]:
        """What makes it one tax on a document, whichever classes of goods it is due on."""
        return (self.name, self.jurisdiction, self.rate)


class RateTable(Sequence[TaxRate]):
    """Rates, found by territory and class without going through them all."""

    def __init__(self, rates: Iterable[TaxRate]) -> None:
        self._rates = tuple(rates)
        self._found: dict[tuple[Territory, str], list[TaxRate]] = {}
        for rate in sorted(self._rates, key=lambda rate: (rate.position, rate.jurisdiction, rate.name)):
            self._found.setdefault((rate.territory, rate.tax_class), []).append(rate)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RateTable) and self._rates == other._rates

    def __hash__(self) -> int:
        return hash(self._rates)

    @overload
    def __getitem__(self, index: int) -> TaxRate: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[TaxRate]: ...
    def __getitem__(self, index: int | slice) -> TaxRate | Sequence[TaxRate]:
        return self._rates[index]

    def __len__(self) -> int:
        return len(self._rates)

    def at(self, territory: Territory, tax_class: str, on: datetime) -> tuple[TaxRate, ...]:
        """Those of just this territory that are law at a moment, in the order they are taken."""
        known = self._found.get((territory, tax_class), ())
        return tuple([rate for rate in known if is_open(rate.valid_from, rate.valid_until, on)])


def rates_at(rates: Iterable[TaxRate], tax_class: str, territory: Territory, on: datetime) -> tuple[TaxRate, ...]:
    """The taxes on goods of a class whose tax point is `on`, in the order they are taken; none if nothing is due.

    A region with rates of its own lists all of its taxes, the country's among them; one without is taxed as its
    country.
    """
    table = rates if isinstance(rates, RateTable) else RateTable(rates)
    found = table.at(territory, tax_class, on)
    if found or territory.region is None:
        return found
    return table.at(Territory(territory.country), tax_class, on)
