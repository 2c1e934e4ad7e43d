"""Whether the migrations make exactly what the tables declare: up from nothing, down one, up again."""

import asyncio
import tempfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

import persistence.tables  # noqa: F401 - registers every table
from persistence import migrations, row_security
from persistence.metadata import metadata
from server.embedded import EmbeddedServers

MIGRATED, DECLARED = "migrated", "declared"
EXTENSIONS = ("pg_trgm", "unaccent")

_CATALOG = """
SELECT 'column ' || table_name || '.' || column_name,
       concat_ws(' ', udt_name, collation_name, 'null:', is_nullable, column_default)
FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'
UNION ALL
SELECT 'index ' || indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'
UNION ALL
SELECT 'constraint ' || conrelid::regclass || '.' || conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'public'::regnamespace AND conrelid <> 'alembic_version'::regclass
UNION ALL
SELECT 'policy ' || tablename || '.' || policyname, concat_ws(' / ', cmd, qual, with_check) FROM pg_policies
"""


def check_migrations() -> list[str]:
    """What differs, in words; nothing if migrations and tables agree. Runs on a server of its own."""
    with (
        tempfile.TemporaryDirectory() as folder,
        EmbeddedServers(Path(folder) / "data", valkey=False, durable=False) as servers,
    ):
        urls = {name: _database(servers.database_url, name) for name in (MIGRATED, DECLARED)}
        asyncio.run(_create(servers.database_url))
        migrations.upgrade(urls[MIGRATED])
        migrations.downgrade(urls[MIGRATED], "-1")
        migrations.upgrade(urls[MIGRATED])
        return asyncio.run(_differences(urls))


def _database(server_url: str, name: str) -> str:
    return urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))


async def _create(server_url: str) -> None:
    connection = await asyncpg.connect(server_url)
    for name in (MIGRATED, DECLARED):
        await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()


async def _differences(urls: Mapping[str, str]) -> list[str]:
    await _declare(urls[DECLARED])
    migrated, declared = await _catalog(urls[MIGRATED]), await _catalog(urls[DECLARED])
    return [
        f"{name}: migrations make {migrated.get(name)!r}, the tables declare {declared.get(name)!r}"
        for name in sorted(migrated.keys() | declared.keys())
        if migrated.get(name) != declared.get(name)
    ]


async def _declare(url: str) -> None:
    """Everything straight from the tables, as if there were no migrations."""
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1), poolclass=NullPool)
    async with engine.begin() as connection:
        for name in EXTENSIONS:
            await connection.exec_driver_sql(f"CREATE EXTENSION {name}")
        await connection.exec_driver_sql("CREATE TABLE alembic_version (version_num text)")
        await connection.run_sync(metadata.create_all)
        for statement in row_security.statements():
            await connection.exec_driver_sql(statement)
    await engine.dispose()


async def _catalog(url: str) -> dict[str, str]:
    connection = await asyncpg.connect(url)
    found = {row[0]: row[1] for row in await connection.fetch(_CATALOG)}
    await connection.close()
    return found
