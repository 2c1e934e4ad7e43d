"""Parts of orders that their vendors turn down, or leave lying until their time is over (rule O2).

The goods go back to the stock at once; the buyer's money follows by a job, for that part alone. The rest goes on.
"""

from datetime import datetime

from domain.orders.canceling.ports import PartUnitOfWork
from domain.orders.canceling.usecases import withdraw_part
from domain.orders.model import OrderStatus, VendorOrder, VendorOrderStatus
from domain.orders.parts import moved, part_event
from domain.orders.usecases import is_own, known_part, locked_part, part_for
from domain.shared.errors import ErrorCode, refuse
from domain.shared.events import EventType
from domain.shared.idempotency import once
from domain.shared.ids import VendorOrderId
from domain.shared.making import dataclass
from domain.shared.text import is_plain

MAX_REASON_LENGTH = 200
NOT_ACCEPTED_IN_TIME = "NOT_ACCEPTED_IN_TIME"


@dataclass(frozen=True, slots=True)
class RejectVendorOrder:
    """A vendor will not send its part of an order, and says why."""

    vendor_order_id: VendorOrderId
    reason: str
    idempotency_key: str


async def reject_vendor_order(uow: PartUnitOfWork, command: RejectVendorOrder) -> VendorOrder:
    """For the vendor's own members. Only a NEW part can be rejected, be its order held or not (rule O2)."""
    if not 0 < len(command.reason) <= MAX_REASON_LENGTH or not is_plain(command.reason):
        raise refuse(ErrorCode.INVALID, f"Give 1 to {MAX_REASON_LENGTH} characters without controls.", "reason")
    act = once(command, scope=uow.actor.id or "", key=command.idempotency_key)
    async with uow:
        part = await part_for(uow.orders, command.vendor_order_id, is_own, uow.actor, "id")
        if await uow.idempotency.begin(act) is not None:
            return await known_part(uow.orders, part.id)
        _, part = await _locked(uow, part)
        rejected = await _reject(uow, part, command.reason)
        await uow.idempotency.finish(act, {"vendor_order_id": part.id})
        await uow.commit()
    return rejected


async def reject_overdue(uow: PartUnitOfWork, vendor_order_id: VendorOrderId, *, now: datetime) -> bool:
    """Reject a part that its vendor has not accepted by its time, after telling so (rule O2); whether it was.

    Nobody's time runs out while the order is held: it cannot be accepted then.
    """
    async with uow:
        standing, part = await _locked(uow, await known_part(uow.orders, vendor_order_id))
        is_due = part.accept_by is not None and part.accept_by <= now
        if standing is not OrderStatus.CONFIRMED or part.status is not VendorOrderStatus.NEW or not is_due:
            return False
        uow.record(part_event(EventType.VENDOR_ORDER_OVERDUE, part, part))
        await _reject(uow, part, NOT_ACCEPTED_IN_TIME)
        await uow.commit()
    return True


async def _locked(uow: PartUnitOfWork, part: VendorOrder) -> tuple[OrderStatus, VendorOrder]:
    """Where the order stands and the part as it is now; its stock is locked before them (rule I4)."""
    await uow.cancellations.lock_stock([part.id])
    return await locked_part(uow.orders, part)


async def _reject(uow: PartUnitOfWork, part: VendorOrder, reason: str) -> VendorOrder:
    rejected = moved(part, VendorOrderStatus.REJECTED)
    await withdraw_part(uow, part, status=rejected.status, reason=reason)
    await uow.orders.touch(part.order_id)
    uow.record(part_event(EventType.VENDOR_ORDER_REJECTED, part, rejected, reason=reason))
    uow.tell(part.order_id)
    return rejected
