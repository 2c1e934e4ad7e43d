"""Webhooks of the platform and of vendors."""

from datetime import datetime
from operator import attrgetter

from domain.shared.errors import ErrorCode, refuse
from domain.shared.events import RecordedEvent
from domain.shared.ids import WebhookDeliveryId, WebhookId, type_id
from domain.shared.making import dataclass
from domain.shared.page import Page, PageRequest
from domain.vendors.model import Vendor
from domain.webhooks import usecases
from domain.webhooks.model import (
    INTEGRATIONS_WRITE,
    Webhook,
    WebhookAttempt,
    WebhookDelivery,
    WebhookDeliveryState,
    WebhookState,
)
from persistence import outbox
from persistence.row_security import as_vendor
from persistence.unit_of_work import PostgresUnitOfWork
from persistence.webhooks import queries
from resolvers.context import Info
from resolvers.log import position_of
from resolvers.paging import paged
from resolvers.relations import relation
from resolvers.vendor_portal import VendorPortal
from resolvers.webhook_documents import documents_of


@dataclass(frozen=True, slots=True)
class NameWebhook:
    """What is done to a webhook needs no more than its id."""

    id: WebhookId


@dataclass(frozen=True, slots=True)
class NameDelivery:
    id: WebhookDeliveryId


@dataclass(frozen=True, slots=True)
class ReplayEvents:
    """Which events to send again: those behind a cursor of the log, or since a moment."""

    id: WebhookId
    after: str | None
    since: datetime | None


@paged()
async def newest(info: Info, page: PageRequest, state: list[WebhookState] | None = None) -> Page[Webhook]:
    """All webhooks, those of vendors too, newest first."""
    return await queries.webhooks_page(info.context.pool, page, states=state)


@paged()
async def webhooks_of_vendor(
    root: VendorPortal, info: Info, page: PageRequest, state: list[WebhookState] | None = None
) -> Page[Webhook]:
    """The vendor's webhooks, newest first."""
    vendor_id = root.vendor_id

    async def count() -> int:
        async with as_vendor(info.context.pool, vendor_id) as connection:
            return await queries.count_of_vendor(connection, vendor_id, states=state)

    async with as_vendor(info.context.pool, vendor_id) as connection:
        return await queries.webhooks_page(connection, page, states=state, vendor_id=vendor_id, count=count)


@paged()
async def deliveries(
    root: Webhook, info: Info, page: PageRequest, state: list[WebhookDeliveryState] | None = None
) -> Page[WebhookDelivery]:
    """What was sent to a webhook and what waits, the latest events first."""
    return await queries.deliveries_page(info.context.pool, page, root.id, states=state)


async def vendor_of(root: Webhook, info: Info) -> Vendor | None:
    return None if root.vendor_id is None else await info.context.loaders.vendor.load(root.vendor_id)


@relation("webhook", attrgetter("webhook_id"))
def webhook_of(_root: WebhookDelivery, found: Webhook | None) -> Webhook:
    assert found is not None, "a delivery goes with its webhook"
    return found


async def event_of(root: WebhookDelivery, info: Info) -> RecordedEvent | None:
    """The event, if the reader may see it."""
    return None if root.event_id is None else await info.context.loaders.event.load(root.event_id)


@relation("attempts_of_webhook_delivery", attrgetter("id"))
def attempts(_root: WebhookDelivery, found: list[WebhookAttempt]) -> list[WebhookAttempt]:
    return found


async def save(info: Info, command: usecases.SaveWebhook) -> usecases.SavedWebhook:
    return await usecases.save_webhook(_unit_of_work(info), command, await _around(info, new=True))


async def pause(info: Info, command: NameWebhook) -> Webhook:
    return await usecases.pause_webhook(_unit_of_work(info), command.id, await _around(info))


async def resume(info: Info, command: NameWebhook) -> Webhook:
    return await usecases.resume_webhook(_unit_of_work(info), command.id, await _around(info))


async def delete(info: Info, command: NameWebhook) -> WebhookId:
    return await usecases.delete_webhook(_unit_of_work(info), command.id)


async def rotate_secret(info: Info, command: usecases.RotateSecret) -> usecases.SavedWebhook:
    return await usecases.rotate_secret(_unit_of_work(info), command, await _around(info))


async def ping(info: Info, command: NameWebhook) -> WebhookDelivery:
    return await usecases.ping_webhook(_unit_of_work(info), command.id, info.context.now)


async def replay_delivery(info: Info, command: NameDelivery) -> WebhookDelivery:
    return await usecases.replay_delivery(_unit_of_work(info), command.id, info.context.now)


async def replay_events(info: Info, command: ReplayEvents) -> Webhook:
    around = await _around(info)
    position = await _position(info, command, around.position)
    return await usecases.replay_events(_unit_of_work(info), command.id, around, after=position)


async def _position(info: Info, command: ReplayEvents, told: int) -> int:
    """Behind which position of the log; what was told last where nothing happened since."""
    if (command.after is None) == (command.since is None):
        raise refuse(ErrorCode.INVALID, "Name either a cursor or a moment.", "after")
    if command.after is not None:
        return position_of(command.after)
    assert command.since is not None
    since = max(0, round(command.since.timestamp() * 1000))
    found = await queries.position_since(info.context.pool, type_id("event", min(since, 2**48 - 1) << 80))
    return told if found is None else found


async def _around(info: Info, *, new: bool = False) -> usecases.Surroundings:
    """A new webhook is told from now on, whatever those before it were told by now."""
    services = info.context.services
    pool = info.context.pool
    return usecases.Surroundings(
        documents=documents_of(info.schema),
        secrets=services.webhooks.secrets,
        may_be_plain=services.webhooks.may_be_plain,
        position=await (outbox.head(pool) if new else queries.told_up_to(pool)),
        now=info.context.now,
    )


def _unit_of_work(info: Info) -> PostgresUnitOfWork:
    """Confined to the vendors that the actor acts for, unless the platform's webhooks are their business."""
    context = info.context
    return context.unit_of_work() if INTEGRATIONS_WRITE in context.actor.scopes else context.vendor_unit_of_work()
