"""Territories, registrations and evidence of taxes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"

ID = sa.Text(collation="C")
JSONB = postgresql.JSONB(astext_type=sa.Text())


def upgrade() -> None:
    op.create_table(
        "tax_registration",
        sa.Column("id", ID, nullable=False),
        sa.Column("vendor_id", ID, nullable=False),
        sa.Column("country", ID, nullable=False),
        sa.Column("region", ID, nullable=True),
        sa.Column("scheme", ID, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        *_window(),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("scheme IN ('DOMESTIC', 'OSS', 'IOSS')", name=op.f("ck_tax_registration_scheme")),
        sa.CheckConstraint("valid_until > valid_from", name=op.f("ck_tax_registration_window")),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendor.id"], name=op.f("fk_tax_registration_vendor_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_registration")),
        comment="A legal entity's registrations; without any it is taken to be registered wherever it sells",
    )
    op.create_index(op.f("ix_tax_registration_vendor_id"), "tax_registration", ["vendor_id"])
    op.create_table(
        "tax_certificate",
        sa.Column("id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=True),
        sa.Column("company_id", ID, nullable=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("country", ID, nullable=False),
        sa.Column("region", ID, nullable=True),
        *_window(),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("num_nonnulls(customer_id, company_id) = 1", name=op.f("ck_tax_certificate_holder")),
        sa.CheckConstraint("valid_until > valid_from", name=op.f("ck_tax_certificate_window")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_tax_certificate_customer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_certificate")),
        comment="That a customer or a company buys free of tax in a territory",
    )
    op.create_index(op.f("ix_tax_certificate_customer_id"), "tax_certificate", ["customer_id"])
    op.create_index(op.f("ix_tax_certificate_company_id"), "tax_certificate", ["company_id"])
    op.create_table(
        "distance_sales",
        sa.Column("vendor_id", ID, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("euro_cents", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("euro_cents >= 0", name=op.f("ck_distance_sales_euro_cents")),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendor.id"], name=op.f("fk_distance_sales_vendor_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("vendor_id", "year", name=op.f("pk_distance_sales")),
        comment="Cross-border sales to consumers in the Union, without tax, counted with each order",
    )
    op.create_table(
        "duty_rate",
        sa.Column("id", ID, nullable=False),
        sa.Column("customs_area", ID, nullable=False, comment="EU, or a country"),
        sa.Column(
            "hs_prefix", ID, server_default="", nullable=False, comment="Of the customs tariff number; empty for all"
        ),
        sa.Column("rate", sa.Numeric(9, 6), nullable=False),
        *_window(),
        sa.CheckConstraint("rate >= 0", name=op.f("ck_duty_rate_rate")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_rate")),
    )
    op.create_index(op.f("ix_duty_rate_customs_area_hs_prefix"), "duty_rate", ["customs_area", "hs_prefix"])
    op.add_column("tax_rate", sa.Column("source", ID, nullable=True, comment="The import that wrote it, if one did"))
    op.add_column(
        "market", sa.Column("estimates_duties", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("checkout", sa.Column("tax", JSONB, nullable=True, comment="What tax law wants to know of the sale"))
    op.add_column("order", sa.Column("tax", JSONB, nullable=True, comment="Evidence of how it was taxed"))
    op.add_column("order_line", sa.Column("tax_treatment", ID, server_default="DESTINATION", nullable=False))
    op.add_column("order_line", sa.Column("tax_collector", ID, server_default="PLATFORM", nullable=False))


def downgrade() -> None:
    op.drop_column("order_line", "tax_collector")
    op.drop_column("order_line", "tax_treatment")
    op.drop_column("order", "tax")
    op.drop_column("checkout", "tax")
    op.drop_column("market", "estimates_duties")
    op.drop_column("tax_rate", "source")
    op.drop_table("duty_rate")
    op.drop_table("distance_sales")
    op.drop_table("tax_certificate")
    op.drop_table("tax_registration")


def _window() -> list[sa.Column[object]]:
    return [
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
    ]
