"""A store whose processes are held by the test, one by one, so that each can be killed without the others."""

import asyncio
import os
import random
import signal
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Self

import asyncpg
import httpx2
from redis.asyncio import Redis

from server.doctor import examine
from server.embedded import EmbeddedServers
from server.local import Local
from server.serving import prepare
from server.settings import Settings
from tests.journeys.processes import Process

PATIENCE_SECONDS = 60.0
LOOK_SECONDS = 0.05
PLENTY = 1_000_000

_GIVE_PLENTY = """
WITH given AS (UPDATE stock_level SET on_hand = on_hand + $1 RETURNING offer_id, warehouse_id)
INSERT INTO stock_movement (offer_id, warehouse_id, delta, reason)
SELECT offer_id, warehouse_id, $1, 'plenty' FROM given
"""


class World:
    """PostgreSQL, Valkey and the gateway, with a web process and a worker on them. Stock is plenty."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held = ExitStack()
        self._servers = EmbeddedServers(folder / "data")
        self._processes: dict[str, Process] = {}
        self.port = free_port()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self._held.enter_context, self._servers)
        gateway = Process("gateway", environment=self._places, log=self.log("gateway"))
        self._held.callback(gateway.stop)
        self.gateway_url = await asyncio.to_thread(gateway.line_with, "http://")
        await prepare(Local(self.settings, is_own_database=True))
        await self.tell(_GIVE_PLENTY, PLENTY)
        for name in ("web", "worker"):
            self._start(name)
        await self.until_ready()
        return self

    async def __aexit__(self, *_: object) -> None:
        for process in self._processes.values():
            await asyncio.to_thread(process.stop)
        await asyncio.to_thread(self._held.close)

    @property
    def settings(self) -> Settings:
        return Settings.model_validate({name.lower(): value for name, value in self.environment.items()})

    @property
    def _places(self) -> dict[str, str]:
        return {"DATA_DIR": str(self._folder / "data"), "COMMERCE_LOG_FORMAT": "json"}

    @property
    def environment(self) -> dict[str, str]:
        return {
            **self._places,
            "DATABASE_URL": self._servers.database_url,
            "REDIS_URL": self._servers.redis_url,
            "COMMERCE_PAYMENT_GATEWAY_URL": self.gateway_url,
            "PORT": str(self.port),
        }

    def log(self, name: str) -> Path:
        return self._folder / f"{name}.log"

    def _start(self, name: str) -> None:
        arguments = ("serve", "--no-worker") if name == "web" else (name,)
        self._processes[name] = Process(*arguments, environment=self.environment, log=self.log(name))

    async def kill(self, name: str) -> None:
        """Kill `web` or `worker` with -9 and start it anew; once it is up, the next harm meets one that works."""
        await asyncio.to_thread(self._processes[name].kill)
        before = self._starts(name)
        self._start(name)
        await eventually(lambda: self._has_started(name, before))
        await self.until_ready()

    def _starts(self, name: str) -> int:
        return self.log(name).read_text().count(f'"event":"{name}_started"')

    async def _has_started(self, name: str, before: int) -> bool:
        return self._starts(name) > before

    async def start_beside(self, name: str) -> int:
        """Another web process, on a port of its own."""
        port = free_port()
        environment = {**self.environment, "PORT": str(port)}
        process = Process("serve", "--no-worker", environment=environment, log=self.log(name))
        self._processes[name] = process
        await asyncio.to_thread(process.line_with, "is at")
        return port

    async def stop(self, name: str) -> int:
        """Ask a process to stop, for good; its exit status."""
        return await asyncio.to_thread(self._processes.pop(name).stop)

    async def kill_for_good(self, name: str) -> None:
        await asyncio.to_thread(self._processes.pop(name).kill)

    def faults_of(self, name: str) -> list[str]:
        """What a process logged as errors of its own, also of one that has stopped."""
        lines = self.log(name).read_text().splitlines()
        return [line for line in lines if '"level":"error"' in line or line.startswith("Traceback")]

    async def kill_postgres(self) -> None:
        """Kill PostgreSQL with -9, and wait until its guardian has it up again."""
        os.kill(self._servers.postgres_pid, signal.SIGKILL)
        await self.until_ready()

    async def lose_valkey(self, *, by_kill: bool) -> None:
        """Forget all that Valkey knows, and all who listen to it."""
        if by_kill:
            os.kill(self._servers.valkey_pid, signal.SIGKILL)
        else:
            async with Redis.from_url(self._servers.redis_url) as redis:
                await redis.flushall()
        await self.until_ready()

    async def hurt(self, what: str, chance: random.Random) -> None:
        if what == "postgres":
            await self.kill_postgres()
        elif what == "valkey":
            await self.lose_valkey(by_kill=chance.random() < 0.5)
        else:
            await self.kill(what)

    def backends(self) -> list[int]:
        """PostgreSQL's processes that serve connections."""
        children = Path(f"/proc/{self._servers.postgres_pid}/task/{self._servers.postgres_pid}/children")
        return [int(pid) for pid in children.read_text().split()]

    @property
    def valkey_pid(self) -> int:
        return self._servers.valkey_pid

    async def health(self) -> tuple[int, dict[str, Any]]:
        """What `/health/ready` says."""
        async with httpx2.AsyncClient(base_url=self.origin, timeout=10) as client:
            answer = await client.get("/health/ready")
        return answer.status_code, answer.json()

    async def until_ready(self) -> None:
        await eventually(self._is_ready)

    async def _is_ready(self) -> bool:
        try:
            status, checks = await self.health()
        except httpx2.HTTPError:
            return False
        return status == 200 and checks["redis"] == "ok"

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        connection = await asyncpg.connect(self._servers.database_url)
        try:
            yield connection
        finally:
            await connection.close()

    async def rows(self, sql: str, *arguments: Any) -> list[Any]:
        async with self.connection() as connection:
            return list(await connection.fetch(sql, *arguments))

    async def tell(self, sql: str, *arguments: Any) -> None:
        async with self.connection() as connection:
            await connection.execute(sql, *arguments)

    async def until_none(self, sql: str) -> None:
        """Wait until a query finds nothing."""

        async def finds_nothing() -> bool:
            return not await self.rows(sql)

        await eventually(finds_nothing)

    async def authorizations(self) -> list[dict[str, Any]]:
        """What the gateway holds, or held."""
        async with httpx2.AsyncClient(base_url=self.gateway_url) as client:
            found: list[dict[str, Any]] = (await client.get("/authorizations")).json()
        return found

    async def findings(self) -> list[str]:
        return await examine(self.settings)

    def logs(self) -> str:
        """The last lines of each process, for a failure to be told."""
        tails = [f"--- {path.name}\n" + "\n".join(path.read_text().splitlines()[-15:]) for path in self._all_logs()]
        return "\n".join(tails)

    def _all_logs(self) -> list[Path]:
        return sorted(self._folder.glob("*.log"))


async def eventually(holds: Callable[[], Awaitable[bool]]) -> None:
    """Look again and again until it holds; fails after `PATIENCE_SECONDS`."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not await holds():
        assert time.monotonic() < deadline, "waited too long"
        await asyncio.sleep(LOOK_SECONDS)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
