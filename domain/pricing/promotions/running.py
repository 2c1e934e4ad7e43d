"""The running amounts of a purchase while promotions take their turns (rule P3): each sees what the one before left.

Steps are kept bare while combinations are compared; `domain.pricing.promotions.engine` explains those of the best one.
"""

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from decimal import Decimal
from typing import NamedTuple

from domain.pricing.discounts import Stage
from domain.pricing.promotions.actions import (
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
from domain.pricing.promotions.candidates import Candidate
from domain.pricing.promotions.selection import Selection
from domain.pricing.promotions.sets import Cut, bought_and_given, bundled
from domain.pricing.promotions.situation import Situation
from domain.pricing.promotions.units import (
    Place,
    Run,
    amount_of,
    count_of,
    dearest_first,
    each_lowered,
    lowered,
    taken,
    with_part,
)
from domain.shared.money import Rounding, allocate, round_ratio

type Change = tuple[int, Sequence[Run] | int, int]
"""A line, its units as they are then or what comes off all of them together, and how many are reduced."""


class Step(NamedTuple):
    """What a promotion took off one line, or off one delivery, of the base that it saw there."""

    candidate: Candidate
    place: int
    base: int
    amount: int
    units: int
    is_delivery: bool = False


class Running:
    """The units of each line and the price of each delivery, as the promotions so far have left them."""

    def __init__(self, situation: Situation) -> None:
        self.situation = situation
        self.amounts = [item.amount for item in situation.items]
        self.charges = [delivery.price for delivery in situation.deliveries]
        self.steps: list[Step] = []
        self.gifts: list[tuple[Candidate, int]] = []
        """Gifts that are not in the cart yet, and how many units."""
        self._runs: list[Sequence[Run]] = [item.runs for item in situation.items]
        self._due = [0] * len(situation.items)
        self._values: list[int] | None = None

    def runs(self, line: int) -> Sequence[Run]:
        """What each unit of a line costs. What came off the line as a whole is divided only when that is asked."""
        if self._due[line]:
            self._runs[line] = lowered(self._runs[line], self._due[line])
            self._due[line] = 0
        return self._runs[line]

    def copy(self) -> "Running":
        """The same state, to go on with by itself."""
        other = copy(self)
        other.unshare()
        return other

    def unshare(self) -> None:
        """Go on with lists of its own."""
        self.amounts, self.charges = self.amounts.copy(), self.charges.copy()
        self.steps, self.gifts = self.steps.copy(), self.gifts.copy()
        self._runs, self._due = self._runs.copy(), self._due.copy()

    @property
    def saving(self) -> int:
        return sum([step.amount for step in self.steps])

    def apply(self, candidate: Candidate) -> None:
        """Let a promotion take its turn, if its threshold is reached."""
        if self._values is None and candidate.stage not in (Stage.CATALOG, Stage.LINE):
            self._values = self.amounts.copy()
        if candidate.min_value and self._value(candidate) < candidate.min_value:
            return
        if candidate.stage is Stage.SHIPPING:
            self._reduce_deliveries(candidate)
        else:
            self._take(candidate, self._changes(candidate))

    def _value(self, candidate: Candidate) -> int:
        """The merchandise value that thresholds see: after line discounts, before those of the order (rule P6)."""
        values = self.amounts if self._values is None else self._values
        return sum([values[at] for at in candidate.touched])

    def _take(self, candidate: Candidate, changes: Sequence[Change]) -> None:
        if candidate.offered.budget_left is not None:
            changes = self._within(candidate.offered.budget_left, changes)
        for line, after, units in changes:
            base = self.amounts[line]
            if isinstance(after, int):
                off = after
                self._due[line] += off
            else:
                off = base - amount_of(after)
                self._runs[line] = after
            if off:
                self.amounts[line] = base - off
                self.steps.append(Step(candidate, line, base, off, units))

    def _within(self, budget: int, changes: Sequence[Change]) -> Sequence[Change]:
        cuts = [
            after if isinstance(after, int) else self.amounts[line] - amount_of(after) for line, after, _ in changes
        ]
        if sum(cuts) <= budget:
            return changes
        parts = allocate(budget, cuts)
        return [(line, part, units) for (line, _, units), part in zip(changes, parts, strict=True)]

    def _changes(self, candidate: Candidate) -> Sequence[Change]:
        currency, rounding = self.situation.currency, self.situation.rounding
        match candidate.promotion.action:
            case PercentageOff(percent, per):
                return self._reduced(candidate, per, percentage(percent, rounding))
            case AmountOff(amounts, per):
                return self._reduced(candidate, per, lambda base: min(amounts[currency], base))
            case FixedPrice(prices):
                return self._reduced(candidate, Per.UNIT, lambda base: base - prices[currency])
        return () if self._exceeds_cap(candidate) else self._sets_or_gifts(candidate)

    def _sets_or_gifts(self, candidate: Candidate) -> Sequence[Change]:
        match candidate.promotion.action:
            case BuyGet() as action:
                return self._after(self._given(candidate, action))
            case BundlePrice() as action:
                price = action.prices[self.situation.currency]
                return self._after(bundled(action, price, self._unused(candidate.touched), self._holds))
            case FreeGift() as action:
                return self._given_for_nothing(candidate, action)
        raise AssertionError("deliveries are reduced elsewhere")

    def _reduced(self, candidate: Candidate, per: Per, off: Callable[[int], int]) -> Sequence[Change]:
        if per is Per.UNIT:
            return self._each_reduced(candidate, off)
        if self._exceeds_cap(candidate):
            return ()
        touched = candidate.touched
        amounts = [self.amounts[at] for at in touched]
        if per is Per.LINE:
            parts: Sequence[int] = [off(amount) for amount in amounts]
        else:
            parts = allocate(off(sum(amounts)), amounts)
        return [(at, part, self.situation.items[at].quantity) for at, part in zip(touched, parts, strict=True) if part]

    def _each_reduced(self, candidate: Candidate, off: Callable[[int], int]) -> Sequence[Change]:
        units_left = candidate.offered.units_left
        changes: list[Change] = []
        for at in candidate.touched:
            runs = self.runs(at)
            if len(runs) == 1 and units_left is None:
                amount, units, used = runs[0]
                cut = off(amount)
                if cut > 0:
                    changes.append((at, (Run(max(0, amount - cut), units, used),), units))
                continue
            after, units = each_lowered(runs, off, units_left)
            if units:
                changes.append((at, after, units))
            if units_left is not None:
                units_left -= units
        return changes

    def _exceeds_cap(self, candidate: Candidate) -> bool:
        """Whether units are capped and fewer are left than it would touch, where it cannot touch some only."""
        units_left = candidate.offered.units_left
        return units_left is not None and units_left < sum(
            [self.situation.items[at].quantity for at in candidate.touched]
        )

    def _given(self, candidate: Candidate, action: BuyGet) -> list[Cut]:
        rewards = None
        if action.reward is not None:
            vendor_id = candidate.promotion.vendor_id
            rewards = self._unused(
                [
                    at
                    for at in self.situation.touchable
                    if self._holds(action.reward, at)
                    and (vendor_id is None or self.situation.items[at].goods.vendor_id == vendor_id)
                ]
            )
        off = percentage(action.percent, self.situation.rounding)
        return bought_and_given(action, self._unused(candidate.touched), rewards, off)

    def _unused(self, lines: Sequence[int]) -> list[Place]:
        return [Place(line, run) for line in lines for run in self.runs(line) if not run.used]

    def _holds(self, selection: Selection, line: int) -> bool:
        return selection.holds(self.situation.items[line].goods)

    def _after(self, cuts: Sequence[Cut]) -> Sequence[Change]:
        """The lines once these units are reduced and used."""
        changed: dict[int, list[Run]] = {}
        units: dict[int, int] = {}
        for (line, run), amount in cuts:
            used = Run(run.amount, run.units, used=True)
            after = lowered([used], amount)
            changed[line] = with_part(changed[line] if line in changed else self.runs(line), run, after)
            units[line] = units.get(line, 0) + (run.units if amount else 0)
        return [(line, runs, units[line]) for line, runs in changed.items()]

    def _given_for_nothing(self, candidate: Candidate, action: FreeGift) -> Sequence[Change]:
        vendor_id = candidate.promotion.vendor_id
        there = [
            at
            for at in self.situation.touchable
            if self.situation.items[at].goods.offer_id in action.offers
            and vendor_id in (None, self.situation.items[at].goods.vendor_id)
        ]
        chosen = taken(dearest_first(self._unused(there)), action.quantity)
        missing = action.quantity - sum([self.situation.items[at].quantity for at in there])
        added = self._added(candidate, missing)
        missing -= count_of(added)
        if missing > 0:
            self.gifts.append((candidate, missing))
        return self._after([(place, place.run.amount * place.run.units) for place in (*chosen, *added)])

    def _added(self, candidate: Candidate, wanted: int) -> Sequence[Place]:
        """So many of the units that lie ready as gifts of the promotion; none if its budget is too small for them."""
        own = [at for at in self.situation.gifts if candidate.promotion.id in self.situation.items[at].gift_of]
        added = taken(self._unused(own), wanted)
        budget = candidate.offered.budget_left
        return () if budget is not None and amount_of([run for _, run in added]) > budget else added

    def _reduce_deliveries(self, candidate: Candidate) -> None:
        """Take it off the part of each delivery that the touched goods have, in proportion to their value."""
        bases = [self._part_of_delivery(at, candidate) for at in range(len(self.charges))]
        amounts = self._off_deliveries(candidate, bases)
        budget = candidate.offered.budget_left
        if budget is not None and sum(amounts) > budget:
            amounts = allocate(budget, amounts)
        for at, (base, amount) in enumerate(zip(bases, amounts, strict=True)):
            if amount:
                self.charges[at] -= amount
                self.steps.append(Step(candidate, at, base, amount, 0, is_delivery=True))

    def _off_deliveries(self, candidate: Candidate, bases: Sequence[int]) -> Sequence[int]:
        currency = self.situation.currency
        match candidate.promotion.action:
            case ShippingPercentageOff(percent, limits):
                off = percentage(percent, self.situation.rounding)
                amounts = [off(base) for base in bases]
                limit = sum(amounts) if limits is None else limits[currency]
                return allocate(min(limit, sum(amounts)), amounts)
            case ShippingAmountOff(by_currency):
                return allocate(min(by_currency[currency], sum(bases)), bases)
        raise AssertionError("goods are reduced elsewhere")

    def _part_of_delivery(self, at: int, candidate: Candidate) -> int:
        carried = self.situation.deliveries[at].items
        touched = frozenset(candidate.touched)
        if touched.issuperset(carried):
            return self.charges[at]
        weights = [self.amounts[item] for item in carried]
        if not any(weights):
            weights = [self.situation.items[item].quantity for item in carried]
        parts = allocate(self.charges[at], weights)
        return sum([part for item, part in zip(carried, parts, strict=True) if item in touched])


def percentage(percent: Decimal, rounding: Rounding) -> Callable[[int], int]:
    """How much so many percent are of a base from zero on, rounded once."""
    numerator, hundredth = percent.as_integer_ratio()
    denominator = hundredth * 100
    if rounding is Rounding.HALF_UP:
        return lambda base: (2 * base * numerator + denominator) // (2 * denominator)
    return lambda base: round_ratio(base * numerator, denominator, rounding)


def outcome(situation: Situation, chosen: Iterable[Candidate]) -> Running:
    """What is left of a purchase's prices when these promotions have taken their turns, in this order."""
    running = Running(situation)
    for candidate in chosen:
        running.apply(candidate)
    return running
