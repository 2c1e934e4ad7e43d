"""Wishlists, draft orders and reminders."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"

ID = sa.Text(collation="C")
JSONB = postgresql.JSONB(astext_type=sa.Text())
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_wishlists()
    _extend_carts()
    _extend_checkouts()
    _create_payment_links()
    op.add_column("market", sa.Column("abandoned_after_minutes", sa.Integer(), server_default="60", nullable=True))
    op.create_check_constraint(op.f("ck_market_abandoned_after"), "market", "abandoned_after_minutes > 0")


def downgrade() -> None:
    op.drop_column("market", "abandoned_after_minutes")
    op.drop_table("payment_link")
    op.drop_index("ix_checkout_left", "checkout")
    for column in ("saves_billing_address", "saves_shipping_address", "held_by"):
        op.drop_column("checkout", column)
    op.drop_index("ix_cart_left", "cart")
    op.drop_index("ix_cart_draft", "cart")
    op.drop_column("cart_line", "manual")
    for column in ("abandoned_version", "draft"):
        op.drop_column("cart", column)
    op.drop_table("wishlist_item")
    op.drop_table("wishlist")


def _create_wishlists() -> None:
    op.create_table(
        "wishlist",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_shared", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_wishlist_customer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wishlist")),
    )
    op.create_index(op.f("ix_wishlist_customer_id"), "wishlist", ["customer_id"])
    op.create_table(
        "wishlist_item",
        sa.Column("wishlist_id", ID, nullable=False),
        sa.Column("variant_id", ID, nullable=False),
        sa.Column("added_at", MOMENT, server_default=sa.func.clock_timestamp(), nullable=False),
        sa.ForeignKeyConstraint(
            ["wishlist_id"], ["wishlist.id"], name=op.f("fk_wishlist_item_wishlist_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variant.id"], name=op.f("fk_wishlist_item_variant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("wishlist_id", "variant_id", name=op.f("pk_wishlist_item")),
    )
    op.create_index(op.f("ix_wishlist_item_variant_id"), "wishlist_item", ["variant_id"])


def _extend_carts() -> None:
    op.add_column("cart", sa.Column("draft", JSONB, nullable=True, comment="What staff who prepare an order decided"))
    op.add_column(
        "cart", sa.Column("abandoned_version", sa.Integer(), nullable=True, comment="The last that was told of as left")
    )
    op.add_column("cart_line", sa.Column("manual", JSONB, nullable=True, comment="The price and discount by staff"))
    op.create_index("ix_cart_draft", "cart", ["id"], postgresql_where=sa.text("draft IS NOT NULL AND state = 'ACTIVE'"))
    op.create_index(
        "ix_cart_left",
        "cart",
        ["updated_at"],
        postgresql_where=sa.text(
            "state = 'ACTIVE' AND customer_id IS NOT NULL AND abandoned_version IS DISTINCT FROM version"
        ),
    )


def _extend_checkouts() -> None:
    op.add_column("checkout", sa.Column("held_by", ID, server_default="BUYER", nullable=False))
    op.create_check_constraint(op.f("ck_checkout_held_by"), "checkout", "held_by IN ('BUYER', 'STAFF', 'LINK')")
    for column in ("saves_shipping_address", "saves_billing_address"):
        op.add_column("checkout", sa.Column(column, sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_index(
        "ix_checkout_left",
        "checkout",
        ["expires_at"],
        postgresql_where=sa.text("state IN ('OPEN', 'CLOSED') AND email IS NOT NULL"),
    )


def _create_payment_links() -> None:
    op.create_table(
        "payment_link",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("cart_id", ID, nullable=False),
        sa.Column("created_by", ID, nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["cart_id"], ["cart.id"], name=op.f("fk_payment_link_cart_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_payment_link")),
        comment="Whoever has the token may pay for the draft order until then; the token itself is not kept",
    )
    op.create_index(op.f("ix_payment_link_cart_id"), "payment_link", ["cart_id"])
