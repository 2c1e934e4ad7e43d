"""What it costs to deliver, and what was sent."""

from sqlalchemy import CheckConstraint, Column, Index, Integer, PrimaryKeyConstraint, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY

from persistence.metadata import currency, document, identity, metadata, minor, moment, one_of, reference, text

delivery_rate = Table(
    "delivery_rate",
    metadata,
    identity(),
    reference("market_id", "market", index=True),
    reference("vendor_id", "vendor", nullable=True),
    Column("countries", ARRAY(Text), nullable=False, comment="Empty: every country of the market"),
    one_of("kind", "SHIP", "PICKUP_STORE", "PICKUP_POINT", "DIGITAL", default="SHIP"),
    text("name"),
    document("translations"),
    text("carrier", nullable=True),
    currency(),
    minor("price_minor"),
    minor("min_subtotal_minor", nullable=True),
    Column("max_weight_grams", Integer),
    Column("min_days", Integer, nullable=False),
    Column("max_days", Integer, nullable=False),
    Column("position", Integer, nullable=False, server_default="0"),
    CheckConstraint("price_minor >= 0 AND max_days >= min_days AND min_days >= 0", name="terms"),
    comment="Table rates: the cheapest row of a name whose bounds the group meets is offered",
)

fulfillment = Table(
    "fulfillment",
    metadata,
    identity(),
    reference("order_id", "order", index=True),
    reference("vendor_order_id", "vendor_order", index=True),
    reference("vendor_id", "vendor"),
    reference("warehouse_id", "warehouse"),
    one_of("state", "PLANNED", "PICKED", "SHIPPED", "DELIVERED", "FAILED", "CANCELED"),
    moment("created_at"),
    moment("shipped_at", nullable=True),
    moment("delivered_at", nullable=True),
)

fulfillment_line = Table(
    "fulfillment_line",
    metadata,
    reference("fulfillment_id", "fulfillment", cascade=True),
    reference("order_line_id", "order_line", index=True),
    Column("quantity", Integer, nullable=False),
    PrimaryKeyConstraint("fulfillment_id", "order_line_id"),
    CheckConstraint("quantity > 0", name="quantity"),
)

parcel = Table(
    "parcel",
    metadata,
    identity(),
    reference("fulfillment_id", "fulfillment", cascade=True),
    Column("position", Integer, nullable=False),
    text("carrier", nullable=True),
    text("tracking_number", nullable=True),
    text("tracking_url", nullable=True),
    Index(None, "fulfillment_id", "position", unique=True),
)
