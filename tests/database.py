"""Databases for tests: each worker has its own, cut from one migrated template."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from persistence import migrations
from persistence.engine import open_pool
from persistence.metadata import metadata
from persistence.statement import Database, Pool

QUEUE = ("queue.pgqueuer", "queue.pgqueuer_log")


def database_url(server_url: str, name: str) -> str:
    return urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))


@pytest.fixture(scope="session")
def worker_database_url(postgres_server: str, worker_id: str) -> str:
    """An empty, migrated database of this worker's own."""
    name = f"commerce_{worker_id}"
    asyncio.run(recreate(postgres_server, name))
    url = database_url(postgres_server, name)
    migrations.upgrade(url)
    return url


async def recreate(server_url: str, name: str) -> None:
    await drop(server_url, name)
    connection = await asyncpg.connect(server_url)
    await connection.execute(f'CREATE DATABASE "{name}"')
    await connection.close()


async def drop(server_url: str, name: str) -> None:
    """Waits for sessions that are closing, and for autovacuum, which `WITH (FORCE)` may not end: it fails instead."""
    connection = await asyncpg.connect(server_url)
    try:
        await connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
    finally:
        await connection.close()


@pytest.fixture(scope="session")
async def session_pool(worker_database_url: str) -> AsyncIterator[Database]:
    pool = await open_pool(worker_database_url, min_size=1, max_size=40)
    yield pool
    await pool.close()


@pytest.fixture
async def pool(session_pool: Database) -> AsyncIterator[Database]:
    """A pool on an empty database; what the test leaves behind is wiped."""
    yield session_pool
    tables = ", ".join([*(f'"{table.name}"' for table in metadata.sorted_tables), *QUEUE])
    await session_pool.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")


@dataclass
class StatementLog:
    """A pool that notes every statement that it runs."""

    pool: Pool
    statements: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def count(self) -> AsyncIterator[list[str]]:
        """The statements of the block; complete when it is left. They are told of a step after they have ended."""
        await asyncio.sleep(0)
        self.statements.clear()
        found: list[str] = []
        yield found
        await asyncio.sleep(0)
        found.extend(self.statements)


@pytest.fixture
async def statement_log(pool: Database, worker_database_url: str) -> AsyncIterator[StatementLog]:
    """A second pool on the test's database, whose statements can be counted."""
    size = 8
    counted = await open_pool(worker_database_url, min_size=size, max_size=size)
    log = StatementLog(counted)
    connections = [await counted.acquire() for _ in range(size)]
    for connection in connections:
        connection.add_query_logger(lambda record: log.statements.append(record.query))
        await counted.release(connection)
    yield log
    await counted.close()
