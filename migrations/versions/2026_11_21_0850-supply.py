"""Backorders, preorders and digital goods."""

import sqlalchemy as sa
from alembic import op

from persistence import row_security

revision = "0013"
down_revision = "0012"

ID = sa.Text(collation="C")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_supply()
    for statement in row_security.statements(isolated=("supply", "supply_reservation"), readable=()):
        op.execute(statement)


def downgrade() -> None:
    for statement in row_security.removals(("supply_reservation", "supply")):
        op.execute(statement)
    op.drop_index("ix_order_line_backordered", "order_line")
    op.drop_table("supply_reservation")
    op.drop_table("supply")


def _create_supply() -> None:
    op.create_table(
        "supply",
        sa.Column("offer_id", ID, nullable=False),
        sa.Column("policy", ID, server_default="DENY", nullable=False),
        sa.Column("ahead_limit", sa.Integer(), server_default="0", nullable=False),
        sa.Column("available_from", MOMENT, nullable=True),
        sa.Column("reserved", sa.Integer(), server_default="0", nullable=False),
        sa.Column("waiting", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("policy IN ('DENY', 'BACKORDER', 'PREORDER')", name=op.f("ck_supply_policy")),
        sa.CheckConstraint("reserved >= 0 AND waiting >= 0", name=op.f("ck_supply_counts")),
        sa.CheckConstraint("reserved + waiting <= ahead_limit", name=op.f("ck_supply_limit")),
        sa.CheckConstraint("policy <> 'PREORDER' OR available_from IS NOT NULL", name=op.f("ck_supply_release")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_supply_offer_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("offer_id", name=op.f("pk_supply")),
        comment="How an offer is sold beyond its stock, and how many units are: held for checkouts, and owed to orders",
    )
    op.create_index("ix_supply_waiting", "supply", ["offer_id"], postgresql_where=sa.text("waiting > 0"))
    op.create_table(
        "supply_reservation",
        sa.Column("checkout_id", ID, nullable=False),
        sa.Column("offer_id", ID, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_supply_reservation_quantity")),
        sa.ForeignKeyConstraint(
            ["checkout_id"], ["checkout.id"], name=op.f("fk_supply_reservation_checkout_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["offer_id"], ["supply.offer_id"], name=op.f("fk_supply_reservation_offer_id")),
        sa.PrimaryKeyConstraint("checkout_id", "offer_id", name=op.f("pk_supply_reservation")),
    )
    op.create_index(op.f("ix_supply_reservation_offer_id_expires_at"), "supply_reservation", ["offer_id", "expires_at"])
    op.create_index(
        "ix_order_line_backordered", "order_line", ["offer_id"], postgresql_where=sa.text("backordered > 0")
    )
