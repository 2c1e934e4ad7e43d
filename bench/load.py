"""The load generator: connections that repeat a workload for a while. Runs as a process of its own.

`python -m bench.load WORKLOAD URL CONNECTIONS SECONDS` writes what it saw as one JSON object.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass

import orjson
import uvloop

from bench.client import Client
from bench.workloads import BY_NAME, Once

WARM_UP_TURNS = 3


@dataclass(frozen=True, slots=True)
class Seen:
    """How many turns, in how many seconds, and how long each of some percentiles took, in milliseconds."""

    turns: int
    seconds: float
    p50: float
    p95: float
    p99: float


async def load(name: str, url: str, connections: int, seconds: float, ready: Callable[[], Awaitable[None]]) -> Seen:
    """Prepare, warm up, say that it begins, then repeat the workload on all connections until the time is over."""
    clients = [await Client.connect(url) for _ in range(connections)]
    turns = [await BY_NAME[name].prepare(client, number) for number, client in enumerate(clients)]
    for turn in turns:
        for _ in range(WARM_UP_TURNS):
            await turn()
    await ready()
    started = time.perf_counter()
    taken = await asyncio.gather(*(repeat(turn, started + seconds) for turn in turns))
    elapsed = time.perf_counter() - started
    for client in clients:
        client.close()
    return seen([milliseconds for each in taken for milliseconds in each], elapsed)


async def repeat(turn: Once, until: float) -> list[float]:
    taken = []
    before = time.perf_counter()
    while before < until:
        await turn()
        now = time.perf_counter()
        taken.append((now - before) * 1000)
        before = now
    return taken


def seen(taken: list[float], seconds: float) -> Seen:
    ordered = sorted(taken)
    p50, p95, p99 = (ordered[min(len(ordered) - 1, int(len(ordered) * share))] for share in (0.50, 0.95, 0.99))
    return Seen(len(ordered), seconds, p50, p95, p99)


async def begin() -> None:
    """Tell the parent that the measured time begins, once it has let us."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.readline)


def main(name: str, url: str, connections: str, seconds: str) -> None:
    found = uvloop.run(load(name, url, int(connections), float(seconds), begin))
    sys.stdout.write(orjson.dumps(asdict(found)).decode() + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
