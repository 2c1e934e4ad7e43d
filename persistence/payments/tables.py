"""Tenders (what the buyer offers) and payments (what a gateway did)."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, Table
from sqlalchemy import text as sql

from persistence.metadata import ID, currency, document, identity, metadata, minor, moment, one_of, reference, text

KINDS = (
    "CARD",
    "WALLET",
    "BNPL",
    "BANK_TRANSFER",
    "INVOICE",
    "GIFT_CARD",
    "STORE_CREDIT",
    "CRYPTO",
    "CASH_ON_DELIVERY",
)

tender = Table(
    "tender",
    metadata,
    identity(),
    reference("checkout_id", "checkout", cascade=True, index=True),
    one_of("kind", *KINDS),
    Column("method_id", ID, nullable=False),
    text("token", nullable=True),
    minor("amount_minor", nullable=True),
    currency(nullable=True),
    one_of("state", "PENDING", "HELD", "ACTION_REQUIRED", "AUTHORIZED", "FAILED", "RELEASED", default="PENDING"),
    document("action", nullable=True, default=None),
    Column("attempt", Integer, nullable=False, server_default="0"),
    moment("created_at", default_now=True),
    reference("balance_id", "balance", nullable=True),
)

payment = Table(
    "payment",
    metadata,
    identity(),
    reference("checkout_id", "checkout", index=True),
    reference("tender_id", "tender"),
    Column("order_id", ID, index=True),
    Column("attempt", Integer, nullable=False),
    one_of("kind", *KINDS),
    Column("gateway", ID, nullable=False),
    Column("gateway_key", ID, nullable=False, unique=True, comment="The idempotency key sent to the gateway"),
    Column("gateway_reference", ID),
    one_of(
        "state", "INTENDED", "ACTION_REQUIRED", "AUTHORIZED", "FAILED", "VOID_INTENDED", "VOIDED", default="INTENDED"
    ),
    currency(),
    minor("amount_minor"),
    Column("authorized_minor", BigInteger, nullable=False, server_default="0"),
    Column("captured_minor", BigInteger, nullable=False, server_default="0"),
    Column("refunded_minor", BigInteger, nullable=False, server_default="0"),
    text("failure", nullable=True),
    moment("authorization_expires_at", nullable=True),
    moment("created_at", default_now=True),
    moment("updated_at", default_now=True),
    CheckConstraint(
        "0 <= refunded_minor AND refunded_minor <= captured_minor AND captured_minor <= authorized_minor",
        name="amounts",
    ),
    Index(None, "tender_id", "attempt", unique=True),
    Index(
        "ix_payment_unsettled",
        "updated_at",
        postgresql_where=sql("state IN ('INTENDED', 'ACTION_REQUIRED', 'VOID_INTENDED')"),
    ),
)
