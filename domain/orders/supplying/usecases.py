"""Giving stock that has come to the orders that wait for it, in the order they were placed (rule S7)."""

from collections.abc import Sequence
from datetime import datetime

from domain.inventory.supply import Served, serve
from domain.orders.supplying.ports import UnitOfWork, WaitingLine
from domain.shared.events import Event, EventType
from domain.shared.ids import OfferId

MANY = 100
"""How many lines are looked at in one transaction."""


async def allocate_stock(uow: UnitOfWork, offer_id: OfferId, *, now: datetime) -> bool:
    """Serve who has waited longest, as far as stock goes; whether there may be more to give. Twice is as once.

    Units that wait are nobody else's meanwhile: checkouts leave them alone.
    """
    async with uow:
        shelves = await uow.backlog.open(offer_id, now=now)
        if not any(shelf.level.available for shelf in shelves):
            await uow.commit()
            return False
        lines = await uow.backlog.first_in_line(offer_id, limit=MANY)
        served = serve([line.waiting for line in lines], shelves)
        if served:
            await uow.backlog.give(offer_id, served)
            _tell(uow, offer_id, lines, served)
        await uow.commit()
    return bool(served) and len(lines) == MANY


def _tell(uow: UnitOfWork, offer_id: OfferId, lines: Sequence[WaitingLine], served: Sequence[Served]) -> None:
    for line in lines:
        given = [item for item in served if item.order_line_id == line.id]
        if given:
            uow.record(_allocated(offer_id, line, given))
            uow.tell(line.order_id, line.vendor_order_id)
    uow.tell(offer_id)


def _allocated(offer_id: OfferId, line: WaitingLine, given: Sequence[Served]) -> Event:
    """The fact that units of a line that waited can be sent, for its vendor and its buyer."""
    units = sum([item.quantity for item in given])
    left = line.waiting.quantity - units
    return Event(
        EventType.STOCK_ALLOCATED,
        line.vendor_order_id,
        order_id=line.order_id,
        vendor_order_id=line.vendor_order_id,
        vendor_id=line.vendor_id,
        offer_id=offer_id,
        changes={
            "orderLineId": line.id,
            "backordered": {"old": line.waiting.quantity, "new": left},
            "warehouses": [{"warehouseId": item.warehouse_id, "quantity": item.quantity} for item in given],
        },
    )
