"""Reductions already decided, laid upon the lines of a cart: each works on what the one before has left."""

from collections.abc import Sequence
from enum import Enum

from domain.shared.making import dataclass
from domain.shared.money import Money, allocate


class Funding(Enum):
    """Who bears a discount: it lowers the vendor's taxable amount, or the platform pays part of the price."""

    PLATFORM = "PLATFORM"
    VENDOR = "VENDOR"


class Stage(Enum):
    """When a reduction takes its turn (rule P3), in this order."""

    CATALOG = "CATALOG"
    """The price of goods whatever else is bought, and thus what product pages show."""
    LINE = "LINE"
    """Goods, depending on the cart they lie in."""
    ORDER = "ORDER"
    """The goods of a cart as a whole."""
    COUPON = "COUPON"
    """Goods, for those who enter a code."""
    SHIPPING = "SHIPPING"


@dataclass(frozen=True, slots=True)
class PromotionRef:
    """The rule behind a discount, as the buyer is told of it."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Discount:
    """`amount` minor units off a line or an order, as the market displays its prices; never below zero."""

    promotion: PromotionRef
    amount: int
    code: str | None = None
    funded_by: Funding = Funding.VENDOR
    stage: Stage = Stage.ORDER

    def __post_init__(self) -> None:
        if self.amount < 0:
            raise ValueError(f"A discount of {self.amount} would be a surcharge")


@dataclass(frozen=True, slots=True)
class DiscountAllocation:
    """What one discount took off one line or delivery, of the `base` that it saw there (rule P18)."""

    promotion: PromotionRef
    code: str | None
    base: Money
    amount: Money
    funded_by: Funding
    stage: Stage = Stage.ORDER


class Reductions:
    """The running amounts of a cart's lines while its discounts are applied, in the order of their application.

    No discount takes a line below zero: what exceeds the running amount is not given.
    """

    def __init__(self, amounts: Sequence[int], currency: str) -> None:
        self.running = list(amounts)
        self.allocations: list[list[DiscountAllocation]] = [[] for _ in amounts]
        self._currency = currency

    def reduce_line(self, index: int, discount: Discount) -> None:
        self._take(index, discount, min(discount.amount, self.running[index]))

    def reduce_all(self, discount: Discount) -> None:
        """Split a discount of the whole order over the lines in proportion to what is left of them."""
        parts = allocate(min(discount.amount, sum(self.running)), self.running)
        for index, part in enumerate(parts):
            self._take(index, discount, part)

    def _take(self, index: int, discount: Discount, amount: int) -> None:
        if amount == 0:
            return
        base, taken = Money(self.running[index], self._currency), Money(amount, self._currency)
        allocation = DiscountAllocation(
            discount.promotion, discount.code, base, taken, discount.funded_by, discount.stage
        )
        self.allocations[index].append(allocation)
        self.running[index] -= amount
