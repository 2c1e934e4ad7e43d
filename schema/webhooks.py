"""Webhooks: having events of the log posted to an address of one's own."""

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

import strawberry

from domain.shared.events import EventType
from domain.shared.ids import VendorId, WebhookDeliveryId, WebhookId
from domain.webhooks import model, usecases
from resolvers import webhooks
from resolvers.ids import parse_id
from schema.base import Connection, Node, Payload, enum, mutation, represents, resolve
from schema.events import Event

if TYPE_CHECKING:
    from schema.vendors import Vendor

for known in (
    model.WebhookState,
    model.WebhookPauseReason,
    model.WebhookDeliveryState,
    model.WebhookOutcome,
):
    enum(known)

READERS = [["vendor"], ["scope:integrations:read"], ["scope:integrations:write"]]
MANAGERS = [["vendor"], ["scope:integrations:write"]]

# Fields are guarded one by one where a type is a `Node`: what a type asks for, routers ask for on every `Node`.
of_webhook = partial(resolve, policy=READERS)
managing = partial(mutation, policy=MANAGERS, tags=["vendor", "admin"])


@strawberry.type(description="One request to a receiver.")
@represents(model.WebhookAttempt)
class WebhookAttempt:
    number: int = resolve(description="Counts the attempts at the delivery, from 1.")
    at: datetime = resolve(description="When it ended.")
    milliseconds: int = resolve(description="How long it took.")
    outcome: model.WebhookOutcome = resolve(description="How it ended.")
    status_code: int | None = resolve(description="What the receiver answered by HTTP; null if it did not.")
    response: str | None = resolve(description="The first 2 KiB of its answer, or what stood in the way of one.")


@strawberry.federation.type(tags=["vendor", "admin"], description="One event on its way to one webhook, or a ping.")
@represents(model.WebhookDelivery)
class WebhookDelivery(Node):
    loader = "webhook_delivery"

    webhook: Annotated["Webhook", strawberry.lazy("schema.webhooks")] = of_webhook(
        webhooks.webhook_of, description="Where it goes."
    )
    event: Event | None = of_webhook(webhooks.event_of, description="What is told; null for a ping.")
    state: model.WebhookDeliveryState = of_webhook(description="How far it has come.")
    attempts: list[WebhookAttempt] = of_webhook(
        webhooks.attempts, description="All requests that were made for it, the first one first."
    )
    created_at: datetime = of_webhook(description="When it was put in line.")
    next_attempt_at: datetime | None = of_webhook(description="When it is tried, or tried again; null if it has ended.")
    ended_at: datetime | None = of_webhook(description="When it succeeded or was given up.")


@strawberry.federation.type(
    tags=["vendor", "admin"],
    description="An address that events of the log are posted to, signed as Standard Webhooks has it.",
)
@represents(model.Webhook)
class Webhook(Node):
    loader = "webhook"

    url: str = of_webhook(description="Where events are posted to.")
    events: list[EventType] = of_webhook(description="The kinds of events that are sent; empty for all of them.")
    document: str | None = of_webhook(
        description="The selection on Event that `data` of a payload answers; null for the default one."
    )
    vendor: Annotated["Vendor", strawberry.lazy("schema.vendors")] | None = of_webhook(
        webhooks.vendor_of, description="Whose events are sent; null for those of all."
    )
    state: model.WebhookState = of_webhook(description="Whether events are sent.")
    pause_reason: model.WebhookPauseReason | None = of_webhook(description="Why none are sent; null while they are.")
    paused_at: datetime | None = of_webhook(description="Since when none are sent.")
    failures: int = of_webhook(description="How many attempts have failed since the last success.")
    failing_since: datetime | None = of_webhook(description="Since when all attempts have failed; null if they do not.")
    last_success_at: datetime | None = of_webhook(description="When something was delivered last.")
    last_failure_at: datetime | None = of_webhook(description="When an attempt failed last.")
    created_at: datetime = of_webhook(description="When it was made.")
    version: int = of_webhook(
        description="Grows with each change; give it as `expectedVersion` to change what you saw."
    )
    deliveries: Connection[WebhookDelivery] = of_webhook(
        webhooks.deliveries,
        description="What was sent and what waits, the latest events first; what ended is kept for 30 days.",
    )


@strawberry.input(description="Where events shall go. Whoever saves it has payloads show what they may see themselves.")
class WebhookUpsertInput:
    id: strawberry.ID | None = strawberry.field(default=None, description="The webhook to change; null makes one.")
    vendor_id: strawberry.ID | None = strawberry.field(
        default=None, description="The vendor whose events are sent, which the caller acts for; null for all events."
    )
    url: str | None = strawberry.field(
        default=None, description="An https address without credentials; null leaves it as it is."
    )
    events: list[EventType] | None = strawberry.field(
        default=None,
        description="The kinds of events; empty for all, which a new one has. Null leaves them as they are.",
    )
    document: str | None = strawberry.field(
        default=None,
        description="A GraphQL selection on Event that shapes the payload, as in `{ id type order { number } }`, with "
        "its fragments; 8,000 characters and 2,000 points at most. Empty for the default; null leaves it as it is.",
    )
    expected_version: int | None = None

    def to_domain(self) -> usecases.SaveWebhook:
        return usecases.SaveWebhook(
            None if self.id is None else parse_id(self.id, "webhook", WebhookId),
            None if self.vendor_id is None else parse_id(self.vendor_id, "vendor", VendorId),
            self.url,
            None if self.events is None else tuple(self.events),
            self.document,
            self.expected_version,
        )


