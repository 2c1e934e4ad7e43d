"""Reads of webhooks and of the log of their deliveries."""

from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy import Text, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY

from domain.shared.events import EventType
from domain.shared.ids import VendorId, WebhookDeliveryId, WebhookId
from domain.shared.page import Page, PageRequest
from domain.webhooks.model import (
    Webhook,
    WebhookAttempt,
    WebhookDelivery,
    WebhookDeliveryState,
    WebhookOutcome,
    WebhookPauseReason,
    WebhookState,
)
from persistence.common_tables import event
from persistence.newest_first import NewestFirst
from persistence.statement import Database, Record
from persistence.webhooks.tables import webhook, webhook_delivery

PAGE_SIZE = 50
READER = "webhooks"
"""The name under which the log knows up to where webhooks were told."""

WEBHOOK_COLUMNS = """id, vendor_id, owner_id, url, events, document, state, pause_reason, paused_at, created_at,
    version, failures, failing_since, last_success_at, last_failure_at"""
_COLUMNS = tuple(webhook.c[name.strip()] for name in WEBHOOK_COLUMNS.split(","))

DELIVERY_COLUMNS = """delivery.id, delivery.webhook_id, webhook.vendor_id, delivery.event_id, event.type,
    event.subject_id, delivery.state, delivery.attempts, delivery.tries, delivery.created_at, delivery.next_attempt_at,
    delivery.ended_at"""
DELIVERIES = """webhook_delivery AS delivery JOIN webhook ON webhook.id = delivery.webhook_id
    LEFT JOIN event ON event.id = delivery.event_id"""

_BY_ID = f"SELECT {WEBHOOK_COLUMNS} FROM webhook WHERE id = ANY($1::text[])"  # noqa: S608 - made of constants
_DELIVERIES_BY_ID = f"SELECT {DELIVERY_COLUMNS} FROM {DELIVERIES} WHERE delivery.id = ANY($1::text[])"  # noqa: S608
_ATTEMPTS = """
SELECT webhook_delivery_id, number, at, milliseconds, outcome, status_code, response FROM webhook_attempt
WHERE webhook_delivery_id = ANY($1::text[]) ORDER BY webhook_delivery_id, number
"""
_POSITION = """
SELECT coalesce((SELECT position FROM log WHERE name = $1), (SELECT position FROM log WHERE name = 'events'), 0)
"""
_SINCE = "SELECT position FROM event WHERE id >= $1 AND position IS NOT NULL ORDER BY id LIMIT 1"


def webhook_of(row: Record) -> Webhook:
    """From a row of WEBHOOK_COLUMNS."""
    values = dict(row)
    reason = values["pause_reason"]
    return Webhook(
        **values
        | {
            "events": tuple(map(EventType, values["events"])),
            "state": WebhookState(values["state"]),
            "pause_reason": None if reason is None else WebhookPauseReason(reason),
        }
    )


def delivery_of(row: Record) -> WebhookDelivery:
    """From a row of DELIVERY_COLUMNS."""
    id_, webhook_id, vendor_id, event_id, type_, subject_id, state, *rest = row
    kind = None if type_ is None else EventType(type_)
    return WebhookDelivery(id_, webhook_id, vendor_id, event_id, kind, subject_id, WebhookDeliveryState(state), *rest)


async def webhooks_by_id(database: Database, ids: Sequence[WebhookId]) -> list[Webhook]:
    """Those that exist, in no order."""
    return [webhook_of(row) for row in await database.fetch(_BY_ID, list(ids))]


async def deliveries_by_id(database: Database, ids: Sequence[WebhookDeliveryId]) -> list[WebhookDelivery]:
    """Those that exist, in no order."""
    return [delivery_of(row) for row in await database.fetch(_DELIVERIES_BY_ID, list(ids))]


async def attempts_of(
    database: Database, ids: Sequence[WebhookDeliveryId]
) -> list[tuple[WebhookDeliveryId, WebhookAttempt]]:
    """The attempts at each delivery, the first one first."""
    return [
        (WebhookDeliveryId(id_), WebhookAttempt(number, at, milliseconds, WebhookOutcome(outcome), status, response))
        for id_, number, at, milliseconds, outcome, status, response in await database.fetch(_ATTEMPTS, list(ids))
    ]


_newest = select(*_COLUMNS).where(
    bindparam("states", type_=ARRAY(Text)).is_(None)
    | (webhook.c.state == bindparam("states", type_=ARRAY(Text)).any_())
)
_ALL: NewestFirst[Webhook] = NewestFirst("webhooks", _newest, webhook.c.id, webhook_of, size=PAGE_SIZE)
_OF_VENDOR: NewestFirst[Webhook] = NewestFirst(
    "webhooks", _newest.where(webhook.c.vendor_id == bindparam("of_vendor")), webhook.c.id, webhook_of, size=PAGE_SIZE
)
_log = (
    select(
        webhook_delivery.c.id,
        webhook_delivery.c.webhook_id,
        webhook.c.vendor_id,
        webhook_delivery.c.event_id,
        event.c.type,
        event.c.subject_id,
        webhook_delivery.c.state,
        webhook_delivery.c.attempts,
        webhook_delivery.c.tries,
        webhook_delivery.c.created_at,
        webhook_delivery.c.next_attempt_at,
        webhook_delivery.c.ended_at,
    )
    .select_from(webhook_delivery.join(webhook).outerjoin(event, event.c.id == webhook_delivery.c.event_id))
    .where(webhook_delivery.c.webhook_id == bindparam("of_webhook"))
    .where(
        bindparam("states", type_=ARRAY(Text)).is_(None)
        | (webhook_delivery.c.state == bindparam("states", type_=ARRAY(Text)).any_())
    )
)
_LOG: NewestFirst[WebhookDelivery] = NewestFirst(
    "webhook_deliveries", _log, webhook_delivery.c.id, delivery_of, size=PAGE_SIZE
)


async def webhooks_page(
    database: Database,
    request: PageRequest,
    *,
    states: Sequence[WebhookState] | None = None,
    vendor_id: VendorId | None = None,
    count: Callable[[], Awaitable[int]] | None = None,
) -> Page[Webhook]:
    """Webhooks of a vendor or of all, the newest first."""
    names = None if states is None else [state.value for state in states]
    if vendor_id is None:
        return await _ALL.page(database, request, count=count, states=names)
    return await _OF_VENDOR.page(database, request, count=count, states=names, of_vendor=vendor_id)


async def count_of_vendor(
    database: Database, vendor_id: VendorId, *, states: Sequence[WebhookState] | None = None
) -> int:
    names = None if states is None else [state.value for state in states]
    return await _OF_VENDOR.count(database, states=names, of_vendor=vendor_id)


async def deliveries_page(
    database: Database,
    request: PageRequest,
    webhook_id: WebhookId,
    *,
    states: Sequence[WebhookDeliveryState] | None = None,
) -> Page[WebhookDelivery]:
    """What was sent to a webhook and what waits, the latest events first."""
    names = None if states is None else [state.value for state in states]
    return await _LOG.page(database, request, states=names, of_webhook=webhook_id)


async def told_up_to(database: Database) -> int:
    """Up to which position of the log webhooks were told, or the log's last one where none was told anything yet."""
    position: int = await database.fetchval(_POSITION, READER)
    return position


async def position_since(database: Database, first_id: str) -> int | None:
    """The position before the first event whose id is `first_id` or later; None if there is no such event."""
    position: int | None = await database.fetchval(_SINCE, first_id)
    return None if position is None else position - 1
