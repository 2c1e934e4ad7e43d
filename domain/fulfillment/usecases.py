"""What a vendor, or staff on its behalf, does to send what was bought."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from domain.fulfillment.model import (
    Fulfillment,
    FulfillmentLine,
    FulfillmentState,
    Parcel,
    check_owed,
    check_sendable,
    check_shape,
)
from domain.fulfillment.ports import UnitOfWork
from domain.inventory.sourcing import Pick
from domain.orders.invoicing.usecases import SUPPLIED
from domain.orders.model import OrderLine, VendorOrder, VendorOrderStatus
from domain.orders.parts import status_by_units
from domain.orders.usecases import locked_part, part_for
from domain.shared.actor import Actor
from domain.shared.events import Event, EventType
from domain.shared.idempotency import once
from domain.shared.ids import FulfillmentId, VendorOrderId, WarehouseId
from domain.shared.jobs import Job, JobKind
from domain.shared.making import dataclass

ORDERS_WRITE = "orders:write"


@dataclass(frozen=True, slots=True)
class CreateFulfillment:
    """Send `lines` of a vendor's part of an order from one warehouse, in `parcels`."""

    vendor_order_id: VendorOrderId
    warehouse_id: WarehouseId
    lines: tuple[FulfillmentLine, ...]
    parcels: tuple[Parcel, ...]
    idempotency_key: str


async def create_fulfillment(uow: UnitOfWork, command: CreateFulfillment, *, now: datetime) -> Fulfillment:
    """The units leave the warehouse's stock and count as fulfilled; what is asked twice by one key is sent once.

    For the vendor's members and staff with `orders:write`. Never sends more than the warehouse owes: rivals for the
    same units wait for each other, and the later one is refused.
    """
    check_shape(command.lines, command.parcels)
    act = once(command, scope=uow.actor.id or "", key=command.idempotency_key)
    async with uow:
        part = await part_for(uow.orders, command.vendor_order_id, may_send, uow.actor, "vendor_order_id")
        done = await uow.idempotency.begin(act)
        if done is not None:
            return await known_fulfillment(uow, FulfillmentId(done["fulfillment_id"]))
        lines = await _lock_stock(uow, command, part)
        standing, part = await locked_part(uow.orders, part)
        check_sendable(standing, part)
        fulfillment = await _send(uow, command, part, lines, now=now)
        status = await move_by_units(uow, part)
        uow.record(_sent(part, status, fulfillment))
        await uow.idempotency.finish(act, {"fulfillment_id": fulfillment.id})
        await uow.commit()
    return fulfillment


def may_send(actor: Actor, part: VendorOrder) -> bool:
    return actor.acts_for(part.vendor_id) or (actor.is_staff and ORDERS_WRITE in actor.scopes)


async def known_fulfillment(uow: UnitOfWork, fulfillment_id: FulfillmentId) -> Fulfillment:
    """A fulfillment that there is, as it is now."""
    fulfillment = await uow.fulfillments.get(fulfillment_id)
    assert fulfillment is not None, "fulfillments are never deleted"
    return fulfillment


async def _lock_stock(uow: UnitOfWork, command: CreateFulfillment, part: VendorOrder) -> Sequence[OrderLine]:
    """The part's lines, as they never change; the stock rows of those asked for are locked."""
    lines = await uow.orders.lines_of_part(part.id)
    asked = {line.order_line_id for line in command.lines}
    await uow.stock.lock(sorted({line.offer_id for line in lines if line.id in asked}), command.warehouse_id)
    return lines


async def _send(
    uow: UnitOfWork, command: CreateFulfillment, part: VendorOrder, lines: Sequence[OrderLine], *, now: datetime
) -> Fulfillment:
    by_id = {line.id: line for line in lines}
    allocations = await uow.orders.allocations_of_part(part.id)
    check_owed(command.lines, by_id, allocations, command.warehouse_id)
    fulfillment = Fulfillment(
        id=FulfillmentId(uow.new_id("fulfillment")),
        order_id=part.order_id,
        vendor_order_id=part.id,
        vendor_id=part.vendor_id,
        warehouse_id=command.warehouse_id,
        state=FulfillmentState.SHIPPED,
        lines=command.lines,
        parcels=command.parcels,
        created_at=now,
        shipped_at=now,
    )
    await uow.fulfillments.add(fulfillment)
    picks = [Pick(by_id[line.order_line_id].offer_id, command.warehouse_id, line.quantity) for line in command.lines]
    await uow.stock.send(picks, reference=fulfillment.id, actor=uow.actor.id)
    return fulfillment


async def move_by_units(uow: UnitOfWork, part: VendorOrder) -> VendorOrderStatus:
    """The locked part where its units say that it stands now (rule O2), for all who watch it or its order.

    A job takes what the order owes by now, and closes it once all is done.
    """
    status = status_by_units(await uow.orders.lines_of_part(part.id))
    await uow.orders.set_part_status(part.id, status)
    await uow.orders.touch(part.order_id)
    uow.enqueue(Job(JobKind.SETTLE_ORDER, part.order_id))
    if status in SUPPLIED:
        uow.enqueue(Job(JobKind.ISSUE_INVOICE, part.id))
    uow.tell(part.order_id, part.id)
    return status


def _sent(part: VendorOrder, status: VendorOrderStatus, fulfillment: Fulfillment) -> Event:
    changes = {"lines": [{"orderLineId": line.order_line_id, "quantity": line.quantity} for line in fulfillment.lines]}
    return fulfillment_event(EventType.FULFILLMENT_CREATED, part, status, fulfillment, changes)


def fulfillment_event(
    kind: EventType,
    part: VendorOrder,
    status: VendorOrderStatus,
    fulfillment: Fulfillment,
    changes: Mapping[str, Any],
) -> Event:
    """A fact about a fulfillment, with what it made of the vendor's part."""
    return Event(
        kind,
        fulfillment.id,
        order_id=part.order_id,
        vendor_order_id=part.id,
        vendor_id=part.vendor_id,
        changes={"vendorOrderStatus": {"old": part.status.value, "new": status.value}, **changes},
    )
