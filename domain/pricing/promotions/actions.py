"""What promotions do. Amounts are minor units by currency, percentages exact: `Decimal("12.5")` is 12.5 % off."""

from collections.abc import Mapping
from decimal import Decimal
from enum import Enum

from domain.pricing.promotions.selection import Selection
from domain.shared.ids import OfferId
from domain.shared.making import dataclass

ALL = Decimal(100)


class Per(Enum):
    """What a reduction is taken off: each unit, each line, or the goods together, divided over the lines."""

    UNIT = "UNIT"
    LINE = "LINE"
    ORDER = "ORDER"


class FreeUnits(Enum):
    """Which units of "buy 2, get 1" are the free ones (rule P7)."""

    DEAREST_FIRST = "DEAREST_FIRST"
    """The units are cut in threes, the dearest first; the last of each three is free."""
    CHEAPEST = "CHEAPEST"
    """The cheapest of all."""


@dataclass(frozen=True, slots=True)
class PercentageOff:
    """A share of the running amount. Per UNIT it is rounded for each unit, so that n units cost n times one."""

    percent: Decimal
    per: Per = Per.UNIT


@dataclass(frozen=True, slots=True)
class AmountOff:
    """So much off each unit, each line, or all goods that the promotion touches together."""

    amounts: Mapping[str, int]
    per: Per = Per.ORDER


@dataclass(frozen=True, slots=True)
class FixedPrice:
    """What one unit costs, where it would cost more."""

    prices: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class BuyGet:
    """Of every `buy` + `get` units, `get` cost `percent` less; at most `max_times`.

    With `reward` other goods than those bought are reduced: each `buy` units bought reduce `get` of those, the
    cheapest first.
    """

    buy: int
    get: int
    percent: Decimal = ALL
    free_units: FreeUnits = FreeUnits.DEAREST_FIRST
    reward: Selection | None = None
    max_times: int | None = None


@dataclass(frozen=True, slots=True)
class BundlePart:
    selection: Selection
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class BundlePrice:
    """What one unit set of all parts costs together, where it would cost more; at most `max_times`."""

    parts: tuple[BundlePart, ...]
    prices: Mapping[str, int]
    max_times: int | None = None


@dataclass(frozen=True, slots=True)
class FreeGift:
    """So many units of an offer, or of any of `others` that the buyer chooses instead, cost nothing.

    They do not count towards its own threshold. An offer without others is put into carts by itself; what is not there
    is told, so that it can be added.
    """

    offer_id: OfferId
    quantity: int = 1
    others: tuple[OfferId, ...] = ()

    @property
    def offers(self) -> tuple[OfferId, ...]:
        return (self.offer_id, *self.others)


@dataclass(frozen=True, slots=True)
class ShippingPercentageOff:
    """A share of the delivery of the goods it touches, at most `limits`; 100 is free delivery."""

    percent: Decimal = ALL
    limits: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class ShippingAmountOff:
    """So much off the delivery of the goods it touches, once for the whole order."""

    amounts: Mapping[str, int]


type GoodsAction = PercentageOff | AmountOff | FixedPrice | BuyGet | BundlePrice | FreeGift
type ShippingAction = ShippingPercentageOff | ShippingAmountOff
type Action = GoodsAction | ShippingAction
