"""Tenders (what the buyer offers) and payments (what a gateway did)."""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Index, Integer, PrimaryKeyConstraint, Table
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


def _charged(name: str) -> list[Column[int]]:
    """An amount that most have nothing of."""
    parts = ("net", "tax", "gross")
    return [Column(f"{name}_{part}_minor", BigInteger, nullable=False, server_default="0") for part in parts]


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
    reference("stored_method_id", "stored_method", nullable=True),
    Column("saves_method", Boolean, nullable=False, server_default=sql("false")),
)

stored_method = Table(
    "stored_method",
    metadata,
    identity(),
    reference("customer_id", "customer", cascade=True, index=True),
    Column("gateway", ID, nullable=False),
    Column("method_id", ID, nullable=False),
    Column("reference", ID, nullable=False, comment="What the gateway calls it"),
    Column("gateway_customer", ID, nullable=False),
    one_of("kind", *KINDS),
    text("brand", nullable=True),
    Column("last4", ID),
    Column("expires_month", Integer),
    Column("expires_year", Integer),
    moment("created_at", default_now=True),
    moment("forgotten_at", nullable=True),
    Index(None, "gateway", "reference", unique=True),
    comment="Means of payment that gateways keep for customers: their references, never card data",
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
    Column("gateway_reference", ID, index=True),
    one_of(
        "state",
        "INTENDED",
        "ACTION_REQUIRED",
        "PENDING",
        "AUTHORIZED",
        "FAILED",
        "VOID_INTENDED",
        "VOIDED",
        default="INTENDED",
    ),
    currency(),
    minor("amount_minor"),
    Column("authorized_minor", BigInteger, nullable=False, server_default="0"),
    Column("captured_minor", BigInteger, nullable=False, server_default="0"),
    Column("refunded_minor", BigInteger, nullable=False, server_default="0"),
    Column(
        "claimed_minor",
        BigInteger,
        nullable=False,
        server_default="0",
        comment="Of what is authorized: what captures and voids under way lay hold on",
    ),
    text("failure", nullable=True),
    moment("authorization_expires_at", nullable=True),
    moment("created_at", default_now=True),
    moment("updated_at", default_now=True),
    CheckConstraint(
        "0 <= refunded_minor AND refunded_minor <= captured_minor AND captured_minor <= authorized_minor",
        name="amounts",
    ),
    CheckConstraint("claimed_minor >= 0 AND captured_minor + claimed_minor <= authorized_minor", name="claimed"),
    Index(None, "tender_id", "attempt", unique=True),
    Index(
        "ix_payment_expiring",
        "authorization_expires_at",
        postgresql_where=sql("state = 'AUTHORIZED' AND captured_minor + claimed_minor < authorized_minor"),
    ),
    Index(
        "ix_payment_unsettled",
        "updated_at",
        postgresql_where=sql("state IN ('INTENDED', 'ACTION_REQUIRED', 'PENDING', 'VOID_INTENDED')"),
    ),
)

refund = Table(
    "refund",
    metadata,
    identity(),
    reference("order_id", "order", index=True),
    one_of("kind", "RETURN", "CANCELLATION"),
    one_of("state", "PENDING", "SUCCEEDED", "FAILED", default="PENDING"),
    currency(),
    minor("amount_minor"),
    *[minor(f"lines_{part}_minor") for part in ("net", "tax", "gross")],
    *[minor(f"shipping_{part}_minor") for part in ("net", "tax", "gross")],
    *_charged("fees"),
    minor("adjustment_minor"),
    Column("clawback_minor", BigInteger, nullable=False, server_default="0"),
    Column("rounding_minor", BigInteger, nullable=False, server_default="0", comment="Of what goes back, free of tax"),
    Column(
        "credited_minor",
        BigInteger,
        nullable=False,
        server_default="0",
        comment="What pays for goods that were given in exchange, and does not go back",
    ),
    document("taxes", default="[]"),
    Column("to_store_credit", Boolean, nullable=False, server_default=sql("false")),
    text("reason", nullable=True),
    Column("actor", ID),
    moment("created_at", default_now=True),
    CheckConstraint("amount_minor >= 0", name="amount"),
    CheckConstraint("lines_net_minor + lines_tax_minor = lines_gross_minor", name="lines_sums"),
    CheckConstraint("shipping_net_minor + shipping_tax_minor = shipping_gross_minor", name="shipping_sums"),
    CheckConstraint("fees_net_minor + fees_tax_minor = fees_gross_minor", name="fees_sums"),
    comment="Money that goes back to a buyer, and for what; its operations say to where",
)

refund_line = Table(
    "refund_line",
    metadata,
    reference("refund_id", "refund", cascade=True),
    reference("order_line_id", "order_line", index=True),
    Column("quantity", Integer, nullable=False),
    *[minor(f"amount_{part}_minor") for part in ("net", "tax", "gross")],
    *_charged("gift_wrap"),
    document("taxes", default="[]"),
    PrimaryKeyConstraint("refund_id", "order_line_id"),
    CheckConstraint("quantity > 0", name="quantity"),
    CheckConstraint("amount_net_minor + amount_tax_minor = amount_gross_minor", name="sums"),
    CheckConstraint("gift_wrap_net_minor + gift_wrap_tax_minor = gift_wrap_gross_minor", name="gift_wrap_sums"),
)

payment_operation = Table(
    "payment_operation",
    metadata,
    identity(),
    reference("payment_id", "payment", index=True),
    Column("order_id", ID, index=True),
    reference("refund_id", "refund", nullable=True, index=True),
    one_of("kind", "CAPTURE", "VOID", "REFUND"),
    one_of("state", "INTENDED", "PENDING", "SUCCEEDED", "FAILED", default="INTENDED"),
    currency(),
    minor("amount_minor"),
    Column("released_minor", BigInteger, nullable=False, server_default="0"),
    Column("is_final", Boolean, nullable=False, server_default=sql("false")),
    Column("to_store_credit", Boolean, nullable=False, server_default=sql("false")),
    Column("gateway_key", ID, nullable=False, unique=True, comment="The idempotency key sent to the gateway"),
    Column("gateway_reference", ID, index=True),
    text("reason", nullable=True),
    text("failure", nullable=True),
    moment("created_at", default_now=True),
    moment("updated_at", default_now=True),
    CheckConstraint("amount_minor > 0 AND released_minor >= 0", name="amounts"),
    Index("ix_payment_operation_open", "updated_at", postgresql_where=sql("state IN ('INTENDED', 'PENDING')")),
)
