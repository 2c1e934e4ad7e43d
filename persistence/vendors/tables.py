"""Vendors and who acts for them."""

from sqlalchemy import Boolean, CheckConstraint, Column, Integer, PrimaryKeyConstraint, Table
from sqlalchemy import text as sql

from persistence.metadata import ID, document, identity, metadata, moment, one_of, reference, text

vendor = Table(
    "vendor",
    metadata,
    identity(),
    Column("slug", ID, nullable=False, unique=True),
    text("name"),
    text("description", nullable=True),
    Column("country", ID, nullable=False),
    document("logo", nullable=True, default=None),
    document("policies", default="[]"),
    document("translations"),
    one_of("status", "APPLIED", "IN_REVIEW", "ACTIVE", "SUSPENDED", "REJECTED", "CLOSED", default="ACTIVE"),
    Column("is_house", Boolean, nullable=False, server_default=sql("false")),
    Column("accept_within_hours", Integer, nullable=False, server_default="48"),
    Column("version", Integer, nullable=False, server_default="1"),
    moment("created_at", default_now=True),
    CheckConstraint("accept_within_hours BETWEEN 1 AND 720", name="accept_within_hours"),
)

vendor_member = Table(
    "vendor_member",
    metadata,
    reference("vendor_id", "vendor", cascade=True),
    reference("customer_id", "customer", cascade=True, index=True),
    one_of("role", "OWNER", "MANAGER", "VIEWER", default="OWNER"),
    moment("created_at", default_now=True),
    PrimaryKeyConstraint("vendor_id", "customer_id"),
)
