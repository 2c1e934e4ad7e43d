"""Edits, exchanges and disputes of orders."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0018"
down_revision = "0017"

ID = sa.Text(collation="C")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _add_rounding("order", "canceled_rounding_minor", "What of the rounding is in what was canceled")
    _add_rounding("refund", "rounding_minor", "Of what goes back, free of tax")
    _create_payment_links()
    _add_exchanges()


def downgrade() -> None:
    op.drop_column("order_return", "label")
    op.drop_column("order_return", "exchange")
    op.drop_column("refund", "credited_minor")
    op.drop_table("order_payment_link")
    op.drop_column("refund", "rounding_minor")
    op.drop_column("order", "canceled_rounding_minor")


def _add_rounding(table: str, name: str, comment: str) -> None:
    column = sa.Column(name, sa.BigInteger(), server_default="0", nullable=False, comment=comment)
    op.add_column(table, column)


def _create_payment_links() -> None:
    op.create_table(
        "order_payment_link",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("order_id", ID, nullable=False),
        sa.Column("created_by", ID, nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_order_payment_link_order_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_order_payment_link")),
        comment="Whoever has the token may pay what the order costs more until then; the token itself is not kept",
    )
    op.create_index(op.f("ix_order_payment_link_order_id"), "order_payment_link", ["order_id"])


def _add_exchanges() -> None:
    comment = "What pays for goods that were given in exchange, and does not go back"
    credited = sa.Column("credited_minor", sa.BigInteger(), server_default="0", nullable=False, comment=comment)
    op.add_column("refund", credited)
    wished = sa.Column("exchange", JSONB(), server_default="[]", nullable=False)
    op.add_column("order_return", wished)
    op.add_column("order_return", sa.Column("label", JSONB(), nullable=True))
