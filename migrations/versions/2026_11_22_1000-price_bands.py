"""Bands of prices and coarse tiers among the places of products in the search index."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"

BEFORE = (
    "Ids of vendors, collections, the category and those above it, `brand=name`, and `tier=` with the last two letters "
    "of the id"
)
AFTER = (
    "Ids of vendors, collections, the category and those above it, `brand=name`, `tier=` with the last two letters of "
    "the id and with one of them, and `price=` with the band of the price in each market"
)


def upgrade() -> None:
    _comment_places(AFTER, BEFORE)
    op.execute("INSERT INTO search_due SELECT product_id FROM search_product ON CONFLICT DO NOTHING")


def downgrade() -> None:
    _comment_places(BEFORE, AFTER)


def _comment_places(comment: str, before: str) -> None:
    op.alter_column(
        "search_product",
        "places",
        comment=comment,
        existing_comment=before,
        existing_type=postgresql.ARRAY(sa.Text()),
        existing_nullable=False,
    )
