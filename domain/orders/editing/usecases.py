"""Editing an order before it is sent: a new priced revision, all of it or nothing (rule O6)."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.inventory.sourcing import Pick, summed
from domain.orders.canceling.model import cancel_units, together
from domain.orders.canceling.usecases import CANCELABLE, take_off, withdraw
from domain.orders.covering.usecases import cover
from domain.orders.editing.model import (
    Added,
    Changes,
    added_line,
    changes_of,
    grown,
    keeps_prices,
    more_of,
    parts_grown,
)
from domain.orders.editing.ports import UnitOfWork
from domain.orders.giftcards.usecases import give_back_gift_cards
from domain.orders.model import Allocation, Order, OrderLine, VendorOrder, VendorOrderStatus
from domain.orders.refunding.model import RefundPlan, Units
from domain.orders.refunding.usecases import check_reason
from domain.orders.settling.ports import Surroundings
from domain.orders.settling.usecases import carry_out_all
from domain.pricing.facts import OfferFacts
from domain.pricing.tiers import Bought, Sale
from domain.shared.errors import ErrorCode, Refused, StockProblem, refuse
from domain.shared.events import Event, EventType
from domain.shared.idempotency import once
from domain.shared.ids import OfferId, OrderId, OrderLineId, VendorOrderId

UNSENT = frozenset({VendorOrderStatus.NEW, VendorOrderStatus.ACCEPTED})


@dataclass(frozen=True, slots=True)
class EditOrder:
    """Bring lines to the quantities of `set`, 0 to remove one, and `add` units of other offers."""

    order_id: OrderId
    set: tuple[Units, ...]
    add: tuple[Added, ...]
    reason: str | None
    expected_version: int | None
    idempotency_key: str


async def edit_order(uow: UnitOfWork, command: EditOrder, around: Surroundings) -> OrderId:
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
        coming = await _coming(uow, order, parts, lines, changes, command, now)
        if coming:
            order = await _append(uow, order, parts, coming)
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


async def _coming(
    uow: UnitOfWork,
    order: Order,
    parts: Sequence[VendorOrder],
    lines: Sequence[OrderLine],
    changes: Changes,
    command: EditOrder,
    now: datetime,
) -> list[OrderLine]:
    """The new lines, each in its vendor's part, which must not be on its way yet."""
    market = uow.terms.terms(order.market_id).market
    after = max(line.position for line in lines) + 1
    open_parts = {part.id for part in parts if part.status in UNSENT}
    coming: list[OrderLine] = []
    for line, quantity in changes.coming:
        if line.vendor_order_id not in open_parts:
            raise refuse(ErrorCode.INVALID_TRANSITION, "Something of its part was sent already.", "set")
        new_id = OrderLineId(uow.new_id("order_line"))
        coming.append(more_of(line, quantity, market, line_id=new_id, position=after + len(coming)))
    facts = await _facts(uow, order, command, now)
    for at, item in enumerate(command.add):
        offer = facts.get(item.offer_id)
        price = offer.unit_prices(_sale(order, now), Bought.alone(item.quantity)) if offer else None
        like = _taxed_like(offer, lines, open_parts) if offer else None
        if offer is None or price is None or like is None or not keeps_prices(market, order):
            message = "This offer cannot join the order: not sold here, or of a vendor or a tax class that it has not."
            raise refuse(ErrorCode.NOT_PURCHASABLE, message, "add", str(at), "offer_id")
        if not offer.allows(item.quantity):
            around = " or ".join(map(str, offer.nearest(item.quantity)))
            raise refuse(ErrorCode.QUANTITY_LIMIT, f"It is sold by {around} units.", "add", str(at), "quantity")
        coming.append(
            added_line(
                offer,
                price.average,
                item.quantity,
                like,
                market,
                line_id=OrderLineId(uow.new_id("order_line")),
                position=after + len(coming),
            )
        )
    return coming


async def _facts(uow: UnitOfWork, order: Order, command: EditOrder, now: datetime) -> Mapping[OfferId, OfferFacts]:
    asked = [item.offer_id for item in command.add]
    return await uow.offers.facts(asked, language=order.language, currency=order.currency, now=now) if asked else {}


def _sale(order: Order, now: datetime) -> Sale:
    return Sale(now, order.market_id, order.currency)


def _taxed_like(
    offer: OfferFacts, lines: Sequence[OrderLine], open_parts: Container[VendorOrderId]
) -> OrderLine | None:
    """A line of the same vendor's open part and of the same tax class."""
    for line in lines:
        is_alike = line.vendor_id == offer.vendor_id and line.tax_class == offer.tax_class
        if is_alike and line.vendor_order_id in open_parts:
            return line
    return None


async def _append(uow: UnitOfWork, order: Order, parts: Sequence[VendorOrder], coming: Sequence[OrderLine]) -> Order:
    demand = summed([(line.offer_id, line.quantity) for line in coming])
    picks = await uow.edits.allocate(demand, order.country)
    if isinstance(picks, Mapping):
        raise Refused(*[_short(line, picks[line.offer_id]) for line in coming if line.offer_id in picks])
    await uow.edits.append(
        replace(order, totals=grown(order.totals, coming)),
        parts_grown(parts, coming),
        coming,
        _allocations(coming, picks),
    )
    fresh = await uow.orders.lock(order.id)
    assert fresh is not None, "orders are never deleted"
    return fresh


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


def _allocations(lines: Sequence[OrderLine], picks: Sequence[Pick]) -> list[Allocation]:
    """What was picked of an offer is given to its new lines one after the other."""
    left = {(pick.offer_id, pick.warehouse_id): pick.quantity for pick in picks}
    made = []
    for line in lines:
        wanted = line.quantity
        for (offer_id, warehouse_id), quantity in left.items():
            taken = min(wanted, quantity) if offer_id == line.offer_id else 0
            if taken:
                made.append(Allocation(line.id, offer_id, warehouse_id, taken))
                left[offer_id, warehouse_id] -= taken
                wanted -= taken
    return made


def _short(line: OrderLine, available: int) -> StockProblem:
    return StockProblem(
        ErrorCode.INSUFFICIENT_STOCK,
        f"Only {available} of {line.title!r} left.",
        ("add",),
        offer_id=line.offer_id,
        available=available,
    )


def _edited(order: Order, changes: Changes, coming: Sequence[OrderLine], reason: str | None) -> Event:
    gone = [{"orderLineId": item.order_line_id, "quantity": item.quantity} for item in changes.going]
    new = [{"orderLineId": line.id, "quantity": line.quantity, "totalMinor": line.total.gross.minor} for line in coming]
    changed = {"removed": gone, "added": new, "currency": order.currency, "reason": reason}
    return Event(EventType.ORDER_EDITED, order.id, order_id=order.id, changes=changed)
