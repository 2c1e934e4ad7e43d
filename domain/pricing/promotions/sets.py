"""Reductions of units that are bought together: buy two and get one (rule P7), and bundles at one price."""

from collections.abc import Callable, Sequence

from domain.pricing.promotions.actions import BundlePart, BundlePrice, BuyGet, FreeUnits
from domain.pricing.promotions.selection import Selection
from domain.pricing.promotions.units import Place, Run, count_of, dearest_first, left, taken
from domain.shared.money import allocate

type Off = Callable[[int], int]
"""How much comes off one unit of a price."""
type Cut = tuple[Place, int]
"""Units, and how much comes off all of them together; units without a reduction only count as used."""


def bought_and_given(action: BuyGet, places: Sequence[Place], rewards: Sequence[Place] | None, off: Off) -> list[Cut]:
    """What "buy two, get one" takes off the unused units at `places`, or off those of other goods."""
    if rewards is not None:
        return _rewarded(action, dearest_first(places), rewards, off)
    size = action.buy + action.get
    sets = _limited(count_of(places) // size, action.max_times)
    units = dearest_first(places)
    if action.free_units is FreeUnits.CHEAPEST:
        return _cheapest_given(units, sets * action.get, sets * size, off)
    return _last_of_each_given(taken(units, sets * size), action.buy, size, off)


def _last_of_each_given(units: Sequence[Place], buy: int, size: int, off: Off) -> list[Cut]:
    """The units are cut in sets; what comes after the first `buy` of each is given."""
    cuts: list[Cut] = []
    start = 0
    for line, run in units:
        end = start + run.units
        given = _given_before(end, buy, size) - _given_before(start, buy, size)
        cuts += _split(Place(line, run), given, off)
        start = end
    return cuts


def _given_before(position: int, buy: int, size: int) -> int:
    """How many of the first units are given."""
    whole, rest = divmod(position, size)
    return whole * (size - buy) + max(0, rest - buy)


def _cheapest_given(units: Sequence[Place], given: int, used: int, off: Off) -> list[Cut]:
    """The cheapest units are given; the dearest of the others make up the sets."""
    free = taken(list(reversed(units)), given)
    paid = taken(left(units, free), used - given)
    return [cut for place in free for cut in _split(place, place.run.units, off)] + [(place, 0) for place in paid]


def _rewarded(action: BuyGet, units: Sequence[Place], rewards: Sequence[Place], off: Off) -> list[Cut]:
    """Each `buy` units bought give `get` of the cheapest rewards; no unit is both."""
    cheapest = list(reversed(dearest_first(rewards)))

    def given(times: int) -> list[Place]:
        return taken(left(cheapest, taken(units, times * action.buy)), times * action.get)

    most = _limited(count_of(units) // action.buy, action.max_times)
    times = _largest(most, lambda times: count_of(given(times)) > (times - 1) * action.get)
    cuts: list[Cut] = [(place, 0) for place in taken(units, times * action.buy)]
    return cuts + [cut for place in given(times) for cut in _split(place, place.run.units, off)]


def _split(place: Place, given: int, off: Off) -> list[Cut]:
    """`given` units of a run at their reduction, the others as they are."""
    line, (amount, units, used) = place
    parts: list[Cut] = []
    if given:
        parts.append((Place(line, Run(amount, given, used)), off(amount) * given))
    if given < units:
        parts.append((Place(line, Run(amount, units - given, used)), 0))
    return parts


def bundled(
    action: BundlePrice, price: int, places: Sequence[Place], holds: Callable[[Selection, int], bool]
) -> list[Cut]:
    """What a bundle's price takes off the dearest sets of unused units that cost more than it.

    `holds` tells whether a selection has the goods of a line. A unit is part of one set; parts that few goods fit
    choose first.
    """
    units = dearest_first(places)
    fitting = [[place for place in units if holds(part.selection, place.line)] for part in action.parts]
    order = sorted(range(len(fitting)), key=lambda at: (count_of(fitting[at]), at))

    def of(sets: int) -> list[Place] | None:
        return _parts_of(sets, [(action.parts[at], fitting[at]) for at in order])

    def saving(sets: int) -> int:
        found = of(sets)
        return -1 if found is None else max(0, _amount(found) - sets * price)

    most = _limited(
        min(count_of(fits) // part.quantity for part, fits in zip(action.parts, fitting, strict=True)), action.max_times
    )
    sets = _largest(most, lambda sets: saving(sets) > saving(sets - 1))
    found = of(sets) or []
    parts = allocate(saving(sets), [place.run.amount * place.run.units for place in found]) if found else ()
    return list(zip(found, parts, strict=True))


def _parts_of(sets: int, parts: Sequence[tuple[BundlePart, Sequence[Place]]]) -> list[Place] | None:
    """The dearest units of that many sets; None if there are not so many."""
    found: list[Place] = []
    for part, fitting in parts:
        chosen = taken(left(fitting, found), sets * part.quantity)
        if count_of(chosen) < sets * part.quantity:
            return None
        found += chosen
    return found


def _amount(places: Sequence[Place]) -> int:
    return sum([place.run.amount * place.run.units for place in places])


def _limited(count: int, at_most: int | None) -> int:
    return count if at_most is None else min(count, at_most)


def _largest(most: int, is_worth_it: Callable[[int], bool]) -> int:
    """The largest number up to `most` for which it holds, given that it holds for all below; 0 if for none."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if is_worth_it(middle) else (low, middle - 1)
    return low
