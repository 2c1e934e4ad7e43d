"""Promotions as data: whom they are for, what has to be met, and what they then do to a price.

Amounts are minor units by ISO 4217 currency, as the market displays prices. A promotion that has no amount in a cart's
currency does nothing there.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum

from domain.pricing.discounts import Funding, Stage
from domain.pricing.model import is_open
from domain.pricing.promotions.actions import (
    Action,
    AmountOff,
    BundlePrice,
    BuyGet,
    FixedPrice,
    FreeGift,
    Per,
    PercentageOff,
    ShippingAmountOff,
    ShippingPercentageOff,
)
from domain.pricing.promotions.selection import EVERYTHING, Selection
from domain.shared.ids import MarketId, PromotionId, VendorId
from domain.shared.making import dataclass
from domain.shared.translation import Translations, words_in


class Stacking(Enum):
    """EXCLUSIVE promotions apply alone, in the place of all that combine, where that saves more (rule P5)."""

    COMBINES = "COMBINES"
    EXCLUSIVE = "EXCLUSIVE"


class ReturnRule(Enum):
    """What a return does to a promotion whose threshold is no longer met (rule P8)."""

    KEEP = "KEEP"
    CLAWBACK = "CLAWBACK"


@dataclass(frozen=True, slots=True)
class BasketRequirement:
    """So many units of such goods have to lie in the cart."""

    selection: Selection
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Conditions:
    """What has to be met, all of it; an empty set leaves that open.

    `min_value` is the least merchandise value by currency, after line discounts and before those of the order (rule
    P6); in other currencies the promotion does nothing. It and `min_quantity` count the goods that it touches.
    """

    markets: frozenset[MarketId] = frozenset()
    currencies: frozenset[str] = frozenset()
    customer_groups: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()
    companies: frozenset[str] = frozenset()
    first_order: bool = False
    min_value: Mapping[str, int] | None = None
    min_quantity: int | None = None
    basket: tuple[BasketRequirement, ...] = ()

    @property
    def names_buyers(self) -> bool:
        """Whether it is for some people only."""
        return bool(self.customer_groups or self.segments or self.companies or self.first_order)

    @property
    def regards_cart(self) -> bool:
        """Whether the goods alone do not tell if it applies."""
        return bool(self.min_value or self.min_quantity or self.basket or self.first_order)


@dataclass(frozen=True, slots=True)
class UnitCap:
    """How many units a flash sale has, in total and for one customer (rule P12)."""

    total: int | None = None
    per_customer: int | None = None


NO_CAP = UnitCap()


@dataclass(frozen=True, slots=True)
class Promotion:
    """A rule that discounts, from `starts_at` until before `ends_at`.

    `selection` are the goods it touches; a vendor's own promotion (`vendor_id`) touches that vendor's alone. Of one
    stage the lower `priority` goes first. `is_public`: announced to everybody, so that it counts for prior prices.
    `usage_limit` counts orders, `budget` what it may take off in all, by currency.
    """

    id: PromotionId
    name: str
    action: Action
    starts_at: datetime
    ends_at: datetime | None = None
    translations: Translations | None = None
    needs_code: bool = False
    priority: int = 0
    stacking: Stacking = Stacking.COMBINES
    exclusion_group: str | None = None
    funding: Funding = Funding.PLATFORM
    vendor_id: VendorId | None = None
    selection: Selection = EVERYTHING
    conditions: Conditions = Conditions()
    usage_limit: int | None = None
    per_customer_limit: int | None = None
    budget: Mapping[str, int] | None = None
    unit_cap: UnitCap = NO_CAP
    is_public: bool = True
    return_rule: ReturnRule = ReturnRule.KEEP

    @property
    def stage(self) -> Stage:
        """Derived from what it does, so that no two promotions of a kind go in a different order."""
        if isinstance(self.action, ShippingPercentageOff | ShippingAmountOff):
            return Stage.SHIPPING
        if self.needs_code:
            return Stage.COUPON
        if _is_of_order(self.action):
            return Stage.ORDER
        return Stage.CATALOG if self._is_of_price else Stage.LINE

    @property
    def _is_of_price(self) -> bool:
        """Whether it changes what one unit costs, whatever else is bought and however often it was used."""
        is_limited = self.usage_limit is not None or self.per_customer_limit is not None or self.budget is not None
        return _is_of_unit(self.action) and not self.conditions.regards_cart and not is_limited

    @property
    def rank(self) -> tuple[int, str]:
        """Sorts the promotions of one stage in the order of their application (rule P4)."""
        return (self.priority, self.id)

    def is_running(self, now: datetime) -> bool:
        return is_open(self.starts_at, self.ends_at, now)

    def name_in(self, language: str) -> str:
        """Its name to buyers."""
        words = words_in(self.translations or {}, language)
        name: str = words.get("name") or self.name
        return name


def _is_of_order(action: Action) -> bool:
    return isinstance(action, PercentageOff | AmountOff) and action.per is Per.ORDER


def _is_of_unit(action: Action) -> bool:
    if isinstance(action, FixedPrice):
        return True
    return isinstance(action, PercentageOff | AmountOff) and action.per is Per.UNIT


__all__ = [
    "NO_CAP",
    "Action",
    "AmountOff",
    "BasketRequirement",
    "BundlePrice",
    "BuyGet",
    "Conditions",
    "FixedPrice",
    "FreeGift",
    "Funding",
    "Per",
    "PercentageOff",
    "Promotion",
    "ReturnRule",
    "ShippingAmountOff",
    "ShippingPercentageOff",
    "Stacking",
    "Stage",
    "UnitCap",
]
