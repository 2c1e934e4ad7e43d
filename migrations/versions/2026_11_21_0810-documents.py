"""Invoices and credit notes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from persistence import row_security

revision = "0009"
down_revision = "0008"

ID = sa.Text(collation="C")
MOMENT = sa.DateTime(timezone=True)
JSON = postgresql.JSONB(astext_type=sa.Text())


def upgrade() -> None:
    op.create_table(
        "legal_entity",
        sa.Column("vendor_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", JSON, nullable=True),
        sa.Column("registration", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("updated_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendor.id"], name=op.f("fk_legal_entity_vendor_id")),
        sa.PrimaryKeyConstraint("vendor_id", name=op.f("pk_legal_entity")),
    )
    op.create_table(
        "document_series",
        sa.Column("vendor_id", ID, nullable=False),
        sa.Column("series", ID, nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.CheckConstraint("last_number > 0", name=op.f("ck_document_series_last_number")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendor.id"], name=op.f("fk_document_series_vendor_id")),
        sa.PrimaryKeyConstraint("vendor_id", "series", name=op.f("pk_document_series")),
        comment=(
            "The number given last; taken under the row's lock in the transaction that issues, so that none is missing"
        ),
    )
    op.create_table(
        "order_document",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", ID, nullable=False),
        sa.Column("vendor_id", ID, nullable=False),
        sa.Column("order_id", ID, nullable=False),
        sa.Column("vendor_order_id", ID, nullable=False),
        sa.Column("refund_id", ID, nullable=True),
        sa.Column("series", ID, nullable=False),
        sa.Column("number", ID, nullable=False),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.Column("content", JSON, server_default="{}", nullable=False),
        sa.CheckConstraint("kind IN ('INVOICE', 'CREDIT_NOTE')", name=op.f("ck_order_document_kind")),
        sa.CheckConstraint("(kind = 'CREDIT_NOTE') = (refund_id IS NOT NULL)", name=op.f("ck_order_document_refund")),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_order_document_order_id")),
        sa.ForeignKeyConstraint(["refund_id"], ["refund.id"], name=op.f("fk_order_document_refund_id")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendor.id"], name=op.f("fk_order_document_vendor_id")),
        sa.ForeignKeyConstraint(
            ["vendor_order_id"], ["vendor_order.id"], name=op.f("fk_order_document_vendor_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_document")),
        comment="Invoices and credit notes, which never change",
    )
    op.create_index(op.f("ix_order_document_order_id"), "order_document", ["order_id"])
    op.create_index(op.f("ix_order_document_vendor_order_id"), "order_document", ["vendor_order_id"])
    op.create_index(op.f("ix_order_document_refund_id"), "order_document", ["refund_id"])
    op.create_index(op.f("ix_order_document_vendor_id_number"), "order_document", ["vendor_id", "number"], unique=True)
    op.create_index(
        "ix_order_document_invoice",
        "order_document",
        ["vendor_order_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'INVOICE'"),
    )
    op.create_table(
        "order_document_file",
        sa.Column("document_id", ID, nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.Column("is_archival", sa.Boolean(), nullable=False),
        sa.Column("printed_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["order_document.id"], name=op.f("fk_order_document_file_document_id")
        ),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_order_document_file")),
    )
    for statement in row_security.statements(("order_document",), ()):
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    for statement in row_security.removals(("order_document",)):
        op.get_bind().exec_driver_sql(statement)
    for table in ("order_document_file", "order_document", "document_series", "legal_entity"):
        op.drop_table(table)
