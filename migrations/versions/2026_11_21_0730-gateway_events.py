"""What gateways tell: their notices, how far they were read, and disputes."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

ID = sa.Text(collation="C")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_index(op.f("ix_payment_gateway_reference"), "payment", ["gateway_reference"])
    op.create_table(
        "gateway_event",
        sa.Column("id", ID, nullable=False),
        sa.Column("gateway", ID, nullable=False),
        sa.Column("notice_id", ID, nullable=False, comment="The gateway's own id of it, by which it is taken once"),
        sa.Column("type", ID, nullable=False),
        sa.Column("gateway_reference", ID, nullable=True, comment="The payment that it is about, if it is about one"),
        sa.Column("occurred_at", MOMENT, nullable=False),
        sa.Column("received_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("observed_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_event")),
        comment="Notices of gateways, kept to take each once; what is so is read from the gateway itself",
    )
    op.create_index(op.f("ix_gateway_event_gateway_notice_id"), "gateway_event", ["gateway", "notice_id"], unique=True)
    op.create_index(
        "ix_gateway_event_unobserved",
        "gateway_event",
        ["received_at"],
        postgresql_where=sa.text("observed_at IS NULL"),
    )
    op.create_table(
        "gateway_reading",
        sa.Column("gateway", ID, nullable=False),
        sa.Column("read_until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("gateway", name=op.f("pk_gateway_reading")),
        comment="Up to when a gateway's own list of notices was read, to find those that never came",
    )
    op.create_table(
        "dispute",
        sa.Column("id", ID, nullable=False),
        sa.Column("payment_id", ID, nullable=False),
        sa.Column("order_id", ID, nullable=True),
        sa.Column("gateway_reference", ID, nullable=False),
        sa.Column("state", ID, server_default="OPEN", nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("currency", ID, nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=True),
        sa.Column("fee_currency", ID, nullable=True),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("evidence_due_by", MOMENT, nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.CheckConstraint("state IN ('OPEN', 'WON', 'LOST')", name=op.f("ck_dispute_state")),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_dispute_currency")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_dispute_amount")),
        sa.CheckConstraint("(state = 'OPEN') = (closed_at IS NULL)", name=op.f("ck_dispute_closed")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_dispute_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute")),
        sa.UniqueConstraint("gateway_reference", name=op.f("uq_dispute_gateway_reference")),
        comment="A buyer's bank wants money back (rule Y11)",
    )
    op.create_index(op.f("ix_dispute_payment_id"), "dispute", ["payment_id"])
    op.create_index(op.f("ix_dispute_order_id"), "dispute", ["order_id"])


def downgrade() -> None:
    op.drop_table("dispute")
    op.drop_table("gateway_reading")
    op.drop_table("gateway_event")
    op.drop_index(op.f("ix_payment_gateway_reference"), "payment")
