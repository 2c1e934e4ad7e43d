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
    _create_downloads()
    op.add_column("order_line", sa.Column("gift_message", sa.Text(), nullable=True))
    op.add_column("order_line", sa.Column("is_download", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    for statement in row_security.statements(isolated=("supply", "supply_reservation"), readable=()):
        op.execute(statement)


def downgrade() -> None:
    for statement in row_security.removals(("supply_reservation", "supply")):
        op.execute(statement)
    op.drop_column("order_line", "is_download")
    op.drop_column("order_line", "gift_message")
    for table in ("digital_download", "license_key", "digital_file"):
        op.drop_table(table)
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


def _create_downloads() -> None:
    op.create_table(
        "digital_file",
        sa.Column("id", ID, nullable=False),
        sa.Column("variant_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", ID, nullable=False),
        sa.Column("downloads_allowed", sa.Integer(), nullable=True),
        sa.Column("days_allowed", sa.Integer(), nullable=True),
        sa.CheckConstraint("size_bytes >= 0 AND length(sha256) = 64", name=op.f("ck_digital_file_content")),
        sa.CheckConstraint("downloads_allowed > 0 AND days_allowed > 0", name=op.f("ck_digital_file_allowed")),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variant.id"], name=op.f("fk_digital_file_variant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digital_file")),
        sa.UniqueConstraint("variant_id", "path", name=op.f("uq_digital_file_variant_id_path")),
        comment="What buyers of a variant may download: a file below the folder that the server is given",
    )
    op.create_table(
        "license_key",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("variant_id", ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("order_line_id", ID, nullable=True),
        sa.Column("unit", sa.Integer(), nullable=True),
        sa.CheckConstraint("num_nonnulls(order_line_id, unit) IN (0, 2)", name=op.f("ck_license_key_assigned")),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variant.id"], name=op.f("fk_license_key_variant_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["order_line_id"], ["order_line.id"], name=op.f("fk_license_key_order_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_license_key")),
        sa.UniqueConstraint("variant_id", "key", name=op.f("uq_license_key_variant_id_key")),
        sa.UniqueConstraint("order_line_id", "unit", name=op.f("uq_license_key_order_line_id_unit")),
        comment="One for each unit that is sold, in the order they were imported",
    )
    op.create_index(
        "ix_license_key_free", "license_key", ["variant_id", "id"], postgresql_where=sa.text("order_line_id IS NULL")
    )
    op.create_table(
        "digital_download",
        sa.Column("id", ID, nullable=False),
        sa.Column("order_line_id", ID, nullable=False),
        sa.Column("unit", sa.Integer(), nullable=False),
        sa.Column("digital_file_id", ID, nullable=True),
        sa.Column("remaining", sa.Integer(), nullable=True),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.CheckConstraint("unit > 0 AND remaining >= 0", name=op.f("ck_digital_download_counts")),
        sa.ForeignKeyConstraint(
            ["digital_file_id"], ["digital_file.id"], name=op.f("fk_digital_download_digital_file_id")
        ),
        sa.ForeignKeyConstraint(["order_line_id"], ["order_line.id"], name=op.f("fk_digital_download_order_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digital_download")),
        comment="What one buyer may download: a file, or without one the license key of the unit",
    )
    op.create_index(op.f("ix_digital_download_order_line_id"), "digital_download", ["order_line_id"])
