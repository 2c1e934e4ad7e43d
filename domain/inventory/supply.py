"""Selling what is not there yet: how much of a demand stock meets, what waits, and who is served first (rule S7).

What orders wait for is theirs: stock that arrives is not sold to others before it is given to them, whether or not
anybody has come to give it yet.
"""

from collections.abc import Iterable, Mapping, Sequence

from domain.inventory.sourcing import NO_WAREHOUSE, Destination, Level, Pick, source, summed
from domain.shared.ids import OfferId, OrderLineId, WarehouseId
from domain.shared.making import dataclass, replace


@dataclass(frozen=True, slots=True)
class Supply:
    """An offer that is sold beyond its stock: `left` more units, after those that orders are `waiting` for.

    One that is not released yet has nothing that could be sent, whatever lies in its warehouses.
    """

    offer_id: OfferId
    left: int
    waiting: int = 0
    is_unreleased: bool = False

    def free(self, in_stock: int) -> int:
        """What can be sold out of so many units."""
        return 0 if self.is_unreleased else max(0, in_stock - self.waiting)


@dataclass(frozen=True, slots=True)
class Sourced:
    """Where a demand is met: out of warehouses, or ahead of its supply; nothing if any offer falls `short`."""

    picks: tuple[Pick, ...] = ()
    short: Mapping[OfferId, int] | None = None


def sourced(
    demand: Mapping[OfferId, int],
    levels: Sequence[Level],
    supplies: Iterable[Supply],
    fetched_at: Mapping[OfferId, WarehouseId],
) -> Sourced:
    """Stock first, as rule S9 says, then what may be sold ahead; goods that are fetched come from their store alone.

    The same whatever order the levels come in. `short` tells what could be had of each offer that falls short.
    """
    usable = [level for level in levels if fetched_at.get(level.offer_id) in (None, level.warehouse_id)]
    everywhere = summed([(level.offer_id, level.available) for level in levels])
    free = summed([(level.offer_id, level.available) for level in usable])
    ahead: dict[OfferId, int] = {}
    for supply in supplies:
        at_most = supply.free(everywhere.get(supply.offer_id, 0))
        free[supply.offer_id] = min(free.get(supply.offer_id, 0), at_most)
        ahead[supply.offer_id] = 0 if supply.offer_id in fetched_at else supply.left
    have = {offer: free.get(offer, 0) + ahead.get(offer, 0) for offer in demand}
    short = {offer: have[offer] for offer, asked in demand.items() if have[offer] < asked}
    if short:
        return Sourced(short=short)
    present = {offer: min(asked, free.get(offer, 0)) for offer, asked in demand.items()}
    later = [Pick(offer, NO_WAREHOUSE, asked - present[offer]) for offer, asked in demand.items()]
    picks = source({offer: units for offer, units in present.items() if units}, usable)
    return Sourced((*picks, *[pick for pick in later if pick.quantity]))


@dataclass(frozen=True, slots=True)
class Waiting:
    """Units that a line of an order waits for, and where they go: to a country, or to the store they are fetched at."""

    order_line_id: OrderLineId
    quantity: int
    country: str
    store_id: WarehouseId | None = None


@dataclass(frozen=True, slots=True)
class Shelf:
    """What a warehouse in a country can give of an offer."""

    level: Level
    country: str


@dataclass(frozen=True, slots=True)
class Served:
    """Units that a warehouse owes to a line from now on."""

    order_line_id: OrderLineId
    warehouse_id: WarehouseId
    quantity: int


def serve(waiting: Sequence[Waiting], shelves: Sequence[Shelf]) -> list[Served]:
    """Give what the warehouses have of one offer to those who wait, the first first, as far as it goes.

    A line may get a part of what it waits for. Its units come from as few warehouses as possible, near ones first.
    """
    left = {shelf.level.warehouse_id: shelf.level.available for shelf in shelves}
    served = []
    for line in waiting:
        levels = [_level(shelf, line, left[shelf.level.warehouse_id]) for shelf in shelves]
        units = min(line.quantity, sum([level.available for level in levels]))
        picks = source({levels[0].offer_id: units}, levels) if units else []
        for pick in picks:
            left[pick.warehouse_id] -= pick.quantity
            served.append(Served(line.order_line_id, pick.warehouse_id, pick.quantity))
    return served


def _level(shelf: Shelf, line: Waiting, left: int) -> Level:
    is_open = line.store_id in (None, shelf.level.warehouse_id)
    distance = Destination(line.country).distance_km(shelf.country, None)
    return replace(shelf.level, available=left if is_open else 0, distance_km=distance)
