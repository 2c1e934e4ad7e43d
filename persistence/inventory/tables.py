"""Stock of offers: levels, reservations and the movements that explain them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
)
from sqlalchemy import (
    text as sql,
)

from persistence.metadata import ID, document, identity, metadata, moment, one_of, position, reference, text

warehouse = Table(
    "warehouse",
    metadata,
    identity(),
    Column("code", ID, nullable=False, unique=True),
    text("name"),
    Column("country", ID, nullable=False),
    reference("vendor_id", "vendor", index=True),
    Column("is_pickup", Boolean, nullable=False, server_default=sql("false")),
    Column("priority", Integer, nullable=False, server_default="0"),
    document("address", nullable=True, default=None),
    *position(),
    text("opening_hours", nullable=True),
    text("time_zone", nullable=True),
    Column("cutoff_hour", Integer),
    Column("handling_days", Integer, nullable=False, server_default="0"),
    CheckConstraint("cutoff_hour BETWEEN 0 AND 24 AND handling_days BETWEEN 0 AND 60", name="handling"),
)

stock_level = Table(
    "stock_level",
    metadata,
    reference("offer_id", "offer", cascade=True),
    reference("warehouse_id", "warehouse", index=True),
    Column("on_hand", Integer, nullable=False, server_default="0"),
    Column("reserved", Integer, nullable=False, server_default="0"),
    Column("allocated", Integer, nullable=False, server_default="0"),
    Column("safety", Integer, nullable=False, server_default="0"),
    Column("incoming", Integer, nullable=False, server_default="0"),
    PrimaryKeyConstraint("offer_id", "warehouse_id"),
    CheckConstraint("on_hand - reserved - allocated >= 0", name="covered"),
    CheckConstraint(
        "on_hand >= 0 AND reserved >= 0 AND allocated >= 0 AND safety >= 0 AND incoming >= 0", name="counts"
    ),
)

reservation = Table(
    "reservation",
    metadata,
    reference("checkout_id", "checkout", cascade=True),
    Column("offer_id", ID, nullable=False),
    Column("warehouse_id", ID, nullable=False),
    Column("quantity", Integer, nullable=False),
    moment("expires_at"),
    PrimaryKeyConstraint("checkout_id", "offer_id", "warehouse_id"),
    ForeignKeyConstraint(["offer_id", "warehouse_id"], ["stock_level.offer_id", "stock_level.warehouse_id"]),
    CheckConstraint("quantity > 0", name="quantity"),
    Index(None, "offer_id", "warehouse_id", "expires_at"),
    Index(None, "expires_at"),
)

supply = Table(
    "supply",
    metadata,
    Column("offer_id", ID, ForeignKey("offer.id", ondelete="CASCADE"), primary_key=True),
    one_of("policy", "DENY", "BACKORDER", "PREORDER", default="DENY"),
    Column("ahead_limit", Integer, nullable=False, server_default="0"),
    moment("available_from", nullable=True),
    Column("reserved", Integer, nullable=False, server_default="0"),
    Column("waiting", Integer, nullable=False, server_default="0"),
    CheckConstraint("reserved >= 0 AND waiting >= 0", name="counts"),
    CheckConstraint("reserved + waiting <= ahead_limit", name="limit"),
    CheckConstraint("policy <> 'PREORDER' OR available_from IS NOT NULL", name="release"),
    Index("ix_supply_waiting", "offer_id", postgresql_where=sql("waiting > 0")),
    comment="How an offer is sold beyond its stock, and how many units are: held for checkouts, and owed to orders",
)

supply_reservation = Table(
    "supply_reservation",
    metadata,
    reference("checkout_id", "checkout", cascade=True),
    Column("offer_id", ID, ForeignKey("supply.offer_id"), nullable=False),
    Column("quantity", Integer, nullable=False),
    moment("expires_at"),
    PrimaryKeyConstraint("checkout_id", "offer_id"),
    CheckConstraint("quantity > 0", name="quantity"),
    Index(None, "offer_id", "expires_at"),
)

stock_movement = Table(
    "stock_movement",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    reference("offer_id", "offer", cascade=True),
    reference("warehouse_id", "warehouse"),
    Column("delta", Integer, nullable=False),
    text("reason"),
    Column("reference", ID, comment="The fulfillment, import or return that moved it"),
    Column("actor", ID),
    moment("occurred_at", default_now=True),
    Index(None, "offer_id", "warehouse_id"),
    CheckConstraint("delta <> 0", name="delta"),
    comment="Append-only: the sum of an offer's movements in a warehouse is what is on hand",
)
