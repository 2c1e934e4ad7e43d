"""Checkouts: the run from cart to order, with prices and stock held until it expires."""

from sqlalchemy import Boolean, CheckConstraint, Column, Index, Integer, PrimaryKeyConstraint, Table
from sqlalchemy import text as sql

from persistence.metadata import ID, currency, document, identity, metadata, minor, moment, one_of, reference, text

checkout = Table(
    "checkout",
    metadata,
    identity(),
    Column("version", Integer, nullable=False, server_default="1"),
    one_of("state", "OPEN", "COMPLETING", "COMPLETED", "CLOSED", default="OPEN"),
    reference("cart_id", "cart", index=True),
    Column("cart_version", Integer, nullable=False, comment="Of the cart whose lines it holds"),
    reference("customer_id", "customer", nullable=True),
    reference("market_id", "market"),
    Column("country", ID, nullable=False),
    Column("language", ID, nullable=False),
    currency(),
    text("email", nullable=True),
    document("shipping_address", nullable=True, default=None),
    document("billing_address", nullable=True, default=None),
    Column("terms_accepted", Boolean, nullable=False, server_default=sql("false")),
    Column("order_id", ID, unique=True),
    moment("started_at", default_now=True),
    moment("expires_at"),
    moment("lease_until", nullable=True),
    document("tax", nullable=True, default=None),
    document("pricing"),
    one_of("held_by", "BUYER", "STAFF", "LINK", default="BUYER"),
    Column("saves_shipping_address", Boolean, nullable=False, server_default=sql("false")),
    Column("saves_billing_address", Boolean, nullable=False, server_default=sql("false")),
    reference("company_id", "company", nullable=True),
    text("po_number", nullable=True),
    Index("ix_checkout_left", "expires_at", postgresql_where=sql("state IN ('OPEN', 'CLOSED') AND email IS NOT NULL")),
    Index(None, "expires_at", postgresql_where=sql("state IN ('OPEN', 'COMPLETING')")),
    Index("uq_checkout_live", "cart_id", unique=True, postgresql_where=sql("state IN ('OPEN', 'COMPLETING')")),
)

delivery_group = Table(
    "delivery_group",
    metadata,
    identity(),
    reference("checkout_id", "checkout", cascade=True, index=True),
    reference("vendor_id", "vendor"),
    Column("option_id", ID),
    Column("is_digital", Boolean, nullable=False, server_default=sql("false")),
    document("pickup", nullable=True, default=None),
)

checkout_line = Table(
    "checkout_line",
    metadata,
    reference("checkout_id", "checkout", cascade=True),
    Column("cart_line_id", ID, nullable=False),
    reference("group_id", "delivery_group"),
    reference("offer_id", "offer"),
    reference("variant_id", "variant"),
    reference("product_id", "product"),
    reference("vendor_id", "vendor"),
    Column("position", Integer, nullable=False),
    Column("quantity", Integer, nullable=False),
    minor("unit_minor"),
    currency(),
    Column("tax_class", ID, nullable=False),
    Column("weight_grams", Integer),
    Column("volume_ml", Integer),
    document("snapshot"),
    PrimaryKeyConstraint("checkout_id", "cart_line_id"),
    Index(None, "group_id"),
    CheckConstraint("quantity > 0", name="quantity"),
    comment="The price held, and the words that the order will keep",
)
