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
    """What a load saw, and the CPU time that a request took of the web process and of PostgreSQL."""

    seen: Seen
    requests_per_second: float
    web_cpu_milliseconds: float
    postgres_cpu_milliseconds: float


def measure(workload: Workload, url: str, *, web_pid: int, postgres_pid: int, seconds: float, connections: int) -> Cost:
    """Load one server with one workload; the CPU is that of the measured time alone, without the preparations."""
    command = [sys.executable, "-m", "bench.load", workload.name, url, str(connections), str(seconds)]
    with subprocess.Popen(  # noqa: S603 - our own module
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as load:
        assert load.stdin is not None
        assert load.stdout is not None
        if load.stdout.readline() != "ready\n":
            raise RuntimeError(f"the load of {workload.name!r} could not begin")
        web, postgres = cpu_seconds(web_pid), tree_cpu_seconds(postgres_pid)
        load.stdin.write("\n")
        load.stdin.flush()
        said = load.stdout.readline()
        web, postgres = cpu_seconds(web_pid) - web, tree_cpu_seconds(postgres_pid) - postgres
    if not said:
        raise RuntimeError(f"the load of {workload.name!r} failed")
    seen = Seen(**orjson.loads(said))
    requests = seen.turns * workload.requests
    return Cost(seen, requests / seen.seconds, web / requests * 1000, postgres / requests * 1000)


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
