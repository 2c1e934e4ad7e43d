"""Asking to send goods back, keeping them after all, and what their vendor decides and receives (rules O1, O7, O8).

The order's lock guards its returns: whoever changes one has locked the order first, after any stock.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from domain.orders.adding.model import Added, added_problems
from domain.orders.canceling.usecases import ORDERS_WRITE
from domain.orders.holding.usecases import reopen
from domain.orders.model import Order, OrderLine, OrderStatus, SaleTerms
from domain.orders.ports import UnitOfWork as OrdersUnitOfWork
from domain.orders.refunding.usecases import check_reason
from domain.orders.settling.usecases import ATTENDANCE
from domain.orders.status import not_possible
from domain.orders.withdrawal import REFUND_WITHIN
from domain.returns.model import (
    CANCELABLE,
    DECISIONS,
    ReceivedUnits,
    Replacement,
    RequestedUnits,
    Return,
    ReturnLabel,
    ReturnLine,
    ReturnState,
    check_label,
    check_receipts,
    check_request,
    moved,
    received,
)
from domain.returns.ports import PartUnitOfWork, ReturnRepository, UnitOfWork
from domain.shared.actor import Actor
from domain.shared.errors import ErrorCode, Refused, refuse
from domain.shared.events import Event, EventType
from domain.shared.idempotency import once
from domain.shared.ids import OfferId, OrderId, ReturnId, VendorId, WarehouseId
from domain.shared.jobs import Job, JobKind
from domain.shared.making import dataclass, replace

SENDABLE = frozenset({ReturnState.APPROVED, ReturnState.IN_TRANSIT})
"""When a buyer has a use for a label."""
RETURNABLE = frozenset({OrderStatus.CONFIRMED, OrderStatus.COMPLETED})
RESTOCKED = "return"
"""What movements of stock say that came back."""

_EVENTS = {
    ReturnState.APPROVED: EventType.RETURN_APPROVED,
    ReturnState.REJECTED: EventType.RETURN_REJECTED,
    ReturnState.IN_TRANSIT: EventType.RETURN_IN_TRANSIT,
    ReturnState.RECEIVED: EventType.RETURN_RECEIVED,
    ReturnState.REFUNDED: EventType.RETURN_CLOSED,
    ReturnState.CLOSED: EventType.RETURN_CLOSED,
}


@dataclass(frozen=True, slots=True)
class RequestReturn:
    """Send units of one vendor's part of an order back, for money or, if the buyer agrees, for store credit."""

    order_id: OrderId
    lines: tuple[RequestedUnits, ...]
    to_store_credit: bool
    idempotency_key: str
    exchange_for: tuple[Added, ...] = ()
    """What the buyer wants in exchange, of the same vendor; the difference is paid or goes back."""


@dataclass(frozen=True, slots=True)
class LabelReturn:
    """Give the buyer what to send the goods back with."""

    return_id: ReturnId
    label: ReturnLabel
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class CancelReturn:
    """Keep the goods after all."""

    return_id: ReturnId
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class DecideReturn:
    """What becomes of a return: one of `DECISIONS`. `lines` are what came, with RECEIVED alone."""

    return_id: ReturnId
    state: ReturnState
    lines: tuple[ReceivedUnits, ...]
    reason: str | None
    idempotency_key: str


async def request_return(uow: UnitOfWork, command: RequestReturn, *, now: datetime) -> Return:
    """For the order's customer, whoever holds the id of a guest's order, and staff with `orders:write`.

    RETURN_WINDOW_CLOSED after the market's window, but for staff, whose late return opens a completed order again.
    QUANTITY_LIMIT for more units than arrived and are neither asked for nor refunded: rivals wait for each other.
    NOT_PURCHASABLE for what cannot be had in exchange.
    """
    act = once(command, scope=uow.actor.id or command.order_id, key=command.idempotency_key)
    async with uow:
        known = await uow.orders.get(command.order_id)
        if known is None or not may_request(uow.actor, known):
            raise refuse(ErrorCode.NOT_FOUND, "No such order.", "order_id")
        done = await uow.idempotency.begin(act)
        if done is not None:
            return await known_return(uow.returns, ReturnId(done["return_id"]))
        requested = await _request(uow, command, now)
        await uow.idempotency.finish(act, {"return_id": requested.id})
        await uow.commit()
    return requested


