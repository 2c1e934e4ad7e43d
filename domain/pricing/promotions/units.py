"""The units of a line and what each of them costs, kept as runs of units alike.

Reductions of single units (buy two, get one) and of whole lines meet here: a unit never costs less than nothing, and
the units of a line always sum to the line.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from domain.shared.money import allocate


class Run(NamedTuple):
    """So many `units` at `amount` minor units each. A unit that is `used` is part of a set that was reduced already."""

    amount: int
    units: int
    used: bool = False


type Runs = Sequence[Run]


class Place(NamedTuple):
    """A run of units on a line of the cart."""

    line: int
    run: Run


def amount_of(runs: Iterable[Run]) -> int:
    return sum([run.amount * run.units for run in runs])


def lowered(runs: Runs, amount: int) -> list[Run]:
    """The units with `amount` off all of them together, in proportion to what each costs."""
    if len(runs) == 1:
        return _lowered(runs[0], amount)
    parts = allocate(amount, [run.amount * run.units for run in runs])
    return _joined([each for run, part in zip(runs, parts, strict=True) for each in _lowered(run, part)])


def _lowered(run: Run, amount: int) -> list[Run]:
    each, over = divmod(run.amount * run.units - amount, run.units)
    if not over:
        return [Run(each, run.units, run.used)]
    return [Run(each + 1, over, run.used), Run(each, run.units - over, run.used)]


def each_lowered(runs: Runs, off: Callable[[int], int], at_most: int | None = None) -> tuple[list[Run], int]:
    """The units with `off` of what each costs taken from it, and of how many; `at_most` so many of them."""
    changed: list[Run] = []
    lowered_units = 0
    for run in runs:
        cut = min(off(run.amount), run.amount)
        count = run.units if at_most is None else min(run.units, at_most - lowered_units)
        if cut <= 0 or count == 0:
            changed.append(run)
            continue
        lowered_units += count
        changed.append(Run(run.amount - cut, count, run.used))
        if count < run.units:
            changed.append(Run(run.amount, run.units - count, run.used))
    return changed, lowered_units


def dearest_first(places: Iterable[Place]) -> list[Place]:
    """Lines alike in price go in their order."""
    return sorted(places, key=lambda place: (-place.run.amount, place.line))


def taken(places: Iterable[Place], count: int) -> list[Place]:
    """The first `count` units of these, cutting a run where it has to."""
    found: list[Place] = []
    for line, run in places:
        if count <= 0:
            break
        part = min(run.units, count)
        found.append(Place(line, Run(run.amount, part, run.used)))
        count -= part
    return found


def left(places: Sequence[Place], gone: Iterable[Place]) -> list[Place]:
    """The units that remain of these, once some of them are gone."""
    missing: dict[tuple[int, int], int] = {}
    for line, run in gone:
        missing[line, run.amount] = missing.get((line, run.amount), 0) + run.units
    remaining: list[Place] = []
    for line, run in places:
        part = min(run.units, missing.get((line, run.amount), 0))
        if part:
            missing[line, run.amount] -= part
        if run.units > part:
            remaining.append(Place(line, Run(run.amount, run.units - part, run.used)))
    return remaining


def count_of(places: Iterable[Place]) -> int:
    return sum([place.run.units for place in places])


def _joined(runs: Iterable[Run]) -> list[Run]:
    """Units alike in one run, so that runs stay few."""
    counts: dict[tuple[int, bool], int] = {}
    for amount, units, used in runs:
        counts[amount, used] = counts.get((amount, used), 0) + units
    return [Run(amount, units, used) for (amount, used), units in counts.items()]


def with_part(runs: Runs, before: Run, after: Sequence[Run]) -> list[Run]:
    """The units of a line with those of `before`, which are unused, in the state of `after`."""
    remaining = before.units
    changed: list[Run] = list(after)
    for run in runs:
        part = min(run.units, remaining) if run.amount == before.amount and not run.used else 0
        remaining -= part
        if run.units > part:
            changed.append(Run(run.amount, run.units - part, run.used))
    assert remaining == 0, "a line has the units that are taken from it"
    return _joined(changed)
