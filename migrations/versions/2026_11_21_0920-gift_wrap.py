"""Gift wrap with a price, and gifts of promotions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from persistence import row_security

revision = "0016"
down_revision = "0015"

ID = sa.Text(collation="C")
JSONB = postgresql.JSONB(astext_type=sa.Text())
PARTS = ("net", "tax", "gross")
SUMS = (
    ("order_line", "gift_wrap"),
    ("order_line", "gift_wrap_canceled"),
    ("order_line", "gift_wrap_refunded"),
    ("refund", "fees"),
    ("refund_line", "gift_wrap"),
)


def upgrade() -> None:
    op.create_table(
        "gift_wrap",
        sa.Column("vendor_id", ID, nullable=False),
        sa.Column("currency", ID, nullable=False),
        sa.Column("per", ID, nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_gift_wrap_currency")),
        sa.CheckConstraint("per IN ('LINE', 'UNIT')", name=op.f("ck_gift_wrap_per")),
        sa.CheckConstraint("price_minor >= 0", name=op.f("ck_gift_wrap_price")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendor.id"], name=op.f("fk_gift_wrap_vendor_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("vendor_id", "currency", name=op.f("pk_gift_wrap")),
        comment="What a vendor asks for wrapping a line, or each unit of it",
    )
    for statement in row_security.statements(isolated=("gift_wrap",), readable=()):
        op.execute(statement)
    op.add_column("cart", sa.Column("declined_gifts", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False))
    op.add_column("cart_line", sa.Column("gift_wrap", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("order_line", sa.Column("is_gift", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("order_line", sa.Column("gift_wrap_per", ID, nullable=True))
    op.add_column("order_line", sa.Column("gift_wrap_taxes", JSONB, server_default="[]", nullable=False))
    for table, name in SUMS:
        _add_amount(table, name)
    op.create_check_constraint(
        op.f("ck_order_line_gift_wrap_given_back"),
        "order_line",
        "gift_wrap_canceled_gross_minor >= 0 AND gift_wrap_refunded_gross_minor >= 0"
        " AND gift_wrap_canceled_gross_minor + gift_wrap_refunded_gross_minor <= gift_wrap_gross_minor",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_order_line_gift_wrap_given_back"), "order_line")
    for table, name in reversed(SUMS):
        op.drop_constraint(op.f(f"ck_{table}_{name}_sums"), table)
        for part in PARTS:
            op.drop_column(table, f"{name}_{part}_minor")
    op.drop_column("order_line", "gift_wrap_taxes")
    op.drop_column("order_line", "gift_wrap_per")
    op.drop_column("order_line", "is_gift")
    op.drop_column("cart_line", "gift_wrap")
    op.drop_column("cart", "declined_gifts")
    for statement in row_security.removals(("gift_wrap",)):
        op.execute(statement)
    op.drop_table("gift_wrap")


def _add_amount(table: str, name: str) -> None:
    for part in PARTS:
        column = sa.Column(f"{name}_{part}_minor", sa.BigInteger(), server_default="0", nullable=False)
        op.add_column(table, column)
    op.create_check_constraint(
        op.f(f"ck_{table}_{name}_sums"), table, f"{name}_net_minor + {name}_tax_minor = {name}_gross_minor"
    )
