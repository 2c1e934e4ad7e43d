"""Canceling what was not sent: an order, some of its lines, or a vendor's part of it (rules O1, O2 and P9).

The stock goes back, what was not taken is let go, what was taken is refunded, and promotions get their uses back. Parts
and lines that stay are not touched, and neither is what they cost.
"""

from collections.abc import Sequence
from datetime import datetime

from domain.orders.canceling.model import (
    GONE,
    Cancellation,
    all_units,
    cancel_units,
    plan_of_rejected,
    together,
    with_gifts,
)
from domain.orders.canceling.ports import PartUnitOfWork, UnitOfWork
from domain.orders.giftcards.usecases import give_back_gift_cards
from domain.orders.model import Order, OrderLine, OrderStatus, VendorOrder, VendorOrderStatus
from domain.orders.refunding.model import RefundPlan, Units, unit_problems
from domain.orders.refunding.usecases import check_reason
from domain.orders.rounding import canceled_rounding, granularity_of, is_rounded
from domain.orders.settling.model import fees_of_order
from domain.orders.settling.ports import Surroundings
from domain.orders.settling.usecases import balance, books_of, carry_out_all
from domain.orders.status import moved, not_possible, status_event
from domain.payments.operations import Operation
from domain.shared.actor import Actor
from domain.shared.errors import ErrorCode, Refused, refuse
from domain.shared.events import Event, EventType
from domain.shared.idempotency import once
from domain.shared.ids import OrderId, VendorOrderId
from domain.shared.jobs import Job, JobKind
from domain.shared.making import dataclass, replace

ORDERS_WRITE = "orders:write"
CANCELABLE = frozenset({OrderStatus.CONFIRMED, OrderStatus.ON_HOLD})


@dataclass(frozen=True, slots=True)
class CancelOrder:
    """Cancel an order: its `lines` alone, or one vendor's part alone, or without either all of it."""

    order_id: OrderId
    lines: tuple[Units, ...]
    vendor_order_id: VendorOrderId | None
    reason: str | None
    idempotency_key: str


async def cancel_order(uow: UnitOfWork, command: CancelOrder, around: Surroundings) -> OrderId:
    """The order, CANCELED if nothing of it is left; an order of which units stay is CONFIRMED as before.

    For its customer before anything was sent, and for staff with `orders:write`. NOT_FOUND for others;
    INVALID_TRANSITION for what was sent, and for orders that have ended; INSUFFICIENT_BALANCE for gift cards that were
    spent.
    """
    check_reason(command.reason)
    act = once(command, scope=uow.actor.id or "", key=command.idempotency_key)
    async with uow:
        known = await uow.orders.get(command.order_id)
        if known is None or not may_cancel(uow.actor, known):
            raise refuse(ErrorCode.NOT_FOUND, "No such order.", "id")
        if await uow.idempotency.begin(act) is not None:
            return command.order_id
        operations = await _cancel(uow, command, around.now())
        await uow.idempotency.finish(act, {})
        await uow.commit()
    await carry_out_all(uow, operations, around)
    return command.order_id


def may_cancel(actor: Actor, order: Order) -> bool:
    """Whether the actor may cancel it at all: its customer, or staff with `orders:write`."""
    is_own = order.customer_id is not None and order.customer_id == actor.customer_id
    return is_own or _is_staff(actor)


async def withdraw_part(
    uow: PartUnitOfWork, part: VendorOrder, *, status: VendorOrderStatus, reason: str | None = None
) -> Cancellation:
    """Cancel all of a vendor's part, which becomes `status`, within the caller's transaction.

    The caller has locked the part's stock (`cancellations.lock_stock`), then its order and the part, and has checked
    that `status` may follow. It may be confined to the vendor: the order and its money follow by the job SETTLE_ORDER,
    which is left behind here.
    """
    lines = await uow.orders.lines_of_part(part.id)
    allocations = await uow.orders.allocations_of_part(part.id)
    cancellation = cancel_units(part, lines, allocations, all_units(lines), gone=status)
    await withdraw(uow, cancellation, reason=reason, is_told=False)
    uow.enqueue(Job(JobKind.SETTLE_ORDER, part.order_id))
    return cancellation


