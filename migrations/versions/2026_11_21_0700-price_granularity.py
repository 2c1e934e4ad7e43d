"""Prices that a market can express."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

ID = sa.Text(collation="C")
JSONB = postgresql.JSONB(astext_type=sa.Text())
FEES = ("fees_net_minor", "fees_tax_minor", "fees_gross_minor")
KEEP_FEES = """
UPDATE {table} SET fees_net_minor = total_net_minor - lines_net_minor - shipping_net_minor,
    fees_tax_minor = total_tax_minor - lines_tax_minor - shipping_tax_minor,
    fees_gross_minor = total_gross_minor - lines_gross_minor - shipping_gross_minor
WHERE total_gross_minor <> lines_gross_minor + shipping_gross_minor
"""
"""Until now fees were what lines and shipping left of the total."""


def upgrade() -> None:
    op.add_column("market", sa.Column("price_granularity", JSONB, server_default="{}", nullable=False))
    op.add_column("price_list", sa.Column("tier_mode", ID, server_default="VOLUME", nullable=False))
    op.add_column("price_list", sa.Column("ending_minor", sa.BigInteger(), nullable=True))
    op.add_column("price_list", sa.Column("ending_step", sa.BigInteger(), nullable=True))
    op.create_check_constraint(op.f("ck_price_list_tier_mode"), "price_list", "tier_mode IN ('VOLUME', 'GRADUATED')")
    op.create_check_constraint(
        op.f("ck_price_list_ending"), "price_list", "0 <= ending_minor AND ending_minor < ending_step"
    )
    op.add_column("variant", sa.Column("measure_value", sa.Numeric(12, 3), nullable=True))
    op.add_column("variant", sa.Column("measure_unit", ID, nullable=True))
    op.create_check_constraint(
        op.f("ck_variant_measure"),
        "variant",
        "measure_value > 0 AND num_nonnulls(measure_value, measure_unit) IN (0, 2)",
    )
    for table in ("order", "vendor_order"):
        _add_parts_of_total(table)


def downgrade() -> None:
    for table in ("order", "vendor_order"):
        op.drop_constraint(op.f(f"ck_{table}_total_adds_up"), table)
        op.drop_constraint(op.f(f"ck_{table}_fees_sums"), table)
        op.drop_column(table, "rounding_minor")
        for name in FEES:
            op.drop_column(table, name)
    op.drop_column("variant", "measure_unit")
    op.drop_column("variant", "measure_value")
    op.drop_column("price_list", "ending_step")
    op.drop_column("price_list", "ending_minor")
    op.drop_column("price_list", "tier_mode")
    op.drop_column("market", "price_granularity")


def _add_parts_of_total(table: str) -> None:
    for name in FEES:
        op.add_column(table, sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))
    op.add_column(
        table,
        sa.Column(
            "rounding_minor", sa.BigInteger(), server_default="0", nullable=False, comment="Of the total, free of tax"
        ),
    )
    op.execute(KEEP_FEES.format(table=f'"{table}"'))
    op.create_check_constraint(
        op.f(f"ck_{table}_fees_sums"), table, "fees_net_minor + fees_tax_minor = fees_gross_minor"
    )
    op.create_check_constraint(
        op.f(f"ck_{table}_total_adds_up"),
        table,
        "lines_gross_minor + shipping_gross_minor + fees_gross_minor + rounding_minor = total_gross_minor",
    )
