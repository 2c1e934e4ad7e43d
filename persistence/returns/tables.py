"""Returns: what buyers want to send back of a vendor's part of an order, and what came of it."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
)
from sqlalchemy import text as sql

from persistence.metadata import document, identity, metadata, moment, one_of, reference, text

order_return = Table(
    "order_return",
    metadata,
    identity(),
    reference("order_id", "order", index=True),
    reference("vendor_order_id", "vendor_order", index=True),
    reference("vendor_id", "vendor"),
    one_of("state", "REQUESTED", "APPROVED", "REJECTED", "IN_TRANSIT", "RECEIVED", "REFUNDED", "CLOSED"),
    Column("is_withdrawal", Boolean, nullable=False),
    Column("to_store_credit", Boolean, nullable=False, server_default=sql("false")),
    text("decision", nullable=True),
    moment("requested_at"),
    moment("decided_at", nullable=True),
    moment("received_at", nullable=True),
    moment("closed_at", nullable=True),
    moment("refund_due_at", nullable=True),
    document("exchange", default="[]"),
    document("label", nullable=True, default=None),
    Column("version", Integer, nullable=False, server_default="1"),
    CheckConstraint("(closed_at IS NOT NULL) = (state IN ('REJECTED', 'REFUNDED', 'CLOSED'))", name="closed"),
    Index(None, "vendor_id", "id"),
)

order_return_line = Table(
    "order_return_line",
    metadata,
    reference("order_return_id", "order_return"),
    reference("order_line_id", "order_line", index=True),
    Column("position", Integer, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("received", Integer, nullable=False, server_default="0"),
    text("reason"),
    text("comment", nullable=True),
    document("image_urls", default="[]"),
    PrimaryKeyConstraint("order_return_id", "order_line_id"),
    CheckConstraint("quantity > 0 AND received >= 0 AND received <= quantity", name="counts"),
)

return_receipt = Table(
    "return_receipt",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    reference("order_return_id", "order_return", index=True),
    reference("order_line_id", "order_line"),
    Column("quantity", Integer, nullable=False),
    text("condition"),
    reference("restocked_to", "warehouse", nullable=True),
    moment("received_at"),
    Column("is_settled", Boolean, nullable=False, server_default=sql("false")),
    reference("refund_id", "refund", nullable=True),
    CheckConstraint("quantity > 0", name="quantity"),
    CheckConstraint("is_settled OR refund_id IS NULL", name="settled"),
    comment="Units that came back together, in one condition; settled once their price was given back",
)
