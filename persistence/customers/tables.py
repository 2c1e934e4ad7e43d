"""People who sign in, their sessions, and keys for programs."""

from sqlalchemy import Boolean, Column, DateTime, Index, Integer, LargeBinary, PrimaryKeyConstraint, Table, Text, func
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY

from persistence.metadata import ID, document, identity, metadata, moment, reference, text

customer = Table(
    "customer",
    metadata,
    identity(),
    text("email", unique=True),
    text("password_hash", nullable=True),
    text("first_name", nullable=True),
    text("last_name", nullable=True),
    Column("language", ID),
    Column("customer_group", ID),
    Column("version", Integer, nullable=False, server_default="1"),
    moment("created_at", default_now=True),
)

customer_address = Table(
    "customer_address",
    metadata,
    identity(),
    reference("customer_id", "customer", cascade=True, index=True),
    Column("position", Integer, nullable=False, server_default="0"),
    document("address"),
    Column("is_default_shipping", Boolean, nullable=False, server_default=sql("false")),
    Column("is_default_billing", Boolean, nullable=False, server_default=sql("false")),
)

customer_segment = Table(
    "customer_segment",
    metadata,
    reference("customer_id", "customer", cascade=True),
    Column("segment", ID, nullable=False, index=True),
    PrimaryKeyConstraint("customer_id", "segment"),
    comment="Named sets of customers, by which promotions choose whom they are for",
)

wishlist = Table(
    "wishlist",
    metadata,
    identity(),
    Column("version", Integer, nullable=False, server_default="1"),
    reference("customer_id", "customer", cascade=True, index=True),
    text("name"),
    Column("is_shared", Boolean, nullable=False, server_default=sql("false")),
    moment("created_at", default_now=True),
)

wishlist_item = Table(
    "wishlist_item",
    metadata,
    reference("wishlist_id", "wishlist", cascade=True),
    reference("variant_id", "variant", cascade=True, index=True),
    Column("added_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    PrimaryKeyConstraint("wishlist_id", "variant_id"),
)

session = Table(
    "session",
    metadata,
    identity(),
    reference("customer_id", "customer", cascade=True, index=True),
    Column("family_id", ID, nullable=False, index=True, comment="All refresh tokens that descend from one sign-in"),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    moment("created_at", default_now=True),
    moment("expires_at"),
    moment("rotated_at", nullable=True),
    moment("revoked_at", nullable=True),
    Index(None, "expires_at"),
    comment="One row per refresh token. A family's first row has its id, and says whether the family was revoked",
)

staff_member = Table(
    "staff_member",
    metadata,
    identity(),
    reference("customer_id", "customer", cascade=True),
    Column("scopes", ARRAY(Text), nullable=False),
    moment("created_at", default_now=True),
    Index(None, "customer_id", unique=True),
)

api_key = Table(
    "api_key",
    metadata,
    identity(),
    text("name"),
    Column(
        "prefix", ID, nullable=False, unique=True, comment="The readable beginning of the key, by which it is found"
    ),
    Column("secret_hash", LargeBinary, nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    reference("vendor_id", "vendor", nullable=True),
    moment("created_at", default_now=True),
    moment("revoked_at", nullable=True),
)
