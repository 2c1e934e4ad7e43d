"""What staff says of an order as a whole, and what time does to it: holds, notes, completion, reopening (rule O1)."""

from datetime import datetime

from domain.orders.canceling.model import GONE
from domain.orders.canceling.usecases import take_off
from domain.orders.capturing.usecases import captures_due
from domain.orders.covering.usecases import cover
from domain.orders.giftcards.usecases import take_back_gift_cards
from domain.orders.holding.ports import UnitOfWork
from domain.orders.model import Order, OrderStatus, SaleTerms, VendorOrderStatus
from domain.orders.refunding.usecases import check_reason
from domain.orders.settling.ports import Surroundings
from domain.orders.settling.usecases import books_of, carry_out_all
from domain.orders.status import moved, status_event
from domain.shared.errors import ErrorCode, refuse
from domain.shared.events import Event, EventType
from domain.shared.idempotency import once
from domain.shared.ids import OrderId
from domain.shared.jobs import Job, JobKind
from domain.shared.making import dataclass
from domain.shared.text import is_plain

MAX_NOTE_LENGTH = 2000
MAX_NOTES = 200
SETTLED = GONE | {VendorOrderStatus.DELIVERED}
"""Parts of which nothing more is to come."""


@dataclass(frozen=True, slots=True)
class HoldOrder:
    """Stop an order from being sent until somebody has looked at it."""

    order_id: OrderId
    reason: str | None
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class ReleaseOrder:
    """Let an order that was on hold go on."""

    order_id: OrderId
    reason: str | None
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class AddNote:
    """Write something about an order that only staff reads."""

    order_id: OrderId
    note: str
    idempotency_key: str


async def hold_order(uow: UnitOfWork, command: HoldOrder) -> OrderId:
    """The order, ON_HOLD. INVALID_TRANSITION once something was sent. For staff with `orders:write`."""
    return await _move(uow, command, OrderStatus.ON_HOLD)


async def release_order(uow: UnitOfWork, command: ReleaseOrder) -> OrderId:
    """The order, CONFIRMED again. INVALID_TRANSITION unless it was on hold. For staff with `orders:write`."""
    return await _move(uow, command, OrderStatus.CONFIRMED)


async def add_note(uow: UnitOfWork, command: AddNote) -> OrderId:
    """The order with the note behind the others, as long as there are not too many. For staff with `orders:write`."""
    note = command.note.strip()
    if not 0 < len(note) <= MAX_NOTE_LENGTH or not is_plain(note.replace("\n", " ")):
        message = f"A note has 1 to {MAX_NOTE_LENGTH} characters, without controls."
        raise refuse(ErrorCode.INVALID, message, "note")
    act = once(command, scope=uow.actor.id or "", key=command.idempotency_key)
    async with uow:
        if await uow.idempotency.begin(act) is not None:
            return command.order_id
        order = await _locked(uow, command.order_id)
        if len(order.internal_notes) >= MAX_NOTES:
            raise refuse(ErrorCode.QUANTITY_LIMIT, f"An order has at most {MAX_NOTES} notes.", "note")
        await uow.orders.add_note(order.id, note)
        await uow.orders.touch(order.id)
        uow.record(Event(EventType.ORDER_NOTE_ADDED, order.id, order_id=order.id))
        uow.tell(order.id)
        await uow.idempotency.finish(act, {})
        await uow.commit()
    return order.id


async def settle_order(uow: UnitOfWork, order_id: OrderId, around: Surroundings) -> datetime | None:
    """Bring an order's money in line with what was sent, canceled and delivered of it; when to look at it again.

    Takes what is due by now, gives back what is not owed any more, and closes the order once all is done. Whoever
    sends, rejects or delivers leaves the job SETTLE_ORDER behind; doing it twice does no harm.
    """
    now = around.now()
    async with uow:
        order = await uow.orders.lock(order_id)
        if order is None:
            return None
        standing, operations = await take_off(uow, order, None, reason=None, now=now)
        if standing != order:
            await take_back_gift_cards(uow, order.id)
        terms = await uow.orders.terms_of(standing)
        operations += await captures_due(uow, standing, around, capture_at=terms.capture_at)
        again = None if operations else await _completed(uow, standing, terms, now)
        await uow.commit()
    await carry_out_all(uow, operations, around)
    if any(operation.released.minor for operation in operations):
        await cover(uow, order_id, around)
    return again


async def reopen(uow: UnitOfWork, order: Order, *, reason: str) -> Order:
    """A locked order that was COMPLETED, CONFIRMED again for a late return or a dispute, within the caller's
    transaction; any other order as it is.
    """
    if order.status is not OrderStatus.COMPLETED:
        return order
    reopened = moved(order, OrderStatus.CONFIRMED, is_shipped=True)
    await uow.orders.set_status(reopened)
    uow.record(status_event(order, reopened, reason=reason))
    uow.tell(order.id)
    return reopened


async def _move(uow: UnitOfWork, command: HoldOrder | ReleaseOrder, status: OrderStatus) -> OrderId:
    check_reason(command.reason)
    act = once(command, scope=uow.actor.id or "", key=command.idempotency_key)
    async with uow:
        if await uow.idempotency.begin(act) is not None:
            return command.order_id
        order = await _locked(uow, command.order_id)
        if status is OrderStatus.CONFIRMED and order.status is not OrderStatus.ON_HOLD:
            raise refuse(ErrorCode.INVALID_TRANSITION, f"The order is {order.status.value}, not on hold.", "id")
        lines = await uow.orders.lines_of(order.id)
        after = moved(order, status, is_shipped=any(line.fulfilled for line in lines))
        await uow.orders.set_status(after)
        uow.record(status_event(order, after, reason=command.reason))
        uow.tell(order.id)
        if status is OrderStatus.CONFIRMED:
            await uow.orders.restart_acceptance(order.id)
            uow.enqueue(Job(JobKind.SETTLE_ORDER, order.id))
        await uow.idempotency.finish(act, {})
        await uow.commit()
    return order.id


async def _locked(uow: UnitOfWork, order_id: OrderId) -> Order:
    order = await uow.orders.lock(order_id)
    if order is None:
        raise refuse(ErrorCode.NOT_FOUND, "No such order.", "id")
    return order


async def _completed(uow: UnitOfWork, order: Order, terms: SaleTerms, now: datetime) -> datetime | None:
    """Close an order all of which is delivered or canceled, whose money is taken, and whose return window is over.

    When that window ends, if it is still open; a return that is open looks again when it ends.
    """
    delivered_at = await uow.orders.delivered_at(order.id)
    if order.status is not OrderStatus.CONFIRMED or delivered_at is None:
        return None
    parts = await uow.orders.parts_of(order.id)
    if not all(part.status in SETTLED for part in parts) or not (await books_of(uow, order)).is_collected:
        return None
    until = terms.returnable_until(delivered_at)
    if now < until:
        return until
    if await uow.orders.has_open_returns(order.id):
        return None
    completed = moved(order, OrderStatus.COMPLETED, is_shipped=True)
    await uow.orders.set_status(completed)
    uow.record(status_event(order, completed))
    uow.tell(order.id)
    return None
