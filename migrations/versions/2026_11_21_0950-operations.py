"""Operations that clients registered."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"

ID = sa.Text(collation="C")
JSONB = postgresql.JSONB(astext_type=sa.Text())


def upgrade() -> None:
    op.create_table(
        "registered_document",
        sa.Column("client", ID, nullable=False),
        sa.Column("document_id", ID, nullable=False),
        sa.Column("sha256", ID, nullable=False),
        sa.Column("name", ID, nullable=False),
        sa.Column("kind", ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False, comment="With the defaults of its variables"),
        sa.Column("fields", JSONB, server_default="[]", nullable=False),
        sa.Column("access", JSONB, server_default="[]", nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("client", "document_id", name=op.f("pk_registered_document")),
        sa.CheckConstraint("kind IN ('QUERY', 'MUTATION', 'SUBSCRIPTION')", name=op.f("ck_registered_document_kind")),
        comment="Documents that clients may name by an id: written when a client is published, never changed",
    )
    op.create_index(op.f("ix_registered_document_document_id"), "registered_document", ["document_id"])
    op.create_index(op.f("ix_registered_document_sha256"), "registered_document", ["sha256"])


def downgrade() -> None:
    op.drop_table("registered_document")
