"""What members of staff set by hand for a draft order: discounts beside promotions, and prices of lines.

A line with a price or discount by hand takes part in no promotion. Discounts by hand come last: those of lines, then
the one of the order, which is split over all lines (rule M7). Each is explained like any other, with the member of
staff in the place of the rule (rule P18), and paid by the platform (rule V1).
"""

from collections.abc import Mapping, Sequence
from dataclasses import field
from decimal import Decimal
from typing import Any

from domain.pricing.discounts import Discount, Funding, PromotionRef, Reductions, Stage
from domain.pricing.promoting.discounting import Discounted, PricedDelivery, PricedGoods, discounted
from domain.pricing.promoting.offering import Offering
from domain.pricing.promotions.units import amount_of
from domain.shared.making import dataclass, replace
from domain.shared.money import Rounding, round_ratio


@dataclass(frozen=True, slots=True)
class ManualDiscount:
    """`percent` of what is left after promotions, or `amount` in minor units as the market displays prices."""

    staff_id: str
    reason: str
    percent: Decimal | None = None
    amount: int | None = None

    @property
    def is_nothing(self) -> bool:
        return not self.percent and not self.amount

    def of(self, base: int, stage: Stage, rounding: Rounding) -> Discount:
        """The discount on an amount."""
        off = self.amount or 0
        if self.percent is not None:
            numerator, denominator = self.percent.as_integer_ratio()
            off = round_ratio(base * numerator, 100 * denominator, rounding)
        return Discount(PromotionRef(self.staff_id, self.reason), off, funded_by=Funding.PLATFORM, stage=stage)


@dataclass(frozen=True, slots=True)
class ManualPricing:
    """What was decided for a cart: the discount of the order, those of lines by key, and which lines have a price."""

    discount: ManualDiscount | None = None
    lines: Mapping[str, ManualDiscount] = field(default_factory=dict)
    priced: frozenset[str] = frozenset()
    with_promotions: bool = True


NOTHING_MANUAL = ManualPricing()


def discounted_by_hand(
    manual: ManualPricing,
    offering: Offering,
    lines: Sequence[PricedGoods],
    deliveries: Sequence[PricedDelivery] = (),
    **terms: Any,
) -> Discounted:
    """What promotions take off, by the `terms` of `discounted`, and then what staff takes off."""
    if manual == NOTHING_MANUAL:
        return discounted(offering, lines, deliveries, **terms)
    own = manual.priced | manual.lines.keys()
    open_lines = [line for line in lines if line.key not in own]
    open_deliveries = [replace(each, lines=tuple([key for key in each.lines if key not in own])) for each in deliveries]
    offered = offering if manual.with_promotions else replace(offering, offers=())
    found = discounted(offered, open_lines, open_deliveries, **terms)
    return _with_manual(manual, found, lines, terms["currency"], terms["market"].rounding)


def _with_manual(
    manual: ManualPricing, found: Discounted, lines: Sequence[PricedGoods], currency: str, rounding: Rounding
) -> Discounted:
    ordered = sorted(lines, key=lambda line: (line.goods.offer_id, line.key))
    left = Reductions([_left(line, found) for line in ordered], currency)
    for at, line in enumerate(ordered):
        if line.key in manual.lines:
            left.reduce_line(at, manual.lines[line.key].of(left.running[at], Stage.LINE, rounding))
    if manual.discount is not None:
        left.reduce_all(manual.discount.of(sum(left.running), Stage.ORDER, rounding))
    taken = {
        line.key: (*found.lines.get(line.key, ()), *left.allocations[at])
        for at, line in enumerate(ordered)
        if line.key in found.lines or left.allocations[at]
    }
    return replace(found, lines=taken)


def _left(line: PricedGoods, found: Discounted) -> int:
    """What promotions leave of a line; nothing of a gift."""
    if line.gift_of:
        return 0
    return amount_of(line.units) - sum([taken.amount.minor for taken in found.lines.get(line.key, ())])
