"""What promotions and codes are counted by: uses by orders, and units of a capped sale held by checkouts."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Protocol

from domain.pricing.coupons.model import Coupon
from domain.shared.errors import ErrorCode, Problem
from domain.shared.ids import CheckoutId, OrderId, PromotionId
from domain.shared.making import dataclass, replace


@dataclass(frozen=True, slots=True)
class PromotionUse:
    """That an order uses a promotion, by a code or by itself, for `amount` minor units of its currency."""

    promotion_id: str
    code: str | None
    amount: int


@dataclass(frozen=True, slots=True)
class PromotionCounts:
    """How much of a limited promotion is left to whoever was asked for; None where no limit is set.

    `budget_left` is minor units of the currency that the budget is in.
    """

    is_exhausted: bool = False
    units_left: int | None = None
    budget_left: int | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """What is known of codes and limited promotions at one moment. What is not named here has no limit."""

    coupons: Mapping[str, Coupon] = field(default_factory=dict)
    promotions: Mapping[str, PromotionCounts] = field(default_factory=dict)

    def is_usable(self, promotion_id: str) -> bool:
        """Whether a promotion may still be used by the customer who was asked for."""
        counts = self.promotions.get(promotion_id)
        return counts is None or not counts.is_exhausted

    def ignoring_limits(self) -> "Counts":
        """What the codes open, whoever has used them up since."""
        return Counts({code: replace(coupon, usage_limit=None) for code, coupon in self.coupons.items()})


NOTHING_COUNTED = Counts()


@dataclass(frozen=True, slots=True)
class UnitsWanted:
    """Units that a checkout asks for at the price of a capped sale."""

    promotion_id: PromotionId
    quantity: int


class PromotionUsage(Protocol):
    """Counters that are changed by one conditional statement each, in the transaction of their effect."""

    async def counts(
        self, codes: Sequence[str], promotions: Sequence[str], customer_key: str | None, *, now: datetime
    ) -> Counts:
        """How things stand now, of folded codes and of promotions, those that the codes open included."""
        ...

    async def use(
        self, order_id: OrderId, customer_key: str, uses: Sequence[PromotionUse], *, currency: str
    ) -> Sequence[PromotionUse]:
        """Count all uses of an order (rules P9 and P10), or none: those that are exhausted come back."""
        ...

    async def lock(self, customer_key: str, uses: Sequence[PromotionUse], *, currency: str) -> Sequence[PromotionUse]:
        """Lock what counts these uses, in the order of ids and after stock; those uses that are exhausted."""
        ...

    async def release_uses(self, order_id: OrderId) -> None:
        """Give back what an order used, once, however often it is called; capped units too while their sale runs."""
        ...

    async def hold_units(
        self,
        checkout_id: CheckoutId,
        customer_key: str,
        wanted: Sequence[UnitsWanted],
        *,
        now: datetime,
        until: datetime,
        replacing: CheckoutId | None = None,
    ) -> Sequence[str]:
        """Hold units of capped sales (rule P12); the promotions that have too few left, of which none are held."""
        ...

    async def extend_units(self, checkout_id: CheckoutId, until: datetime) -> None:
        """Hold on until then."""
        ...

    async def name_holder(self, checkout_id: CheckoutId, customer_key: str) -> Sequence[str]:
        """Count the units that a checkout holds for this customer; the promotions of which that makes too many."""
        ...

    async def take_units(self, checkout_id: CheckoutId, order_id: OrderId) -> None:
        """What the checkout holds is its order's."""
        ...


def exhausted(uses: Sequence[PromotionUse], *path: str) -> list[Problem]:
    """A problem for each use that came too late."""
    return [
        Problem(ErrorCode.COUPON_EXHAUSTED, f"{use.code or 'A promotion'} was used up meanwhile.", path) for use in uses
    ]
