"""Giving back what returned goods were paid: each unit once, at the order's own rules (M8, O7, O8, P7, P8, Y6)."""

from collections.abc import Sequence

from domain.orders.adding.model import Added, Standing
from domain.orders.adding.ports import NewNumber
from domain.orders.adding.usecases import add_goods
from domain.orders.covering.usecases import cover
from domain.orders.holding.usecases import settle_order
from domain.orders.model import Order, OrderLine, VendorOrder
from domain.orders.refunding.model import (
    Refund,
    RefundKind,
    RefundPlan,
    RefundState,
    Units,
    shipping_shares,
    without_wraps,
)
from domain.orders.refunding.usecases import planned_refund, refund_plan, rounded
from domain.orders.settling.ports import Surroundings
from domain.orders.settling.usecases import books_of, carry_out_all
from domain.orders.withdrawal import delivery_owed
from domain.payments.operations import Operation
from domain.returns.model import Return, ReturnState, moved
from domain.returns.ports import UnitOfWork
from domain.returns.usecases import known_return, write
from domain.shared.errors import Refused
from domain.shared.events import Event, EventType
from domain.shared.ids import RefundId, ReturnId
from domain.shared.making import replace
from domain.shared.money import Money

REASON = "return"


async def settle_return(uow: UnitOfWork, return_id: ReturnId, around: Surroundings, *, new_number: NewNumber) -> None:
    """Refund what came back and was not refunded yet; a return all of which came is REFUNDED then.

    Where goods are wanted in exchange, they join the order at once with all of that, in a part that costs no delivery:
    what came back pays for them, and the difference goes back or is due. If they cannot be had any more, the money
    goes back. What the order owes by now is taken first. Harmless when repeated; AMOUNT_EXCEEDS_REFUNDABLE while less
    was taken.
    """
    async with uow:
        known = await uow.returns.get(return_id)
    if known is None or not known.is_open or known.waits:
        return
    await settle_order(uow, known.order_id, around)
    try:
        await _settled(uow, known, around, new_number, exchanging=known.is_exchangeable)
    except Refused:
        if not known.is_exchangeable:
            raise
        await _settled(uow, known, around, new_number, exchanging=False)


async def _settled(
    uow: UnitOfWork, known: Return, around: Surroundings, new_number: NewNumber, *, exchanging: bool
) -> None:
    async with uow:
        if exchanging:
            await uow.edits.lock_stock([], sorted(item.offer_id for item in known.exchange))
        order = await uow.orders.lock(known.order_id)
        assert order is not None, "orders are never deleted"
        found = await known_return(uow.returns, known.id)
        if exchanging and found.is_exchangeable:
            order = await _exchanged(uow, order, found, around, new_number)
        operations = await _refund(uow, order, found, around, is_exchange=exchanging) if found.unsettled else []
        if found.state is ReturnState.RECEIVED:
            await write(uow, uow.returns, found, moved(found, ReturnState.REFUNDED, now=around.now()))
        await uow.commit()
    await carry_out_all(uow, operations, around)
    if exchanging:
        await cover(uow, known.order_id, around)


async def _exchanged(
    uow: UnitOfWork, order: Order, found: Return, around: Surroundings, new_number: NewNumber
) -> Order:
    """The order with what was wanted in exchange: more of what it had at the price of the sale, anything else at its
    present one."""
    lines = await uow.orders.lines_of(order.id)
    parts = [part for item in await uow.orders.parts_of(order.id) if (part := await uow.orders.lock_part(item.id))]
    kept = [(line, line.refundable - found.unsettled.get(line.id, 0)) for line in lines]
    standing = Standing(order, parts, lines, [(line, count) for line, count in kept if count > 0])
    sold = {line.offer_id: line for line in reversed(lines) if line.vendor_id == found.vendor_id}
    again = [item for item in found.exchange if item.offer_id in sold]
    other = [item for item in found.exchange if item.offer_id not in sold]
    coming = await add_goods(
        uow,
        standing,
        [(sold[item.offer_id], item.quantity) for item in again],
        [Added(item.offer_id, item.quantity) for item in other],
        now=around.now(),
        new_number=new_number,
        opens_parts=True,
    )
    given = [replace(item, order_line_id=line.id) for item, line in zip([*again, *other], coming, strict=True)]
    await uow.returns.exchanged(found.id, given)
    uow.record(_exchange_event(found, coming))
    grown = await uow.orders.lock(order.id)
    assert grown is not None, "orders are never deleted"
    return grown


