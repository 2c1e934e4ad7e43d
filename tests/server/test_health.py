"""Health and the end of a web process, on real servers."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx2
import pytest
from redis.asyncio import Redis
from starlette.applications import Starlette

from persistence import migrations
from persistence.engine import open_pool
from persistence.ids import new_id
from persistence.statement import Pool
from server.embedded import EmbeddedServers
from server.health import health_routes
from server.sample_data import load_sample
from server.seed import seed
from server.wiring import Parts
from tests.journeys.client import Client
from tests.places import new_folder
from tests.server.watched import serving, working

READY = {"status": "ready", "serving": "ok", "database": "ok", "redis": "ok"}
MARKETS = {"query": "query Markets { search(input: {}, first: 1) { nodes { title } } }"}


@pytest.fixture
def folder() -> Iterator[Path]:
    path = new_folder("commerce-health-")
    yield path
    shutil.rmtree(path)


async def readiness(guest: Client) -> tuple[int, dict[str, Any]]:
    answer = await guest.http.get("/health/ready")
    return answer.status_code, answer.json()


async def test_a_process_that_serves_is_ready(pool: Pool, worker_database_url: str, redis_url: str, folder: Path):
    await seed(pool, new_id)
    async with serving(folder, worker_database_url, redis_url) as (_, guest):
        live = (await guest.http.get("/health/live")).json()
        ready = await readiness(guest)

    assert live == {"status": "live"}
    assert ready == (200, READY)


async def test_it_is_not_ready_while_migrations_are_missing(
    pool: Pool, worker_database_url: str, redis_url: str, folder: Path
):
    await seed(pool, new_id)
    async with serving(folder, worker_database_url, redis_url) as (_, guest):
        await pool.execute("UPDATE alembic_version SET version_num = '0000'")
        try:
            missing = await readiness(guest)
        finally:
            await pool.execute("UPDATE alembic_version SET version_num = $1", migrations.HEAD)
        again = await readiness(guest)

    assert missing == (503, {**READY, "status": "not ready", "database": "failing"})
    assert again == (200, READY)


async def test_it_is_not_ready_while_every_connection_is_taken(
    pool: Pool, worker_database_url: str, redis_url: str, folder: Path
):
    await load_sample(pool)
    settings = {"DATABASE_POOL_SIZE": "2", "COMMERCE_KEPT_ANSWERS": "false"}
    async with serving(folder, worker_database_url, redis_url, **settings) as (_, guest):
        async with locked(pool, "product"):
            slow = [asyncio.create_task(guest.http.post("/graphql", json=MARKETS)) for _ in range(3)]
            await waits_for_lock(pool, 2)
            exhausted = await readiness(guest)
            figures = (await guest.http.get("/metrics")).text
            live = (await guest.http.get("/health/live")).status_code
        answers = [await each for each in slow]
        again = await readiness(guest)

    assert exhausted == (503, {**READY, "status": "not ready", "database": "failing"})
    assert 'commerce_pool_connections{state="idle"} 0.0' in figures
    # The third request, and what a process reads for itself soon after it began.
    assert gauge(figures, 'commerce_pool_connections{state="waiting"}') >= 1
    assert live == 200
    assert ["errors" in answer.json() for answer in answers] == [False] * 3
    assert again == (200, READY)


def gauge(figures: str, name: str) -> float:
    return next(float(line.rpartition(" ")[2]) for line in figures.splitlines() if line.startswith(name))


@asynccontextmanager
async def locked(pool: Pool, table: str) -> AsyncIterator[None]:
    """Nobody else can read the table while the block lasts."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield


async def waits_for_lock(pool: Pool, count: int) -> None:
    for _ in range(200):
        if await pool.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted") >= count:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("nobody waits")


