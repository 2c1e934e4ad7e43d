"""Companies, and who acts for them."""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Integer, PrimaryKeyConstraint, Table
from sqlalchemy import text as sql

from persistence.metadata import ID, currency, document, identity, metadata, moment, one_of, reference, text

company = Table(
    "company",
    metadata,
    identity(),
    Column("version", Integer, nullable=False, server_default="1"),
    text("name"),
    Column("vat_id", ID),
    document("vat_check", nullable=True, default=None),
    Column("net_terms_days", Integer),
    Column("on_working_days", Boolean, nullable=False, server_default=sql("false")),
    moment("created_at", default_now=True),
    CheckConstraint("net_terms_days >= 0", name="net_terms_days"),
)

company_member = Table(
    "company_member",
    metadata,
    reference("company_id", "company", cascade=True),
    reference("customer_id", "customer", cascade=True, index=True),
    one_of("role", "ADMIN", "APPROVER", "BUYER", "VIEWER"),
    Column("spending_minor", BigInteger),
    currency(nullable=True),
    moment("created_at", default_now=True),
    PrimaryKeyConstraint("company_id", "customer_id"),
    CheckConstraint("num_nonnulls(spending_minor, currency) IN (0, 2) AND spending_minor >= 0", name="spending"),
    comment="Who acts for a company, and up to what amount an order of theirs may be",
)
