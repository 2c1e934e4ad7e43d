"""Disputes: what buyers' banks want back, as staff sees it (rule Y11)."""

from collections.abc import Sequence
from operator import attrgetter

from domain.orders.model import Order
from domain.payments.model import Payment
from domain.payments.observing import Dispute
from domain.payments.ports import DisputeState
from domain.shared.page import MAX_PAGE_SIZE
from persistence.payments.observing import newest_disputes
from resolvers.context import Info
from resolvers.relations import relation


@relation("disputes_of_payment", attrgetter("id"))
def of_payment(_root: Payment, found: Sequence[Dispute]) -> Sequence[Dispute]:
    return found


async def of_order(root: Order, info: Info) -> Sequence[Dispute]:
    payments = await info.context.loaders.payments_of_order.load(root.id)
    found = await info.context.loaders.disputes_of_payment.load_many([payment.id for payment in payments])
    return [dispute for disputes in found for dispute in disputes]


@relation("payment", attrgetter("payment_id"))
def payment(_root: Dispute, found: Payment | None) -> Payment | None:
    return found


@relation("order", attrgetter("order_id"))
def order(_root: Dispute, found: Order | None) -> Order | None:
    return found


async def newest(info: Info, state: DisputeState | None = None) -> Sequence[Dispute]:
    """Those of one state, if it is named."""
    return await newest_disputes(info.context.pool, state=state, limit=MAX_PAGE_SIZE)
