"""What attacks cost, and what others notice of them: `python -m bench.abuse [SECONDS]`.

A store is started in a temporary folder. Each attack is sent on one connection first, which tells how long an answer
takes and how much CPU time of the web process; then on several connections at once, while another client goes on asking
a small query at its own pace: first without any limit of rate, then from an address whose points are counted. Ends with
status 1 if an answer to a refused request took more CPU time than it may.
"""

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvloop
from rich.console import Console
from rich.table import Table

from bench.attackers import Attacker
from bench.attacks import ATTACKS, Attack
from bench.client import Client, request
from bench.load import Seen, seen
from bench.proc import cpu_seconds
from bench.stage import Web, start_and_stop, store_in

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
    other_when_counted: Seen

    @property
    def is_too_dear(self) -> bool:
        return self.attack.status != 200 and self.cost.cpu_ms > MAX_REFUSAL_MS


async def cost_of(attack: Attack, web: Web) -> Cost:
    attacker = Attacker(web.url)
    taken = []
    before = cpu_seconds(web.pid)
    for number in range(REQUESTS):
        started = time.perf_counter()
        await attacker.send(attack, number)
        taken.append((time.perf_counter() - started) * 1000)
    cpu_ms = (cpu_seconds(web.pid) - before) * 1000 / REQUESTS
    attacker.close()
    return Cost(statistics.median(taken), max(taken), cpu_ms)


async def other_client(url: str, seconds: float) -> Seen:
    """How long a small query takes that is asked now and then."""
    client = Client(url)
    taken = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        started = time.perf_counter()
        await client.send(SMALL)
        taken.append((time.perf_counter() - started) * 1000)
        await asyncio.sleep(PACE_SECONDS)
    client.close()
    return seen(taken, seconds)


@contextmanager
def under(name: str, url: str, address: str = "") -> Iterator[None]:
    """The attack on several connections, as fast as it is answered, by a process of its own."""
    command = [sys.executable, "-m", "bench.attackers", name, url, str(CONNECTIONS), str(REQUESTS), address]
    with subprocess.Popen(  # noqa: S603 - our own module
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as attackers:
        assert attackers.stdout is not None
        if attackers.stdout.readline() != "ready\n":
            raise RuntimeError(f"the attack {name!r} could not begin")
        try:
            yield
        finally:
            attackers.communicate()
        if attackers.returncode:
            raise RuntimeError(f"the attack {name!r} was answered otherwise than it should be")


async def measured(web: Web, seconds: float) -> tuple[Seen, Sequence[Found]]:
    """What the other client sees without any attack, and of each."""
    await other_client(web.url, 1.0)
    quiet = await other_client(web.url, seconds)
    found = []
    for at, (name, attack) in enumerate(ATTACKS.items(), 1):
        cost = await cost_of(attack, web)
        with under(name, web.url):
            other = await other_client(web.url, seconds)
        with under(name, web.url, f"198.51.100.{at}"):
            found.append(Found(name, attack, cost, other, await other_client(web.url, seconds)))
    return quiet, found


def told(quiet: Seen, found: Sequence[Found]) -> Table:
    title = f"Milliseconds. Without an attack the other client has p50 {quiet.p50:.1f}, p99 {quiet.p99:.1f}."
    table = Table("attack", "status", "answered", "slowest", "CPU", "other's p50", "p99", "p99, counted", title=title)
    for each in found:
        costs = (each.cost.answered_ms, each.cost.slowest_ms, each.cost.cpu_ms)
        figures = (*costs, each.other.p50, each.other.p99, each.other_when_counted.p99)
        marks = " (too dear)" if each.is_too_dear else ""
        table.add_row(each.name + marks, str(each.attack.status), *(f"{figure:.1f}" for figure in figures))
    return table


def main(seconds: str = "3") -> None:
    with tempfile.TemporaryDirectory(prefix="commerce-abuse-") as parent:
        start_and_stop(folder := Path(parent) / "data")
        with store_in(folder) as store, store.web() as web:
            quiet, found = uvloop.run(measured(web, float(seconds)))
    Console(width=130).print(told(quiet, found))
    if any(each.is_too_dear for each in found):
        raise SystemExit(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
