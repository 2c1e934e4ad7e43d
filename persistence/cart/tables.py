"""Carts: what shoppers mean to buy."""

from sqlalchemy import CheckConstraint, Column, Integer, Table, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY

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
    UniqueConstraint("cart_id", "offer_id"),
    CheckConstraint("quantity > 0", name="quantity"),
)
