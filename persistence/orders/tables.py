"""Orders: the contract, split by vendor, with every word and amount as it was when placed."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
)
from sqlalchemy import text as sql

from persistence.metadata import ID, currency, document, identity, metadata, minor, moment, one_of, reference, text

LATER = {"later": True}
"""Columns that a new row leaves at their defaults."""


def taxed(name: str) -> list[Column[int]]:
    return [minor(f"{name}_{part}_minor") for part in ("net", "tax", "gross")]


def charged(name: str) -> list[Column[int]]:
    """The same for what most orders have nothing of."""
    return [Column(column.name, BigInteger, nullable=False, server_default="0") for column in taxed(name)]


def counted(name: str) -> list[Column[int]]:
    """An amount that begins at zero and is counted up by what happens to the order."""
    parts = ("net", "tax", "gross")
    return [
        Column(f"{name}_{part}_minor", BigInteger, nullable=False, server_default="0", info=LATER) for part in parts
    ]


def adds_up() -> CheckConstraint:
    """The parts of a total sum to it (rule M10)."""
    parts = "lines_gross_minor + shipping_gross_minor + fees_gross_minor + rounding_minor"
    return CheckConstraint(f"{parts} = total_gross_minor", name="total_adds_up")


def sums_up(name: str) -> CheckConstraint:
    """`net + tax = gross`, held by the database as well."""
    return CheckConstraint(f"{name}_net_minor + {name}_tax_minor = {name}_gross_minor", name=f"{name}_sums")


order = Table(
    "order",
    metadata,
    identity(),
    Column("number", ID, nullable=False, unique=True),
    one_of("status", "PENDING_PAYMENT", "ON_HOLD", "CONFIRMED", "COMPLETED", "CANCELED", "EXPIRED"),
    reference("checkout_id", "checkout"),
    reference("customer_id", "customer", nullable=True),
    text("email"),
    reference("market_id", "market"),
    Column("country", ID, nullable=False),
    Column("language", ID, nullable=False),
    currency(),
    document("shipping_address", nullable=True, default=None),
    document("billing_address", nullable=True, default=None),
    *taxed("lines"),
    *taxed("shipping"),
    *charged("fees"),
    Column("rounding_minor", BigInteger, nullable=False, server_default="0", comment="Of the total, free of tax"),
    *taxed("total"),
    minor("discount_minor"),
    document("taxes", default="[]"),
    document("tax", nullable=True, default=None),
    document("internal_notes", default="[]"),
    reference("company_id", "company", nullable=True),
    document("company", nullable=True, default=None),
    text("po_number", nullable=True),
    Column("version", Integer, nullable=False, server_default="1"),
    moment("placed_at"),
    moment("payment_due_at", nullable=True),
    Column("revision", Integer, nullable=False, server_default="1", info=LATER),
    *counted("canceled"),
    Column(
        "canceled_rounding_minor",
        BigInteger,
        nullable=False,
        server_default="0",
        info=LATER,
        comment="What of the rounding is in what was canceled",
    ),
    sums_up("canceled"),
    CheckConstraint("0 <= canceled_gross_minor AND canceled_gross_minor <= total_gross_minor", name="canceled"),
    sums_up("lines"),
    sums_up("shipping"),
    sums_up("fees"),
    sums_up("total"),
    adds_up(),
    Index(None, "customer_id", "id"),
    Index(None, "email"),
    Index(None, "checkout_id", unique=True),
)

vendor_order = Table(
    "vendor_order",
    metadata,
    identity(),
    reference("order_id", "order", index=True),
    Column("number", ID, nullable=False, unique=True),
    reference("vendor_id", "vendor"),
    one_of(
        "status",
        "AWAITING_PAYMENT",
        "NEW",
        "ACCEPTED",
        "REJECTED",
        "PARTIALLY_SHIPPED",
        "SHIPPED",
        "DELIVERED",
        "CANCELED",
    ),
    Column("language", ID, nullable=False),
    currency(),
    document("shipping_address", nullable=True, default=None),
    document("delivery"),
    *taxed("lines"),
    *taxed("shipping"),
    *charged("fees"),
    Column("rounding_minor", BigInteger, nullable=False, server_default="0", comment="Of the total, free of tax"),
    *taxed("total"),
    minor("discount_minor"),
    document("taxes", default="[]"),
    Column("version", Integer, nullable=False, server_default="1"),
    moment("placed_at"),
    moment("ship_by", nullable=True),
    moment("accept_by", nullable=True),
    *counted("shipping_canceled"),
    *counted("shipping_refunded"),
    sums_up("shipping_canceled"),
    sums_up("shipping_refunded"),
    CheckConstraint(
        "shipping_canceled_gross_minor >= 0 AND shipping_refunded_gross_minor >= 0"
        " AND shipping_canceled_gross_minor + shipping_refunded_gross_minor <= shipping_gross_minor",
        name="shipping_given_back",
    ),
    sums_up("fees"),
    sums_up("total"),
    adds_up(),
    Index(None, "vendor_id", "id"),
    Index("ix_vendor_order_unaccepted", "accept_by", postgresql_where=sql("status = 'NEW'")),
    comment="One vendor's part of an order: all that the vendor may know of it",
)

order_line = Table(
    "order_line",
    metadata,
    identity(),
    reference("order_id", "order"),
    reference("vendor_order_id", "vendor_order", index=True),
    reference("vendor_id", "vendor"),
    Column("position", Integer, nullable=False),
    Column("offer_id", ID, nullable=False),
    Column("variant_id", ID, nullable=False),
    Column("product_id", ID, nullable=False),
    text("title"),
    Column("sku", ID, nullable=False),
    document("options", default="[]"),
    document("image", nullable=True, default=None),
    Column("tax_class", ID, nullable=False),
    Column("tax_treatment", ID, nullable=False, server_default="DESTINATION"),
    Column("tax_collector", ID, nullable=False, server_default="PLATFORM"),
    Column("quantity", Integer, nullable=False),
    Column("fulfilled", Integer, nullable=False, server_default="0"),
    Column("delivered", Integer, nullable=False, server_default="0"),
    Column("canceled", Integer, nullable=False, server_default="0"),
    Column("backordered", Integer, nullable=False, server_default="0"),
    Column("returned", Integer, nullable=False, server_default="0"),
    Column("refunded", Integer, nullable=False, server_default="0"),
    Column("return_requested", Integer, nullable=False, server_default="0", info=LATER),
    currency(),
    *taxed("unit"),
    *taxed("total"),
    minor("discount_minor"),
    document("taxes", default="[]"),
    document("discounts", default="[]"),
    text("gift_message", nullable=True),
    Column("is_download", Boolean, nullable=False, server_default=sql("false")),
    Column("is_gift", Boolean, nullable=False, server_default=sql("false")),
    Column("gift_wrap_per", ID),
    *charged("gift_wrap"),
    document("gift_wrap_taxes", default="[]"),
    *counted("gift_wrap_canceled"),
    *counted("gift_wrap_refunded"),
    sums_up("gift_wrap"),
    sums_up("gift_wrap_canceled"),
    sums_up("gift_wrap_refunded"),
    CheckConstraint(
        "gift_wrap_canceled_gross_minor >= 0 AND gift_wrap_refunded_gross_minor >= 0"
        " AND gift_wrap_canceled_gross_minor + gift_wrap_refunded_gross_minor <= gift_wrap_gross_minor",
        name="gift_wrap_given_back",
    ),
    *counted("canceled"),
    *counted("refunded"),
    sums_up("canceled"),
    sums_up("refunded"),
    CheckConstraint("refunded >= 0 AND canceled + refunded <= quantity", name="given_back"),
    sums_up("total"),
    Index(None, "order_id", "position", unique=True),
    Index("ix_order_line_backordered", "offer_id", postgresql_where=sql("backordered > 0")),
    CheckConstraint("quantity > 0 AND fulfilled >= 0 AND fulfilled <= quantity", name="counts"),
    CheckConstraint("delivered >= 0 AND delivered <= fulfilled", name="delivered"),
    CheckConstraint(
        "returned >= 0 AND return_requested >= 0 AND return_requested + returned <= delivered", name="returned"
    ),
    CheckConstraint("canceled >= 0 AND fulfilled + canceled <= quantity", name="canceled"),
)

order_payment_link = Table(
    "order_payment_link",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    reference("order_id", "order", index=True),
    Column("created_by", ID, nullable=False),
    moment("created_at", default_now=True),
    moment("expires_at"),
    comment="Whoever has the token may pay what the order costs more until then; the token itself is not kept",
)

allocation = Table(
    "allocation",
    metadata,
    reference("order_line_id", "order_line"),
    Column("offer_id", ID, nullable=False),
    reference("warehouse_id", "warehouse"),
    Column("quantity", Integer, nullable=False),
    Column("fulfilled", Integer, nullable=False, server_default="0"),
    Column("canceled", Integer, nullable=False, server_default="0"),
    PrimaryKeyConstraint("order_line_id", "warehouse_id"),
    Index(None, "offer_id", "warehouse_id"),
    CheckConstraint("quantity > 0 AND fulfilled >= 0 AND fulfilled <= quantity", name="counts"),
    CheckConstraint("canceled >= 0 AND fulfilled + canceled <= quantity", name="canceled"),
    comment="Which warehouse owes the units of an order line",
)
