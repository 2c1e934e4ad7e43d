"""Which warehouse gives which units (rule S9), and what can be promised at all (rule S1)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from math import asin, cos, radians, sin, sqrt

from domain.shared.ids import OfferId, WarehouseId
from domain.shared.making import dataclass

EXACT_UP_TO = 8
"""Of how many warehouses every choice is compared: 255 of them."""
EARTH_RADIUS_KM = 6371.0
NO_WAREHOUSE = WarehouseId("")
"""Where units lie that were sold before they are there (rule S7)."""
FAR_AWAY_KM = 20_015
"""Half the earth's circumference: how far a warehouse abroad is taken to be where no position is known."""


@dataclass(frozen=True, slots=True)
class Level:
    """What a warehouse can still give of an offer; the nearer goes first, then the one with the lower `priority`."""

    offer_id: OfferId
    warehouse_id: WarehouseId
    available: int
    priority: int = 0
    distance_km: int = 0


@dataclass(frozen=True, slots=True)
class Pick:
    """Units of an offer taken from one warehouse, or of `NO_WAREHOUSE` if they are waited for."""

    offer_id: OfferId
    warehouse_id: WarehouseId
    quantity: int

    @property
    def is_waiting(self) -> bool:
        return self.warehouse_id == NO_WAREHOUSE


@dataclass(frozen=True, slots=True)
class Destination:
    """Where goods go: a country, and the position of the delivery zone it lies in, where the merchant gave one.

    Buyers' addresses are not located: distances are those of the zone, the same for all addresses in it.
    """

    country: str
    position: tuple[float, float] | None = None

    def distance_km(self, country: str, position: tuple[float, float] | None) -> int:
        """From a warehouse: over the ground where both positions are known, else 0 in its country and far abroad."""
        if self.position is not None and position is not None:
            return round(haversine_km(self.position, position))
        return 0 if country == self.country else FAR_AWAY_KM


def haversine_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The great-circle distance of two positions in degrees of latitude and longitude."""
    (latitude, longitude), (there, across) = [tuple(map(radians, point)) for point in (one, other)]
    half_chord = sin((there - latitude) / 2) ** 2 + cos(latitude) * cos(there) * sin((across - longitude) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(half_chord)))


def available(on_hand: int, reserved: int, allocated: int, safety: int) -> int:
    """What can be promised (rule S1); never below zero, even where the safety stock is eaten into."""
    return max(0, on_hand - reserved - allocated - safety)


def summed(demand: Sequence[tuple[OfferId, int]]) -> dict[OfferId, int]:
    """Units asked per offer: two lines of one offer ask for the sum (rule S2)."""
    total: dict[OfferId, int] = defaultdict(int)
    for offer_id, quantity in demand:
        total[offer_id] += quantity
    return dict(total)


def shortages(demand: Mapping[OfferId, int], levels: Sequence[Level]) -> dict[OfferId, int]:
    """What could be had of each offer that falls short; empty when all of the demand can be met."""
    stock = summed([(level.offer_id, level.available) for level in levels])
    return {offer: stock.get(offer, 0) for offer, asked in demand.items() if stock.get(offer, 0) < asked}


def source(demand: Mapping[OfferId, int], levels: Sequence[Level]) -> list[Pick]:
    """Picks that meet the demand, the same whatever order the levels come in (rule S9).

    From as few warehouses as possible, then from those with the least distance in all, then by their priorities, then
    by their ids. Goods that have no warehouse in common are sourced apart. Where more than `EXACT_UP_TO` warehouses
    have some of the goods, a greedy choice stands in for the search: whoever gives most lines whole goes first, which
    may take more shipments than needed.

    The demand must be coverable: see `shortages`.
    """
    useful = [level for level in levels if level.available and level.offer_id in demand]
    return [pick for offers in _apart(demand, useful) for pick in _Choice(offers, useful).picks()]


def _apart(demand: Mapping[OfferId, int], levels: Sequence[Level]) -> list[dict[OfferId, int]]:
    """The demand in parts that no warehouse has goods of two of."""
    shelves: dict[WarehouseId, set[OfferId]] = defaultdict(set)
    for level in levels:
        shelves[level.warehouse_id].add(level.offer_id)
    parts: list[set[OfferId]] = []
    for offers in [{offer} for offer in demand] + list(shelves.values()):
        touching = [part for part in parts if part & offers]
        parts = [part for part in parts if not part & offers] + [offers.union(*touching)]
    asked = list(demand)
    parts.sort(key=lambda part: min(map(asked.index, part)))
    return [{offer: demand[offer] for offer in asked if offer in part} for part in parts]


class _Choice:
    """The warehouses that some goods can come from, the nearest first, and which of them are taken."""

    def __init__(self, demand: Mapping[OfferId, int], levels: Iterable[Level]) -> None:
        self._demand = demand
        own = [level for level in levels if level.offer_id in demand]
        self._stock = {(level.offer_id, level.warehouse_id): level.available for level in own}
        ranks = {level.warehouse_id: (level.distance_km, level.priority, level.warehouse_id) for level in own}
        self._ranks = ranks
        self._warehouses = sorted(ranks, key=ranks.__getitem__)

    def picks(self) -> list[Pick]:
        exact = len(self._warehouses) <= EXACT_UP_TO
        return self._taken(self._fewest() if exact else self._greedy())

    def _fewest(self) -> Sequence[WarehouseId]:
        """The best of the smallest sets that have everything."""
        for size in range(1, len(self._warehouses) + 1):
            covering = [chosen for chosen in combinations(self._warehouses, size) if self._covers(chosen)]
            if covering:
                return min(covering, key=self._rank)
        raise AssertionError("the demand can be covered")

    def _rank(self, chosen: Sequence[WarehouseId]) -> tuple[int, list[int], list[WarehouseId]]:
        distances, priorities, ids = zip(*[self._ranks[warehouse] for warehouse in chosen], strict=True)
        return sum(distances), sorted(priorities), sorted(ids)

    def _covers(self, chosen: Sequence[WarehouseId]) -> bool:
        return all(
            sum([self._stock.get((offer, warehouse), 0) for warehouse in chosen]) >= asked
            for offer, asked in self._demand.items()
        )

    def _greedy(self) -> Sequence[WarehouseId]:
        """Whoever gives most of what is still open goes next: most lines whole, then most units."""
        left, chosen = dict(self._demand), list[WarehouseId]()
        while any(left.values()):
            rest = [warehouse for warehouse in self._warehouses if warehouse not in chosen]
            best = min(rest, key=lambda warehouse: (*self._given(left, warehouse), self._ranks[warehouse]))
            chosen.append(best)
            left = {offer: max(0, asked - self._stock.get((offer, best), 0)) for offer, asked in left.items()}
        return chosen

    def _given(self, left: Mapping[OfferId, int], warehouse: WarehouseId) -> tuple[int, int]:
        open_lines = [(asked, self._stock.get((offer, warehouse), 0)) for offer, asked in left.items() if asked]
        whole = sum([stock >= asked for asked, stock in open_lines])
        return -whole, -sum([min(asked, stock) for asked, stock in open_lines])

    def _taken(self, chosen: Sequence[WarehouseId]) -> list[Pick]:
        """The units of each offer from the chosen warehouses, in their order."""
        picks: list[Pick] = []
        for offer, asked in self._demand.items():
            left = asked
            for warehouse in chosen:
                taken = min(left, self._stock.get((offer, warehouse), 0))
                if taken:
                    picks.append(Pick(offer, warehouse, taken))
                    left -= taken
        return picks
