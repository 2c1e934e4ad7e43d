"""What went back to buyers, batched."""

from collections.abc import Sequence

from domain.orders.access import may_read_order
from domain.orders.refunding.model import Refund, RefundAllocation
from domain.payments.observing import Dispute
from domain.payments.operations import OperationState
from domain.shared.ids import OrderId, PaymentId, RefundId
from loaders.batch import many_per_key, one_per_key
from loaders.reads import Reads
from persistence.orders import queries
from persistence.payments.observing import disputes_of_payments
from persistence.payments.operations import operations_of_refunds
from persistence.payments.refunds import refunds_by_id, refunds_of_orders


async def refunds(reads: Reads, ids: Sequence[RefundId]) -> list[Refund | None]:
    """Those of orders that the actor may read."""
    found = await refunds_by_id(reads.pool, ids)
    orders = await queries.orders_by_id(reads.pool, list({refund.order_id for refund in found}))
    readable = {order.id for order in orders if may_read_order(reads.actor, order)}
    return one_per_key(ids, [refund for refund in found if refund.order_id in readable], lambda refund: refund.id)


async def refunds_of_order(reads: Reads, ids: Sequence[OrderId]) -> list[list[Refund]]:
    return many_per_key(ids, await refunds_of_orders(reads.pool, ids), lambda refund: refund.order_id)


async def disputes_of_payment(reads: Reads, ids: Sequence[PaymentId]) -> list[list[Dispute]]:
    """What banks want back of each payment, the oldest first; for staff, as the schema has it."""
    return many_per_key(ids, await disputes_of_payments(reads.pool, ids), lambda dispute: dispute.payment_id)


async def allocations_of_refund(reads: Reads, ids: Sequence[RefundId]) -> list[list[RefundAllocation]]:
    """To where each refund goes; what failed and was tried again by another way is left out."""
    found = await operations_of_refunds(reads.pool, ids)
    live = [item for item in found if item.state is not OperationState.FAILED]
    return [
        [
            RefundAllocation(item.payment_id, item.amount, item.to_store_credit)
            for item in live
            if item.refund_id == refund_id
        ]
        for refund_id in ids
    ]
