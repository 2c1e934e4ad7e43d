"""One measurement: a load against a server, and what it cost each process."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from bench.client import Client
from bench.counting import StatementCounter, counted
from bench.load import Seen
from bench.proc import cpu_seconds, tree_cpu_seconds
from bench.stage import UNCACHED, Store, web_process
from bench.workloads import Workload

WARM_TURNS = 5
COMPARED_TURNS = 20


@dataclass(frozen=True, slots=True)
class Cost:
    """What a load saw, and the CPU time that a request took, in milliseconds.

    PostgreSQL's is that of all its processes, whoever asked them; the worker's is what it did meanwhile.
    """

    seen: Seen
    requests_per_second: float
    web_cpu_milliseconds: float
    postgres_cpu_milliseconds: float
    worker_cpu_milliseconds: float = 0.0
    valkey_cpu_milliseconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Watched:
    """The processes whose CPU is measured. Without a `web_pid` it is the load that does the web process's work."""

    web_pid: int | None
    postgres_pid: int
    worker_pid: int
    valkey_pid: int

    @classmethod
    def of(cls, store: Store, web_pid: int | None) -> "Watched":
        return cls(web_pid, store.postgres_pid, store.worker_pid, store.valkey_pid)

    def cpu_seconds(self, load_pid: int) -> tuple[float, float, float, float]:
        return (
            tree_cpu_seconds(self.web_pid or load_pid),
            tree_cpu_seconds(self.postgres_pid),
            cpu_seconds(self.worker_pid),
            cpu_seconds(self.valkey_pid),
        )


@dataclass(frozen=True, slots=True)
class Pace:
    """How long each workload is measured in all, in how many turns with what it is compared with, by how many
    connections. The turn in the middle counts.
    """

    seconds: float
    connections: int = 8
    turns: int = 5

    @property
    def turn_seconds(self) -> float:
        return self.seconds / self.turns


@dataclass(slots=True)
class Load:
    """A load that was run: what it told, and the CPU seconds of web, PostgreSQL, worker and Valkey meanwhile."""

    told: dict[str, Any]
    cpu_seconds: Sequence[float]


def run_load(arguments: Sequence[str], watched: Watched, environment: Mapping[str, str] | None = None) -> Load:
    """Run a load generator of ours; the CPU is that of the measured time alone, without the preparations."""
    with _begun(arguments, environment) as load:
        assert load.stdin is not None
        assert load.stdout is not None
        before = watched.cpu_seconds(load.pid)
        load.stdin.write("\n")
        load.stdin.flush()
        said = load.stdout.readline()
        taken = [after - at_first for after, at_first in zip(watched.cpu_seconds(load.pid), before, strict=True)]
    if not said:
        raise RuntimeError(f"the load {' '.join(arguments[:2])} failed")
    return Load(orjson.loads(said), taken)


@contextmanager
def _begun(arguments: Sequence[str], environment: Mapping[str, str] | None) -> Iterator["subprocess.Popen[str]"]:
    """The process of a load, which has prepared all and waits for a line to begin."""
    with subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as load:
        assert load.stdout is not None
        if load.stdout.readline() != "ready\n":
            raise RuntimeError(f"the load {' '.join(arguments[:2])} could not begin")
        yield load


def cost_of(load: Load, requests_per_turn: int) -> Cost:
    seen = Seen(**load.told)
    requests = seen.turns * requests_per_turn
    return Cost(seen, requests / seen.seconds, *[seconds / requests * 1000 for seconds in load.cpu_seconds])


def measure(workload: Workload, store_url: str, watched: Watched, pace: Pace, *, url: str) -> Cost:
    """Load the server at `url` with one workload, for one turn."""
    arguments = ["bench.load", workload.name, store_url, str(pace.connections), str(pace.turn_seconds), url]
    return cost_of(run_load(arguments, watched), workload.requests)


def count_statements(workloads: Sequence[Workload], environment: Mapping[str, str], folder: Path) -> dict[str, int]:
    """Statements of one turn of each workload, counted on their way from a web process of their own."""
    with (
        counted(environment["DATABASE_URL"]) as (counter, url),
        web_process({**environment, **UNCACHED, "DATABASE_URL": url}, folder) as web,
    ):
        graphql = f"{web.origin()}/graphql"
        return {each.name: asyncio.run(_statements(each, graphql, counter)) for each in workloads}


async def _statements(workload: Workload, url: str, counter: StatementCounter) -> int:
    client = Client(url)
    turn = await workload.prepare(client, 0, client)
    for _ in range(WARM_TURNS):
        await turn()
    before = counter.count
    await turn()
    client.close()
    return counter.count - before


async def same_answers(workload: Workload, store_url: str, limit_url: str) -> bool:
    """Whether the limit gives the same bytes as the store for all that the workload asks."""
    store, limit = Client(store_url), Client(limit_url)
    ours, theirs = await workload.prepare(store, 0, store), await workload.prepare(limit, 0, store)
    is_same = True
    for _ in range(COMPARED_TURNS):
        is_same &= await ours() == await theirs()
    store.close()
    limit.close()
    return is_same
