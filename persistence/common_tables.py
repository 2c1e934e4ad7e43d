"""The tables of no single context."""

from sqlalchemy import BigInteger, Column, DateTime, Index, Integer, LargeBinary, PrimaryKeyConstraint, Table, func
from sqlalchemy import text as sql

from persistence.metadata import ID, document, identity, metadata, moment, one_of, text

event = Table(
    "event",
    metadata,
    identity(),
    Column(
        "position", BigInteger, unique=True, comment="Place in the log, given after the commit by one writer at a time"
    ),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("type", ID, nullable=False),
    Column("subject_id", ID, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("actor", ID),
    Column("order_id", ID),
    Column("vendor_order_id", ID),
    Column("vendor_id", ID),
    Column("offer_id", ID),
    document("changes"),
    Index(None, "subject_id", "sequence", unique=True),
    Index("ix_event_unplaced", "recorded_at", "sequence", postgresql_where=sql("position IS NULL")),
    Index("ix_event_order_log", "order_id", "position", postgresql_where=sql("order_id IS NOT NULL")),
    Index("ix_event_vendor_log", "vendor_id", "position", postgresql_where=sql("vendor_id IS NOT NULL")),
    comment="The outbox and log: written with the change, never updated but for its position",
)

log = Table(
    "log",
    metadata,
    Column("name", ID, primary_key=True),
    Column("position", BigInteger, nullable=False, server_default="0"),
    comment="The last position given in each log, and the last one each reader has handled",
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("scope", ID, nullable=False),
    Column("operation", ID, nullable=False),
    Column("key", ID, nullable=False),
    Column("input_hash", LargeBinary, nullable=False),
    one_of("state", "RUNNING", "DONE", default="RUNNING"),
    document("outcome", nullable=True, default=None),
    moment("created_at", default_now=True),
    moment("lease_until", nullable=True),
    PrimaryKeyConstraint("scope", "operation", "key"),
    Index(None, "created_at"),
)

registered_document = Table(
    "registered_document",
    metadata,
    Column("client", ID, nullable=False),
    Column("document_id", ID, nullable=False, index=True),
    Column("sha256", ID, nullable=False, index=True),
    Column("name", ID, nullable=False),
    one_of("kind", "QUERY", "MUTATION", "SUBSCRIPTION"),
    text("text"),
    Column("cost", BigInteger, nullable=False, comment="With the defaults of its variables"),
    document("fields", default="[]"),
    document("access", default="[]"),
    moment("published_at", default_now=True),
    PrimaryKeyConstraint("client", "document_id"),
    comment="Documents that clients may name by an id: written when a client is published, never changed",
)
