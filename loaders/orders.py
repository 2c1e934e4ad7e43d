"""Orders, their parts, and what was paid and sent, batched.

Loaders of a type's own name read by id for whoever asks, so they leave out what the actor may not read; those `of` an
order or a part rely on that having been decided where it was read.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence

from domain.fulfillment.digital.model import DigitalDownload
from domain.fulfillment.model import Fulfillment
from domain.orders.access import EVENTS_READ, may_read_order
from domain.orders.invoicing.model import OrderDocument
from domain.orders.model import Order, OrderLine, Paid, SaleTerms, VendorOrder
from domain.payments.model import Payment
from domain.shared.events import RecordedEvent
from domain.shared.ids import EventId, FulfillmentId, OrderId, OrderLineId, PaymentId, VendorId, VendorOrderId
from loaders.batch import many_per_key, one_per_key
from loaders.reads import Reads
from persistence import outbox
from persistence.fulfillment import queries as fulfillment
from persistence.fulfillment.digital import downloads_of_lines
from persistence.orders import invoices, queries, terms
from persistence.orders import payments as paid
from persistence.row_security import as_vendor
from persistence.statement import Database

type PartKey = tuple[VendorId, VendorOrderId]
"""A vendor's part of an order, with whose it is."""


async def orders(reads: Reads, ids: Sequence[OrderId]) -> list[Order | None]:
    found = await queries.orders_by_id(reads.pool, ids)
    return one_per_key(ids, [order for order in found if may_read_order(reads.actor, order)], lambda order: order.id)


async def terms_of_sales(reads: Reads, sales: Sequence[terms.Sale]) -> list[SaleTerms]:
    """What markets said of orders when these were placed."""
    return await terms.terms_of_sales(reads.pool, sales)


async def vendor_orders(reads: Reads, ids: Sequence[VendorOrderId]) -> list[VendorOrder | None]:
    found = await queries.vendor_orders_by_id(reads.pool, ids)
    return one_per_key(ids, await _readable(reads, found), lambda part: part.id)


async def order_lines(reads: Reads, ids: Sequence[OrderLineId]) -> list[OrderLine | None]:
    found = await queries.lines_by_id(reads.pool, ids)
    return one_per_key(ids, await _readable(reads, found), lambda line: line.id)


async def fulfillments(reads: Reads, ids: Sequence[FulfillmentId]) -> list[Fulfillment | None]:
    found = await fulfillment.fulfillments_by_id(reads.pool, ids)
    return one_per_key(ids, await _readable(reads, found), lambda sent: sent.id)


async def payments(reads: Reads, ids: Sequence[PaymentId]) -> list[Payment | None]:
    found = await paid.payments_by_id(reads.pool, ids)
    readable = await _readable_orders(reads, [payment.order_id for payment in found])
    return one_per_key(ids, [payment for payment in found if payment.order_id in readable], lambda found: found.id)


async def events(reads: Reads, ids: Sequence[EventId]) -> list[RecordedEvent | None]:
    found = await outbox.by_id(reads.pool, ids)
    if EVENTS_READ not in reads.actor.scopes:
        readable = await _readable_orders(reads, [event.order_id for event in found])
        found = [event for event in found if event.order_id in readable or _is_own(reads, event.vendor_id)]
    return one_per_key(ids, found, lambda event: event.id)


async def lines_of_order(reads: Reads, ids: Sequence[OrderId]) -> list[list[OrderLine]]:
    return many_per_key(ids, await queries.lines_of_orders(reads.pool, ids), lambda line: line.order_id)


async def vendor_orders_of_order(reads: Reads, ids: Sequence[OrderId]) -> list[list[VendorOrder]]:
    return many_per_key(ids, await queries.vendor_orders_of_orders(reads.pool, ids), lambda part: part.order_id)


async def fulfillments_of_order(reads: Reads, ids: Sequence[OrderId]) -> list[list[Fulfillment]]:
    return many_per_key(ids, await fulfillment.fulfillments_of_orders(reads.pool, ids), lambda sent: sent.order_id)


