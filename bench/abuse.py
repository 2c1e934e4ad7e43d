"""What attacks cost, and what others notice of them: `python -m bench.abuse [SECONDS]`.

A store is started in a temporary folder. Each attack is sent on one connection first, which tells how long an answer
takes and how much CPU time of the web process; then on several connections at once, while another client goes on asking
a small query at its own pace. Ends with status 1 if an answer to a refused request took more CPU time than it may.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import uvloop
from rich.console import Console
from rich.table import Table

from bench.attacks import ATTACKS, Attack
from bench.client import Client, request
from bench.load import Seen, seen
from bench.proc import cpu_seconds
from bench.stage import Store, start_and_stop, store_in

CONNECTIONS = 4
REQUESTS = 30
PACE_SECONDS = 0.02
MAX_REFUSAL_MS = 50.0
SMALL = request('query Small { product(slug: "workshop-apron") { title } }', None)


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one request among others that come one by one: milliseconds until it is answered, and of CPU."""

    answered_ms: float
    slowest_ms: float
    cpu_ms: float


@dataclass(frozen=True, slots=True)
class Found:
    """An attack: what each request costs, and what somebody else notices of many."""

    name: str
    attack: Attack
    cost: Cost
    other: Seen

    @property
    def is_too_dear(self) -> bool:
        return self.attack.status != 200 and self.cost.cpu_ms > MAX_REFUSAL_MS


class Attacker:
    """One connection, opened anew when the server has closed it."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname, parts.port)
        self._writer: asyncio.StreamWriter | None = None
        self._reader = asyncio.StreamReader()

    async def send(self, attack: Attack, number: int) -> None:
        """Send the request and read its answer, which must be the expected one."""
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(*self._address, limit=1 << 20)
        self._writer.write(attack.request(number))
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        await self._reader.readexactly(int(head.partition(b"content-length:")[2].partition(b"\r\n")[0]))
        status = int(head.split()[1])
        if status != attack.status:
            raise AssertionError(f"{status} instead of {attack.status}")
        if b"connection: close" in head:
            self.close()

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None


async def cost_of(attack: Attack, store: Store) -> Cost:
    attacker = Attacker(store.url)
    taken = []
    before = cpu_seconds(store.web_pid)
    for number in range(REQUESTS):
        started = time.perf_counter()
        await attacker.send(attack, number)
        taken.append((time.perf_counter() - started) * 1000)
    cpu_ms = (cpu_seconds(store.web_pid) - before) * 1000 / REQUESTS
    attacker.close()
    return Cost(statistics.median(taken), max(taken), cpu_ms)


async def other_client(url: str, seconds: float) -> Seen:
    """How long a small query takes that is asked now and then."""
    client = await Client.connect(url)
    taken = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        started = time.perf_counter()
        await client.send(SMALL)
        taken.append((time.perf_counter() - started) * 1000)
        await asyncio.sleep(PACE_SECONDS)
    client.close()
    return seen(taken, seconds)


@asynccontextmanager
async def under(attack: Attack, url: str) -> AsyncIterator[None]:
    """The attack on several connections, as fast as it is answered."""
    attackers = [Attacker(url) for _ in range(CONNECTIONS)]

    async def go_on(attacker: Attacker, first: int) -> None:
        number = first
        while True:
            number += CONNECTIONS
            await attacker.send(attack, number)

    tasks = [asyncio.create_task(go_on(attacker, REQUESTS + at)) for at, attacker in enumerate(attackers)]
    try:
        yield
    finally:
        for task, attacker in zip(tasks, attackers, strict=True):
            task.cancel()
            attacker.close()
        faults = [
            fault for fault in await asyncio.gather(*tasks, return_exceptions=True) if isinstance(fault, Exception)
        ]
        if faults:
            raise ExceptionGroup("The attack was answered otherwise than it should be.", faults)


async def measured(store: Store, seconds: float) -> tuple[Seen, Sequence[Found]]:
    """What the other client sees without any attack, and of each."""
    await other_client(store.url, 1.0)
    quiet = await other_client(store.url, seconds)
    found = []
    for name, attack in ATTACKS.items():
        cost = await cost_of(attack, store)
        async with under(attack, store.url):
            found.append(Found(name, attack, cost, await other_client(store.url, seconds)))
    return quiet, found


def told(quiet: Seen, found: Sequence[Found]) -> Table:
    title = f"Milliseconds. Without an attack the other client has p50 {quiet.p50:.1f}, p99 {quiet.p99:.1f}."
    table = Table("attack", "status", "answered", "slowest", "CPU", "other's p50", "other's p99", title=title)
    for each in found:
        figures = (each.cost.answered_ms, each.cost.slowest_ms, each.cost.cpu_ms, each.other.p50, each.other.p99)
        marks = " (too dear)" if each.is_too_dear else ""
        table.add_row(each.name + marks, str(each.attack.status), *(f"{figure:.1f}" for figure in figures))
    return table


def main(seconds: str = "3") -> None:
    with tempfile.TemporaryDirectory(prefix="commerce-abuse-") as parent:
        start_and_stop(folder := Path(parent) / "data")
        with store_in(folder) as store:
            quiet, found = uvloop.run(measured(store, float(seconds)))
    Console(width=130).print(told(quiet, found))
    if any(each.is_too_dear for each in found):
        raise SystemExit(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
