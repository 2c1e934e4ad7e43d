"""Gift cards and store credit."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

ID = sa.Text(collation="C")
KINDS = (
    "'CARD', 'WALLET', 'BNPL', 'BANK_TRANSFER', 'INVOICE', 'GIFT_CARD', 'STORE_CREDIT', 'CRYPTO', 'CASH_ON_DELIVERY'"
)
OPEN_STATES = ("'INTENDED'", "'ACTION_REQUIRED'", "'PENDING'", "'VOID_INTENDED'")


def upgrade() -> None:
    op.create_table(
        "balance",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=True),
        sa.Column("currency", ID, nullable=False),
        sa.Column("granted_minor", sa.BigInteger(), nullable=False),
        sa.Column("available_minor", sa.BigInteger(), nullable=False, comment="The sum of its entries"),
        sa.Column("code_hash", sa.LargeBinary(), nullable=True, comment="SHA-256 of the code, which is kept nowhere"),
        sa.Column("last4", ID, nullable=True),
        sa.Column("order_line_id", ID, nullable=True),
        sa.Column("unit", sa.Integer(), nullable=True, comment="Which unit of that line"),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('GIFT_CARD', 'STORE_CREDIT', 'TERMS')", name=op.f("ck_balance_kind")),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_balance_currency")),
        sa.CheckConstraint("available_minor >= 0 OR kind = 'TERMS'", name=op.f("ck_balance_available")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_balance_customer_id")),
        sa.ForeignKeyConstraint(["order_line_id"], ["order_line.id"], name=op.f("fk_balance_order_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_balance")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_balance_code_hash")),
        sa.UniqueConstraint("order_line_id", "unit", name=op.f("uq_balance_order_line_id_unit")),
    )
    op.create_index(
        "uq_balance_of_customer",
        "balance",
        ["customer_id", "kind", "currency"],
        unique=True,
        postgresql_where=sa.text("kind <> 'GIFT_CARD'"),
    )
    op.create_table(
        "balance_entry",
        sa.Column("id", ID, nullable=False),
        sa.Column("balance_id", ID, nullable=False),
        sa.Column("kind", ID, nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("reference", ID, nullable=True, comment="The payment, refund or order line that it was made for"),
        sa.Column("actor", ID, nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint(
            "kind IN ('GRANT', 'HOLD', 'RELEASE', 'REFUND', 'ADJUSTMENT', 'EXPIRY')", name=op.f("ck_balance_entry_kind")
        ),
        sa.ForeignKeyConstraint(["balance_id"], ["balance.id"], name=op.f("fk_balance_entry_balance_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_balance_entry")),
        comment="What changed a balance: never updated, never deleted",
    )
    op.create_index(op.f("ix_balance_entry_balance_id_id"), "balance_entry", ["balance_id", "id"])
    op.create_index(
        "uq_balance_entry_once",
        "balance_entry",
        ["reference", "kind"],
        unique=True,
        postgresql_where=sa.text("reference IS NOT NULL"),
    )
    op.add_column("tender", sa.Column("balance_id", ID, nullable=True))
    op.create_foreign_key(op.f("fk_tender_balance_id"), "tender", "balance", ["balance_id"], ["id"])
    _create_stored_methods()
    _payment_states("'INTENDED', 'ACTION_REQUIRED', 'PENDING', 'AUTHORIZED', 'FAILED', 'VOID_INTENDED', 'VOIDED'")
    op.add_column("market", sa.Column("payment_days", sa.Integer(), server_default="7", nullable=False))
    op.create_check_constraint(op.f("ck_market_payment_days"), "market", "payment_days BETWEEN 0 AND 60")
    op.add_column("order", sa.Column("payment_due_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("order", "payment_due_at")
    op.drop_column("market", "payment_days")
    op.execute("UPDATE payment SET state = 'INTENDED' WHERE state = 'PENDING'")
    _payment_states("'INTENDED', 'ACTION_REQUIRED', 'AUTHORIZED', 'FAILED', 'VOID_INTENDED', 'VOIDED'")
    op.drop_column("tender", "saves_method")
    op.drop_constraint(op.f("fk_tender_stored_method_id"), "tender", type_="foreignkey")
    op.drop_column("tender", "stored_method_id")
    op.drop_table("stored_method")
    op.drop_constraint(op.f("fk_tender_balance_id"), "tender", type_="foreignkey")
    op.drop_column("tender", "balance_id")
    op.drop_table("balance_entry")
    op.drop_table("balance")


def _payment_states(states: str) -> None:
    """Let payments be in these states; those that are open are found by their index."""
    waiting = ", ".join(state for state in states.split(", ") if state in OPEN_STATES)
    op.drop_constraint(op.f("ck_payment_state"), "payment", type_="check")
    op.create_check_constraint(op.f("ck_payment_state"), "payment", f"state IN ({states})")
    op.drop_index("ix_payment_unsettled", "payment")
    op.create_index(
        "ix_payment_unsettled", "payment", ["updated_at"], postgresql_where=sa.text(f"state IN ({waiting})")
    )


def _create_stored_methods() -> None:
    op.create_table(
        "stored_method",
        sa.Column("id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("gateway", ID, nullable=False),
        sa.Column("method_id", ID, nullable=False),
        sa.Column("reference", ID, nullable=False, comment="What the gateway calls it"),
        sa.Column("gateway_customer", ID, nullable=False),
        sa.Column("kind", ID, nullable=False),
        sa.Column("brand", sa.Text(), nullable=True),
        sa.Column("last4", ID, nullable=True),
        sa.Column("expires_month", sa.Integer(), nullable=True),
        sa.Column("expires_year", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("ck_stored_method_kind")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_stored_method_customer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_method")),
        comment="Means of payment that gateways keep for customers: their references, never card data",
    )
    op.create_index(op.f("ix_stored_method_customer_id"), "stored_method", ["customer_id"])
    op.create_index(op.f("ix_stored_method_gateway_reference"), "stored_method", ["gateway", "reference"], unique=True)
    op.add_column("tender", sa.Column("stored_method_id", ID, nullable=True))
    op.create_foreign_key(op.f("fk_tender_stored_method_id"), "tender", "stored_method", ["stored_method_id"], ["id"])
    op.add_column("tender", sa.Column("saves_method", sa.Boolean(), server_default=sa.text("false"), nullable=False))
