"""Edits, exchanges and disputes of orders."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    _add_rounding("order", "canceled_rounding_minor", "What of the rounding is in what was canceled")
    _add_rounding("refund", "rounding_minor", "Of what goes back, free of tax")


def downgrade() -> None:
    op.drop_column("refund", "rounding_minor")
    op.drop_column("order", "canceled_rounding_minor")


def _add_rounding(table: str, name: str, comment: str) -> None:
    column = sa.Column(name, sa.BigInteger(), server_default="0", nullable=False, comment=comment)
    op.add_column(table, column)
