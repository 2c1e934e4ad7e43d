"""Promotions in all their versions, the codes that unlock them, what was used of them, and earlier prices."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
)
from sqlalchemy import text as sql

from persistence.metadata import ID, currency, document, identity, metadata, minor, moment, one_of, reference, text
from persistence.pricing.tables import RATE

promotion = Table(
    "promotion",
    metadata,
    identity(),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("usage_limit", Integer),
    Column(
        "used", Integer, nullable=False, server_default="0", comment="Orders that it was used in and not given back"
    ),
    Column("per_customer_limit", Integer),
    minor("budget_minor", nullable=True),
    currency(nullable=True),
    Column("spent_minor", BigInteger, nullable=False, server_default="0"),
    Column("unit_cap", Integer),
    Column("unit_cap_per_customer", Integer),
    Column("units_taken", Integer, nullable=False, server_default="0", comment="Held by checkouts or sold"),
    moment("created_at", default_now=True),
    moment("archived_at", nullable=True),
    CheckConstraint("used >= 0 AND spent_minor >= 0 AND units_taken >= 0", name="counts"),
    comment="What is counted of a promotion; what it says stands in its versions",
)

promotion_version = Table(
    "promotion_version",
    metadata,
    reference("promotion_id", "promotion", cascade=True),
    Column("version", Integer, nullable=False),
    text("name"),
    document("translations"),
    moment("starts_at"),
    moment("ends_at", nullable=True),
    Column("priority", Integer, nullable=False),
    one_of("stacking", "COMBINES", "EXCLUSIVE"),
    Column("exclusion_group", ID),
    document("conditions", default=None),
    document("action", default=None),
    document("limits", default=None),
    one_of("funding", "PLATFORM", "VENDOR"),
    reference("vendor_id", "vendor", nullable=True),
    one_of("return_rule", "KEEP", "CLAWBACK"),
    Column("needs_code", Boolean, nullable=False),
    Column("is_public", Boolean, nullable=False),
    Column("from_revision", BigInteger, nullable=False),
    Column("until_revision", BigInteger),
    moment("valid_from", default_now=True),
    moment("valid_until", nullable=True),
    PrimaryKeyConstraint("promotion_id", "version"),
    Index("uq_promotion_version_current", "promotion_id", unique=True, postgresql_where=sql("until_revision IS NULL")),
    Index(None, "valid_until"),
    CheckConstraint("ends_at > starts_at", name="window"),
    comment="What a promotion said between two revisions of all promotions; never changed but for its end",
)

coupon_code = Table(
    "coupon_code",
    metadata,
    Column("code", ID, primary_key=True, comment="Trimmed and case-folded"),
    reference("promotion_id", "promotion", cascade=True, index=True),
    text("shown"),
    Column("usage_limit", Integer),
    Column("used", Integer, nullable=False, server_default="0"),
    moment("created_at", default_now=True),
    CheckConstraint("used >= 0 AND used <= usage_limit", name="counts"),
)

promotion_use = Table(
    "promotion_use",
    metadata,
    reference("order_id", "order"),
    reference("promotion_id", "promotion"),
    Column("code", ID, ForeignKey("coupon_code.code", ondelete="SET NULL")),
    Column("customer_key", ID, nullable=False, comment="A customer's id, or the hash of a guest's normalized email"),
    Column("n", Integer, comment="Which of the uses that this customer may have; null where they have no limit"),
    minor("amount_minor"),
    currency(),
    moment("used_at", default_now=True),
    moment("released_at", nullable=True),
    PrimaryKeyConstraint("order_id", "promotion_id"),
    Index(
        "uq_promotion_use_customer",
        "promotion_id",
        "customer_key",
        "n",
        unique=True,
        postgresql_where=sql("released_at IS NULL"),
    ),
    comment="That an order used a promotion; given back once when it is canceled before anything is captured",
)

promotion_hold = Table(
    "promotion_hold",
    metadata,
    reference("checkout_id", "checkout", cascade=True),
    reference("promotion_id", "promotion"),
    Column("customer_key", ID, nullable=False),
    Column("quantity", Integer, nullable=False),
    moment("expires_at", nullable=True),
    reference("order_id", "order", nullable=True, index=True),
    PrimaryKeyConstraint("checkout_id", "promotion_id"),
    Index(None, "promotion_id", "customer_key"),
    Index(None, "promotion_id", "expires_at", postgresql_where=sql("order_id IS NULL")),
    CheckConstraint("quantity > 0", name="quantity"),
    comment="Units of a capped sale that a checkout holds until it expires, or that an order took",
)

price_segment = Table(
    "price_segment",
    metadata,
    Column("offer_id", ID, nullable=False),
    Column("price_list_id", ID, nullable=False),
    Column("min_quantity", Integer, nullable=False),
    minor("amount_minor"),
    moment("starts_at", nullable=True),
    moment("ends_at", nullable=True),
    moment("valid_from"),
    moment("valid_until"),
    Column("rate", RATE),
    moment("rate_at", nullable=True),
    Index(None, "offer_id", "valid_until"),
    comment="Prices that were replaced, and when they stood: written by a trigger, never changed",
)
