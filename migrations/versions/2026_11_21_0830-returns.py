"""Returns and exchanges."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from persistence import row_security

revision = "0011"
down_revision = "0010"

ID = sa.Text(collation="C")
MOMENT = sa.DateTime(timezone=True)
JSON = postgresql.JSONB(astext_type=sa.Text())
STATES = "'REQUESTED', 'APPROVED', 'REJECTED', 'IN_TRANSIT', 'RECEIVED', 'REFUNDED', 'CLOSED'"
ISOLATED = ("order_return", "order_return_line", "return_receipt")
SET_TERM = """
UPDATE market SET withdrawal_days = 14
WHERE countries && string_to_array('AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK', ' ')
"""


def upgrade() -> None:
    op.add_column("order_line", sa.Column("return_requested", sa.Integer(), server_default="0", nullable=False))
    op.create_check_constraint(
        op.f("ck_order_line_returned"),
        "order_line",
        "returned >= 0 AND return_requested >= 0 AND return_requested + returned <= delivered",
    )
    _let_refunds_be_nothing()
    _add_withdrawal()
    _create_returns()
    _create_receipts()
    for statement in row_security.statements(ISOLATED, ()):
        op.execute(statement)


def downgrade() -> None:
    for statement in row_security.removals(ISOLATED):
        op.execute(statement)
    for table in reversed(ISOLATED):
        op.drop_table(table)
    op.drop_column("market", "withdrawal_text")
    op.drop_column("market", "withdrawal_days")
    op.drop_constraint(op.f("ck_refund_amount"), "refund", type_="check")
    op.create_check_constraint(op.f("ck_refund_amount"), "refund", "amount_minor > 0")
    op.drop_constraint(op.f("ck_order_line_returned"), "order_line", type_="check")
    op.drop_column("order_line", "return_requested")


def _let_refunds_be_nothing() -> None:
    """Units that were free, or whose price the kept goods use up, go back for nothing."""
    op.drop_constraint(op.f("ck_refund_amount"), "refund", type_="check")
    op.create_check_constraint(op.f("ck_refund_amount"), "refund", "amount_minor >= 0")


def _add_withdrawal() -> None:
    op.add_column(
        "market",
        sa.Column(
            "withdrawal_days",
            sa.Integer(),
            nullable=True,
            comment="How long consumers may withdraw; null where no law says so",
        ),
    )
    op.create_check_constraint(op.f("ck_market_withdrawal_days"), "market", "withdrawal_days BETWEEN 0 AND 365")
    op.add_column("market", sa.Column("withdrawal_text", JSON, server_default="{}", nullable=False))
    op.execute(SET_TERM)


def _create_returns() -> None:
    op.create_table(
        "order_return",
        sa.Column("id", ID, nullable=False),
        sa.Column("order_id", ID, nullable=False),
        sa.Column("vendor_order_id", ID, nullable=False),
        sa.Column("vendor_id", ID, nullable=False),
        sa.Column("state", ID, nullable=False),
        sa.Column("is_withdrawal", sa.Boolean(), nullable=False),
        sa.Column("to_store_credit", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("received_at", MOMENT, nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("refund_due_at", MOMENT, nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_order_return_state")),
        sa.CheckConstraint(
            "(closed_at IS NOT NULL) = (state IN ('REJECTED', 'REFUNDED', 'CLOSED'))",
            name=op.f("ck_order_return_closed"),
        ),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_order_return_order_id")),
        sa.ForeignKeyConstraint(["vendor_order_id"], ["vendor_order.id"], name=op.f("fk_order_return_vendor_order_id")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendor.id"], name=op.f("fk_order_return_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_return")),
    )
    for columns in (["order_id"], ["vendor_order_id"], ["vendor_id", "id"]):
        op.create_index(op.f(f"ix_order_return_{'_'.join(columns)}"), "order_return", columns)
    op.create_table(
        "order_return_line",
        sa.Column("order_return_id", ID, nullable=False),
        sa.Column("order_line_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("received", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("image_urls", JSON, server_default="[]", nullable=False),
        sa.CheckConstraint(
            "quantity > 0 AND received >= 0 AND received <= quantity", name=op.f("ck_order_return_line_counts")
        ),
        sa.ForeignKeyConstraint(
            ["order_return_id"], ["order_return.id"], name=op.f("fk_order_return_line_order_return_id")
        ),
        sa.ForeignKeyConstraint(["order_line_id"], ["order_line.id"], name=op.f("fk_order_return_line_order_line_id")),
        sa.PrimaryKeyConstraint("order_return_id", "order_line_id", name=op.f("pk_order_return_line")),
    )
    op.create_index(op.f("ix_order_return_line_order_line_id"), "order_return_line", ["order_line_id"])


def _create_receipts() -> None:
    op.create_table(
        "return_receipt",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("order_return_id", ID, nullable=False),
        sa.Column("order_line_id", ID, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.Column("restocked_to", ID, nullable=True),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("is_settled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("refund_id", ID, nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_return_receipt_quantity")),
        sa.CheckConstraint("is_settled OR refund_id IS NULL", name=op.f("ck_return_receipt_settled")),
        sa.ForeignKeyConstraint(
            ["order_return_id"], ["order_return.id"], name=op.f("fk_return_receipt_order_return_id")
        ),
        sa.ForeignKeyConstraint(["order_line_id"], ["order_line.id"], name=op.f("fk_return_receipt_order_line_id")),
        sa.ForeignKeyConstraint(["restocked_to"], ["warehouse.id"], name=op.f("fk_return_receipt_restocked_to")),
        sa.ForeignKeyConstraint(["refund_id"], ["refund.id"], name=op.f("fk_return_receipt_refund_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_receipt")),
        comment="Units that came back together, in one condition; settled once their price was given back",
    )
    op.create_index(op.f("ix_return_receipt_order_return_id"), "return_receipt", ["order_return_id"])
