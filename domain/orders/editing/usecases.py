"""Editing an order before it is sent: a new priced revision, all of it or nothing (rule O6)."""

from collections.abc import Sequence

from domain.orders.adding.model import Added, Standing
from domain.orders.adding.ports import NewNumber, UnitOfWork
from domain.orders.adding.usecases import add_goods
from domain.orders.canceling.model import cancel_units, together
from domain.orders.canceling.usecases import CANCELABLE, take_off, withdraw
from domain.orders.covering.usecases import cover
from domain.orders.editing.model import Changes, changes_of
from domain.orders.giftcards.usecases import give_back_gift_cards
from domain.orders.model import Order, OrderLine, VendorOrder
from domain.orders.refunding.model import RefundPlan, Units
from domain.orders.refunding.usecases import check_reason
from domain.orders.settling.ports import Surroundings
from domain.orders.settling.usecases import carry_out_all
from domain.shared.errors import ErrorCode, refuse
from domain.shared.events import Event, EventType
from domain.shared.idempotency import once
from domain.shared.ids import OrderId
from domain.shared.making import dataclass


@dataclass(frozen=True, slots=True)
class EditOrder:
    """Bring lines to the quantities of `set`, 0 to remove one, and `add` units of other offers."""

    order_id: OrderId
    set: tuple[Units, ...]
    add: tuple[Added, ...]
    reason: str | None
    expected_version: int | None
    idempotency_key: str


async def edit_order(uow: UnitOfWork, command: EditOrder, around: Surroundings, *, new_number: NewNumber) -> OrderId:
    """The order in its next revision. What it costs more is held on the buyer's stored method, or else due; what it
    costs less is refunded, or never taken.

    INVALID_TRANSITION for parts of which something was sent, INSUFFICIENT_STOCK with everything that falls short,
    NOT_PURCHASABLE for offers that cannot join the order, VERSION_CONFLICT if somebody changed it since it was read.
    For staff with `orders:write`.
    """
    check_reason(command.reason)
    act = once(command, scope=uow.actor.id or "", key=command.idempotency_key)
    now = around.now()
    async with uow:
        if await uow.idempotency.begin(act) is not None:
            return command.order_id
        order, parts, lines = await _locked(uow, command)
        changes = changes_of(lines, command.set, command.add)
        standing = Standing(order, parts, lines, changes.kept(lines))
        coming = await add_goods(uow, standing, changes.coming, command.add, now=now, new_number=new_number)
        order = await _reread(uow, order) if coming else order
        plan = await _withdrawn(uow, parts, lines, changes, command.reason)
        if plan is not None:
            await give_back_gift_cards(uow, order.id, [item.line for item in plan.units])
        uow.record(_edited(order, changes, coming, command.reason))
        _, operations = await take_off(uow, order, plan, reason=command.reason, now=now)
        await uow.orders.touch(order.id)
        uow.tell(order.id, *[part.id for part in parts])
        await uow.idempotency.finish(act, {})
        await uow.commit()
    await carry_out_all(uow, operations, around)
    if coming:
        await cover(uow, order.id, around)
    return order.id


async def _reread(uow: UnitOfWork, order: Order) -> Order:
    fresh = await uow.orders.lock(order.id)
    assert fresh is not None, "orders are never deleted"
    return fresh


async def _locked(uow: UnitOfWork, command: EditOrder) -> tuple[Order, Sequence[VendorOrder], Sequence[OrderLine]]:
    known = await uow.orders.parts_of(command.order_id)
    lines = await uow.orders.lines_of(command.order_id)
    offers = {*[line.offer_id for line in lines], *[item.offer_id for item in command.add]}
    await uow.edits.lock_stock([part.id for part in known], sorted(offers))
    order = await uow.orders.lock(command.order_id)
    if order is None:
        raise refuse(ErrorCode.NOT_FOUND, "No such order.", "id")
    if command.expected_version not in {None, order.version}:
        raise refuse(ErrorCode.VERSION_CONFLICT, f"The order is at version {order.version}.", "expected_version")
    if order.status not in CANCELABLE:
        raise refuse(ErrorCode.INVALID_TRANSITION, f"The order is {order.status.value}.", "id")
    parts = [part for item in known if (part := await uow.orders.lock_part(item.id)) is not None]
    return order, parts, await uow.orders.lines_of(order.id)


async def _withdrawn(
    uow: UnitOfWork,
    parts: Sequence[VendorOrder],
    lines: Sequence[OrderLine],
    changes: Changes,
    reason: str | None,
) -> RefundPlan | None:
    """Cancel the units that go; what they take off the order."""
    of_part = {line.id: line.vendor_order_id for line in lines}
    cancellations = []
    for part in parts:
        asked = [item for item in changes.going if of_part[item.order_line_id] == part.id]
        if asked:
            own, allocations = await uow.orders.lines_of_part(part.id), await uow.orders.allocations_of_part(part.id)
            cancellations.append(cancel_units(part, own, allocations, asked))
    for cancellation in cancellations:
        await withdraw(uow, cancellation, reason=reason)
    return together(cancellations) if cancellations else None


def _edited(order: Order, changes: Changes, coming: Sequence[OrderLine], reason: str | None) -> Event:
    gone = [{"orderLineId": item.order_line_id, "quantity": item.quantity} for item in changes.going]
    new = [{"orderLineId": line.id, "quantity": line.quantity, "totalMinor": line.total.gross.minor} for line in coming]
    changed = {"removed": gone, "added": new, "currency": order.currency, "reason": reason}
    return Event(EventType.ORDER_EDITED, order.id, order_id=order.id, changes=changed)
