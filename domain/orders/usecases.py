"""What can be done with an order that was placed."""

from collections.abc import Callable

from domain.orders.model import OrderStatus, VendorOrder, VendorOrderStatus
from domain.orders.parts import moved, not_possible, part_event
from domain.orders.ports import OrderRepository, UnitOfWork
from domain.shared.actor import Actor
from domain.shared.errors import ErrorCode, refuse
from domain.shared.events import EventType
from domain.shared.idempotency import once
from domain.shared.ids import VendorOrderId
from domain.shared.making import dataclass


@dataclass(frozen=True, slots=True)
class AcceptVendorOrder:
    """A vendor takes on its part of an order."""

    vendor_order_id: VendorOrderId
    idempotency_key: str


async def accept_vendor_order(uow: UnitOfWork, command: AcceptVendorOrder) -> VendorOrder:
    """For the vendor's own members. Only a NEW part of a confirmed order can be accepted (rules O1 and O2)."""
    act = once(command, scope=uow.actor.id or "", key=command.idempotency_key)
    async with uow:
        part = await part_for(uow.orders, command.vendor_order_id, is_own, uow.actor, "id")
        if await uow.idempotency.begin(act) is not None:
            return await known_part(uow.orders, part.id)
        standing, part = await locked_part(uow.orders, part)
        if standing is not OrderStatus.CONFIRMED:
            raise not_possible(f"The order is {standing.value}.")
        accepted = moved(part, VendorOrderStatus.ACCEPTED)
        await uow.orders.set_part_status(part.id, accepted.status)
        await uow.orders.touch(part.order_id)
        uow.record(part_event(EventType.VENDOR_ORDER_ACCEPTED, part, accepted))
        uow.tell(part.order_id, part.id)
        await uow.idempotency.finish(act, {"vendor_order_id": part.id})
        await uow.commit()
    return accepted


async def part_for(
    orders: OrderRepository,
    vendor_order_id: VendorOrderId,
    may: Callable[[Actor, VendorOrder], bool],
    actor: Actor,
    *path: str,
) -> VendorOrder:
    """A vendor's part of an order; NOT_FOUND at `path` if there is none, or none that the actor `may` touch."""
    part = await orders.part(vendor_order_id)
    if part is None or not may(actor, part):
        raise refuse(ErrorCode.NOT_FOUND, "No such vendor order.", *path)
    return part


async def known_part(orders: OrderRepository, vendor_order_id: VendorOrderId) -> VendorOrder:
    """A vendor's part that there is, as it is now."""
    part = await orders.part(vendor_order_id)
    assert part is not None, "orders are never deleted"
    return part


async def locked_part(orders: OrderRepository, part: VendorOrder) -> tuple[OrderStatus, VendorOrder]:
    """Where the order stands and the part as it is now, locked in that order."""
    standing = await orders.lock_status(part.order_id)
    locked = await orders.lock_part(part.id)
    assert standing is not None, "orders are never deleted"
    assert locked is not None, "orders are never deleted"
    return standing, locked


def is_own(actor: Actor, part: VendorOrder) -> bool:
    return actor.acts_for(part.vendor_id)
