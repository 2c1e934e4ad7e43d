"""What vendors, and staff on their behalf, do with stock."""

from domain.inventory.adjustment import Change, check_shape, delta_on
from domain.inventory.ports import Shelf, UnitOfWork
from domain.shared.actor import Actor
from domain.shared.errors import ErrorCode, refuse
from domain.shared.events import Event, EventType
from domain.shared.idempotency import once
from domain.shared.ids import OfferId, VendorId, WarehouseId
from domain.shared.jobs import Job, JobKind
from domain.shared.making import dataclass

INVENTORY_WRITE = "inventory:write"


@dataclass(frozen=True, slots=True)
class AdjustStock:
    """Correct what a warehouse has of an offer, and say why."""

    offer_id: OfferId
    warehouse_id: WarehouseId
    change: Change
    reason: str
    idempotency_key: str


async def adjust_stock(uow: UnitOfWork, command: AdjustStock) -> OfferId:
    """For the offer's vendor and staff with `inventory:write`; in a warehouse of that vendor (rule S8).

    Setting the count that is there already changes nothing and is no event.
    """
    check_shape(command.change, command.reason)
    act = once(command, scope=uow.actor.id or "", key=command.idempotency_key)
    async with uow:
        vendor_id = await _vendor(uow, command)
        if await uow.idempotency.begin(act) is not None:
            return command.offer_id
        shelf = await uow.stock.open_shelf(command.offer_id, command.warehouse_id)
        delta = delta_on(shelf, command.change, command.offer_id)
        if delta:
            await _move(uow, command, vendor_id, shelf, delta=delta)
        await uow.idempotency.finish(act, {"offer_id": command.offer_id})
        await uow.commit()
    return command.offer_id


def _may_adjust(actor: Actor, vendor_id: VendorId) -> bool:
    return actor.acts_for(vendor_id) or (actor.is_staff and INVENTORY_WRITE in actor.scopes)


async def _vendor(uow: UnitOfWork, command: AdjustStock) -> VendorId:
    vendor_id = await uow.stock.vendor_of(command.offer_id)
    if vendor_id is None or not _may_adjust(uow.actor, vendor_id):
        raise refuse(ErrorCode.NOT_FOUND, "No such offer.", "offer_id")
    if not await uow.stock.is_warehouse_of(command.warehouse_id, vendor_id):
        raise refuse(ErrorCode.NOT_FOUND, "The offer's vendor has no such warehouse.", "warehouse_id")
    return vendor_id


async def _move(uow: UnitOfWork, command: AdjustStock, vendor_id: VendorId, shelf: Shelf, *, delta: int) -> None:
    await uow.stock.move(command.offer_id, command.warehouse_id, delta, reason=command.reason, actor=uow.actor.id)
    uow.record(
        Event(
            EventType.STOCK_CHANGED,
            command.offer_id,
            vendor_id=vendor_id,
            offer_id=command.offer_id,
            changes={
                "warehouseId": command.warehouse_id,
                "onHand": {"old": shelf.on_hand, "new": shelf.on_hand + delta},
                "reason": command.reason,
            },
        )
    )
    if delta > 0:
        uow.enqueue(Job(JobKind.ALLOCATE_STOCK, command.offer_id))
    uow.tell(command.offer_id)