async def withdraw(
    uow: PartUnitOfWork, cancellation: Cancellation, *, reason: str | None, is_told: bool = True
) -> None:
    """Write a cancellation of a locked part, and its next status if it has one; told as an event unless the caller
    has one of its own to tell.
    """
    if not await uow.cancellations.cancel(cancellation):
        raise not_possible("Something of it was sent or canceled meanwhile.")
    part = cancellation.part
    if cancellation.status is not part.status:
        await uow.orders.set_part_status(part.id, cancellation.status)
    if is_told:
        uow.record(_part_event(cancellation, reason))
    uow.tell(part.id)


async def take_off(
    uow: UnitOfWork, order: Order, plan: RefundPlan | None, *, reason: str | None, now: datetime
) -> tuple[Order, list[Operation]]:
    """Take off the locked order what was canceled of its parts: the order, and what its payments then have to do.

    An order all of whose parts are gone is CANCELED, and gets back what it used of promotions if nothing was taken of
    its money (rule P9).
    """
    parts = await uow.orders.parts_of(order.id)
    is_whole = all(part.status in GONE for part in parts)
    rounding = await _rounding(uow, order, is_whole=is_whole)
    counted = await uow.cancellations.count(order, is_whole=is_whole, rounding=rounding)
    if is_whole and not order.is_final:
        counted = await _ended(uow, order, counted, reason)
    elif counted != order:
        await uow.orders.touch(order.id)
        uow.tell(order.id)
    plan = plan or await _rejected(uow, counted, parts, is_whole=is_whole)
    return counted, await balance(uow, counted, plan=plan, reason=reason, now=now)


async def _rounding(uow: UnitOfWork, order: Order, *, is_whole: bool) -> int:
    """What cancellations take of the order's rounding: what stays is as payable as the whole was (rule M4)."""
    granularity = granularity_of(uow.terms.terms(order.market_id).market, order.currency)
    if not is_rounded(order.totals, granularity):
        return 0
    fees = fees_of_order(order, await uow.orders.lines_of(order.id)) if is_whole else 0
    return canceled_rounding(order.totals, await uow.refunds.given_back(order.id), granularity, more=fees)


async def _rejected(
    uow: UnitOfWork, order: Order, parts: Sequence[VendorOrder], *, is_whole: bool
) -> RefundPlan | None:
    """The goods that their vendors rejected, if the money for just those is what goes back now.

    Of several parts it may be for one alone, where the others were never paid. With the last of an order those of its
    fees go back as well that are of no goods.
    """
    rejected = [part for part in parts if part.status is VendorOrderStatus.REJECTED]
    if not rejected:
        return None
    lines, told = await uow.orders.lines_of(order.id), await uow.cancellations.told(order.id)
    known = {line.vendor_order_id for line in lines if line.id in told}
    untold = [part for part in rejected if part.id not in known]
    overpaid = (await books_of(uow, order)).overpaid
    plans = [plan_of_rejected(some, lines) for some in (untold, *([part] for part in untold)) if some]
    exact = (plan for plan in plans if plan.total == overpaid or (is_whole and plan.total < overpaid))
    return next(exact, None)


async def _ended(uow: UnitOfWork, order: Order, counted: Order, reason: str | None) -> Order:
    ended = moved(counted, OrderStatus.CANCELED, is_shipped=False)
    await uow.orders.set_status(ended)
    if not (await books_of(uow, ended)).captured.minor:
        await uow.promotion_usage.release_uses(order.id)
    uow.record(status_event(order, ended, reason=reason))
    uow.tell(order.id)
    return ended


