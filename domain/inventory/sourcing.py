"""Which warehouse gives which units."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.shared.ids import OfferId, WarehouseId


@dataclass(frozen=True, slots=True)
class Level:
    """What a warehouse can still give of an offer; lower `priority` goes first."""

    offer_id: OfferId
    warehouse_id: WarehouseId
    available: int
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Pick:
    """Units of an offer taken from one warehouse."""

    offer_id: OfferId
    warehouse_id: WarehouseId
    quantity: int


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
    """Picks that meet the demand, from as few warehouses as a greedy choice finds, in one order for the same input.

    A warehouse that can give more of the lines whole goes first, then the lower priority, then the id (rule S9 without
    distances). The demand must be coverable: see `shortages`.
    """
    open_demand = dict(demand)
    stock = {(level.offer_id, level.warehouse_id): level.available for level in levels}
    warehouses = {level.warehouse_id: level.priority for level in levels}
    picks: list[Pick] = []
    while open_demand:
        best = min(
            warehouses,
            key=lambda warehouse: (-_whole_lines(open_demand, stock, warehouse), warehouses[warehouse], warehouse),
        )
        del warehouses[best]
        for offer, asked in list(open_demand.items()):
            taken = min(asked, stock.get((offer, best), 0))
            if not taken:
                continue
            picks.append(Pick(offer, best, taken))
            open_demand[offer] -= taken
            if not open_demand[offer]:
                del open_demand[offer]
    return picks


def _whole_lines(
    demand: Mapping[OfferId, int], stock: Mapping[tuple[OfferId, WarehouseId], int], warehouse: WarehouseId
) -> int:
    return sum(stock.get((offer, warehouse), 0) >= asked for offer, asked in demand.items())