async def documents_of_order(reads: Reads, ids: Sequence[OrderId]) -> list[list[OrderDocument]]:
    return many_per_key(ids, await invoices.documents_of_orders(reads.pool, ids), lambda document: document.order_id)


async def downloads_of_line(reads: Reads, ids: Sequence[OrderLineId]) -> list[list[DigitalDownload]]:
    return many_per_key(ids, await downloads_of_lines(reads.pool, ids), lambda download: download.order_line_id)


async def payments_of_order(reads: Reads, ids: Sequence[OrderId | None]) -> list[list[Payment]]:
    found = await paid.payments_of_orders(reads.pool, [order_id for order_id in ids if order_id is not None])
    return many_per_key(ids, found, lambda payment: payment.order_id)


async def paid_of_order(reads: Reads, ids: Sequence[OrderId]) -> list[Paid]:
    sums = await queries.paid_of_orders(reads.pool, ids)
    return [sums.get(order_id, Paid()) for order_id in ids]


async def first_events_of_order(reads: Reads, keys: Sequence[tuple[OrderId, int]]) -> list[list[RecordedEvent]]:
    """The first so many events of each order. One statement for all orders that are asked the same number of."""
    found: dict[tuple[OrderId, int], list[RecordedEvent]] = {key: [] for key in keys}
    for limit in {limit for _, limit in keys}:
        ids = [order_id for order_id, asked in keys if asked == limit]
        for event in await outbox.first_of_orders(reads.pool, ids, limit=limit):
            assert event.order_id is not None, "they were found by it"
            found[event.order_id, limit].append(event)
    return [found[key] for key in keys]


async def lines_of_vendor_order(reads: Reads, keys: Sequence[PartKey]) -> list[list[OrderLine]]:
    found = await of_parts(reads, keys, queries.lines_of_vendor_orders)
    return many_per_key(keys, found, lambda line: (line.vendor_id, line.vendor_order_id))


async def fulfillments_of_vendor_order(reads: Reads, keys: Sequence[PartKey]) -> list[list[Fulfillment]]:
    found = await of_parts(reads, keys, fulfillment.fulfillments_of_vendor_orders)
    return many_per_key(keys, found, lambda sent: (sent.vendor_id, sent.vendor_order_id))


async def documents_of_vendor_order(reads: Reads, keys: Sequence[PartKey]) -> list[list[OrderDocument]]:
    found = await of_parts(reads, keys, invoices.documents_of_parts)
    return many_per_key(keys, found, lambda document: (document.vendor_id, document.vendor_order_id))


async def of_parts[Found](
    reads: Reads,
    keys: Sequence[PartKey],
    read: Callable[[Database, Sequence[VendorOrderId]], Awaitable[list[Found]]],
) -> list[Found]:
    """What belongs to parts of orders; whoever acts for their vendor reads as that vendor."""
    found: list[Found] = []
    by_vendor: dict[VendorId | None, list[VendorOrderId]] = defaultdict(list)
    for vendor_id, part_id in keys:
        by_vendor[vendor_id if reads.actor.acts_for(vendor_id) else None].append(part_id)
    for own, ids in by_vendor.items():
        if own is None:
            found += await read(reads.pool, ids)
        else:
            async with as_vendor(reads.pool, own) as connection:
                found += await read(connection, ids)
    return found


async def _readable[Found: (VendorOrder, OrderLine, Fulfillment)](reads: Reads, found: Sequence[Found]) -> list[Found]:
    """What the actor may read of parts of orders and what belongs to them."""
    others = [item for item in found if not reads.actor.acts_for(item.vendor_id)]
    readable = await _readable_orders(reads, [item.order_id for item in others])
    return [item for item in found if item.order_id in readable or reads.actor.acts_for(item.vendor_id)]


async def _readable_orders(reads: Reads, ids: Iterable[OrderId | None]) -> set[OrderId | None]:
    asked = list({order_id for order_id in ids if order_id is not None})
    return {order.id for order in await orders(reads, asked) if order is not None} if asked else set()


def _is_own(reads: Reads, vendor_id: VendorId | None) -> bool:
    return vendor_id is not None and reads.actor.acts_for(vendor_id)
