"""Captures, voids and refunds of payments."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"

ID = sa.Text(collation="C")
JSON = postgresql.JSONB(astext_type=sa.Text())


def upgrade() -> None:
    op.add_column(
        "payment",
        sa.Column(
            "claimed_minor",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Of what is authorized: what captures and voids under way lay hold on",
        ),
    )
    op.create_check_constraint(
        op.f("ck_payment_claimed"),
        "payment",
        "claimed_minor >= 0 AND captured_minor + claimed_minor <= authorized_minor",
    )
    op.create_index(
        "ix_payment_expiring",
        "payment",
        ["authorization_expires_at"],
        postgresql_where=sa.text("state = 'AUTHORIZED' AND captured_minor + claimed_minor < authorized_minor"),
    )
    op.create_table(
        "refund",
        sa.Column("id", ID, nullable=False),
        sa.Column("order_id", ID, nullable=False),
        sa.Column("kind", ID, nullable=False),
        sa.Column("state", ID, server_default="PENDING", nullable=False),
        sa.Column("currency", ID, nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("lines_net_minor", sa.BigInteger(), nullable=False),
        sa.Column("lines_tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("lines_gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("shipping_net_minor", sa.BigInteger(), nullable=False),
        sa.Column("shipping_tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("shipping_gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("adjustment_minor", sa.BigInteger(), nullable=False),
        sa.Column("clawback_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("taxes", JSON, server_default="[]", nullable=False),
        sa.Column("to_store_credit", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("actor", ID, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("kind IN ('RETURN', 'CANCELLATION')", name=op.f("ck_refund_kind")),
        sa.CheckConstraint("state IN ('PENDING', 'SUCCEEDED', 'FAILED')", name=op.f("ck_refund_state")),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_refund_currency")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_refund_amount")),
        sa.CheckConstraint("lines_net_minor + lines_tax_minor = lines_gross_minor", name=op.f("ck_refund_lines_sums")),
        sa.CheckConstraint(
            "shipping_net_minor + shipping_tax_minor = shipping_gross_minor", name=op.f("ck_refund_shipping_sums")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_refund_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
        comment="Money that goes back to a buyer, and for what; its operations say to where",
    )
    op.create_index(op.f("ix_refund_order_id"), "refund", ["order_id"])
    op.create_table(
        "refund_line",
        sa.Column("refund_id", ID, nullable=False),
        sa.Column("order_line_id", ID, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("amount_net_minor", sa.BigInteger(), nullable=False),
        sa.Column("amount_tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("amount_gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("taxes", JSON, server_default="[]", nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_refund_line_quantity")),
        sa.CheckConstraint(
            "amount_net_minor + amount_tax_minor = amount_gross_minor", name=op.f("ck_refund_line_sums")
        ),
        sa.ForeignKeyConstraint(
            ["refund_id"], ["refund.id"], name=op.f("fk_refund_line_refund_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["order_line_id"], ["order_line.id"], name=op.f("fk_refund_line_order_line_id")),
        sa.PrimaryKeyConstraint("refund_id", "order_line_id", name=op.f("pk_refund_line")),
    )
    op.create_index(op.f("ix_refund_line_order_line_id"), "refund_line", ["order_line_id"])
    op.create_table(
        "payment_operation",
        sa.Column("id", ID, nullable=False),
        sa.Column("payment_id", ID, nullable=False),
        sa.Column("order_id", ID, nullable=True),
        sa.Column("refund_id", ID, nullable=True),
        sa.Column("kind", ID, nullable=False),
        sa.Column("state", ID, server_default="INTENDED", nullable=False),
        sa.Column("currency", ID, nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("released_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("is_final", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("to_store_credit", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("gateway_key", ID, nullable=False, comment="The idempotency key sent to the gateway"),
        sa.Column("gateway_reference", ID, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("kind IN ('CAPTURE', 'VOID', 'REFUND')", name=op.f("ck_payment_operation_kind")),
        sa.CheckConstraint(
            "state IN ('INTENDED', 'PENDING', 'SUCCEEDED', 'FAILED')", name=op.f("ck_payment_operation_state")
        ),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_payment_operation_currency")),
        sa.CheckConstraint("amount_minor > 0 AND released_minor >= 0", name=op.f("ck_payment_operation_amounts")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_payment_operation_payment_id")),
        sa.ForeignKeyConstraint(["refund_id"], ["refund.id"], name=op.f("fk_payment_operation_refund_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_operation")),
        sa.UniqueConstraint("gateway_key", name=op.f("uq_payment_operation_gateway_key")),
    )
    for column in ("gateway_reference", "order_id", "payment_id", "refund_id"):
        op.create_index(op.f(f"ix_payment_operation_{column}"), "payment_operation", [column])
    op.create_index(
        "ix_payment_operation_open",
        "payment_operation",
        ["updated_at"],
        postgresql_where=sa.text("state IN ('INTENDED', 'PENDING')"),
    )


def downgrade() -> None:
    op.drop_table("payment_operation")
    op.drop_table("refund_line")
    op.drop_table("refund")
    op.drop_index("ix_payment_expiring", "payment")
    op.drop_constraint(op.f("ck_payment_claimed"), "payment", type_="check")
    op.drop_column("payment", "claimed_minor")
