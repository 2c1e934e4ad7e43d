"""What becomes of what was sent: it arrives, comes back, or never left after all."""

from collections.abc import Sequence
from datetime import datetime

from domain.fulfillment.model import (
    COME_TO_NOTHING,
    Fulfillment,
    FulfillmentState,
    Parcel,
    check_change,
    moved,
)
from domain.fulfillment.ports import UnitOfWork
from domain.fulfillment.usecases import fulfillment_event, known_fulfillment, may_send, move_by_units
from domain.inventory.sourcing import Pick
from domain.orders.model import OrderStatus, VendorOrder
from domain.orders.usecases import locked_part
from domain.shared.errors import ErrorCode, refuse
from domain.shared.events import EventType
from domain.shared.idempotency import once
from domain.shared.ids import FulfillmentId
from domain.shared.making import dataclass, replace

_EVENTS = {
    FulfillmentState.DELIVERED: EventType.FULFILLMENT_DELIVERED,
    FulfillmentState.FAILED: EventType.FULFILLMENT_FAILED,
    FulfillmentState.CANCELED: EventType.FULFILLMENT_CANCELED,
}


@dataclass(frozen=True, slots=True)
class UpdateFulfillment:
    """A fulfillment's new `state`, or its `parcels` as they are by now; None leaves either as it is."""

    fulfillment_id: FulfillmentId
    state: FulfillmentState | None
    parcels: tuple[Parcel, ...] | None
    reason: str | None
    idempotency_key: str


async def update_fulfillment(uow: UnitOfWork, command: UpdateFulfillment, *, now: datetime) -> Fulfillment:
    """For the vendor's members and staff with `orders:write`.

    Units of one that FAILED or is CANCELED are back in the warehouse and owed again; the vendor's part stands where its
    units say (rules O2 and O3). INVALID_TRANSITION for a state that may not follow, and while the order is held.
    """
    check_change(command.state, command.parcels, command.reason)
    act = once(command, scope=uow.actor.id or "", key=command.idempotency_key)
    async with uow:
        sent, part = await _found(uow, command.fulfillment_id)
        if await uow.idempotency.begin(act) is not None:
            return await known_fulfillment(uow, sent.id)
        picks = await _lock_stock(uow, sent) if command.state in COME_TO_NOTHING else ()
        standing, part = await locked_part(uow.orders, part)
        if standing is not OrderStatus.CONFIRMED:
            raise refuse(ErrorCode.INVALID_TRANSITION, f"The order is {standing.value}.", "id")
        updated = await _update(uow, command, part, picks, now=now)
        await uow.idempotency.finish(act, {"fulfillment_id": updated.id})
        await uow.commit()
    return updated


async def _found(uow: UnitOfWork, fulfillment_id: FulfillmentId) -> tuple[Fulfillment, VendorOrder]:
    sent = await uow.fulfillments.get(fulfillment_id)
    part = await uow.orders.part(sent.vendor_order_id) if sent else None
    if sent is None or part is None or not may_send(uow.actor, part):
        raise refuse(ErrorCode.NOT_FOUND, "No such fulfillment.", "id")
    return sent, part


async def _lock_stock(uow: UnitOfWork, sent: Fulfillment) -> Sequence[Pick]:
    """The units in it, as they never change; their stock rows are locked."""
    offers = {line.id: line.offer_id for line in await uow.orders.lines_of_part(sent.vendor_order_id)}
    picks = [Pick(offers[line.order_line_id], sent.warehouse_id, line.quantity) for line in sent.lines]
    await uow.stock.lock(sorted({pick.offer_id for pick in picks}), sent.warehouse_id)
    return picks


async def _update(
    uow: UnitOfWork, command: UpdateFulfillment, part: VendorOrder, picks: Sequence[Pick], *, now: datetime
) -> Fulfillment:
    """The change, on the fulfillment as it is under the lock of its order, and the word of it."""
    after = before = await known_fulfillment(uow, command.fulfillment_id)
    if command.parcels is not None:
        await uow.fulfillments.set_parcels(before.id, command.parcels)
        after = replace(after, parcels=command.parcels)
    if command.state is not None:
        after = moved(after, command.state, now=now)
        await uow.fulfillments.move(after)
        if picks:
            await uow.stock.take_back(picks, reference=after.id, actor=uow.actor.id)
    status = await move_by_units(uow, part)
    kind = _EVENTS.get(after.state, EventType.FULFILLMENT_CHANGED) if command.state else EventType.FULFILLMENT_CHANGED
    changes = {"state": {"old": before.state.value, "new": after.state.value}, "reason": command.reason}
    uow.record(fulfillment_event(kind, part, status, after, changes))
    return after
