"""Everything that happened, for those who react to it."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry.scalars import JSON

from domain.shared import events as model
from resolvers import events
from resolvers.log import EventPage
from schema.base import Edge, Node, PageInfo, enum, represents, resolve, stream
from schema.orders import Order, VendorOrder

if TYPE_CHECKING:
    from schema.pricing import Offer

enum(model.EventType)

EVENTS_READ = [["events:read"]]


@strawberry.type(
    description="A fact. Delivery is at least once and in order: `id` tells doubles apart, `cursor` resumes after it."
)
@represents(model.RecordedEvent)
class Event(Node):
    loader = "event"

    cursor: str = resolve(events.cursor, description="Pass it as `after`, to `events` or any subscription of events.")
    type: model.EventType = resolve(description="What happened.")
    sequence: int = resolve(description="Counts the events of the subject without gaps, from 1.")
    occurred_at: datetime = resolve(description="When it happened.")
    actor: str | None = resolve(events.actor, description="The id of who did it, for those who may read the log.")
    subject: Node | None = resolve(
        events.subject, description="What it happened to, as it is now; null if it is gone or not for this reader."
    )
    order: Order | None = resolve(
        events.order, description="The order concerned; never for a vendor with a part in it."
    )
    vendor_order: VendorOrder | None = resolve(events.vendor_order, description="The part of an order concerned.")
    offer: Annotated["Offer", strawberry.lazy("schema.pricing")] | None = resolve(
        events.offer, description="The offer concerned."
    )
    changes: JSON = resolve(
        description='Changed fields with their values, as in `{"status": {"old": ..., "new": ...}}`.'
    )


@strawberry.type(description="A part of the log. It is not counted, since the log has no end.")
@represents(EventPage)
class EventConnection:
    edges: list[Edge[Event]] = resolve(description="The events with their cursors.")
    nodes: list[Event] = resolve(description="The events alone.")
    page_info: PageInfo = resolve(description="Where this part stands in the log.")
    live_cursor: str = resolve(
        events.live_cursor,
        description="Where the log ends now: as `after` of a subscription it misses nothing from now on, "
        "also if the line is cut before the first event.",
    )


@strawberry.type
class EventsQuery:
    events: EventConnection = resolve(
        events.events,
        requires_scopes=EVENTS_READ,
        tags=["admin"],
        description="Replay of the log, the oldest first: the items, order and cursors of the subscriptions.",
    )


@strawberry.type
class EventsSubscription:
    order_events: Event = stream(
        events.order_events,
        requires_scopes=EVENTS_READ,
        tags=["admin"],
        description="Every event of the log behind `after`, or from now on; narrowed by types or to one order.",
    )
    vendor_order_events: Event = stream(
        events.vendor_order_events,
        policy=[["vendor"]],
        tags=["vendor"],
        description="What concerns a vendor: its parts of orders, its offers and its stock.",
    )
    order_changed: Order = stream(
        events.order_changed,
        description="An order now, and again whenever it changes, for the buyer who holds its id.",
    )
