"""What delivery costs and how long it takes, from table rates."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

from domain.shared.ids import DeliveryOptionId, MarketId, VendorId
from domain.shared.money import Money


class DeliveryKind(Enum):
    """How goods reach the buyer."""

    SHIP = "SHIP"
    PICKUP_STORE = "PICKUP_STORE"
    PICKUP_POINT = "PICKUP_POINT"
    DIGITAL = "DIGITAL"


@dataclass(frozen=True, slots=True)
class DeliveryRate:
    """A row of a rate table: its price holds for parcels that meet all of its bounds. No countries: every one.

    `min_subtotal` is compared with the displayed value of the goods; weights are grams; days are calendar days.
    """

    id: DeliveryOptionId
    market_id: MarketId
    vendor_id: VendorId | None
    countries: tuple[str, ...]
    kind: DeliveryKind
    name: str
    translations: Mapping[str, str]
    carrier: str | None
    price: Money
    min_subtotal: Money | None
    max_weight_grams: int | None
    min_days: int
    max_days: int
    position: int


@dataclass(frozen=True, slots=True)
class DeliveryEstimate:
    earliest: date
    latest: date


@dataclass(frozen=True, slots=True)
class DeliveryOption:
    """A way to deliver one group of goods; `price` is as the market displays prices."""

    id: DeliveryOptionId
    kind: DeliveryKind
    name: str
    carrier: str | None
    price: Money
    estimate: DeliveryEstimate


@dataclass(frozen=True, slots=True)
class Consignment:
    """What is to be delivered: goods of one vendor for one country, worth `subtotal_minor` as displayed."""

    market_id: MarketId
    vendor_id: VendorId
    country: str
    subtotal_minor: int
    currency: str
    weight_grams: int


def options_for(
    consignment: Consignment, rates: Iterable[DeliveryRate], *, language: str, now: datetime, time_zone: str
) -> tuple[DeliveryOption, ...]:
    """The ways to deliver it: of rows with one name the cheapest that fits, a vendor's own rows before everybody's."""
    own: dict[str, DeliveryRate] = {}
    for rate in rates:
        if _fits(rate, consignment):
            standing = own.get(rate.name)
            if standing is None or _rank(rate) < _rank(standing):
                own[rate.name] = rate
    today = now.astimezone(ZoneInfo(time_zone)).date()
    chosen = sorted(own.values(), key=lambda rate: (rate.position, rate.id))
    return tuple(_option(rate, language, today) for rate in chosen)


def _fits(rate: DeliveryRate, consignment: Consignment) -> bool:
    return (
        rate.market_id == consignment.market_id
        and rate.price.currency == consignment.currency
        and rate.vendor_id in (None, consignment.vendor_id)
        and (not rate.countries or consignment.country in rate.countries)
        and (rate.min_subtotal is None or consignment.subtotal_minor >= rate.min_subtotal.minor)
        and (rate.max_weight_grams is None or consignment.weight_grams <= rate.max_weight_grams)
    )


def _rank(rate: DeliveryRate) -> tuple[bool, int, str]:
    return (rate.vendor_id is None, rate.price.minor, rate.id)


def _option(rate: DeliveryRate, language: str, today: date) -> DeliveryOption:
    return DeliveryOption(
        id=rate.id,
        kind=rate.kind,
        name=rate.translations.get(language, rate.name),
        carrier=rate.carrier,
        price=rate.price,
        estimate=DeliveryEstimate(today + timedelta(days=rate.min_days), today + timedelta(days=rate.max_days)),
    )
