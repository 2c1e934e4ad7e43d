"""Promotions, their codes and their uses, and what prices were."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"

ID = sa.Text(collation="C")
MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")

KEEP_PRICE = """
CREATE FUNCTION keep_replaced_price() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'DELETE'
        OR (OLD.amount_minor, OLD.starts_at, OLD.ends_at) IS DISTINCT FROM (NEW.amount_minor, NEW.starts_at, NEW.ends_at)
    THEN
        IF OLD.set_at < now() THEN
            INSERT INTO price_segment (offer_id, price_list_id, min_quantity, amount_minor, starts_at, ends_at,
                                       valid_from, valid_until)
            VALUES (OLD.offer_id, OLD.price_list_id, OLD.min_quantity, OLD.amount_minor, OLD.starts_at, OLD.ends_at,
                    OLD.set_at, now());
        END IF;
        IF TG_OP = 'UPDATE' THEN
            NEW.set_at := now();
        END IF;
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "promotion",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("usage_limit", sa.Integer(), nullable=True),
        sa.Column(
            "used",
            sa.Integer(),
            server_default="0",
            nullable=False,
            comment="Orders that it was used in and not given back",
        ),
        sa.Column("per_customer_limit", sa.Integer(), nullable=True),
        sa.Column("budget_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", ID, nullable=True),
        sa.Column("spent_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("unit_cap", sa.Integer(), nullable=True),
        sa.Column("unit_cap_per_customer", sa.Integer(), nullable=True),
        sa.Column("units_taken", sa.Integer(), server_default="0", nullable=False, comment="Held by checkouts or sold"),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("archived_at", MOMENT, nullable=True),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_promotion_currency")),
        sa.CheckConstraint("used >= 0 AND spent_minor >= 0 AND units_taken >= 0", name=op.f("ck_promotion_counts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotion")),
        comment="What is counted of a promotion; what it says stands in its versions",
    )
    op.create_table(
        "promotion_version",
        sa.Column("promotion_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("translations", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("stacking", ID, nullable=False),
        sa.Column("exclusion_group", ID, nullable=True),
        sa.Column("conditions", postgresql.JSONB(), nullable=False),
        sa.Column("action", postgresql.JSONB(), nullable=False),
        sa.Column("limits", postgresql.JSONB(), nullable=False),
        sa.Column("funding", ID, nullable=False),
        sa.Column("vendor_id", ID, nullable=True),
        sa.Column("return_rule", ID, nullable=False),
        sa.Column("needs_code", sa.Boolean(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("from_revision", sa.BigInteger(), nullable=False),
        sa.Column("until_revision", sa.BigInteger(), nullable=True),
        sa.Column("valid_from", MOMENT, server_default=NOW, nullable=False),
        sa.Column("valid_until", MOMENT, nullable=True),
        sa.CheckConstraint("stacking IN ('COMBINES', 'EXCLUSIVE')", name=op.f("ck_promotion_version_stacking")),
        sa.CheckConstraint("funding IN ('PLATFORM', 'VENDOR')", name=op.f("ck_promotion_version_funding")),
        sa.CheckConstraint("return_rule IN ('KEEP', 'CLAWBACK')", name=op.f("ck_promotion_version_return_rule")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_promotion_version_window")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendor.id"], name=op.f("fk_promotion_version_vendor_id")),
        sa.ForeignKeyConstraint(
            ["promotion_id"], ["promotion.id"], name=op.f("fk_promotion_version_promotion_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("promotion_id", "version", name=op.f("pk_promotion_version")),
        comment="What a promotion said between two revisions of all promotions; never changed but for its end",
    )
    op.create_index(
        "uq_promotion_version_current",
        "promotion_version",
        ["promotion_id"],
        unique=True,
        postgresql_where=sa.text("until_revision IS NULL"),
    )
    op.create_index(op.f("ix_promotion_version_valid_until"), "promotion_version", ["valid_until"], unique=False)
    op.create_table(
        "coupon_code",
        sa.Column("code", ID, nullable=False, comment="Trimmed and case-folded"),
        sa.Column("promotion_id", ID, nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("usage_limit", sa.Integer(), nullable=True),
        sa.Column("used", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.CheckConstraint("used >= 0 AND used <= usage_limit", name=op.f("ck_coupon_code_counts")),
        sa.ForeignKeyConstraint(
            ["promotion_id"], ["promotion.id"], name=op.f("fk_coupon_code_promotion_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_coupon_code")),
    )
    op.create_index(op.f("ix_coupon_code_promotion_id"), "coupon_code", ["promotion_id"], unique=False)
    op.create_table(
        "promotion_use",
        sa.Column("order_id", ID, nullable=False),
        sa.Column("promotion_id", ID, nullable=False),
        sa.Column("code", ID, nullable=True),
        sa.Column(
            "customer_key", ID, nullable=False, comment="A customer's id, or the hash of a guest's normalized email"
        ),
        sa.Column(
            "n",
            sa.Integer(),
            nullable=True,
            comment="Which of the uses that this customer may have; null where they have no limit",
        ),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", ID, nullable=False),
        sa.Column("used_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("released_at", MOMENT, nullable=True),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_promotion_use_currency")),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_promotion_use_order_id")),
        sa.ForeignKeyConstraint(["promotion_id"], ["promotion.id"], name=op.f("fk_promotion_use_promotion_id")),
        sa.ForeignKeyConstraint(
            ["code"], ["coupon_code.code"], name=op.f("fk_promotion_use_code"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("order_id", "promotion_id", name=op.f("pk_promotion_use")),
        comment="That an order used a promotion; given back once when it is canceled before anything is captured",
    )
    op.create_index(
        "uq_promotion_use_customer",
        "promotion_use",
        ["promotion_id", "customer_key", "n"],
        unique=True,
        postgresql_where=sa.text("released_at IS NULL"),
    )
    op.create_table(
        "promotion_hold",
        sa.Column("checkout_id", ID, nullable=False),
        sa.Column("promotion_id", ID, nullable=False),
        sa.Column("customer_key", ID, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.Column("order_id", ID, nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_promotion_hold_quantity")),
        sa.ForeignKeyConstraint(
            ["checkout_id"], ["checkout.id"], name=op.f("fk_promotion_hold_checkout_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["promotion_id"], ["promotion.id"], name=op.f("fk_promotion_hold_promotion_id")),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_promotion_hold_order_id")),
        sa.PrimaryKeyConstraint("checkout_id", "promotion_id", name=op.f("pk_promotion_hold")),
        comment="Units of a capped sale that a checkout holds until it expires, or that an order took",
    )
    op.create_index(op.f("ix_promotion_hold_order_id"), "promotion_hold", ["order_id"], unique=False)
    op.create_index(
        op.f("ix_promotion_hold_promotion_id_customer_key"),
        "promotion_hold",
        ["promotion_id", "customer_key"],
        unique=False,
    )
    op.create_index(
        op.f("ix_promotion_hold_promotion_id_expires_at"),
        "promotion_hold",
        ["promotion_id", "expires_at"],
        unique=False,
        postgresql_where=sa.text("order_id IS NULL"),
    )
    op.create_table(
        "price_segment",
        sa.Column("offer_id", ID, nullable=False),
        sa.Column("price_list_id", ID, nullable=False),
        sa.Column("min_quantity", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=True),
        sa.Column("ends_at", MOMENT, nullable=True),
        sa.Column("valid_from", MOMENT, nullable=False),
        sa.Column("valid_until", MOMENT, nullable=False),
        comment="Prices that were replaced, and when they stood: written by a trigger, never changed",
    )
    op.create_index(
        op.f("ix_price_segment_offer_id_valid_until"), "price_segment", ["offer_id", "valid_until"], unique=False
    )
    op.add_column("price", sa.Column("set_at", MOMENT, server_default=NOW, nullable=False))
    op.execute(KEEP_PRICE)
    op.execute(
        "CREATE TRIGGER price_replaced BEFORE UPDATE OR DELETE ON price "
        "FOR EACH ROW EXECUTE FUNCTION keep_replaced_price()"
    )
    op.add_column("market", sa.Column("prior_price", ID, server_default="BEFORE_FIRST_STEP", nullable=False))
    op.create_check_constraint(
        op.f("ck_market_prior_price"), "market", "prior_price IN ('BEFORE_FIRST_STEP', 'BEFORE_EACH_STEP')"
    )
    op.add_column("checkout", sa.Column("pricing", postgresql.JSONB(), server_default="{}", nullable=False))
    op.add_column("order_line", sa.Column("discounts", postgresql.JSONB(), server_default="[]", nullable=False))


def downgrade() -> None:
    op.drop_column("order_line", "discounts")
    op.drop_column("checkout", "pricing")
    op.drop_column("market", "prior_price")
    op.execute("DROP TRIGGER price_replaced ON price")
    op.execute("DROP FUNCTION keep_replaced_price()")
    op.drop_column("price", "set_at")
    op.drop_table("price_segment")
    op.drop_table("promotion_hold")
    op.drop_table("promotion_use")
    op.drop_table("coupon_code")
    op.drop_table("promotion_version")
    op.drop_table("promotion")
