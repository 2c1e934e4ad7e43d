"""Who vendors are before the law, and the documents that they issued."""

from sqlalchemy import Boolean, CheckConstraint, Column, Index, Integer, LargeBinary, PrimaryKeyConstraint, Table
from sqlalchemy import text as sql

from persistence.metadata import ID, document, identity, metadata, moment, one_of, reference, text

legal_entity = Table(
    "legal_entity",
    metadata,
    reference("vendor_id", "vendor"),
    text("name"),
    document("address", nullable=True, default=None),
    text("registration", nullable=True),
    text("email", nullable=True),
    moment("updated_at", default_now=True),
    PrimaryKeyConstraint("vendor_id"),
)

document_series = Table(
    "document_series",
    metadata,
    reference("vendor_id", "vendor"),
    Column("series", ID, nullable=False),
    Column("last_number", Integer, nullable=False),
    PrimaryKeyConstraint("vendor_id", "series"),
    CheckConstraint("last_number > 0", name="last_number"),
    comment="The number given last; taken under the row's lock in the transaction that issues, so that none is missing",
)

order_document = Table(
    "order_document",
    metadata,
    identity(),
    one_of("kind", "INVOICE", "CREDIT_NOTE"),
    reference("vendor_id", "vendor"),
    reference("order_id", "order", index=True),
    reference("vendor_order_id", "vendor_order", index=True),
    reference("refund_id", "refund", nullable=True, index=True),
    Column("series", ID, nullable=False),
    Column("number", ID, nullable=False),
    moment("issued_at"),
    document("content"),
    Index(None, "vendor_id", "number", unique=True),
    Index("ix_order_document_invoice", "vendor_order_id", unique=True, postgresql_where=sql("kind = 'INVOICE'")),
    CheckConstraint("(kind = 'CREDIT_NOTE') = (refund_id IS NOT NULL)", name="refund"),
    comment="Invoices and credit notes, which never change",
)

order_document_file = Table(
    "order_document_file",
    metadata,
    reference("document_id", "order_document"),
    Column("pdf", LargeBinary, nullable=False),
    Column("is_archival", Boolean, nullable=False),
    moment("printed_at", default_now=True),
    PrimaryKeyConstraint("document_id"),
)
