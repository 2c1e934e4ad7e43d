"""Where sellers are registered for taxes, who buys free of them, what is counted towards limits, and duties."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, Numeric, PrimaryKeyConstraint, Table

from persistence.metadata import ID, identity, metadata, moment, one_of, reference, text

tax_registration = Table(
    "tax_registration",
    metadata,
    identity(),
    reference("vendor_id", "vendor", cascade=True),
    Column("country", ID, nullable=False),
    Column("region", ID),
    one_of("scheme", "DOMESTIC", "OSS", "IOSS"),
    text("number"),
    moment("valid_from", nullable=True),
    moment("valid_until", nullable=True),
    moment("created_at", default_now=True),
    Index(None, "vendor_id"),
    CheckConstraint("valid_until > valid_from", name="window"),
    comment="A legal entity's registrations; without any it is taken to be registered wherever it sells",
)

tax_certificate = Table(
    "tax_certificate",
    metadata,
    identity(),
    reference("customer_id", "customer", nullable=True, cascade=True, index=True),
    Column("company_id", ID, index=True),
    text("number"),
    Column("country", ID, nullable=False),
    Column("region", ID),
    moment("valid_from", nullable=True),
    moment("valid_until", nullable=True),
    moment("created_at", default_now=True),
    CheckConstraint("num_nonnulls(customer_id, company_id) = 1", name="holder"),
    CheckConstraint("valid_until > valid_from", name="window"),
    comment="That a customer or a company buys free of tax in a territory",
)

distance_sales = Table(
    "distance_sales",
    metadata,
    reference("vendor_id", "vendor", cascade=True),
    Column("year", Integer, nullable=False),
    Column("euro_cents", BigInteger, nullable=False, server_default="0"),
    PrimaryKeyConstraint("vendor_id", "year"),
    CheckConstraint("euro_cents >= 0", name="euro_cents"),
    comment="Cross-border sales to consumers in the Union, without tax, counted with each order",
)

duty_rate = Table(
    "duty_rate",
    metadata,
    identity(),
    Column("customs_area", ID, nullable=False, comment="EU, or a country"),
    Column("hs_prefix", ID, nullable=False, server_default="", comment="Of the customs tariff number; empty for all"),
    Column("rate", Numeric(9, 6), nullable=False),
    moment("valid_from", nullable=True),
    moment("valid_until", nullable=True),
    Index(None, "customs_area", "hs_prefix"),
    CheckConstraint("rate >= 0", name="rate"),
)
