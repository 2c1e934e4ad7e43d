"""Bringing a database to the schema of this release."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from persistence.statement import Database

FOLDER = Path(__file__).parent.parent / "migrations"


def configuration(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(hour).2d%%(minute).2d-%%(slug)s")
    config.attributes["url"] = url
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Run what is missing. Blocks; call it in a thread where an event loop runs."""
    command.upgrade(configuration(url), revision)


def downgrade(url: str, revision: str) -> None:
    command.downgrade(configuration(url), revision)


def head() -> str:
    """The revision that this release's code needs."""
    revision = ScriptDirectory(str(FOLDER)).get_current_head()
    assert revision is not None
    return revision


async def is_current(database: Database) -> bool:
    """Whether the database has the schema that this release needs."""
    if await database.fetchval("SELECT to_regclass('alembic_version')") is None:
        return False
    return bool(await database.fetchval("SELECT version_num FROM alembic_version") == head())
