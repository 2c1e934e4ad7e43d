"""Bands of numbers in the search index, and the edition of what is indexed among its places."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"

BEFORE = (
    "Ids of vendors, collections, the category and those above it, `brand=name`, `tier=` with the last two letters of "
    "the id and with one of them, and `price=` with the band of the price in each market"
)
AFTER = (
    "Ids of vendors, collections, the category and those above it, `brand=name`, `tier=` with the last two letters of "
    "the id and with one of them, `price=` with the band of the price in each market, and `edition=`"
)
NUMBERS = {
    "search_product": "Hashes of the bands of each attribute that is a number; 0 where they are not known yet",
    "search_document": "As of `search_product`",
}
INDEXED = {"search_product": ["places", "facts"], "search_document": ["vector", "places", "facts"]}
PENDING = {"gin_pending_list_limit": "256"}


def upgrade() -> None:
    """What is indexed already may have any number, for searches of this release, until it is indexed anew."""
    for table, comment in NUMBERS.items():
        numbers = sa.Column(
            "numbers", postgresql.ARRAY(sa.BigInteger()), server_default="{0}", nullable=False, comment=comment
        )
        op.add_column(table, numbers)
    _comment_places(AFTER, BEFORE)
    op.execute("INSERT INTO search_due SELECT product_id FROM search_product ON CONFLICT DO NOTHING")
    with op.get_context().autocommit_block():
        for table, columns in INDEXED.items():
            _create(table, [*columns, "numbers"])
            _drop(table, columns)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for table, columns in INDEXED.items():
            _create(table, columns)
            _drop(table, [*columns, "numbers"])
    _comment_places(BEFORE, AFTER)
    for table in NUMBERS:
        op.drop_column(table, "numbers")


def _comment_places(comment: str, before: str) -> None:
    op.alter_column(
        "search_product",
        "places",
        comment=comment,
        existing_comment=before,
        existing_type=postgresql.ARRAY(sa.Text()),
        existing_nullable=False,
    )


def _create(table: str, columns: list[str]) -> None:
    op.create_index(
        op.f(_name(table, columns)),
        table,
        columns,
        postgresql_using="gin",
        postgresql_with=PENDING,
        postgresql_concurrently=True,
        if_not_exists=True,
    )


def _drop(table: str, columns: list[str]) -> None:
    op.drop_index(op.f(_name(table, columns)), table, postgresql_concurrently=True, if_exists=True)


def _name(table: str, columns: list[str]) -> str:
    return "_".join(("ix", table, *columns))