def _exchange_event(found: Return, coming: Sequence[OrderLine]) -> Event:
    lines = [
        {"orderLineId": line.id, "quantity": line.quantity, "totalMinor": line.total.gross.minor} for line in coming
    ]
    return Event(
        EventType.RETURN_EXCHANGED,
        found.id,
        order_id=found.order_id,
        vendor_order_id=found.vendor_order_id,
        vendor_id=found.vendor_id,
        changes={"added": lines, "currency": coming[0].total.currency},
    )


async def _refund(
    uow: UnitOfWork, order: Order, found: Return, around: Surroundings, *, is_exchange: bool
) -> list[Operation]:
    """Intend the refund of what is unsettled, and mark it so. Units that were refunded before are not again.

    In an exchange it first pays what the order costs more, and takes no delivery with it.
    """
    lines = await uow.orders.lines_of(order.id)
    units = [Units(line.id, min(found.unsettled.get(line.id, 0), line.refundable)) for line in lines]
    units = [item for item in units if item.quantity]
    plan = await planned_refund(uow, order, units)
    if not found.is_withdrawal:
        plan = without_wraps(plan)
    (part,) = [part for part in await uow.orders.parts_of(order.id) if part.id == found.vendor_order_id]
    owed = 0 if is_exchange else _delivery_owed(found, part, lines)
    plan = await rounded(uow, order, replace(plan, deliveries=tuple(shipping_shares([part], lines, owed))))
    if plan.total.minor > 0:
        refund_id = RefundId(uow.new_id("refund"))
        operations = await refund_plan(
            uow,
            order,
            plan,
            around,
            reason=REASON,
            to_store_credit=found.to_store_credit,
            credited=min(plan.total, (await books_of(uow, order)).uncovered) if is_exchange else None,
            refund_id=refund_id,
        )
        await uow.returns.settle(found.id, refund_id)
        return operations
    await uow.returns.settle(found.id, await _refund_nothing(uow, order, plan, around) if units else None)
    return []


def _delivery_owed(found: Return, part: VendorOrder, lines: Sequence[OrderLine]) -> int:
    """Of the part's delivery, in minor units: the standard cost once all of the part was withdrawn from (rule O7)."""
    own = [line for line in lines if line.vendor_order_id == part.id]
    is_whole = all(line.returned == line.quantity - line.canceled for line in own)
    if not (found.is_withdrawal and is_whole):
        return 0
    paid = part.totals.shipping.gross.minor
    standard: int = part.delivery.get("standard_minor", paid)
    return delivery_owed(paid_minor=paid, standard_minor=standard, given_back_minor=part.shipping_given_back)


async def _refund_nothing(uow: UnitOfWork, order: Order, plan: RefundPlan, around: Surroundings) -> RefundId:
    """Count units as given back that were free, or whose price the kept goods use up."""
    nothing = Money.zero(order.currency)
    refund = Refund(
        id=RefundId(uow.new_id("refund")),
        order_id=order.id,
        kind=RefundKind.RETURN,
        state=RefundState.SUCCEEDED,
        amount=nothing,
        lines=plan.lines,
        shipping=plan.shipping,
        fees=plan.fees,
        adjustment=nothing,
        clawback=plan.clawback,
        rounding=plan.rounding,
        credited=nothing,
        taxes=plan.taxes,
        to_store_credit=False,
        reason=REASON,
        created_at=around.now(),
    )
    is_counted = await uow.refunds.add(refund, plan, actor=uow.actor.id)
    assert is_counted, "the order is locked"
    return refund.id
