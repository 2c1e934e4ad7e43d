"""Returns, batched: by id for readers of the order and for the vendor, else for the reader of what they are of."""

from collections.abc import Sequence

from domain.orders.access import may_read_order
from domain.returns.model import Return
from domain.shared.ids import OrderId, ReturnId
from loaders.batch import many_per_key, one_per_key
from loaders.orders import PartKey, of_parts
from loaders.reads import Reads
from persistence.orders import queries as orders
from persistence.returns import queries


async def returns(reads: Reads, ids: Sequence[ReturnId]) -> list[Return | None]:
    """Those that the actor may read: of orders that they may, and of vendors that they act for (rule V8)."""
    found = await queries.returns_by_id(reads.pool, ids)
    others = {item.order_id for item in found if not reads.actor.acts_for(item.vendor_id)}
    of = await orders.orders_by_id(reads.pool, list(others)) if others else []
    readable = {order.id for order in of if may_read_order(reads.actor, order)}
    seen = [item for item in found if item.order_id in readable or reads.actor.acts_for(item.vendor_id)]
    return one_per_key(ids, seen, lambda item: item.id)


async def returns_of_order(reads: Reads, ids: Sequence[OrderId]) -> list[list[Return]]:
    return many_per_key(ids, await queries.returns_of_orders(reads.pool, ids), lambda item: item.order_id)


async def returns_of_vendor_order(reads: Reads, keys: Sequence[PartKey]) -> list[list[Return]]:
    found = await of_parts(reads, keys, queries.returns_of_vendor_orders)
    return many_per_key(keys, found, lambda item: (item.vendor_id, item.vendor_order_id))
