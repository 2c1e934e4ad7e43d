"""Indexes of the moments at which prices begin and end, which the search index follows every few seconds."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

MOMENTS = ("starts_at", "ends_at")


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for moment in MOMENTS:
            op.create_index(
                op.f(f"ix_price_{moment}"),
                "price",
                [moment],
                postgresql_where=sa.text(f"{moment} IS NOT NULL"),
                postgresql_concurrently=True,
                if_not_exists=True,
            )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for moment in MOMENTS:
            op.drop_index(op.f(f"ix_price_{moment}"), "price", postgresql_concurrently=True, if_exists=True)
