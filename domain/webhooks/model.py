"""Webhooks: where an integrator wants events of the log to be posted to, and what became of each delivery."""

import hashlib
from datetime import datetime
from enum import Enum

from domain.shared.actor import Actor
from domain.shared.events import EventType
from domain.shared.ids import (
    ALPHABET,
    SUFFIX_LENGTH,
    ApiKeyId,
    EventId,
    VendorId,
    WebhookDeliveryId,
    WebhookId,
    type_id,
)
from domain.shared.making import dataclass, replace

EVENTS_READ = "events:read"
INTEGRATIONS_READ = "integrations:read"
INTEGRATIONS_WRITE = "integrations:write"
DELIVERY_PREFIX = "webhook_delivery"


class WebhookState(Enum):
    """Whether events are sent."""

    ENABLED = "ENABLED"
    PAUSED = "PAUSED"


class WebhookPauseReason(Enum):
    """Why no events are sent."""

    BY_HAND = "BY_HAND"
    FAILING = "FAILING"
    GONE = "GONE"
    NOT_ALLOWED = "NOT_ALLOWED"
    DOCUMENT_INVALID = "DOCUMENT_INVALID"


class WebhookDeliveryState(Enum):
    """How far the delivery of one event has come."""

    WAITING = "WAITING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    WITHHELD = "WITHHELD"


class WebhookOutcome(Enum):
    """How one attempt to deliver ended."""

    SUCCEEDED = "SUCCEEDED"
    REFUSED = "REFUSED"
    TIMED_OUT = "TIMED_OUT"
    UNREACHABLE = "UNREACHABLE"
    FORBIDDEN_ADDRESS = "FORBIDDEN_ADDRESS"
    NOT_PREPARED = "NOT_PREPARED"


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where events go. One of the platform (`vendor_id` None) hears of all, one of a vendor of that vendor's alone.

    `owner_id` is the customer or API key whose present rights decide what payloads show. `events` empty means all
    kinds. `failures` counts attempts since the last success, of which `failing_since` is the first. One that is
    paused, or is told again what it missed, is behind the log.
    """

    id: WebhookId
    vendor_id: VendorId | None
    owner_id: str
    url: str
    events: tuple[EventType, ...]
    document: str | None
    state: WebhookState
    pause_reason: WebhookPauseReason | None
    paused_at: datetime | None
    created_at: datetime
    version: int = 1
    failures: int = 0
    failing_since: datetime | None = None
    last_success_at: datetime | None = None
    last_failure_at: datetime | None = None

    def paused(self, reason: WebhookPauseReason, now: datetime) -> "Webhook":
        return replace(self, state=WebhookState.PAUSED, pause_reason=reason, paused_at=now, version=self.version + 1)

    def resumed(self, owner_id: str) -> "Webhook":
        """Enabled, without a past of failures, and with the rights of whoever resumed it."""
        return replace(
            self,
            owner_id=owner_id,
            state=WebhookState.ENABLED,
            pause_reason=None,
            paused_at=None,
            failures=0,
            failing_since=None,
            version=self.version + 1,
        )


@dataclass(frozen=True, slots=True)
class WebhookDelivery:
    """One event on its way to one webhook, or a ping, which has no event.

    `id` is the same for a webhook and an event for good, whatever is replayed: receivers tell doubles by it.
    `attempts` counts all attempts, `tries` those since it was last put in line.
    """

    id: WebhookDeliveryId
    webhook_id: WebhookId
    vendor_id: VendorId | None
    event_id: EventId | None
    event_type: EventType | None
    subject_id: str | None
    state: WebhookDeliveryState
    attempts: int
    tries: int
    created_at: datetime
    next_attempt_at: datetime | None
    ended_at: datetime | None

    @property
    def is_ping(self) -> bool:
        return self.event_id is None


@dataclass(frozen=True, slots=True)
class WebhookAttempt:
    """One request to the receiver; `response` is the beginning of what it answered."""

    number: int
    at: datetime
    milliseconds: int
    outcome: WebhookOutcome
    status_code: int | None
    response: str | None


def delivery_id(webhook_id: WebhookId, event_id: EventId) -> WebhookDeliveryId:
    """The id of an event's delivery to a webhook: always the same, and in the order of the events' time.

    A UUIDv7 with the time of the event's and, in the place of chance, what the two ids hash to.
    """
    event = 0
    for letter in event_id[-SUFFIX_LENGTH:]:
        event = event << 5 | ALPHABET.index(letter)
    mixed = int.from_bytes(hashlib.sha256(f"{webhook_id}:{event_id}".encode()).digest()[:10])
    mixed = mixed & ~(0xF << 76) | 7 << 76
    mixed = mixed & ~(0b11 << 62) | 0b10 << 62
    return WebhookDeliveryId(type_id(DELIVERY_PREFIX, event >> 80 << 80 | mixed))


def rights(webhook: Webhook, owner: Actor | None) -> Actor | None:
    """What payloads are made with, of what the owner may do by now; None if that is not enough to hear of events.

    Never the person: a payload shows what the owner may see as the vendor, or by their scopes, and nothing of their
    own.
    """
    if owner is None:
        return None
    acting = ApiKeyId(webhook.id)
    if webhook.vendor_id is None:
        return Actor(api_key_id=acting, scopes=owner.scopes) if EVENTS_READ in owner.scopes else None
    if not owner.acts_for(webhook.vendor_id):
        return None
    return Actor(api_key_id=acting, vendor_ids=frozenset({webhook.vendor_id}))
