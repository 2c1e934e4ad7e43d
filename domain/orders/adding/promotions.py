"""What promotions take off goods that are added to an order (rules O6, P3 and P5).

An edited order costs what it would have cost had it been placed so: by the promotions that ran when its checkout began,
as they said then, for its buyer, with the codes that it used. What was sold keeps its price to the cent, so the units
that come are given what the whole is reduced by beyond that: a percentage of their own price, the unit that now is
free, but no second time an amount that the order had already. Promotions of which so much and no more may be had (a
budget, a cap of units) are not given again, and those that are counted by orders only where the order was.
"""

from collections.abc import Container, Mapping, Sequence
from itertools import chain

from domain.orders.adding.pricing import Coming
from domain.orders.model import OrderLine
from domain.orders.refunding.clawback import SoldRules, last_of, runs_of
from domain.pricing.discounts import DiscountAllocation
from domain.pricing.promoting.book import is_counted
from domain.pricing.promotions.engine import promote
from domain.pricing.promotions.model import Promotion
from domain.pricing.promotions.situation import Item, Situation
from domain.shared.making import replace
from domain.shared.money import Money, allocate

type Taken = tuple[DiscountAllocation, ...]


def taken_off(
    kept: Sequence[tuple[OrderLine, int]],
    coming: Sequence[Coming],
    rules: SoldRules,
    used: Container[str],
    *,
    currency: str,
    language: str,
) -> list[Taken]:
    """The discounts of each of the units that come, beside so many units of each line that stay.

    `used` are the promotions that the order was given.
    """
    offers = [offered for offered in rules.offers if _can_be_given(offered.promotion, used)]
    staying = [(line, count) for line, count in kept if line.offer_id in rules.goods]
    items = [
        *[Item(rules.goods[line.offer_id], runs_of(line, count, rules), line.gift_of) for line, count in staying],
        *[Item(item.goods, item.runs) for item in coming],
    ]
    situation = Situation(rules.market_id, currency, tuple(items), buyer=rules.buyer, rounding=rules.rounding)
    whole = promote(offers, situation, language=language).allocations
    known = {offered.promotion.id for offered in offers}
    before = [_part(line, count, known) for line, count in staying]
    return _given(_beyond(_sums(whole), _sums(before)), whole, [item.amount for item in coming], currency)


def _can_be_given(promotion: Promotion, used: Container[str]) -> bool:
    cap = promotion.unit_cap
    if promotion.budget is not None or cap.total is not None or cap.per_customer is not None:
        return False
    return promotion.id in used or not is_counted(promotion)


def _part(line: OrderLine, count: int, known: Container[str]) -> Taken:
    """What these promotions took off the last `count` units of a line when it was sold (rule M8)."""
    return tuple(
        [
            replace(taken, amount=Money(last_of(taken.amount.minor, count, line.quantity), taken.amount.currency))
            for taken in line.discounts
            if taken.promotion.id in known
        ]
    )


def _sums(allocations: Sequence[Taken]) -> dict[str, int]:
    """In minor units, by promotion."""
    sums: dict[str, int] = {}
    for taken in chain.from_iterable(allocations):
        sums[taken.promotion.id] = sums.get(taken.promotion.id, 0) + taken.amount.minor
    return sums


def _beyond(whole: Mapping[str, int], before: Mapping[str, int]) -> dict[str, int]:
    """What each promotion takes off the whole beyond what it took before; together no more than all take beyond it."""
    more = {key: max(0, minor - before.get(key, 0)) for key, minor in whole.items()}
    in_all = max(0, sum(whole.values()) - sum(before.values()))
    if sum(more.values()) <= in_all:
        return more
    return dict(zip(more, allocate(in_all, list(more.values())), strict=True))


def _given(more: Mapping[str, int], whole: Sequence[Taken], amounts: Sequence[int], currency: str) -> list[Taken]:
    """What is taken off beyond, as the units that come earn it, none below zero; the last of `whole` are theirs."""
    example = {taken.promotion.id: taken for taken in chain.from_iterable(whole)}
    left = list(amounts)
    given: list[list[DiscountAllocation]] = [[] for _ in amounts]
    for key, minor in more.items():
        earned = [_sums([taken]).get(key, 0) for taken in whole[len(whole) - len(amounts) :]]
        weights = earned if any(earned) else left
        parts = allocate(min(minor, sum(left)), weights) if any(weights) else [0] * len(left)
        for at, part in enumerate(parts):
            taken_here = min(part, left[at])
            if taken_here:
                base, amount = Money(left[at], currency), Money(taken_here, currency)
                given[at].append(replace(example[key], base=base, amount=amount))
                left[at] -= taken_here
    return [tuple(items) for items in given]
