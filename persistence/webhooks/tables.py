"""Webhooks, their secrets, and what was delivered to them."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY

from domain.webhooks.model import WebhookDeliveryState, WebhookOutcome, WebhookState
from persistence.metadata import ID, identity, metadata, moment, one_of, reference, text

webhook = Table(
    "webhook",
    metadata,
    identity(),
    reference("vendor_id", "vendor", nullable=True, cascade=True, index=True),
    Column("owner_id", ID, nullable=False, comment="The customer or API key whose rights payloads are made with"),
    text("url"),
    Column("events", ARRAY(Text), nullable=False, server_default="{}", comment="Kinds of events; empty for all"),
    text("document", nullable=True),
    one_of("state", *(state.value for state in WebhookState)),
    Column("pause_reason", ID),
    moment("paused_at", nullable=True),
    moment("created_at"),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("failures", Integer, nullable=False, server_default="0", comment="Attempts since the last success"),
    moment("failing_since", nullable=True),
    moment("last_success_at", nullable=True),
    moment("last_failure_at", nullable=True),
    Column("behind", BigInteger, comment="The position up to which it was told; null for one that keeps up"),
    Column("again_until", BigInteger, nullable=False, server_default="0", comment="Up to where it is told again"),
    moment("due_at", nullable=True),
    moment("held_until"),
    moment("leased_until"),
    CheckConstraint("state = 'ENABLED' OR behind IS NOT NULL", name="paused_is_behind"),
    Index("ix_webhook_due", "due_at", postgresql_where=sql("state = 'ENABLED'")),
    comment="Where integrators want events posted to, and where workers stand with it",
)

webhook_secret = Table(
    "webhook_secret",
    metadata,
    reference("webhook_id", "webhook", cascade=True),
    Column("number", Integer, nullable=False),
    moment("created_at"),
    Column("sealed", LargeBinary, nullable=False, comment="Encrypted by a key that is not in the database"),
    moment("expires_at", nullable=True),
    PrimaryKeyConstraint("webhook_id", "number"),
    comment="What requests are signed by: the newest, and older ones until they expire",
)

webhook_delivery = Table(
    "webhook_delivery",
    metadata,
    identity(),
    reference("webhook_id", "webhook", cascade=True),
    Column("event_id", ID, comment="Null for a ping"),
    Column("position", BigInteger, nullable=False, comment="Of the event in the log; 0 for a ping"),
    one_of("state", *(state.value for state in WebhookDeliveryState)),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("tries", Integer, nullable=False, server_default="0", comment="Attempts since it was last put in line"),
    moment("created_at"),
    moment("next_attempt_at", nullable=True),
    moment("ended_at", nullable=True),
    CheckConstraint("(state = 'WAITING') = (next_attempt_at IS NOT NULL)", name="waiting_has_a_time"),
    CheckConstraint("(state = 'WAITING') = (ended_at IS NULL)", name="ended_has_a_time"),
    Index("ix_webhook_delivery_log", "webhook_id", "id"),
    Index("ix_webhook_delivery_waiting", "webhook_id", "next_attempt_at", postgresql_where=sql("state = 'WAITING'")),
    Index("ix_webhook_delivery_ended", "ended_at", postgresql_where=sql("state <> 'WAITING'")),
    comment="An event on its way to a webhook; the id is made of both, so that it is there once",
)

webhook_attempt = Table(
    "webhook_attempt",
    metadata,
    reference("webhook_id", "webhook", cascade=True),
    reference("webhook_delivery_id", "webhook_delivery", cascade=True),
    Column("number", Integer, nullable=False),
    moment("at"),
    Column("milliseconds", Integer, nullable=False),
    one_of("outcome", *(outcome.value for outcome in WebhookOutcome)),
    Column("status_code", Integer),
    text("response", nullable=True),
    PrimaryKeyConstraint("webhook_delivery_id", "number"),
    Index(None, "webhook_id"),
    comment="Requests to receivers, and the beginning of what they answered",
)
