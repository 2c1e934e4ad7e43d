"""What was measured, as a table to read and as JSON to keep."""

import sys
from dataclasses import asdict, dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.measure import Cost
from bench.stage import Start

WIDTH = 120


@dataclass(frozen=True, slots=True)
class Line:
    """One workload. `statements` are those of one turn."""

    title: str
    requests_per_turn: int
    cost: Cost
    statements: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """The list page beside the limit, measured by turns: `ratio` is the limit's CPU over ours."""

    ours: Cost
    limit: Cost
    is_same_answer: bool

    @property
    def ratio(self) -> float:
        return self.limit.web_cpu_milliseconds / self.ours.web_cpu_milliseconds


@dataclass(slots=True)
class Report:
    """One run. `load_average` says how busy the machine was with other things when it began."""

    load_average: float
    cpus: int
    products: int = 0
    starts: dict[str, Start] = field(default_factory=dict)
    memory_bytes: dict[str, int] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    comparison: Comparison | None = None

    def as_json(self) -> dict[str, Any]:
        found = asdict(self)
        if self.comparison:
            found["comparison"]["ratio"] = self.comparison.ratio
        return found

    def print(self) -> None:
        console = Console(width=None if sys.stdout.isatty() else WIDTH)
        console.print(
            f"{self.products:,} products, {self.cpus} CPUs, load average {self.load_average:.1f} at the beginning"
        )
        if self.starts:
            console.print(self._starts())
        if self.memory_bytes:
            held = ", ".join(f"{name} {size / 2**20:.0f} MB" for name, size in self.memory_bytes.items())
            console.print(f"Memory (proportional): {held}")
        if self.lines:
            console.print(self._costs())
        for line in self.lines:
            if line.requests_per_turn > 1:
                console.print(_whole(line))
        if self.comparison:
            console.print(_compared(self.comparison))

    def _starts(self) -> Table:
        table = Table("start to first answer", "s", "web CPU s", "CPU s of all")
        for name, start in self.starts.items():
            table.add_row(name, *(f"{value:.2f}" for value in asdict(start).values()))
        return table

    def _costs(self) -> Table:
        table = Table("operation", "requests/s", "p50 ms", "p95 ms", "p99 ms", "web CPU ms", "PG CPU ms", "statements")
        for line in self.lines:
            cost = line.cost
            times = (cost.seen.p50, cost.seen.p95, cost.seen.p99)
            table.add_row(
                line.title,
                f"{cost.requests_per_second:,.0f}",
                *(f"{milliseconds:.1f}" for milliseconds in times),
                f"{cost.web_cpu_milliseconds:.2f}",
                f"{cost.postgres_cpu_milliseconds:.2f}",
                str(line.statements),
            )
        table.caption = "Times and statements are of one turn, CPU of one request; a whole checkout is 5 requests."
        return table


def _whole(line: Line) -> str:
    """All that one turn took, PostgreSQL and worker included."""
    cost, requests = line.cost, line.requests_per_turn
    of_one = (cost.web_cpu_milliseconds, cost.postgres_cpu_milliseconds, cost.worker_cpu_milliseconds)
    web, postgres, worker = (milliseconds * requests for milliseconds in of_one)
    return (
        f"One {line.title} ({requests} requests): {line.statements} statements; CPU of the web process {web:.1f} ms, "
        f"of PostgreSQL {postgres:.1f} ms (the worker's statements included), of the worker {worker:.1f} ms"
    )


def _compared(found: Comparison) -> str:
    ours, limit = found.ours, found.limit
    same = "the same bytes" if found.is_same_answer else "OTHER BYTES: the ratio says little"
    return (
        f"List page by turns with bench/limit.py ({same}): web CPU {ours.web_cpu_milliseconds:.2f} ms against "
        f"{limit.web_cpu_milliseconds:.2f} ms, {found.ratio:.2f} of the limit; PostgreSQL CPU "
        f"{ours.postgres_cpu_milliseconds:.2f} ms against {limit.postgres_cpu_milliseconds:.2f} ms"
    )
