"""A run as tables to read on a terminal."""

import sys
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Table

from bench.aims import TIMES, Shown, shown
from bench.measure import Cost
from bench.results import Line, ProcessCount, Run, ShopLoad
from bench.stage import median_start

WIDTH = 130

START_HEAD = ("start to first answer", "starts", "s", "quickest", "slowest", "CPU s, web", "CPU s, all")
INDEXING_HEAD = ("products", "changed at once", "new prices/s", "new titles/s", "again: prices/s", "titles/s")


def print_run(run: Run) -> None:
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    machine = run.machine
    console.print(
        f"{run.products:,} products, {machine.cpus} CPUs, load average {machine.load_average:.1f} at the beginning"
    )
    for table in tables(run):
        console.print(table)
    for line in run.lines:
        if line.requests_per_turn > 1:
            console.print(whole(line))


def tables(run: Run) -> Sequence[Table]:
    """Those that there is something in."""
    found = [_starts(run)]
    if run.lines:
        found.append(_lines("operation", run.lines))
    found += [_lines(f"{size.products:,} products", size.lines) for size in run.sizes]
    if run.processes:
        found.append(_processes(run.processes))
    for title, shop in (("shop", run.shop), ("soak", run.soak and run.soak.shop)):
        if shop:
            found.append(_shop(title, shop))
    if run.indexings:
        found.append(_indexing(run))
    if aims := shown(run):
        found.append(_aims(aims))
    return found


def _starts(run: Run) -> Table:
    table = Table(*START_HEAD)
    for row in start_rows(run):
        table.add_row(*row)
    held = [f"{name} {size / 2**20:.0f} MB" for name, size in run.memory_bytes.items()]
    table.caption = f"Memory (proportional): {', '.join(held)}" if held else None
    return table


def start_rows(run: Run) -> Iterator[Sequence[str]]:
    """What stands below `START_HEAD`."""
    for name, starts in run.starts.items():
        start, seconds = median_start(starts), [each.seconds for each in starts]
        figures = (start.seconds, min(seconds), max(seconds), start.web_cpu_seconds, start.total_cpu_seconds)
        yield name, str(len(starts)), *(f"{value:.2f}" for value in figures)


def _lines(title: str, lines: Sequence[Line]) -> Table:
    table = Table(
        title,
        "req/s",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "web CPU ms",
        "PG CPU ms",
        "statements",
        f"{TIMES} web",
        f"{TIMES} both",
    )
    for line in lines:
        counted = "" if line.statements is None else str(line.statements)
        ratios = (_ratio(line.web_ratio), _ratio(line.whole_ratio))
        mark = " (OTHER BYTES)" if line.is_same_answer is False else ""
        table.add_row(line.title + mark, *_figures(line.cost), counted, *ratios)
    table.caption = (
        "Times and statements are of one turn, CPU of one request. The last two: CPU over that of the same by hand."
    )
    return table


def _figures(cost: Cost) -> Sequence[str]:
    times = (cost.seen.p50, cost.seen.p95, cost.seen.p99)
    cpu = (cost.web_cpu_milliseconds, cost.postgres_cpu_milliseconds)
    return (
        f"{cost.requests_per_second:,.0f}",
        *(f"{milliseconds:.1f}" for milliseconds in times),
        *(f"{milliseconds:.2f}" for milliseconds in cpu),
    )


def _ratio(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.2f}"


def _processes(counts: Sequence[ProcessCount]) -> Table:
    table = Table(
        "web processes", "workload", "req/s", "p50 ms", "p95 ms", "p99 ms", "web CPU ms", "PG CPU ms", "MB each"
    )
    for count in counts:
        held = ", ".join(f"{size / 2**20:.0f}" for size in count.memory_bytes)
        for line in count.lines:
            table.add_row(str(count.processes), line.title, *_figures(line.cost))
        table.add_row(str(count.processes), "mix of a shop", *_figures(count.shop.cost), held)
    return table


def _shop(title: str, shop: ShopLoad) -> Table:
    table = Table(title, "requests", "p50 ms", "p95 ms", "p99 ms")
    for kind, seen in shop.kinds.items():
        table.add_row(kind, f"{seen.turns:,}", f"{seen.p50:.1f}", f"{seen.p95:.1f}", f"{seen.p99:.1f}")
    cost = shop.cost
    table.caption = (
        f"{cost.requests_per_second:,.0f} requests/s, {shop.errors} errors; CPU ms a request: web "
        f"{cost.web_cpu_milliseconds:.2f}, PostgreSQL {cost.postgres_cpu_milliseconds:.2f}, worker "
        f"{cost.worker_cpu_milliseconds:.2f}, Valkey {cost.valkey_cpu_milliseconds:.2f}"
    )
    return table


def _indexing(run: Run) -> Table:
    table = Table(*INDEXING_HEAD)
    for row in indexing_rows(run):
        table.add_row(*row)
    if intake := run.intake:
        table.caption = f"{intake.imported:,} products were imported before, {intake.imported_per_second:,.0f} a second"
    return table


def indexing_rows(run: Run) -> Iterator[Sequence[str]]:
    """What stands below `INDEXING_HEAD`."""
    for products, each in run.indexings:
        yield [f"{value:,.0f}" for value in (products, each.products, *each.per_second)]


def _aims(aims: Sequence[Shown]) -> Table:
    table = Table("aim", "measured", "at most", "")
    for each in aims:
        mark = "OTHER BYTES" if each.is_doubtful else "met" if each.is_met else "missed"
        table.add_row(each.title, figure(each.figure, each.aim.unit), figure(each.aim.at_most, each.aim.unit), mark)
    return table


def figure(value: float, unit: str) -> str:
    """A figure with its unit, with as many digits as tell something."""
    digits = 0 if unit in {"", "MB"} else 2
    return f"{value:.{digits}f} {unit}".strip()


def whole(line: Line) -> str:
    """All that one turn took, PostgreSQL and worker included."""
    cost, requests = line.cost, line.requests_per_turn
    of_one = (cost.web_cpu_milliseconds, cost.postgres_cpu_milliseconds, cost.worker_cpu_milliseconds)
    web, postgres, worker = (milliseconds * requests for milliseconds in of_one)
    return (
        f"One {line.title} ({requests} requests): {line.statements} statements; CPU of the web process {web:.1f} ms, "
        f"of PostgreSQL {postgres:.1f} ms (the worker's statements included), of the worker {worker:.1f} ms"
        f"{_beside_flat_out(line)}"
    )


def _beside_flat_out(line: Line) -> str:
    ratio = line.flat_out_ratio
    return "" if ratio is None else f"; {ratio:.2f} times its statements alone as fast as they are answered"
