"""Webhooks to integrators."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from persistence import row_security

revision = "0020"
down_revision = "0019"

ID = sa.Text(collation="C")
MOMENT = sa.DateTime(timezone=True)
ISOLATED = ("webhook", "webhook_secret", "webhook_delivery", "webhook_attempt")


def upgrade() -> None:
    _create_webhook()
    _create_secret()
    _create_delivery()
    _create_attempt()
    for statement in row_security.statements(isolated=ISOLATED, readable=()):
        op.execute(statement)


def downgrade() -> None:
    for statement in row_security.removals(ISOLATED):
        op.execute(statement)
    for table in reversed(ISOLATED):
        op.drop_table(table)


def _create_webhook() -> None:
    op.create_table(
        "webhook",
        sa.Column("id", ID, nullable=False),
        sa.Column("vendor_id", ID, nullable=True),
        sa.Column(
            "owner_id", ID, nullable=False, comment="The customer or API key whose rights payloads are made with"
        ),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column(
            "events",
            postgresql.ARRAY(sa.Text()),
            server_default="{}",
            nullable=False,
            comment="Kinds of events; empty for all",
        ),
        sa.Column("document", sa.Text(), nullable=True),
        sa.Column("state", ID, nullable=False),
        sa.Column("pause_reason", ID, nullable=True),
        sa.Column("paused_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "failures", sa.Integer(), server_default="0", nullable=False, comment="Attempts since the last success"
        ),
        sa.Column("failing_since", MOMENT, nullable=True),
        sa.Column("last_success_at", MOMENT, nullable=True),
        sa.Column("last_failure_at", MOMENT, nullable=True),
        sa.Column(
            "behind",
            sa.BigInteger(),
            nullable=True,
            comment="The position up to which it was told; null for one that keeps up",
        ),
        sa.Column(
            "again_until",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Up to where it is told again",
        ),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("held_until", MOMENT, nullable=False),
        sa.Column("leased_until", MOMENT, nullable=False),
        sa.CheckConstraint("state IN ('ENABLED', 'PAUSED')", name=op.f("ck_webhook_state")),
        sa.CheckConstraint("state = 'ENABLED' OR behind IS NOT NULL", name=op.f("ck_webhook_paused_is_behind")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendor.id"], name=op.f("fk_webhook_vendor_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
        comment="Where integrators want events posted to, and where workers stand with it",
    )
    op.create_index(op.f("ix_webhook_vendor_id"), "webhook", ["vendor_id"])
    op.create_index("ix_webhook_due", "webhook", ["due_at"], postgresql_where=sa.text("state = 'ENABLED'"))


def _create_secret() -> None:
    op.create_table(
        "webhook_secret",
        sa.Column("webhook_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False, comment="Encrypted by a key that is not in the database"),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhook.id"], name=op.f("fk_webhook_secret_webhook_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("webhook_id", "number", name=op.f("pk_webhook_secret")),
        comment="What requests are signed by: the newest, and older ones until they expire",
    )


def _create_delivery() -> None:
    op.create_table(
        "webhook_delivery",
        sa.Column("id", ID, nullable=False),
        sa.Column("webhook_id", ID, nullable=False),
        sa.Column("event_id", ID, nullable=True, comment="Null for a ping"),
        sa.Column("position", sa.BigInteger(), nullable=False, comment="Of the event in the log; 0 for a ping"),
        sa.Column("state", ID, nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "tries",
            sa.Integer(),
            server_default="0",
            nullable=False,
            comment="Attempts since it was last put in line",
        ),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("next_attempt_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "state IN ('WAITING', 'SUCCEEDED', 'FAILED', 'WITHHELD')", name=op.f("ck_webhook_delivery_state")
        ),
        sa.CheckConstraint(
            "(state = 'WAITING') = (next_attempt_at IS NOT NULL)", name=op.f("ck_webhook_delivery_waiting_has_a_time")
        ),
        sa.CheckConstraint(
            "(state = 'WAITING') = (ended_at IS NULL)", name=op.f("ck_webhook_delivery_ended_has_a_time")
        ),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhook.id"], name=op.f("fk_webhook_delivery_webhook_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_delivery")),
        comment="An event on its way to a webhook; the id is made of both, so that it is there once",
    )
    op.create_index("ix_webhook_delivery_log", "webhook_delivery", ["webhook_id", "id"])
    op.create_index(
        "ix_webhook_delivery_waiting",
        "webhook_delivery",
        ["webhook_id", "next_attempt_at"],
        postgresql_where=sa.text("state = 'WAITING'"),
    )
    op.create_index(
        "ix_webhook_delivery_ended",
        "webhook_delivery",
        ["ended_at"],
        postgresql_where=sa.text("state <> 'WAITING'"),
    )


def _create_attempt() -> None:
    op.create_table(
        "webhook_attempt",
        sa.Column("webhook_id", ID, nullable=False),
        sa.Column("webhook_delivery_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("outcome", ID, nullable=False),
        sa.Column("status_code", sa.Integer(), nullable=True),
        sa.Column("response", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('SUCCEEDED', 'REFUSED', 'TIMED_OUT', 'UNREACHABLE', 'FORBIDDEN_ADDRESS', 'NOT_PREPARED')",
            name=op.f("ck_webhook_attempt_outcome"),
        ),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhook.id"], name=op.f("fk_webhook_attempt_webhook_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["webhook_delivery_id"],
            ["webhook_delivery.id"],
            name=op.f("fk_webhook_attempt_webhook_delivery_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("webhook_delivery_id", "number", name=op.f("pk_webhook_attempt")),
        comment="Requests to receivers, and the beginning of what they answered",
    )
    op.create_index(op.f("ix_webhook_attempt_webhook_id"), "webhook_attempt", ["webhook_id"])
