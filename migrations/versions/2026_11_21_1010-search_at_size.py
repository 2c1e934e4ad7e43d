"""Search in catalogs of any size: filters stand with the words, tiers tell how much is found; and missing indexes."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"

BEFORE = "Ids of vendors, collections, the category and those above it, and `brand=name`"
AFTER = (
    "Ids of vendors, collections, the category and those above it, `brand=name`, and `tier=` with the last two letters "
    "of the id"
)
LETTERS, BEGUN = "ix_search_word_letters", "ix_search_word_begun"
PENDING = {"gin_pending_list_limit": "256"}


def upgrade() -> None:
    for name in ("places", "facts"):
        op.add_column(
            "search_document",
            sa.Column(
                name,
                postgresql.ARRAY(sa.Text()),
                server_default="{}",
                nullable=False,
                comment="As of `search_product`",
            ),
        )
    _comment_places(AFTER, BEFORE)
    op.execute("INSERT INTO search_due SELECT product_id FROM search_product ON CONFLICT DO NOTHING")
    with op.get_context().autocommit_block():
        _create("search_document", ["vector", "places", "facts"])
        _create("search_product", ["places", "facts"])
        _drop("search_document", "vector")
        _drop("search_product", "places")
        _drop("search_product", "facts")
        _create_others()
        _create_trigrams(LETTERS, where=sa.text("word !~ '[0-9]'"))
        _drop("search_word", "word")
        op.create_index(
            BEGUN,
            "search_word",
            ["language", "word"],
            postgresql_where=sa.text("word !~ '[0-9]'"),
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        _create("search_document", ["vector"])
        _create("search_product", ["places"])
        _create("search_product", ["facts"])
        _drop("search_document", "vector", "places", "facts")
        _drop("search_product", "places", "facts")
        _create_trigrams("ix_search_word_word")
        op.drop_index("ix_gateway_event_observed", "gateway_event", postgresql_concurrently=True, if_exists=True)
        _drop("balance", "customer_id")
        _drop("checkout_line", "group_id")
        op.drop_index(BEGUN, "search_word", postgresql_concurrently=True, if_exists=True)
        op.drop_index(LETTERS, "search_word", postgresql_concurrently=True, if_exists=True)
    _comment_places(BEFORE, AFTER)
    op.drop_column("search_document", "facts")
    op.drop_column("search_document", "places")


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
        op.f(_name(table, *columns)),
        table,
        columns,
        postgresql_using="gin",
        postgresql_with=PENDING,
        postgresql_concurrently=True,
        if_not_exists=True,
    )


def _create_others() -> None:
    """For statements that read big tables from end to end."""
    at_once: dict[str, Any] = {"postgresql_concurrently": True, "if_not_exists": True}
    op.create_index(op.f("ix_balance_customer_id"), "balance", ["customer_id"], **at_once)
    op.create_index(op.f("ix_checkout_line_group_id"), "checkout_line", ["group_id"], **at_once)
    is_observed = sa.text("observed_at IS NOT NULL")
    op.create_index(
        "ix_gateway_event_observed", "gateway_event", ["received_at"], postgresql_where=is_observed, **at_once
    )


def _create_trigrams(name: str, where: sa.TextClause | None = None) -> None:
    """Numbers are no slips of the pen, and a catalog has more of them than of words."""
    op.create_index(
        name,
        "search_word",
        ["word"],
        postgresql_using="gin",
        postgresql_ops={"word": "gin_trgm_ops"},
        postgresql_where=where,
        postgresql_concurrently=True,
        if_not_exists=True,
    )


def _drop(table: str, *columns: str) -> None:
    op.drop_index(op.f(_name(table, *columns)), table, postgresql_concurrently=True, if_exists=True)


def _name(table: str, *columns: str) -> str:
    return "_".join(("ix", table, *columns))
