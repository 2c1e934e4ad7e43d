"""The load generator: connections that repeat a workload for a while. Runs as a process of its own.

`python -m bench.load WORKLOAD STORE CONNECTIONS SECONDS [URL]` writes what it saw as one JSON object. Requests go to
`URL` if it is given, else to the store.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import orjson
import uvloop

from bench.client import Client
from bench.workloads import BY_NAME, Once

WARM_UP_TURNS = 24
"""PostgreSQL plans a statement five times on a connection before it keeps a plan.

A server opens as many connections as it has a use for at once, and spreads statements over them.
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """How many turns, in how many seconds, and how long each of some percentiles took, in milliseconds."""

    turns: int
    seconds: float
    p50: float
    p95: float
    p99: float

    @property
    def per_second(self) -> float:
        return self.turns / self.seconds


async def load(name: str, store_url: str, connections: int, seconds: float, url: str) -> Seen:
    """Prepare, then repeat the workload on all connections until the time is over."""
    store = Client(store_url)
    clients = [Client(url) for _ in range(connections)]
    turns = [await BY_NAME[name].prepare(client, number, store) for number, client in enumerate(clients)]
    found = await timed(turns, seconds)
    for client in (store, *clients):
        client.close()
    return found


async def timed(turns: Sequence[Once], seconds: float, per_second: float | None = None) -> Seen:
    """Warm up, say that it begins, and take all turns over and over: both times beside one another.

    With `per_second` so many turns begin in each second, if they end as fast, and else as soon as others end.
    """
    await asyncio.gather(*map(warm_up, turns))
    await begin()
    started = time.perf_counter()
    pause = 1 / per_second if per_second else 0.0
    taken = await asyncio.gather(
        *(
            repeat(turn, started + seconds, first=started + number * pause, every=len(turns) * pause)
            for number, turn in enumerate(turns)
        )
    )
    elapsed = time.perf_counter() - started
    return seen([milliseconds for each in taken for milliseconds in each], elapsed)


async def warm_up(turn: Once) -> None:
    for _ in range(WARM_UP_TURNS):
        await turn()


async def repeat(turn: Once, until: float, *, first: float = 0.0, every: float = 0.0) -> list[float]:
    """How many milliseconds each turn took. Turn `n`, from 0 on, begins no sooner than `first + n * every` seconds."""
    taken = []
    due = first
    while (before := await wait_until(min(due, until))) < until:
        await turn()
        taken.append((time.perf_counter() - before) * 1000)
        due += every
    return taken


async def wait_until(moment: float) -> float:
    """What time it is then, or now if it has passed."""
    now = time.perf_counter()
    if now < moment:
        await asyncio.sleep(moment - now)
        now = time.perf_counter()
    return now


def seen(taken: list[float], seconds: float) -> Seen:
    ordered = sorted(taken)
    p50, p95, p99 = (ordered[min(len(ordered) - 1, int(len(ordered) * share))] for share in (0.50, 0.95, 0.99))
    return Seen(len(ordered), seconds, p50, p95, p99)


async def begin() -> None:
    """Tell the parent that the measured time begins, once it has let us."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.readline)


def tell(found: object) -> None:
    """Tell the parent what was seen, in one line."""
    sys.stdout.write(orjson.dumps(found).decode() + "\n")


def main(name: str, store: str, connections: str, seconds: str, url: str = "") -> None:
    tell(asdict(uvloop.run(load(name, store, int(connections), float(seconds), url or store))))


if __name__ == "__main__":
    main(*sys.argv[1:])
