"""Bringing a database to the schema of this release."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.config import Config

    from persistence.statement import Database

HEAD = "0025"
"""The revision that this release's code needs; a test holds it against the migrations."""

FOLDER = Path(__file__).parent.parent / "migrations"


def configuration(url: str) -> "Config":
    # Alembic is a quarter of a second of imports, which a process on a current database does without.
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(hour).2d%%(minute).2d-%%(slug)s")
    config.attributes["url"] = url
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Run what is missing. Blocks; call it in a thread where an event loop runs."""
    from alembic import command  # noqa: PLC0415

    command.upgrade(configuration(url), revision)


def downgrade(url: str, revision: str) -> None:
    from alembic import command  # noqa: PLC0415

    command.downgrade(configuration(url), revision)


async def is_current(database: "Database") -> bool:
    """Whether the database has the schema that this release needs, or a later one, which must serve it as well.

    Revisions are numbers of four digits, so that their order is that of their text.
    """
    if await database.fetchval("SELECT to_regclass('alembic_version')") is None:
        return False
    return bool(await database.fetchval("SELECT version_num >= $1 FROM alembic_version", HEAD))
