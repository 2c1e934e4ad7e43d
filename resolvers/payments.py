"""What staff does with the money of orders, and what went back of it."""

from collections.abc import Sequence
from operator import attrgetter

from domain.orders.capturing import usecases as capturing
from domain.orders.model import Order
from domain.orders.refunding import usecases as refunding
from domain.orders.refunding.clawback import clawed_back
from domain.orders.refunding.model import (
    Refund,
    RefundAllocation,
    RefundPlan,
    RefundPreview,
    Units,
    plan_refund,
    sum_left,
    with_clawback,
    with_rounding,
)
from domain.orders.rounding import granularity_of, is_rounded
from domain.orders.settling.ports import Surroundings
from domain.payments.model import Payment
from domain.shared.errors import Refused, RequestFault
from domain.shared.ids import OrderId
from domain.shared.money import Money
from persistence.orders import queries
from persistence.orders.sold_rules import rules_of
from persistence.payments.refunds import given_back_of
from resolvers.context import Info
from resolvers.relations import relation


def surroundings(info: Info) -> Surroundings:
    """The gateways and the clock, for what moves money."""
    services = info.context.services
    return Surroundings(services.completing.gateways, services.now)


async def written(info: Info, order_id: OrderId) -> Order:
    """An order as a mutation left it, for whoever could change it."""
    (order,) = await queries.orders_by_id(info.context.pool, [order_id])
    return order


@relation("refunds_of_order", attrgetter("id"))
def refunds(_root: Order, found: Sequence[Refund]) -> Sequence[Refund]:
    return found


@relation("allocations_of_refund", attrgetter("id"))
def allocations(_root: Refund, found: Sequence[RefundAllocation]) -> Sequence[RefundAllocation]:
    return found


@relation("payment", attrgetter("payment_id"))
def payment(_root: RefundAllocation, found: Payment | None) -> Payment | None:
    return found


async def refund_preview(root: Order, info: Info, asked: Sequence[Units], *, refund_shipping: bool) -> RefundPreview:
    """What these units would give back now, and to where; BAD_USER_INPUT for units that cannot be refunded."""
    loaders = info.context.loaders
    sold, parts = await loaders.lines_of_order.load(root.id), await loaders.vendor_orders_of_order.load(root.id)
    left = sum_left(parts) if refund_shipping else 0
    shipping = Money(left, root.currency) if left else None
    try:
        plan = plan_refund(sold, parts, asked, shipping=shipping)
        rules = await rules_of(info.context.pool, root, sold) if asked else None
        if rules is not None:
            going = {item.order_line_id: item.quantity for item in asked}
            before = sum(refund.clawback.minor for refund in await loaders.refunds_of_order.load(root.id))
            plan = with_clawback(plan, clawed_back(sold, going, rules, before=before))
        plan = await _rounded(info, root, plan)
        return refunding.preview(await loaders.payments_of_order.load(root.id), plan)
    except Refused as refusal:
        raise RequestFault(str(refusal)) from None


async def _rounded(info: Info, order: Order, plan: RefundPlan) -> RefundPlan:
    market = info.context.services.reference.known.market(order.market_id)
    assert market is not None, "markets of orders are never deleted"
    granularity = granularity_of(market, order.currency)
    if not is_rounded(order.totals, granularity):
        return plan
    return with_rounding(plan, order.totals, await given_back_of(info.context.pool, order.id), granularity)


async def capture_payment(info: Info, command: capturing.CapturePayment) -> Order:
    order_id = await capturing.capture_payment(info.context.unit_of_work(), command, surroundings(info))
    return await written(info, order_id)


async def void_payment(info: Info, command: capturing.VoidPayment) -> Order:
    order_id = await capturing.void_payment(info.context.unit_of_work(), command, surroundings(info))
    return await written(info, order_id)


async def create_refund(info: Info, command: refunding.CreateRefund) -> Order:
    order_id = await refunding.create_refund(info.context.unit_of_work(), command, surroundings(info))
    return await written(info, order_id)


async def retry_refund(info: Info, command: refunding.RetryRefund) -> Order:
    order_id = await refunding.retry_refund(info.context.unit_of_work(), command, surroundings(info))
    return await written(info, order_id)
