"""Holds, cancellations, edits and deadlines of orders."""

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
