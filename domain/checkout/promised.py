"""What the prices of a checkout rest on, taken when it begins and kept, so that its total stands (rules P12, P13)."""

from collections.abc import Mapping, Sequence
from dataclasses import field

from domain.pricing.coupons.model import folded
from domain.pricing.coupons.usage import Counts
from domain.pricing.manual import NOTHING_MANUAL, ManualPricing
from domain.pricing.promotions.selection import Goods
from domain.pricing.promotions.situation import ANYBODY, Buyer
from domain.pricing.promotions.units import Run
from domain.shared.ids import CartLineId, PromotionId
from domain.shared.making import dataclass, replace


@dataclass(frozen=True, slots=True)
class PromisedPrices:
    """The promotions of `revision`, as they stood when the checkout began, for these goods and this buyer.

    `counted` are the promotions without a code whose limits matter, `units` what is held of capped sales,
    `customer_key` whom per-customer limits count. `without` were used up when the order was placed. `runs` are what the
    units of a line cost, where they do not all cost the same (rule P2). `manual` is what staff set by hand.
    """

    revision: int = 0
    goods: Mapping[CartLineId, Goods] = field(default_factory=dict)
    runs: Mapping[CartLineId, tuple[Run, ...]] = field(default_factory=dict)
    buyer: Buyer = ANYBODY
    codes: tuple[str, ...] = ()
    counted: tuple[PromotionId, ...] = ()
    units: Mapping[PromotionId, int] = field(default_factory=dict)
    customer_key: str | None = None
    without: frozenset[PromotionId] = frozenset()
    manual: ManualPricing = NOTHING_MANUAL

    @property
    def folded_codes(self) -> Sequence[str]:
        return [folded(code) for code in self.codes]

    @property
    def are_counted(self) -> bool:
        """Whether something that can be used up decides on them."""
        return bool(self.codes or self.counted)

    def settled(self, counts: Counts) -> "PromisedPrices":
        """The same once the order is placed: what was used up by then stays out of it for good."""
        gone = [code for code in self.codes if (known := counts.coupons.get(folded(code))) and known.is_exhausted]
        used_up = {PromotionId(key) for key, known in counts.promotions.items() if known.is_exhausted}
        kept = tuple(code for code in self.codes if code not in gone)
        return replace(self, codes=kept, without=self.without | used_up)


NO_PROMISES = PromisedPrices()