async def _cancel(uow: UnitOfWork, command: CancelOrder, now: datetime) -> list[Operation]:
    parts = await uow.orders.parts_of(command.order_id)
    await uow.cancellations.lock_stock([part.id for part in parts])
    order = await uow.orders.lock(command.order_id)
    assert order is not None, "orders are never deleted"
    lines = await uow.orders.lines_of(order.id)
    _check(uow.actor, order, command, lines)
    command = replace(command, lines=with_gifts(command.lines, lines))
    cancellations = []
    for known in parts:
        part = await uow.orders.lock_part(known.id)
        assert part is not None, "orders are never deleted"
        asked = _asked_of(part, lines, command)
        if asked:
            cancellations.append(await _cancellation(uow, part, asked))
    if not cancellations:
        raise not_possible("Nothing of it is left to cancel.")
    for cancellation in cancellations:
        await withdraw(uow, cancellation, reason=command.reason)
    plan = together(cancellations)
    await give_back_gift_cards(uow, order.id, [item.line for item in plan.units])
    is_some = any(item.status not in GONE for item in cancellations) or len(cancellations) < len(parts)
    if is_some:
        uow.record(_lines_event(order, plan, command.reason))
    _, operations = await take_off(uow, order, plan, reason=command.reason, now=now)
    return operations


async def _cancellation(uow: UnitOfWork, part: VendorOrder, asked: Sequence[Units]) -> Cancellation:
    lines = await uow.orders.lines_of_part(part.id)
    allocations = await uow.orders.allocations_of_part(part.id)
    return cancel_units(part, lines, allocations, asked)


def _check(actor: Actor, order: Order, command: CancelOrder, lines: Sequence[OrderLine]) -> None:
    if order.status not in CANCELABLE:
        raise not_possible(f"An order that is {order.status.value} cannot be canceled.")
    is_shipped = any(line.fulfilled for line in lines)
    is_whole = not command.lines and command.vendor_order_id is None
    if is_shipped and (is_whole or not _is_staff(actor)):
        raise not_possible("Something of it was sent already.")
    if command.lines and command.vendor_order_id is not None:
        raise refuse(ErrorCode.INVALID, "Name lines, or a vendor order, but not both.", "vendor_order_id")
    if command.vendor_order_id and all(line.vendor_order_id != command.vendor_order_id for line in lines):
        raise refuse(ErrorCode.NOT_FOUND, "No such part of this order.", "vendor_order_id")
    by_id = {line.id: line for line in lines}
    problems = unit_problems(command.lines, by_id, lambda line: line.cancelable, "cancel")
    if problems:
        raise Refused(*problems)


def _asked_of(part: VendorOrder, lines: Sequence[OrderLine], command: CancelOrder) -> list[Units]:
    """The units of this part that shall go."""
    own = [line for line in lines if line.vendor_order_id == part.id]
    if command.lines:
        ids = {line.id for line in own}
        return [item for item in command.lines if item.order_line_id in ids]
    return all_units(own) if command.vendor_order_id in {None, part.id} else []


def _part_event(cancellation: Cancellation, reason: str | None) -> Event:
    part = cancellation.part
    is_gone = cancellation.status in GONE
    return Event(
        EventType.VENDOR_ORDER_CANCELED if is_gone else EventType.VENDOR_ORDER_LINES_CANCELED,
        part.id,
        order_id=part.order_id,
        vendor_order_id=part.id,
        vendor_id=part.vendor_id,
        changes={
            "status": {"old": part.status.value, "new": cancellation.status.value},
            "lines": [{"orderLineId": item.line.id, "quantity": item.quantity} for item in cancellation.units],
            "reason": reason,
        },
    )


def _lines_event(order: Order, plan: RefundPlan, reason: str | None) -> Event:
    changes = {
        "amountMinor": plan.total.minor,
        "currency": plan.currency,
        "lines": [{"orderLineId": item.line.id, "quantity": item.quantity} for item in plan.units],
        "reason": reason,
    }
    return Event(EventType.ORDER_LINES_CANCELED, order.id, order_id=order.id, changes=changes)


def _is_staff(actor: Actor) -> bool:
    return actor.is_staff and ORDERS_WRITE in actor.scopes
