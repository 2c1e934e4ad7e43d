"""What promotions see of a purchase: who buys, what is in the cart, how it is sent, and what is on offer."""

from collections.abc import Sequence
from dataclasses import field

from domain.pricing.promotions.model import BasketRequirement, Conditions, Promotion
from domain.pricing.promotions.selection import Goods
from domain.pricing.promotions.units import Run, amount_of
from domain.shared.ids import MarketId, PromotionId
from domain.shared.making import dataclass
from domain.shared.money import Rounding


@dataclass(frozen=True, slots=True)
class Buyer:
    """Whom a price is for. A guest is in no group and no segment, and buys for no company."""

    customer_groups: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()
    company_id: str | None = None
    is_first_order: bool = False

    def meets(self, conditions: Conditions) -> bool:
        return (
            (not conditions.customer_groups or not conditions.customer_groups.isdisjoint(self.customer_groups))
            and (not conditions.segments or not conditions.segments.isdisjoint(self.segments))
            and (not conditions.companies or self.company_id in conditions.companies)
            and (not conditions.first_order or self.is_first_order)
        )


ANYBODY = Buyer()


@dataclass(frozen=True, slots=True)
class Offered:
    """A promotion that is running, and how much of it is left to this buyer; None for any number.

    `code` is what the buyer entered to unlock it, as it was entered.
    """

    promotion: Promotion
    code: str | None = None
    units_left: int | None = None
    budget_left: int | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the cart: what is bought, and what each unit costs before promotions.

    `gift_of` names promotions that may give it: it is in the cart as far as one of them does, and counts for nothing.
    """

    goods: Goods
    runs: tuple[Run, ...]
    gift_of: frozenset[PromotionId] = frozenset()

    quantity: int = field(init=False)
    amount: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "quantity", sum([run.units for run in self.runs]))
        object.__setattr__(self, "amount", amount_of(self.runs))


@dataclass(frozen=True, slots=True)
class Delivery:
    """What it costs to send the items at these places."""

    price: int
    items: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Situation:
    """All that promotions look at, in an order that does not depend on how the cart is sorted."""

    market_id: MarketId
    currency: str
    items: tuple[Item, ...]
    deliveries: tuple[Delivery, ...] = ()
    buyer: Buyer = ANYBODY
    rounding: Rounding = Rounding.HALF_UP
    touchable: tuple[int, ...] = field(init=False)
    """Where the goods are that promotions may touch: all but gift cards (rule T14) and gifts."""
    gifts: tuple[int, ...] = field(init=False)
    """Where the units are that promotions may give."""

    def __post_init__(self) -> None:
        places = [at for at, item in enumerate(self.items) if not item.goods.is_gift_card and not item.gift_of]
        object.__setattr__(self, "touchable", tuple(places))
        object.__setattr__(self, "gifts", tuple([at for at, item in enumerate(self.items) if item.gift_of]))

    def touched_by(self, promotion: Promotion) -> tuple[int, ...]:
        """Where the goods are that a promotion touches; of a vendor's promotion that vendor's alone."""
        selection, vendor_id = promotion.selection, promotion.vendor_id
        if vendor_id is None and not selection.include and not selection.exclude:
            return self.touchable
        return tuple(
            [
                at
                for at in self.touchable
                if (vendor_id is None or self.items[at].goods.vendor_id == vendor_id)
                and selection.holds(self.items[at].goods)
            ]
        )

    def holds(self, required: Sequence[BasketRequirement]) -> bool:
        """Whether so many units of such goods lie in the cart."""
        return all(
            sum([self.items[at].quantity for at in self.touchable if each.selection.holds(self.items[at].goods)])
            >= each.quantity
            for each in required
        )
