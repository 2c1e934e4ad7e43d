"""Holds, cancellations, edits and deadlines of orders; vendors' transactions confined to their rows."""

import sqlalchemy as sa
from alembic import op

from persistence import row_security

revision = "0008"
down_revision = "0007"

ID = sa.Text(collation="C")
ISOLATED_BEFORE = (
    "vendor_order",
    "order_line",
    "fulfillment",
    "offer",
    "warehouse",
    "event",
    "fulfillment_line",
    "parcel",
    "allocation",
    "price",
    "stock_level",
    "stock_movement",
)
ISOLATED = ("reservation", "order", "idempotency")
COUNTED = {
    "order": ("canceled",),
    "vendor_order": ("shipping_canceled", "shipping_refunded"),
    "order_line": ("canceled", "refunded"),
}
"""Amounts that begin at zero: each is a net, a tax and a gross that sum up."""


def upgrade() -> None:
    _confine_vendors()
    _count_units()
    _limit_acceptance()
    _count_amounts()
    _set_markets()


def downgrade() -> None:
    op.drop_column("order", "revision")
    op.drop_column("market", "return_days")
    op.drop_column("market", "capture_at")
    for table, amounts in COUNTED.items():
        for name in amounts:
            for part in ("net", "tax", "gross"):
                op.drop_column(table, f"{name}_{part}_minor")
    op.drop_index("ix_vendor_order_unaccepted", "vendor_order")
    op.drop_column("vendor_order", "accept_by")
    op.drop_column("vendor", "accept_within_hours")
    op.drop_column("allocation", "canceled")
    op.drop_column("order_line", "canceled")
    op.drop_column("order_line", "delivered")
    for statement in row_security.removals(ISOLATED):
        op.get_bind().exec_driver_sql(statement)


def _confine_vendors() -> None:
    for statement in [*row_security.renewals(ISOLATED_BEFORE), *row_security.statements(ISOLATED, ())]:
        op.get_bind().exec_driver_sql(statement)
    op.execute(f"GRANT DELETE ON parcel TO {row_security.ROLE}")


def _count_units() -> None:
    for table, name in (("order_line", "delivered"), ("order_line", "canceled"), ("allocation", "canceled")):
        op.add_column(table, sa.Column(name, sa.Integer(), server_default="0", nullable=False))
    op.create_check_constraint(
        op.f("ck_order_line_delivered"), "order_line", "delivered >= 0 AND delivered <= fulfilled"
    )
    for table in ("order_line", "allocation"):
        op.create_check_constraint(
            op.f(f"ck_{table}_canceled"), table, "canceled >= 0 AND fulfilled + canceled <= quantity"
        )


def _limit_acceptance() -> None:
    op.add_column("vendor", sa.Column("accept_within_hours", sa.Integer(), server_default="48", nullable=False))
    op.create_check_constraint(op.f("ck_vendor_accept_within_hours"), "vendor", "accept_within_hours BETWEEN 1 AND 720")
    op.add_column("vendor_order", sa.Column("accept_by", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_vendor_order_unaccepted", "vendor_order", ["accept_by"], postgresql_where=sa.text("status = 'NEW'")
    )


def _count_amounts() -> None:
    for table, amounts in COUNTED.items():
        for name in amounts:
            for part in ("net", "tax", "gross"):
                op.add_column(
                    table, sa.Column(f"{name}_{part}_minor", sa.BigInteger(), server_default="0", nullable=False)
                )
            op.create_check_constraint(
                op.f(f"ck_{table}_{name}_sums"), table, f"{name}_net_minor + {name}_tax_minor = {name}_gross_minor"
            )
    op.create_check_constraint(
        op.f("ck_order_canceled"), "order", "0 <= canceled_gross_minor AND canceled_gross_minor <= total_gross_minor"
    )
    op.create_check_constraint(
        op.f("ck_vendor_order_shipping_given_back"),
        "vendor_order",
        "shipping_canceled_gross_minor >= 0 AND shipping_refunded_gross_minor >= 0"
        " AND shipping_canceled_gross_minor + shipping_refunded_gross_minor <= shipping_gross_minor",
    )
    op.create_check_constraint(
        op.f("ck_order_line_given_back"), "order_line", "refunded >= 0 AND canceled + refunded <= quantity"
    )


def _set_markets() -> None:
    op.add_column("order", sa.Column("revision", sa.Integer(), server_default="1", nullable=False))
    op.add_column("market", sa.Column("capture_at", ID, server_default="SHIPMENT", nullable=False))
    op.create_check_constraint(op.f("ck_market_capture_at"), "market", "capture_at IN ('PLACEMENT', 'SHIPMENT')")
    op.add_column("market", sa.Column("return_days", sa.Integer(), server_default="14", nullable=False))
    op.create_check_constraint(op.f("ck_market_return_days"), "market", "return_days BETWEEN 0 AND 365")
