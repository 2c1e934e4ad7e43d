"""Companies and customer segments."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"

ID = sa.Text(collation="C")
JSONB = postgresql.JSONB(astext_type=sa.Text())
MOMENT = sa.DateTime(timezone=True)
BUYERS = ("cart", "checkout", "order", "balance")
"""What a company buys with."""


def upgrade() -> None:
    _create_companies()
    _create_segments()
    for table in BUYERS:
        op.add_column(table, sa.Column("company_id", ID, nullable=True))
        op.create_foreign_key(op.f(f"fk_{table}_company_id"), table, "company", ["company_id"], ["id"])
    op.add_column("checkout", sa.Column("po_number", sa.Text(), nullable=True))
    op.add_column("order", sa.Column("company", JSONB, nullable=True, comment="As it was when the order was placed"))
    op.add_column("order", sa.Column("po_number", sa.Text(), nullable=True))
    op.create_check_constraint(op.f("ck_balance_owner"), "balance", "num_nonnulls(customer_id, company_id) <= 1")
    op.create_index(
        "uq_balance_of_company",
        "balance",
        ["company_id", "kind", "currency"],
        unique=True,
        postgresql_where=sa.text("company_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("uq_balance_of_company", "balance")
    op.drop_constraint(op.f("ck_balance_owner"), "balance")
    op.drop_column("order", "po_number")
    op.drop_column("order", "company")
    op.drop_column("checkout", "po_number")
    for table in BUYERS:
        op.drop_column(table, "company_id")
    op.drop_table("customer_segment")
    op.drop_table("company_member")
    op.drop_table("company")


def _create_companies() -> None:
    op.create_table(
        "company",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("vat_id", ID, nullable=True),
        sa.Column("vat_check", JSONB, nullable=True, comment="What the register said of the number when it was asked"),
        sa.Column("net_terms_days", sa.Integer(), nullable=True),
        sa.Column("on_working_days", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("net_terms_days >= 0", name=op.f("ck_company_net_terms_days")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company")),
    )
    op.create_table(
        "company_member",
        sa.Column("company_id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("role", ID, nullable=False),
        sa.Column("spending_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", ID, nullable=True),
        sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("role IN ('ADMIN', 'APPROVER', 'BUYER', 'VIEWER')", name=op.f("ck_company_member_role")),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_company_member_currency")),
        sa.CheckConstraint(
            "num_nonnulls(spending_minor, currency) IN (0, 2) AND spending_minor >= 0",
            name=op.f("ck_company_member_spending"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name=op.f("fk_company_member_company_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_company_member_customer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("company_id", "customer_id", name=op.f("pk_company_member")),
        comment="Who acts for a company, and up to what amount an order of theirs may be",
    )
    op.create_index(op.f("ix_company_member_customer_id"), "company_member", ["customer_id"])


def _create_segments() -> None:
    op.create_table(
        "customer_segment",
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("segment", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_customer_segment_customer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("customer_id", "segment", name=op.f("pk_customer_segment")),
        comment="Named sets of customers, by which promotions choose whom they are for",
    )
    op.create_index(op.f("ix_customer_segment_segment"), "customer_segment", ["segment"])
