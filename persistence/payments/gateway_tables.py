"""What gateways tell: their notices, how far they were read, and disputes."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Table
from sqlalchemy import text as sql

from persistence.metadata import ID, currency, identity, metadata, minor, moment, one_of, reference, text

gateway_event = Table(
    "gateway_event",
    metadata,
    identity(),
    Column("gateway", ID, nullable=False),
    Column("notice_id", ID, nullable=False, comment="The gateway's own id of it, by which it is taken once"),
    Column("type", ID, nullable=False),
    Column("gateway_reference", ID, comment="The payment that it is about, if it is about one"),
    moment("occurred_at"),
    moment("received_at", default_now=True),
    moment("observed_at", nullable=True),
    Index(None, "gateway", "notice_id", unique=True),
    Index("ix_gateway_event_observed", "received_at", postgresql_where=sql("observed_at IS NOT NULL")),
    Index("ix_gateway_event_unobserved", "received_at", postgresql_where=sql("observed_at IS NULL")),
    comment="Notices of gateways, kept to take each once; what is so is read from the gateway itself",
)

gateway_reading = Table(
    "gateway_reading",
    metadata,
    Column("gateway", ID, primary_key=True),
    moment("read_until"),
    comment="Up to when a gateway's own list of notices was read, to find those that never came",
)

dispute = Table(
    "dispute",
    metadata,
    identity(),
    reference("payment_id", "payment", index=True),
    Column("order_id", ID, index=True),
    Column("gateway_reference", ID, nullable=False, unique=True),
    one_of("state", "OPEN", "WON", "LOST", default="OPEN"),
    text("reason"),
    currency(),
    minor("amount_minor"),
    Column("fee_minor", BigInteger),
    Column("fee_currency", ID),
    moment("opened_at"),
    moment("evidence_due_by", nullable=True),
    moment("closed_at", nullable=True),
    CheckConstraint("amount_minor > 0", name="amount"),
    CheckConstraint("(state = 'OPEN') = (closed_at IS NULL)", name="closed"),
    comment="A buyer's bank wants money back (rule Y11)",
)
