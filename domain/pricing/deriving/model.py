"""Prices of a list that are those of another one, converted (rule M9).

A derived price is written like any other, with the rate and the time of the rate beside it, so that nobody converts
when somebody buys. What somebody has set by hand in the same place stays as it is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from domain.pricing.model import PriceList
from domain.pricing.price_lists.ports import PriceRow
from domain.shared.ids import OfferId, PriceListId
from domain.shared.making import dataclass
from domain.shared.money import MAX_MINOR, Money, Rounding, convert

type PlaceInList = tuple[OfferId, int, datetime | None]
"""What tells the prices of one list apart: offer, least quantity and start."""


@dataclass(frozen=True, slots=True)
class ExchangeRate:
    """How many units of a currency one unit of another was worth at a moment, and who says so."""

    rate: Decimal
    at: datetime
    source: str


@dataclass(frozen=True, slots=True)
class Derivation:
    """How the prices of a list follow from those of the list `base_id`.

    `adjustment_percent` is added to the converted price before it is rounded, once, to a multiple of `granularity`
    minor units.
    """

    base_id: PriceListId
    exchange: ExchangeRate
    adjustment_percent: Decimal = Decimal(0)
    granularity: int = 1

    @property
    def factor(self) -> Fraction:
        return Fraction(self.exchange.rate) * (100 + Fraction(self.adjustment_percent)) / 100


@dataclass(frozen=True, slots=True)
class DerivedList:
    """A list with what it follows. Its ending is not in its prices: it is given to them when they are read."""

    price_list: PriceList
    base: PriceList
    derivation: Derivation
    rounding: Rounding = Rounding.HALF_UP

    def price(self, base_minor: int) -> int | None:
        """The price that a base price becomes, in minor units; None where an amount cannot hold it.

        What costs something never becomes free.
        """
        granularity = self.derivation.granularity
        base = Money(base_minor, self.base.currency)
        currency = self.price_list.currency
        minor = convert(base, self.derivation.factor, currency, self.rounding, granularity=granularity).minor
        if minor > MAX_MINOR:
            return None
        return max(minor, granularity) if base_minor else 0


@dataclass(frozen=True, slots=True)
class ListedPrice:
    """A price as it stands in a list. One that was derived tells of what list, at which rate, and of when that is."""

    offer_id: OfferId
    minor: int
    min_quantity: int = 1
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    derived_from: PriceListId | None = None
    rate: Decimal | None = None
    rate_at: datetime | None = None

    @property
    def place(self) -> PlaceInList:
        return (self.offer_id, self.min_quantity, self.starts_at)


@dataclass(frozen=True, slots=True)
class DerivationCounts:
    """How many prices a derivation makes, changes, leaves, takes off, and must leave to whoever set them.

    `out_of_range` prices are beyond what an amount can hold: such goods are not sold by the list.
    """

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    overridden: int = 0
    out_of_range: int = 0

    def __add__(self, other: "DerivationCounts") -> "DerivationCounts":
        return DerivationCounts(
            self.created + other.created,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
            self.removed + other.removed,
            self.overridden + other.overridden,
            self.out_of_range + other.out_of_range,
        )


@dataclass(slots=True)
class DerivedPrices:
    """What has to be written so that a list is what its derivation says; `repriced` offers then cost something else."""

    put: list[PriceRow] = field(default_factory=list)
    gone: list[PriceRow] = field(default_factory=list)
    repriced: set[OfferId] = field(default_factory=set)
    counts: DerivationCounts = DerivationCounts()


def derive(
    derived: DerivedList, base_prices: Iterable[ListedPrice], own_prices: Iterable[ListedPrice]
) -> DerivedPrices:
    """What becomes of all prices of some offers: those of the base, and those that the derived list has of them now."""
    own = {price.place: price for price in own_prices}
    plan = DerivedPrices()
    for base in base_prices:
        _follow(plan, derived, base, own.pop(base.place, None))
    _take_off(plan, own)
    return plan


def _follow(plan: DerivedPrices, derived: DerivedList, base: ListedPrice, own: ListedPrice | None) -> None:
    if own is not None and own.derived_from is None:
        plan.counts += DerivationCounts(overridden=1)
        return
    minor = derived.price(base.minor)
    if minor is None:
        plan.counts += DerivationCounts(out_of_range=1)
        _take_off(plan, {} if own is None else {own.place: own})
        return
    row = PriceRow(base.offer_id, minor, base.min_quantity, base.starts_at, base.ends_at)
    if own is not None and (own.minor, own.ends_at) == (minor, base.ends_at):
        plan.counts += DerivationCounts(unchanged=1)
        if _is_of_another_rate(own, derived.derivation):
            plan.put.append(row)
        return
    plan.counts += DerivationCounts(created=1) if own is None else DerivationCounts(changed=1)
    plan.put.append(row)
    plan.repriced.add(base.offer_id)


def _is_of_another_rate(own: ListedPrice, derivation: Derivation) -> bool:
    now = (derivation.base_id, derivation.exchange.rate, derivation.exchange.at)
    return (own.derived_from, own.rate, own.rate_at) != now


def _take_off(plan: DerivedPrices, own: Mapping[PlaceInList, ListedPrice]) -> None:
    """Derived prices that nothing stands behind any more."""
    gone = [price for price in own.values() if price.derived_from is not None]
    plan.gone += [PriceRow(price.offer_id, None, price.min_quantity, price.starts_at, price.ends_at) for price in gone]
    plan.repriced.update(price.offer_id for price in gone)
    plan.counts += DerivationCounts(removed=len(gone))
