"""Disputes: what buyers' banks want back, as staff sees it (rule Y11)."""

from collections.abc import Sequence

from domain.orders.model import Order
from domain.payments.model import Payment
from domain.payments.observing import Dispute
from domain.payments.ports import DisputeState
from domain.shared.page import MAX_PAGE_SIZE
from persistence.payments.observing import newest_disputes
from resolvers.context import Info


async def of_payment(root: Payment, info: Info) -> Sequence[Dispute]:
    return await info.context.loaders.disputes_of_payment.load(root.id)


async def of_order(root: Order, info: Info) -> Sequence[Dispute]:
    payments = await info.context.loaders.payments_of_order.load(root.id)
    found = await info.context.loaders.disputes_of_payment.load_many([payment.id for payment in payments])
    return [dispute for disputes in found for dispute in disputes]


async def payment(root: Dispute, info: Info) -> Payment | None:
    return await info.context.loaders.payment.load(root.payment_id)


async def order(root: Dispute, info: Info) -> Order | None:
    return await info.context.loaders.order.load(root.order_id) if root.order_id else None


async def newest(info: Info, state: DisputeState | None = None) -> Sequence[Dispute]:
    """Those of one state, if it is named."""
    return await newest_disputes(info.context.pool, state=state, limit=MAX_PAGE_SIZE)