async def test_it_is_not_ready_without_a_database_and_ready_without_redis(folder: Path):
    servers = EmbeddedServers(folder / "servers", durable=False)
    valkey = EmbeddedServers(folder / "valkey", postgres=False, durable=False)
    await asyncio.to_thread(servers.start)
    await asyncio.to_thread(valkey.start)
    try:
        await prepare(servers.database_url)
        async with serving(folder, servers.database_url, valkey.redis_url) as (_, guest):
            await asyncio.to_thread(valkey.stop)
            without_redis = await readiness(guest)
            await asyncio.to_thread(servers.stop)
            without_both = await readiness(guest)
    finally:
        valkey.stop()
        servers.stop()

    assert without_redis == (200, {**READY, "redis": "failing"})
    assert without_both == (503, {"status": "not ready", "serving": "ok", "database": "failing", "redis": "failing"})


async def prepare(database_url: str) -> None:
    await asyncio.to_thread(migrations.upgrade, database_url)
    pool = await open_pool(database_url, min_size=1, max_size=1)
    await seed(pool, new_id)
    await pool.close()


async def test_a_process_that_stops_is_not_ready(pool: Pool, redis_url: str):
    async with Redis.from_url(redis_url) as redis:
        parts = cast("Parts", SimpleNamespace(pool=pool, redis=redis))
        app = Starlette(routes=health_routes(parts, lambda: True))
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://stopping") as http:
            answer = await http.get("/health/ready")

    assert (answer.status_code, answer.json()) == (503, {**READY, "status": "not ready", "serving": "failing"})


async def test_a_stop_lets_a_slow_query_finish_and_takes_nothing_new(
    pool: Pool, worker_database_url: str, redis_url: str, folder: Path
):
    await load_sample(pool)
    async with serving(folder, worker_database_url, redis_url) as (store, guest):
        async with locked(pool, "product"):
            slow = asyncio.create_task(guest.http.post("/graphql", json=MARKETS, timeout=20))
            await waits_for_lock(pool, 1)
            store.terminate()
            refused = await no_more_connections(store.origin)
        answer = await slow
        status = await asyncio.to_thread(store.wait)

    assert refused
    assert answer.json()["data"]["search"]["nodes"]
    assert status == 0


async def no_more_connections(origin: str) -> bool:
    """Whether new connections come to be refused within a while."""
    for _ in range(200):
        try:
            async with httpx2.AsyncClient(base_url=origin) as late:
                await late.get("/health/live")
        except httpx2.TransportError:
            return True
        await asyncio.sleep(0.02)
    return False


async def test_a_worker_answers_on_a_port_of_its_own(
    pool: Pool, worker_database_url: str, redis_url: str, folder: Path, unused_tcp_port: int
):
    await load_sample(pool)
    environment = {
        "DATABASE_URL": worker_database_url,
        "REDIS_URL": redis_url,
        "COMMERCE_PAYMENT_GATEWAY_URL": "http://127.0.0.1:9",
        "COMMERCE_WORKER_PORT": str(unused_tcp_port),
        "DATA_DIR": str(folder),
    }
    async with (
        working(environment, folder) as worker,
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{unused_tcp_port}") as http,
    ):
        figures = await figures_of(http, "commerce_events_unplaced 0.0", 'commerce_jobs_total{job="relay",status="ok"}')
        ready = await http.get("/health/ready")
        worker.terminate()
        status = await asyncio.to_thread(worker.wait)

    assert (ready.status_code, ready.json()) == (200, READY)
    assert 'commerce_reservations{state="held"} 0.0' in figures
    assert "commerce_backlog_up 1.0" in figures
    assert "commerce_events_oldest_seconds 0.0" in figures
    assert status == 0


async def figures_of(http: httpx2.AsyncClient, *until: str) -> str:
    """The metrics, once they hold all of these."""
    text = ""
    for _ in range(200):
        try:
            text = (await http.get("/metrics")).text
        except httpx2.TransportError:
            text = ""
        if all(words in text for words in until):
            return text
        await asyncio.sleep(0.05)
    raise AssertionError(text)
