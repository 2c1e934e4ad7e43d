"""Markets, offers, price lists, prices and tax rates."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Numeric,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy import (
    text as sql,
)
from sqlalchemy.dialects.postgresql import ARRAY

from persistence.metadata import ID, currency, document, identity, metadata, minor, moment, one_of, reference, text

RATE = Numeric(28, 16)
"""How many units of a currency one unit of another is worth, exactly."""

market = Table(
    "market",
    metadata,
    identity(),
    Column("handle", ID, nullable=False, unique=True),
    text("name"),
    Column("countries", ARRAY(Text), nullable=False),
    Column("currencies", ARRAY(Text), nullable=False),
    Column("languages", ARRAY(Text), nullable=False),
    Column("prices_include_tax", Boolean, nullable=False),
    text("time_zone"),
    one_of("tax_level", "UNIT", "LINE", "RATE_GROUP", "ORDER"),
    one_of("rounding", "HALF_UP", "HALF_EVEN"),
    one_of("price_policy", "FIXED_GROSS", "FIXED_NET"),
    document("price_granularity"),
    Column("estimates_duties", Boolean, nullable=False, server_default=sql("false")),
    one_of("prior_price", "BEFORE_FIRST_STEP", "BEFORE_EACH_STEP", default="BEFORE_FIRST_STEP"),
    Column("position", Integer, nullable=False, server_default="0"),
    Column("payment_days", Integer, nullable=False, server_default="7"),
    CheckConstraint("payment_days BETWEEN 0 AND 60", name="payment_days"),
    one_of("capture_at", "PLACEMENT", "SHIPMENT", default="SHIPMENT"),
    Column("return_days", Integer, nullable=False, server_default="14"),
    CheckConstraint("return_days BETWEEN 0 AND 365", name="return_days"),
    Column("withdrawal_days", Integer, comment="How long consumers may withdraw; null where no law says so"),
    CheckConstraint("withdrawal_days BETWEEN 0 AND 365", name="withdrawal_days"),
    document("withdrawal_text"),
    Column("abandoned_after_minutes", Integer, server_default="60"),
    CheckConstraint("abandoned_after_minutes > 0", name="abandoned_after"),
)

market_term = Table(
    "market_term",
    metadata,
    reference("market_id", "market"),
    Column("capture_at", ID, nullable=False),
    Column("return_days", Integer, nullable=False),
    Column("withdrawal_days", Integer),
    moment("valid_until"),
    Index(None, "market_id", "valid_until"),
    comment="What a market said of orders until then: orders keep the terms that they were placed under",
)

price_list = Table(
    "price_list",
    metadata,
    identity(),
    Column("handle", ID, nullable=False, unique=True),
    text("name"),
    currency(),
    reference("market_id", "market", nullable=True),
    Column("customer_group", ID),
    Column("company_id", ID),
    Column("priority", Integer, nullable=False, server_default="0"),
    moment("starts_at", nullable=True),
    moment("ends_at", nullable=True),
    one_of("tier_mode", "VOLUME", "GRADUATED", default="VOLUME"),
    minor("ending_minor", nullable=True),
    minor("ending_step", nullable=True),
    CheckConstraint("0 <= ending_minor AND ending_minor < ending_step", name="ending"),
)

price_list_derivation = Table(
    "price_list_derivation",
    metadata,
    Column("price_list_id", ID, ForeignKey("price_list.id"), primary_key=True),
    reference("base_id", "price_list"),
    Column("rate", RATE, nullable=False),
    moment("rate_at"),
    Column("rate_source", Text, nullable=False, comment="Whose rate it is: ECB, or whoever set it"),
    Column("adjustment_percent", Numeric(9, 4), nullable=False, server_default="0"),
    Column("granularity", BigInteger, nullable=False, server_default="1"),
    CheckConstraint("base_id <> price_list_id", name="other"),
    CheckConstraint("rate > 0 AND adjustment_percent > -100 AND granularity >= 1", name="arithmetic"),
    comment="Lists whose prices are those of another one, converted",
)

offer = Table(
    "offer",
    metadata,
    identity(),
    reference("variant_id", "variant", cascade=True),
    reference("product_id", "product", cascade=True, index=True),
    reference("vendor_id", "vendor"),
    one_of("condition", "NEW", "REFURBISHED", "USED", "HANDMADE", default="NEW"),
    one_of("status", "ACTIVE", "INACTIVE", default="ACTIVE"),
    Column("min_quantity", Integer, nullable=False, server_default="1"),
    Column("max_quantity", Integer),
    Column("step", Integer, nullable=False, server_default="1"),
    Column("per_customer", Integer),
    Column("version", Integer, nullable=False, server_default="1"),
    moment("created_at", default_now=True),
    UniqueConstraint("variant_id", "vendor_id", "condition"),
    Index(None, "vendor_id", "id"),
    CheckConstraint("min_quantity >= 1 AND step >= 1 AND max_quantity >= min_quantity", name="limits"),
)

price = Table(
    "price",
    metadata,
    reference("offer_id", "offer", cascade=True),
    reference("price_list_id", "price_list"),
    Column("min_quantity", Integer, nullable=False, server_default="1"),
    minor("amount_minor"),
    moment("starts_at", nullable=True),
    moment("ends_at", nullable=True),
    moment("set_at", default_now=True),
    reference("derived_from", "price_list", nullable=True),
    Column("rate", RATE),
    moment("rate_at", nullable=True),
    UniqueConstraint("offer_id", "price_list_id", "min_quantity", "starts_at", postgresql_nulls_not_distinct=True),
    Index(None, "starts_at", postgresql_where=sql("starts_at IS NOT NULL")),
    Index(None, "ends_at", postgresql_where=sql("ends_at IS NOT NULL")),
    CheckConstraint("amount_minor >= 0", name="amount"),
    CheckConstraint("min_quantity >= 1", name="min_quantity"),
    CheckConstraint("ends_at > starts_at", name="window"),
    CheckConstraint(
        "num_nonnulls(rate, rate_at) IN (0, 2) AND (derived_from IS NULL OR rate IS NOT NULL)", name="rate"
    ),
)

price_to_derive = Table(
    "price_to_derive",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("price_list_id", ID, nullable=False),
    reference("offer_id", "offer", cascade=True),
    Index(None, "price_list_id", "id"),
    comment="Offers whose price in a derived list may be another by now; a job takes them",
)

gift_wrap = Table(
    "gift_wrap",
    metadata,
    reference("vendor_id", "vendor", cascade=True),
    currency(),
    one_of("per", "LINE", "UNIT"),
    minor("price_minor"),
    PrimaryKeyConstraint("vendor_id", "currency"),
    CheckConstraint("price_minor >= 0", name="price"),
    comment="What a vendor asks for wrapping a line, or each unit of it",
)

tax_rate = Table(
    "tax_rate",
    metadata,
    identity(),
    Column("country", ID, nullable=False),
    Column("region", ID),
    Column("tax_class", ID, nullable=False),
    text("name"),
    text("jurisdiction"),
    Column("rate", Numeric(9, 6), nullable=False),
    Column("is_compound", Boolean, nullable=False, server_default=sql("false")),
    Column("position", Integer, nullable=False, server_default="0"),
    Column("source", ID, comment="The import that wrote it, if one did"),
    moment("valid_from", nullable=True),
    moment("valid_until", nullable=True),
    Index(None, "country", "tax_class"),
)