async def cancel_return(uow: UnitOfWork, command: CancelReturn, *, now: datetime) -> Return:
    """The return, CLOSED. INVALID_TRANSITION once it is on its way. For those who may request it."""
    async with uow:
        found = await uow.returns.get(command.return_id)
        known = await uow.orders.get(found.order_id) if found else None
        if found is None or known is None or not may_request(uow.actor, known):
            raise refuse(ErrorCode.NOT_FOUND, "No such return.", "return_id")
        act = once(command, scope=uow.actor.id or known.id, key=command.idempotency_key)
        if await uow.idempotency.begin(act) is not None:
            return await known_return(uow.returns, found.id)
        await uow.orders.lock(known.id)
        found = await known_return(uow.returns, found.id)
        if found.state not in CANCELABLE:
            raise refuse(ErrorCode.INVALID_TRANSITION, f"The return is {found.state.value}.", "return_id")
        closed = moved(found, ReturnState.CLOSED, now=now)
        await uow.returns.release(found.outstanding)
        await write(uow, uow.returns, found, closed)
        await uow.idempotency.finish(act, {})
        await uow.commit()
    return closed


async def decide_return(uow: PartUnitOfWork, command: DecideReturn, *, now: datetime) -> Return:
    """For the vendor's own members, and staff with `orders:write`; it may be confined to the vendor.

    RECEIVED takes what came, a part or all of it: units are put into stock where they are to be. The caller has them
    refunded (`settle_return`); a job does, should that not come to pass. CLOSED gives up what did not come. What
    may not follow is INVALID_TRANSITION.
    """
    check_decision(command)
    act = once(command, scope=uow.actor.id or "", key=command.idempotency_key)
    async with uow:
        found = await uow.returns.get(command.return_id)
        if found is None or not may_decide(uow.actor, found):
            raise refuse(ErrorCode.NOT_FOUND, "No such return.", "return_id")
        if await uow.idempotency.begin(act) is not None:
            return await known_return(uow.returns, found.id)
        restocked = await _open_shelves(uow, command, found)
        await uow.orders.lock_status(found.order_id)
        decided = await _decide(uow, command, await known_return(uow.returns, found.id), restocked, now)
        await uow.idempotency.finish(act, {})
        await uow.commit()
    return decided


async def label_return(uow: PartUnitOfWork, command: LabelReturn) -> Return:
    """For the vendor's own members, and staff with `orders:write`; it may be confined to the vendor.

    INVALID_TRANSITION unless the return may be sent; another label takes the place of one that was given before.
    """
    check_label(command.label)
    act = once(command, scope=uow.actor.id or "", key=command.idempotency_key)
    async with uow:
        found = await uow.returns.get(command.return_id)
        if found is None or not may_decide(uow.actor, found):
            raise refuse(ErrorCode.NOT_FOUND, "No such return.", "return_id")
        if await uow.idempotency.begin(act) is not None:
            return await known_return(uow.returns, found.id)
        await uow.orders.lock_status(found.order_id)
        found = await known_return(uow.returns, found.id)
        if found.state not in SENDABLE:
            raise refuse(ErrorCode.INVALID_TRANSITION, f"The return is {found.state.value}.", "return_id")
        labeled = replace(found, label=command.label, version=found.version + 1)
        await uow.returns.set_label(labeled)
        await uow.orders.touch(found.order_id)
        uow.record(return_event(EventType.RETURN_LABELED, labeled, before=found))
        uow.tell(found.order_id, found.vendor_order_id)
        await uow.idempotency.finish(act, {})
        await uow.commit()
    return labeled


def may_request(actor: Actor, order: Order) -> bool:
    """A guest's order belongs to whoever holds its unguessable id, a customer's order to that customer."""
    return order.customer_id is None or order.customer_id == actor.customer_id or _is_staff(actor)


def may_decide(actor: Actor, item: Return) -> bool:
    return actor.acts_for(item.vendor_id) or _is_staff(actor)


def check_decision(command: DecideReturn) -> None:
    """Refuse what is no decision, whatever the return is."""
    check_reason(command.reason)
    if command.state not in DECISIONS:
        names = ", ".join(sorted(state.value for state in DECISIONS))
        raise refuse(ErrorCode.INVALID, f"Decide one of {names}.", "state")
    if command.state is ReturnState.REJECTED and not (command.reason or "").strip():
        raise refuse(ErrorCode.REQUIRED, "Say why it is rejected.", "reason")
    if command.lines and command.state is not ReturnState.RECEIVED:
        raise refuse(ErrorCode.INVALID, "Only what is RECEIVED has lines.", "lines")


