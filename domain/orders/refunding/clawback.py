"""What a return costs the buyer of discounts that the goods they keep no longer earn (rules P7 and P8).

A promotion of which KEEP is said leaves every unit at what it was paid. For those of which CLAWBACK is said, and those
that reduce some units for others, the goods that are kept are priced anew at the order's own rules: the refund is what
was paid less that, never negative.
"""

from collections.abc import Mapping, Sequence

from domain.orders.model import OrderLine
from domain.pricing.promotions.actions import BundlePrice, BuyGet
from domain.pricing.promotions.engine import promote
from domain.pricing.promotions.model import Promotion, ReturnRule
from domain.pricing.promotions.selection import Goods
from domain.pricing.promotions.situation import Buyer, Item, Offered, Situation
from domain.pricing.promotions.units import Run
from domain.shared.ids import MarketId, OfferId, OrderLineId
from domain.shared.making import dataclass
from domain.shared.money import Rounding, round_ratio


@dataclass(frozen=True, slots=True)
class SoldRules:
    """The promotions that an order was sold under, as they said then, and what they saw of its goods and buyer."""

    offers: tuple[Offered, ...]
    goods: Mapping[OfferId, Goods]
    buyer: Buyer
    market_id: MarketId
    prices_include_tax: bool
    rounding: Rounding


def clawed_back(lines: Sequence[OrderLine], going: Mapping[OrderLineId, int], rules: SoldRules, *, before: int) -> int:
    """By how many minor units, with tax, a return of the `going` units makes the kept ones dearer; `before` was taken
    by earlier returns. Negative where these go back too.
    """
    watched = frozenset(offered.promotion.id for offered in rules.offers if is_reconsidered(offered.promotion))
    kept = [(line, line.refundable - going.get(line.id, 0)) for line in lines]
    left = sorted(
        [(line, count) for line, count in kept if count and line.offer_id in rules.goods],
        key=lambda item: (item[0].offer_id, item[0].id),
    )
    if not watched or not left:
        return -before if not left else 0
    anew = _taken_anew(left, rules, watched)
    dearer = [
        _with_tax(line, _taken_as_sold(line, count, watched) - taken, rules)
        for (line, count), taken in zip(left, anew, strict=True)
    ]
    return sum(dearer) - before


def is_reconsidered(promotion: Promotion) -> bool:
    """Whether a return changes what it gives: it says so, or it reduces units because of others."""
    return promotion.return_rule is ReturnRule.CLAWBACK or isinstance(promotion.action, BuyGet | BundlePrice)


def _taken_anew(left: Sequence[tuple[OrderLine, int]], rules: SoldRules, watched: frozenset[str]) -> list[int]:
    """What the watched promotions take off each line now, as the market displays prices."""
    items = tuple(Item(rules.goods[line.offer_id], runs_of(line, count, rules), line.gift_of) for line, count in left)
    currency = left[0][0].total.currency
    found = promote(
        rules.offers,
        Situation(
            market_id=rules.market_id,
            currency=currency,
            items=items,
            deliveries=(),
            buyer=rules.buyer,
            rounding=rules.rounding,
        ),
        language="",
    )
    return [
        sum(taken.amount.minor for taken in allocations if taken.promotion.id in watched)
        for allocations in found.allocations
    ]


def _taken_as_sold(line: OrderLine, count: int, watched: frozenset[str]) -> int:
    """What they took off the last `count` units of the line when it was sold (rule M8)."""
    taken = sum(item.amount.minor for item in line.discounts if item.promotion.id in watched)
    return last_of(taken, count, line.quantity)


def runs_of(line: OrderLine, count: int, rules: SoldRules) -> tuple[Run, ...]:
    """What the kept units cost before any promotion, spread evenly."""
    displayed = line.total.gross if rules.prices_include_tax else line.total.net
    base = last_of(displayed.minor + line.discount.minor, count, line.quantity)
    amount, dearer = divmod(base, count)
    runs = (Run(amount + 1, dearer), Run(amount, count - dearer))
    return tuple(run for run in runs if run.units)


def last_of(total: int, count: int, quantity: int) -> int:
    return total - round_ratio(total * (quantity - count), quantity)


def _with_tax(line: OrderLine, displayed: int, rules: SoldRules) -> int:
    if rules.prices_include_tax or not line.total.net.minor:
        return displayed
    return round_ratio(displayed * line.total.gross.minor, line.total.net.minor)
