"""Whether the migrations make exactly the tables that the code declares: up from nothing, down one, up again."""

import asyncio
import tempfile
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

import persistence.tables  # noqa: F401 - registers every table
from persistence import migrations
from persistence.metadata import metadata
from server.embedded import EmbeddedServers


def check_migrations() -> list[str]:
    """What differs, in words; nothing if migrations and tables agree. Runs on a database of its own."""
    with (
        tempfile.TemporaryDirectory() as folder,
        EmbeddedServers(Path(folder) / "data", valkey=False, durable=False) as servers,
    ):
        url = servers.database_url
        migrations.upgrade(url)
        migrations.downgrade(url, "-1")
        migrations.upgrade(url)
        return asyncio.run(differences(url))


async def differences(url: str) -> list[str]:
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1), poolclass=NullPool)
    async with engine.connect() as connection:
        found = await connection.run_sync(_compared)
    await engine.dispose()
    return found


def _compared(connection: Connection) -> list[str]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return [str(item) for item in compare_metadata(context, metadata)]
