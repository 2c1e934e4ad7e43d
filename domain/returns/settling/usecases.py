"""Giving back what returned goods were paid: each unit once, at the order's own rules (M8, O7, O8, P7, P8, Y6)."""

from collections.abc import Sequence
from dataclasses import replace

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
from domain.orders.settling.usecases import carry_out_all
from domain.orders.withdrawal import delivery_owed
from domain.payments.operations import Operation
from domain.returns.model import Return, ReturnState, moved
from domain.returns.ports import UnitOfWork
from domain.returns.usecases import known_return, write
from domain.shared.ids import RefundId, ReturnId
from domain.shared.money import Money

REASON = "return"


async def settle_return(uow: UnitOfWork, return_id: ReturnId, around: Surroundings) -> None:
    """Refund what came back and was not refunded yet; a return all of which came is REFUNDED then.

    What the order owes by now is taken first. Harmless when repeated; AMOUNT_EXCEEDS_REFUNDABLE while less was taken.
    """
    async with uow:
        known = await uow.returns.get(return_id)
    if known is None or not known.is_open:
        return
    await settle_order(uow, known.order_id, around)
    async with uow:
        order = await uow.orders.lock(known.order_id)
        assert order is not None, "orders are never deleted"
        found = await known_return(uow.returns, return_id)
        operations = await _refund(uow, order, found, around) if found.unsettled else []
        if found.state is ReturnState.RECEIVED:
            await write(uow, uow.returns, found, moved(found, ReturnState.REFUNDED, now=around.now()))
        await uow.commit()
    await carry_out_all(uow, operations, around)


async def _refund(uow: UnitOfWork, order: Order, found: Return, around: Surroundings) -> list[Operation]:
    """Intend the refund of what is unsettled, and mark it so. Units that were refunded before are not again."""
    lines = await uow.orders.lines_of(order.id)
    units = [Units(line.id, min(found.unsettled.get(line.id, 0), line.refundable)) for line in lines]
    units = [item for item in units if item.quantity]
    plan = await planned_refund(uow, order, units)
    if not found.is_withdrawal:
        plan = without_wraps(plan)
    (part,) = [part for part in await uow.orders.parts_of(order.id) if part.id == found.vendor_order_id]
    owed = _delivery_owed(found, part, lines)
    plan = await rounded(uow, order, replace(plan, deliveries=tuple(shipping_shares([part], lines, owed))))
    if plan.total.minor > 0:
        credit = found.to_store_credit
        operations = await refund_plan(uow, order, plan, around, reason=REASON, to_store_credit=credit)
        await uow.returns.settle(found.id, operations[0].refund_id)
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
        taxes=plan.taxes,
        to_store_credit=False,
        reason=REASON,
        created_at=around.now(),
    )
    is_counted = await uow.refunds.add(refund, plan, actor=uow.actor.id)
    assert is_counted, "the order is locked"
    return refund.id
