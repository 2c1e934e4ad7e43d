"""What staff, vendors and integrators do with webhooks.

A vendor's webhooks are the business of whoever acts for it; staff may stop them. Those of the platform are the business
of staff and API keys with `integrations:write`, who need `events:read` to have events sent.
"""

from dataclasses import field
from datetime import datetime, timedelta

from domain.shared.actor import Actor
from domain.shared.errors import ErrorCode, Problem, Refused, refuse
from domain.shared.events import Event, EventType
from domain.shared.ids import VendorId, WebhookDeliveryId, WebhookId
from domain.shared.making import dataclass, replace
from domain.webhooks.model import (
    DELIVERY_PREFIX,
    EVENTS_READ,
    INTEGRATIONS_WRITE,
    Webhook,
    WebhookDelivery,
    WebhookDeliveryState,
    WebhookPauseReason,
    WebhookState,
)
from domain.webhooks.ports import Documents, SecretMaker, UnitOfWork
from domain.webhooks.urls import url_problem

MAX_OF_PLATFORM = 50
MAX_OF_VENDOR = 10
MAX_DOCUMENT = 8_000
MAX_OVERLAP_HOURS = 168
MAX_WAITING_PINGS = 3


@dataclass(frozen=True, slots=True)
class SaveWebhook:
    """Make one, or change the one that `webhook_id` names; what is None stays, or is the default of a new one.

    An empty `document` is the payload that one has without; no `events` are all kinds.
    """

    webhook_id: WebhookId | None = None
    vendor_id: VendorId | None = None
    url: str | None = None
    events: tuple[EventType, ...] | None = None
    document: str | None = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class SavedWebhook:
    """`secret` signs what a new one is sent. It is told here and never again."""

    webhook: Webhook
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class RotateSecret:
    """Sign by a new secret at once, and for so many hours by the present one as well."""

    webhook_id: WebhookId
    overlap_hours: int


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`may_be_plain` lets in addresses without TLS; `position` is up to where webhooks were told of the log."""

    documents: Documents
    secrets: SecretMaker
    may_be_plain: bool
    position: int
    now: datetime


async def save_webhook(uow: UnitOfWork, command: SaveWebhook, around: Surroundings) -> SavedWebhook:
    """Whoever saves a webhook becomes its owner: payloads show what they may see, for as long as they may.

    At another address what waits is tried at once, and nothing is held against it that the one before did.
    """
    await _check(uow.actor, command, around)
    async with uow:
        if command.webhook_id is None:
            saved = await _added(uow, command, around)
        else:
            saved = SavedWebhook(await _changed(uow, command, around))
        await uow.commit()
    return saved


async def pause_webhook(uow: UnitOfWork, webhook_id: WebhookId, around: Surroundings) -> Webhook:
    """Send nothing until it is resumed, when all that happened meanwhile is sent. Twice is as once."""
    async with uow:
        webhook = await _to_stop(uow, webhook_id)
        if webhook.state is WebhookState.PAUSED:
            return webhook
        paused = webhook.paused(WebhookPauseReason.BY_HAND, around.now)
        await uow.webhooks.save(paused, behind=around.position)
        _record(uow, paused, state={"old": webhook.state.value, "new": paused.state.value})
        await uow.commit()
    return paused


async def resume_webhook(uow: UnitOfWork, webhook_id: WebhookId, around: Surroundings) -> Webhook:
    """Send what was missed and what comes, in the order of the log, with the rights of whoever resumes it."""
    async with uow:
        webhook = await _to_own(uow, webhook_id)
        resumed = webhook.resumed(_owner(uow.actor))
        await uow.webhooks.save(resumed)
        await uow.webhooks.go_on(webhook_id, around.now)
        _record(uow, resumed, state={"old": webhook.state.value, "new": resumed.state.value})
        await uow.commit()
    return resumed


async def delete_webhook(uow: UnitOfWork, webhook_id: WebhookId) -> WebhookId:
    """Send nothing any more, and forget what was sent."""
    async with uow:
        webhook = await _to_stop(uow, webhook_id)
        _record(uow, webhook, state={"old": webhook.state.value, "new": None})
        await uow.webhooks.remove(webhook_id)
        await uow.commit()
    return webhook_id


async def rotate_secret(uow: UnitOfWork, command: RotateSecret, around: Surroundings) -> SavedWebhook:
    """A new secret beside the present one, which goes on signing for the overlap."""
    if not 0 <= command.overlap_hours <= MAX_OVERLAP_HOURS:
        raise refuse(ErrorCode.INVALID, f"An overlap is 0 to {MAX_OVERLAP_HOURS} hours.", "overlap_hours")
    secret = around.secrets.new_secret()
    async with uow:
        webhook = await _to_own(uow, command.webhook_id)
        await uow.webhooks.end_secrets(webhook.id, around.now + timedelta(hours=command.overlap_hours))
        await uow.webhooks.add_secret(webhook.id, secret.sealed, around.now)
        _record(uow, webhook, secret={"new": "rotated"})
        await uow.commit()
    return SavedWebhook(webhook, secret.text)


async def ping_webhook(uow: UnitOfWork, webhook_id: WebhookId, now: datetime) -> WebhookDelivery:
    """Send a message without an event, once, to see whether it arrives."""
    async with uow:
        webhook = await _to_own(uow, webhook_id)
        _must_be_enabled(webhook)
        if await uow.webhooks.waiting_pings(webhook_id) >= MAX_WAITING_PINGS:
            raise refuse(ErrorCode.QUANTITY_LIMIT, "Other pings wait to be sent.", "id")
        ping = _ping(uow, webhook, now)
        await uow.webhooks.add_delivery(ping)
        await uow.webhooks.wake(webhook_id, now)
        await uow.commit()
    return ping


async def replay_delivery(uow: UnitOfWork, delivery_id: WebhookDeliveryId, now: datetime) -> WebhookDelivery:
    """Deliver an event again under the id that it had, or at once what waits to be tried again."""
    async with uow:
        delivery = await uow.webhooks.lock_delivery(delivery_id)
        if delivery is None:
            raise refuse(ErrorCode.NOT_FOUND, "No such delivery.", "id")
        webhook = await _to_own(uow, delivery.webhook_id)
        if delivery.is_ping:
            raise refuse(ErrorCode.INVALID_TRANSITION, "A ping is sent once; send another.", "id")
        await uow.webhooks.put_in_line(delivery_id, now)
        await uow.webhooks.wake(webhook.id, now)
        await uow.commit()
    return replace(delivery, state=WebhookDeliveryState.WAITING, tries=0, next_attempt_at=now, ended_at=None)


async def replay_events(uow: UnitOfWork, webhook_id: WebhookId, around: Surroundings, *, after: int) -> Webhook:
    """Send again all events of the log behind a position, in their order and under the ids that they had."""
    async with uow:
        webhook = await _to_own(uow, webhook_id)
        await uow.webhooks.tell_again(webhook_id, after=min(after, around.position), until=around.position)
        await uow.webhooks.wake(webhook_id, around.now)
        _record(uow, webhook, replay={"new": "asked for"})
        await uow.commit()
    return webhook


async def _check(actor: Actor, command: SaveWebhook, around: Surroundings) -> None:
    """Refuse what needs no look at the database to be seen as wrong."""
    problems = []
    if command.webhook_id is None and command.url is None:
        problems.append(Problem(ErrorCode.REQUIRED, "Say where events go.", ("url",)))
    if command.url is not None and (wrong := url_problem(command.url, may_be_plain=around.may_be_plain)):
        problems.append(Problem(ErrorCode.INVALID, wrong, ("url",)))
    problems += [
        Problem(ErrorCode.INVALID, message, ("document",)) for message in await _wrong_in(actor, command, around)
    ]
    if problems:
        raise Refused(*problems)


async def _wrong_in(actor: Actor, command: SaveWebhook, around: Surroundings) -> list[str]:
    document = command.document
    if not document:
        return []
    if len(document) > MAX_DOCUMENT:
        return [f"A document has at most {MAX_DOCUMENT} characters."]
    return list(await around.documents.problems(document, actor))


async def _added(uow: UnitOfWork, command: SaveWebhook, around: Surroundings) -> SavedWebhook:
    assert command.url is not None, "it was checked"
    _must_own(uow.actor, command.vendor_id)
    most = MAX_OF_PLATFORM if command.vendor_id is None else MAX_OF_VENDOR
    if await uow.webhooks.count(command.vendor_id) >= most:
        raise refuse(ErrorCode.QUANTITY_LIMIT, f"There are {most} webhooks already.")
    secret = around.secrets.new_secret()
    webhook = Webhook(
        id=WebhookId(uow.new_id("webhook")),
        vendor_id=command.vendor_id,
        owner_id=_owner(uow.actor),
        url=command.url,
        events=_kinds(command.events or ()),
        document=command.document or None,
        state=WebhookState.ENABLED,
        pause_reason=None,
        paused_at=None,
        created_at=around.now,
    )
    await uow.webhooks.add(webhook, behind=around.position)
    await uow.webhooks.add_secret(webhook.id, secret.sealed, around.now)
    await uow.webhooks.wake(webhook.id, around.now)
    _record(uow, webhook, state={"old": None, "new": webhook.state.value})
    return SavedWebhook(webhook, secret.text)


async def _changed(uow: UnitOfWork, command: SaveWebhook, around: Surroundings) -> Webhook:
    assert command.webhook_id is not None
    webhook = await _to_own(uow, command.webhook_id)
    if command.vendor_id not in (None, webhook.vendor_id):
        raise refuse(ErrorCode.INVALID, "A webhook stays with whom it was made for.", "vendor_id")
    if command.expected_version not in (None, webhook.version):
        raise refuse(ErrorCode.VERSION_CONFLICT, "It was changed meanwhile.", "expected_version")
    changed = replace(
        webhook,
        owner_id=_owner(uow.actor),
        url=command.url or webhook.url,
        events=webhook.events if command.events is None else _kinds(command.events),
        document=webhook.document if command.document is None else command.document or None,
        version=webhook.version + 1,
    )
    if changed.url != webhook.url:
        changed = replace(changed, failures=0, failing_since=None)
        await uow.webhooks.go_on(webhook.id, around.now)
    await uow.webhooks.save(changed)
    names = [name for name in ("owner_id", "url", "events", "document") if _differ(webhook, changed, name)]
    _record(uow, changed, changed={"new": names})
    await uow.webhooks.wake(webhook.id, around.now)
    return changed


def _differ(one: Webhook, other: Webhook, name: str) -> bool:
    return bool(getattr(one, name) != getattr(other, name))


async def _to_own(uow: UnitOfWork, webhook_id: WebhookId) -> Webhook:
    """The webhook, locked, for somebody whose rights it may act with."""
    webhook = await _to_stop(uow, webhook_id)
    _must_own(uow.actor, webhook.vendor_id)
    return webhook


async def _to_stop(uow: UnitOfWork, webhook_id: WebhookId) -> Webhook:
    """The webhook, locked, for somebody who may stop it."""
    webhook = await uow.webhooks.lock(webhook_id)
    if webhook is None or not _may_stop(uow.actor, webhook.vendor_id):
        raise refuse(ErrorCode.NOT_FOUND, "No such webhook.", "id")
    return webhook


def _may_stop(actor: Actor, vendor_id: VendorId | None) -> bool:
    return INTEGRATIONS_WRITE in actor.scopes or (vendor_id is not None and actor.acts_for(vendor_id))


def _must_own(actor: Actor, vendor_id: VendorId | None) -> None:
    if vendor_id is not None:
        if not actor.acts_for(vendor_id):
            raise refuse(ErrorCode.NOT_ALLOWED, "Only who acts for the vendor may do this.", "vendor_id")
    elif not {INTEGRATIONS_WRITE, EVENTS_READ} <= actor.scopes:
        raise refuse(ErrorCode.NOT_ALLOWED, f"This takes the scopes {INTEGRATIONS_WRITE} and {EVENTS_READ}.")


def _must_be_enabled(webhook: Webhook) -> None:
    if webhook.state is not WebhookState.ENABLED:
        raise refuse(ErrorCode.INVALID_TRANSITION, "It is paused; resume it first.", "id")


def _owner(actor: Actor) -> str:
    assert actor.id is not None, "guests have no webhooks"
    return actor.id


def _kinds(events: tuple[EventType, ...]) -> tuple[EventType, ...]:
    return tuple(dict.fromkeys(events))


def _ping(uow: UnitOfWork, webhook: Webhook, now: datetime) -> WebhookDelivery:
    return WebhookDelivery(
        id=WebhookDeliveryId(uow.new_id(DELIVERY_PREFIX)),
        webhook_id=webhook.id,
        vendor_id=webhook.vendor_id,
        event_id=None,
        event_type=None,
        subject_id=None,
        state=WebhookDeliveryState.WAITING,
        attempts=0,
        tries=0,
        created_at=now,
        next_attempt_at=now,
        ended_at=None,
    )


def _record(uow: UnitOfWork, webhook: Webhook, **changes: object) -> None:
    """Tell the log; never of the address, which may be a secret."""
    uow.record(Event(EventType.WEBHOOK_CHANGED, webhook.id, vendor_id=webhook.vendor_id, changes=changes))
