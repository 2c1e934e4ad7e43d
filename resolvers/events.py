"""The event log for integrators and vendors: replay and subscriptions."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import strawberry

from domain.orders.access import EVENTS_READ, ORDERS_READ
from domain.orders.model import Order, VendorOrder
from domain.pricing.offer import Offer
from domain.shared.errors import RequestFault
from domain.shared.events import EventType, RecordedEvent
from domain.shared.ids import OrderId, VendorId
from persistence import outbox
from persistence.row_security import as_vendor
from resolvers.access import may_see
from resolvers.context import Info
from resolvers.following import ReadLog, changes, follow
from resolvers.ids import parse_id
from resolvers.log import LOG, EventPage, checked_size, cursor_at, cursor_of, event_page, position_of
from resolvers.nodes import node

REPLAY_SIZE = 100

type Types = Sequence[EventType] | None


async def events(
    info: Info, after: str | None = None, types: list[EventType] | None = None, first: int = REPLAY_SIZE
) -> EventPage:
    """The log from a cursor on, from its beginning without one."""
    limit = checked_size(first) + 1
    position = position_of(after) if after is not None else 0
    return event_page(await outbox.after(info.context.pool, position, limit=limit, types=types), first, after)


async def live_cursor(info: Info) -> str:
    """Behind all that the log has by now."""
    return cursor_at(await outbox.head(info.context.pool))


async def order_events(
    info: Info, after: str | None = None, types: list[EventType] | None = None, order_id: strawberry.ID | None = None
) -> AsyncIterator[RecordedEvent]:
    """The whole log, or an order's part of it, from a cursor or from now on."""
    order = None if order_id is None else parse_id(order_id, "order", OrderId)
    position = await _start(info, after)
    return follow(info, order or LOG, position, _reads_all(info, types, order))


async def vendor_order_events(
    info: Info, vendor_id: strawberry.ID, after: str | None = None, types: list[EventType] | None = None
) -> AsyncIterator[RecordedEvent]:
    """What concerns a vendor, from a cursor or from now on."""
    vendor = parse_id(vendor_id, "vendor", VendorId)
    position = await _start(info, after)
    return follow(info, vendor_topic(vendor), position, _reads_own(info, types, vendor))


async def order_changed(info: Info, id: strawberry.ID) -> AsyncIterator[Order]:
    """An order as it is, and anew whenever it changes; for whoever may read it."""
    order_id = parse_id(id, "order", OrderId)
    return changes(info, order_id, lambda: info.context.loaders.order.load(order_id), lambda order: order.version)


def vendor_topic(vendor_id: str) -> str:
    """Where a vendor's events are told of."""
    return f"vendor:{vendor_id}"


async def _start(info: Info, after: str | None) -> int:
    return position_of(after) if after is not None else await outbox.head(info.context.pool)


def _reads_all(info: Info, types: Types, order_id: OrderId | None) -> ReadLog:
    async def read(position: int, limit: int) -> tuple[Sequence[RecordedEvent], int]:
        async with info.context.pool.acquire() as connection:
            head = await outbox.head(connection)
            found = await outbox.after(connection, position, limit=limit, types=types, order_id=order_id)
        return found, _seen(found, limit, max(position, head))

    return read


def _reads_own(info: Info, types: Types, vendor_id: VendorId) -> ReadLog:
    async def read(position: int, limit: int) -> tuple[Sequence[RecordedEvent], int]:
        head = await outbox.head(info.context.pool)
        async with as_vendor(info.context.pool, vendor_id) as connection:
            found = await outbox.after(connection, position, limit=limit, types=types, vendor_id=vendor_id)
        return found, _seen(found, limit, max(position, head))

    return read


def _seen(found: Sequence[RecordedEvent], limit: int, head: int) -> int:
    """Up to where all has been seen. A batch that is not full reaches the head, which was read before it."""
    if len(found) == limit:
        return found[-1].position
    return max(head, found[-1].position) if found else head


def cursor(root: RecordedEvent) -> str:
    return cursor_of(root)


def actor(root: RecordedEvent, info: Info) -> str | None:
    """Who did it, for those who may read the log and for whoever did it."""
    reader = info.context.actor
    return root.actor if EVENTS_READ in reader.scopes or reader.id == root.actor else None


async def subject(root: RecordedEvent, info: Info) -> Any:
    """What it is about, unless that is gone or not for this reader."""
    if root.subject_id == root.order_id:
        return await order(root, info)
    try:
        return await node(info, strawberry.ID(root.subject_id))
    except RequestFault:
        return None


async def order(root: RecordedEvent, info: Info) -> Order | None:
    """The order, but never for a vendor that merely has a part in it (rule V8)."""
    if root.order_id is None:
        return None
    found = await info.context.loaders.order.load(root.order_id)
    return found if found is not None and not _hears_as_vendor(root, found, info) else None


def _hears_as_vendor(event: RecordedEvent, order: Order, info: Info) -> bool:
    reader = info.context.actor
    if {EVENTS_READ, ORDERS_READ} & reader.scopes:
        return False
    is_buyer = order.customer_id is not None and order.customer_id == reader.customer_id
    return event.vendor_id is not None and reader.acts_for(event.vendor_id) and not is_buyer


async def vendor_order(root: RecordedEvent, info: Info) -> VendorOrder | None:
    if root.vendor_order_id is None:
        return None
    return await info.context.loaders.vendor_order.load(root.vendor_order_id)


async def offer(root: RecordedEvent, info: Info) -> Offer | None:
    if root.offer_id is None:
        return None
    found = await info.context.loaders.offer.load(root.offer_id)
    return found if found is not None and may_see(info.context.actor, found) else None
