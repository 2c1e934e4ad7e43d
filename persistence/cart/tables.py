"""Carts: what shoppers mean to buy."""

from sqlalchemy import Boolean, CheckConstraint, Column, Index, Integer, LargeBinary, Table, Text, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from persistence.metadata import ID, currency, document, identity, metadata, moment, one_of, reference, text

cart = Table(
    "cart",
    metadata,
    identity(),
    Column("version", Integer, nullable=False, server_default="1"),
    one_of("state", "ACTIVE", "ORDERED", "MERGED", default="ACTIVE"),
    reference("market_id", "market"),
    Column("country", ID, nullable=False),
    Column("language", ID, nullable=False),
    currency(),
    reference("customer_id", "customer", nullable=True, index=True),
    Column("promo_codes", ARRAY(Text), nullable=False, server_default="{}"),
    text("note", nullable=True),
    moment("created_at", default_now=True),
    moment("updated_at", default_now=True),
    Column("draft", JSONB, comment="What staff who prepare an order decided"),
    reference("company_id", "company", nullable=True),
    Column("abandoned_version", Integer, comment="The last that was told of as left"),
    Column("declined_gifts", ARRAY(Text), nullable=False, server_default="{}"),
    Index("ix_cart_draft", "id", postgresql_where=sql("draft IS NOT NULL AND state = 'ACTIVE'")),
    Index(
        "ix_cart_left",
        "updated_at",
        postgresql_where=sql(
            "state = 'ACTIVE' AND customer_id IS NOT NULL AND abandoned_version IS DISTINCT FROM version"
        ),
    ),
)

cart_line = Table(
    "cart_line",
    metadata,
    identity(),
    reference("cart_id", "cart", cascade=True),
    reference("offer_id", "offer", cascade=True),
    Column("quantity", Integer, nullable=False),
    text("gift_message", nullable=True),
    document("custom_fields", nullable=True, default=None),
    Column("manual", JSONB, comment="The price and discount by staff"),
    Column("gift_wrap", Boolean, nullable=False, server_default=sql("false")),
    UniqueConstraint("cart_id", "offer_id"),
    CheckConstraint("quantity > 0", name="quantity"),
)

payment_link = Table(
    "payment_link",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    reference("cart_id", "cart", cascade=True, index=True),
    Column("created_by", ID, nullable=False),
    moment("created_at", default_now=True),
    moment("expires_at"),
    comment="Whoever has the token may pay for the draft order until then; the token itself is not kept",
)