async def known_return(returns: ReturnRepository, return_id: ReturnId) -> Return:
    """A return that there is, as it is now."""
    found = await returns.get(return_id)
    assert found is not None, "returns are never deleted"
    return found


async def write(uow: OrdersUnitOfWork, returns: ReturnRepository, before: Return, after: Return) -> None:
    """Write a return's next state, for all who watch it or its locked order; the order may be done with it."""
    await returns.move(after)
    await uow.orders.touch(after.order_id)
    uow.record(return_event(_EVENTS[after.state], after, before=before))
    uow.tell(after.order_id, after.vendor_order_id)
    if not after.is_open:
        uow.enqueue(Job(JobKind.SETTLE_ORDER, after.order_id))


def return_event(kind: EventType, after: Return, *, before: Return | None = None) -> Event:
    """A fact about a return, for its vendor and its buyer."""
    changes = {
        "state": {"old": before.state.value if before else None, "new": after.state.value},
        "lines": [
            {"orderLineId": line.order_line_id, "quantity": line.quantity, "received": line.received}
            for line in after.lines
        ],
    }
    return Event(
        kind,
        after.id,
        order_id=after.order_id,
        vendor_order_id=after.vendor_order_id,
        vendor_id=after.vendor_id,
        changes=changes | ({"reason": after.decision} if after.decision else {}),
    )


def _is_staff(actor: Actor) -> bool:
    return actor.is_staff and ORDERS_WRITE in actor.scopes


async def _request(uow: UnitOfWork, command: RequestReturn, now: datetime) -> Return:
    order = await uow.orders.lock(command.order_id)
    assert order is not None, "orders are never deleted"
    if order.status not in RETURNABLE:
        raise not_possible(f"The order is {order.status.value}.")
    if command.to_store_credit and order.customer_id is None:
        raise refuse(ErrorCode.NOT_ALLOWED, "A guest has no store credit.", "to_store_credit")
    lines = await uow.orders.lines_of(order.id)
    part_id = check_request(command.lines, lines)
    is_withdrawal = await _in_time(uow, order, lines, now)
    vendor_id = next(line.vendor_id for line in lines if line.vendor_order_id == part_id)
    requested = Return(
        id=ReturnId(uow.new_id("return")),
        order_id=order.id,
        vendor_order_id=part_id,
        vendor_id=vendor_id,
        state=ReturnState.REQUESTED,
        lines=tuple(_line(item) for item in command.lines),
        is_withdrawal=is_withdrawal,
        to_store_credit=command.to_store_credit,
        requested_at=now,
        refund_due_at=now + REFUND_WITHIN if is_withdrawal else None,
        exchange=await _wished(uow, order, vendor_id, command.exchange_for, now),
    )
    if not await uow.returns.add(requested):
        raise refuse(ErrorCode.QUANTITY_LIMIT, "Some of these units are returned already.", "lines")
    await reopen(uow, order, reason="return")
    await uow.orders.touch(order.id)
    uow.record(return_event(EventType.RETURN_REQUESTED, requested))
    uow.tell(order.id, part_id)
    return requested


async def _wished(
    uow: UnitOfWork, order: Order, vendor_id: VendorId, asked: Sequence[Added], now: datetime
) -> tuple[Replacement, ...]:
    """What is wanted in exchange, if the vendor sells it here now. What it costs is told when the goods came."""
    problems = added_problems(asked, "exchange_for")
    if problems:
        raise Refused(*problems)
    offers = [item.offer_id for item in asked]
    facts = await uow.offers.facts(offers, language=order.language, currency=order.currency, now=now) if asked else {}
    for at, item in enumerate(asked):
        offer, path = facts.get(item.offer_id), ("exchange_for", str(at))
        if offer is None or not offer.is_sold or offer.vendor_id != vendor_id:
            message = "This offer is not sold here, or by another vendor than the goods that come back."
            raise refuse(ErrorCode.NOT_PURCHASABLE, message, *path, "offer_id")
        if not offer.allows(item.quantity):
            around = " or ".join(map(str, offer.nearest(item.quantity)))
            raise refuse(ErrorCode.QUANTITY_LIMIT, f"It is sold by {around} units.", *path, "quantity")
    return tuple(Replacement(item.offer_id, item.quantity) for item in asked)


