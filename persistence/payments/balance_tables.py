"""Balances that buyers can pay with, and the entries that they are sums of."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    Table,
    UniqueConstraint,
    func,
)
from sqlalchemy import text as sql

from persistence.metadata import ID, currency, identity, metadata, minor, moment, one_of, reference, text

balance = Table(
    "balance",
    metadata,
    identity(),
    one_of("kind", "GIFT_CARD", "STORE_CREDIT", "TERMS"),
    reference("customer_id", "customer", nullable=True),
    reference("company_id", "company", nullable=True),
    currency(),
    minor("granted_minor"),
    Column("available_minor", BigInteger, nullable=False, comment="The sum of its entries"),
    Column("code_hash", LargeBinary, unique=True, comment="SHA-256 of the code, which is kept nowhere"),
    Column("last4", ID),
    reference("order_line_id", "order_line", nullable=True),
    Column("unit", Integer, comment="Which unit of that line"),
    Column("version", Integer, nullable=False, server_default="1"),
    moment("created_at", default_now=True),
    moment("expires_at", nullable=True),
    CheckConstraint("available_minor >= 0 OR kind = 'TERMS'", name="available"),
    CheckConstraint("num_nonnulls(customer_id, company_id) <= 1", name="owner"),
    UniqueConstraint("order_line_id", "unit"),
    Index(None, "customer_id"),
    Index(
        "uq_balance_of_company",
        "company_id",
        "kind",
        "currency",
        unique=True,
        postgresql_where=sql("company_id IS NOT NULL"),
    ),
    Index(
        "uq_balance_of_customer",
        "customer_id",
        "kind",
        "currency",
        unique=True,
        postgresql_where=sql("kind <> 'GIFT_CARD'"),
    ),
)

balance_entry = Table(
    "balance_entry",
    metadata,
    identity(),
    reference("balance_id", "balance"),
    one_of("kind", "GRANT", "HOLD", "RELEASE", "REFUND", "ADJUSTMENT", "EXPIRY"),
    minor("amount_minor"),
    Column("reference", ID, comment="The payment, refund or order line that it was made for"),
    Column("actor", ID),
    text("note", nullable=True),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Index(None, "balance_id", "id"),
    Index(
        "uq_balance_entry_once",
        "reference",
        "kind",
        unique=True,
        postgresql_where=sql("reference IS NOT NULL"),
    ),
    comment="What changed a balance: never updated, never deleted",
)