@strawberry.input(description="The webhook concerned.")
class WebhookInput:
    id: strawberry.ID

    def to_domain(self) -> webhooks.NameWebhook:
        return webhooks.NameWebhook(parse_id(self.id, "webhook", WebhookId))


@strawberry.input(description="The webhook that shall sign by a new secret.")
class WebhookSecretRotateInput:
    id: strawberry.ID
    overlap_hours: int = strawberry.field(
        default=24, description="For how many hours the present secret signs beside the new one: 0 to 168."
    )

    def to_domain(self) -> usecases.RotateSecret:
        return usecases.RotateSecret(parse_id(self.id, "webhook", WebhookId), self.overlap_hours)


@strawberry.input(description="The delivery that shall be made again.")
class WebhookDeliveryReplayInput:
    id: strawberry.ID

    def to_domain(self) -> webhooks.NameDelivery:
        return webhooks.NameDelivery(parse_id(self.id, "webhook_delivery", WebhookDeliveryId))


@strawberry.input(description="From where on events shall be sent again: either a cursor or a moment.")
class WebhookReplayInput:
    id: strawberry.ID
    after: str | None = strawberry.field(default=None, description="A cursor of the event log.")
    since: datetime | None = strawberry.field(default=None, description="When the first of the events happened.")

    def to_domain(self) -> webhooks.ReplayEvents:
        return webhooks.ReplayEvents(parse_id(self.id, "webhook", WebhookId), self.after, self.since)


@strawberry.type(description="The webhook as saved.")
class WebhookUpsertPayload(Payload):
    webhook: Webhook | None = resolve(description="The webhook as saved.")
    secret: str | None = resolve(description="What signs requests to a new one: shown here and never again.")


@strawberry.type(description="The webhook, paused.")
class WebhookPausePayload(Payload):
    webhook: Webhook | None = resolve(description="The webhook, paused.")


@strawberry.type(description="The webhook, enabled.")
class WebhookResumePayload(Payload):
    webhook: Webhook | None = resolve(description="The webhook, enabled.")


@strawberry.type(description="The webhook that is gone.")
class WebhookDeletePayload(Payload):
    webhook_id: strawberry.ID | None = resolve(description="The id that it had.")


@strawberry.type(description="The webhook with a new secret.")
class WebhookSecretRotatePayload(Payload):
    webhook: Webhook | None = resolve(description="The webhook.")
    secret: str | None = resolve(description="The new secret: shown here and never again.")


@strawberry.type(description="The ping, on its way.")
class WebhookPingPayload(Payload):
    delivery: WebhookDelivery | None = resolve(description="The ping: ask for it again to see what came of it.")


@strawberry.type(description="The delivery, in line again.")
class WebhookDeliveryReplayPayload(Payload):
    delivery: WebhookDelivery | None = resolve(description="The delivery, in line again.")


@strawberry.type(description="The webhook that is told again.")
class WebhookReplayPayload(Payload):
    webhook: Webhook | None = resolve(description="The webhook that is told again.")


@strawberry.type
class WebhooksMutation:
    webhook_upsert: WebhookUpsertPayload | None = managing(
        webhooks.save,
        input=WebhookUpsertInput,
        payload=WebhookUpsertPayload,
        description="Have events posted to an address, or change how. Without a vendor it takes `events:read` too.",
    )
    webhook_pause: WebhookPausePayload | None = managing(
        webhooks.pause,
        input=WebhookInput,
        payload=WebhookPausePayload,
        description="Send nothing until it is resumed; what happens meanwhile is sent then.",
    )
    webhook_resume: WebhookResumePayload | None = managing(
        webhooks.resume,
        input=WebhookInput,
        payload=WebhookResumePayload,
        description="Send what was missed and what comes, in the order of the log, with the caller's rights.",
    )
    webhook_delete: WebhookDeletePayload | None = managing(
        webhooks.delete,
        input=WebhookInput,
        payload=WebhookDeletePayload,
        description="Send nothing any more, and forget what was sent.",
    )
    webhook_secret_rotate: WebhookSecretRotatePayload | None = managing(
        webhooks.rotate_secret,
        input=WebhookSecretRotateInput,
        payload=WebhookSecretRotatePayload,
        description="Sign by a new secret, and for a while by the present one too.",
    )
    webhook_ping: WebhookPingPayload | None = managing(
        webhooks.ping,
        input=WebhookInput,
        payload=WebhookPingPayload,
        description="Send a message of type PING, once, to see whether it arrives and its signature holds.",
    )
    webhook_delivery_replay: WebhookDeliveryReplayPayload | None = managing(
        webhooks.replay_delivery,
        input=WebhookDeliveryReplayInput,
        payload=WebhookDeliveryReplayPayload,
        description="Deliver an event again under the id that it had, or at once what waits to be tried again.",
    )
    webhook_replay: WebhookReplayPayload | None = managing(
        webhooks.replay_events,
        input=WebhookReplayInput,
        payload=WebhookReplayPayload,
        description="Send again all events from some point on, in their order, under the ids that they had.",
    )
