"""What it costs to deliver, and what was sent."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY

from persistence.metadata import (
    ID,
    currency,
    document,
    identity,
    metadata,
    minor,
    moment,
    one_of,
    position,
    reference,
    text,
)

delivery_zone = Table(
    "delivery_zone",
    metadata,
    identity(),
    text("name"),
    document("areas", default="[]"),
    *position(),
    comment="Countries, regions and postal codes that rates and restrictions hold for; the most specific wins",
)

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
    reference("zone_id", "delivery_zone", nullable=True, index=True),
    one_of("basis", "FLAT", "WEIGHT", "VALUE", "VOLUME", default="FLAT"),
    document("tiers", default="[]"),
    Column("free_from_minor", BigInteger),
    Column("min_weight_grams", Integer),
    Column("is_active", Boolean, nullable=False, server_default=sql("true")),
    CheckConstraint("price_minor >= 0 AND max_days >= min_days AND min_days >= 0", name="terms"),
    comment="Table rates: the cheapest row of a name whose bounds the group meets is offered",
)

delivery_restriction = Table(
    "delivery_restriction",
    metadata,
    identity(),
    reference("product_id", "product", nullable=True, cascade=True, index=True),
    reference("category_id", "category", nullable=True, cascade=True, index=True),
    reference("zone_id", "delivery_zone", nullable=True, index=True),
    Column("kind", ID, CheckConstraint("kind IN ('SHIP', 'PICKUP_STORE', 'PICKUP_POINT', 'DIGITAL')", name="kind")),
    CheckConstraint("num_nonnulls(product_id, category_id) = 1", name="goods"),
    comment="Goods that are not sent to a zone, or not in a way; without either they are not delivered at all",
)

pickup_point = Table(
    "pickup_point",
    metadata,
    identity(),
    Column("carrier", ID, nullable=False),
    Column("code", ID, nullable=False),
    text("name"),
    Column("country", ID, nullable=False),
    Column("postal_code", ID, nullable=False, server_default=""),
    document("address"),
    text("opening_hours", nullable=True),
    *position(),
    Column("is_active", Boolean, nullable=False, server_default=sql("true")),
    UniqueConstraint("carrier", "code"),
    Index(None, "country", "postal_code"),
    Index(None, "country", "latitude"),
    comment="Shops and lockers of carriers, known by the carrier's code",
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