async def _in_time(uow: UnitOfWork, order: Order, lines: Sequence[OrderLine], now: datetime) -> bool:
    """Whether it is a withdrawal by law. RETURN_WINDOW_CLOSED if it is too late for any return; staff may be late."""
    terms: SaleTerms = await uow.orders.terms_of(order)
    is_consumer = order.vat_id is None
    arrived_at = await uow.orders.delivered_at(order.id)
    if arrived_at is None or any(line.delivered < line.quantity - line.canceled for line in lines):
        return is_consumer and terms.withdrawal_days is not None
    if now >= terms.returnable_until(arrived_at) and not _is_staff(uow.actor):
        raise refuse(ErrorCode.RETURN_WINDOW_CLOSED, "The time to return it is over.", "order_id")
    until = terms.withdrawable_until(arrived_at)
    return is_consumer and until is not None and now < until


def _line(item: RequestedUnits) -> ReturnLine:
    return ReturnLine(item.order_line_id, item.quantity, item.reason, item.comment, item.image_urls)


async def _open_shelves(
    uow: PartUnitOfWork, command: DecideReturn, found: Return
) -> Mapping[tuple[OfferId, WarehouseId], int]:
    """How many units go into which stock row; the rows are locked, in the order of their ids (rule I4)."""
    offers = {line.id: line.offer_id for line in await uow.orders.lines_of_part(found.vendor_order_id)}
    wanted: dict[tuple[OfferId, WarehouseId], int] = {}
    for at, item in enumerate(command.lines):
        offer_id = offers.get(item.order_line_id)
        if item.restock_to is None or offer_id is None:
            continue
        is_theirs = await uow.stock.is_warehouse_of(item.restock_to, found.vendor_id)
        if not is_theirs or await uow.stock.vendor_of(offer_id) != found.vendor_id:
            message = "The vendor has no such warehouse, or does not sell these goods any more."
            raise refuse(ErrorCode.NOT_FOUND, message, "lines", str(at), "restock_to")
        key = (offer_id, item.restock_to)
        wanted[key] = wanted.get(key, 0) + item.quantity
    for offer_id, warehouse_id in sorted(wanted):
        await uow.stock.open_shelf(offer_id, warehouse_id)
    return wanted


async def _decide(
    uow: PartUnitOfWork,
    command: DecideReturn,
    found: Return,
    restocked: Mapping[tuple[OfferId, WarehouseId], int],
    now: datetime,
) -> Return:
    match command.state:
        case ReturnState.RECEIVED:
            decided = await _receive(uow, command, found, restocked, now)
        case ReturnState.CLOSED:
            decided = await _close(uow, found, now)
        case _:
            decided = moved(found, command.state, now=now)
            if command.state is not ReturnState.IN_TRANSIT:
                decided = replace(decided, decided_at=now)
            if command.state is ReturnState.REJECTED:
                await uow.returns.release(found.outstanding)
    decided = replace(decided, decision=command.reason or decided.decision)
    await write(uow, uow.returns, found, decided)
    if decided.unsettled:
        uow.enqueue(Job(JobKind.SETTLE_RETURN, decided.id, now + ATTENDANCE))
    return decided


async def _receive(
    uow: PartUnitOfWork,
    command: DecideReturn,
    found: Return,
    restocked: Mapping[tuple[OfferId, WarehouseId], int],
    now: datetime,
) -> Return:
    moved(found, ReturnState.RECEIVED, now=now)
    check_receipts(found, command.lines)
    after = received(found, command.lines, now=now)
    await uow.returns.receive(after, command.lines)
    for (offer_id, warehouse_id), units in sorted(restocked.items()):
        await uow.stock.move(offer_id, warehouse_id, units, reason=RESTOCKED, actor=uow.actor.id, reference=found.id)
        changes = {"warehouseId": warehouse_id, "delta": units, "reason": RESTOCKED}
        uow.record(
            Event(EventType.STOCK_CHANGED, offer_id, vendor_id=found.vendor_id, offer_id=offer_id, changes=changes)
        )
        uow.tell(offer_id)
    return after


async def _close(uow: PartUnitOfWork, found: Return, now: datetime) -> Return:
    """Give up what did not come: CLOSED if nothing did, else what came is all there is."""
    after = moved(found, ReturnState.CLOSED, now=now)
    await uow.returns.release(found.outstanding)
    if not found.receipts:
        return after
    whole = moved(found, ReturnState.RECEIVED, now=now)
    return whole if found.unsettled else replace(moved(whole, ReturnState.REFUNDED, now=now), version=after.version)
