"""The first schema."""

from alembic import op

import persistence.tables  # noqa: F401 - registers every table
from persistence import row_security
from persistence.metadata import metadata

revision = "0001"
down_revision = None

EXTENSIONS = ("pg_trgm", "unaccent")


def upgrade() -> None:
    for name in EXTENSIONS:
        op.execute(f"CREATE EXTENSION IF NOT EXISTS {name}")
    metadata.create_all(op.get_bind())
    for statement in row_security.statements():
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    metadata.drop_all(op.get_bind())
