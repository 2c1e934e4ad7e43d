"""One measurement: a load against a server, and what it cost each process."""

import asyncio
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import orjson

from bench.client import Client
from bench.counting import StatementCounter, counted
from bench.load import Seen
from bench.proc import cpu_seconds, tree_cpu_seconds
from bench.stage import web_process
from bench.workloads import Workload

PLENTY = 1_000_000
WARM_TURNS = 5


@dataclass(frozen=True, slots=True)
class Cost:
    """What a load saw, and the CPU time that a request took: of the web process, of PostgreSQL, and of the worker.

    PostgreSQL's is that of all its processes, whoever asked them; the worker's is what it did meanwhile.
    """

    seen: Seen
    requests_per_second: float
    web_cpu_milliseconds: float
    postgres_cpu_milliseconds: float
    worker_cpu_milliseconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Watched:
    """The processes whose CPU is measured."""

    web_pid: int
    postgres_pid: int
    worker_pid: int

    def cpu_seconds(self) -> tuple[float, float, float]:
        return cpu_seconds(self.web_pid), tree_cpu_seconds(self.postgres_pid), cpu_seconds(self.worker_pid)


def measure(workload: Workload, url: str, watched: Watched, *, seconds: float, connections: int) -> Cost:
    """Load one server with one workload; the CPU is that of the measured time alone, without the preparations."""
    command = [sys.executable, "-m", "bench.load", workload.name, url, str(connections), str(seconds)]
    with subprocess.Popen(  # noqa: S603 - our own module
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as load:
        assert load.stdin is not None
        assert load.stdout is not None
        if load.stdout.readline() != "ready\n":
            raise RuntimeError(f"the load of {workload.name!r} could not begin")
        before = watched.cpu_seconds()
        load.stdin.write("\n")
        load.stdin.flush()
        said = load.stdout.readline()
        taken = [after - at_first for after, at_first in zip(watched.cpu_seconds(), before, strict=True)]
    if not said:
        raise RuntimeError(f"the load of {workload.name!r} failed")
    seen = Seen(**orjson.loads(said))
    requests = seen.turns * workload.requests
    return Cost(seen, requests / seen.seconds, *[seconds / requests * 1000 for seconds in taken])


def count_statements(workloads: Sequence[Workload], environment: Mapping[str, str], folder: Path) -> dict[str, int]:
    """Statements of one turn of each workload, counted on their way from a web process of their own."""
    with (
        counted(environment["DATABASE_URL"]) as (counter, url),
        web_process({**environment, "DATABASE_URL": url}, folder) as web,
    ):
        graphql = f"{web.origin()}/graphql"
        return {each.name: asyncio.run(_statements(each, graphql, counter)) for each in workloads}


async def _statements(workload: Workload, url: str, counter: StatementCounter) -> int:
    client = await Client.connect(url)
    turn = await workload.prepare(client, 0)
    for _ in range(WARM_TURNS):
        await turn()
    before = counter.count
    await turn()
    client.close()
    return counter.count - before


async def fill_shelves(database_url: str) -> None:
    """So much stock of everything that no load sells it out."""
    connection = await asyncpg.connect(database_url)
    await connection.execute("UPDATE stock_level SET on_hand = on_hand + $1", PLENTY)
    await connection.close()


async def same_answer(body: bytes, *urls: str) -> bool:
    """Whether all of these servers give the same bytes."""
    clients = [await Client.connect(url) for url in urls]
    answers = {await client.send(body) for client in clients}
    for client in clients:
        client.close()
    return len(answers) == 1
