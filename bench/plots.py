"""The plots of a run."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.aims import TIMES, shown
from bench.report import figure
from bench.results import Run
from bench.svg import Bar, bars, line

MEGABYTE = 2**20


@dataclass(frozen=True, slots=True)
class Plot:
    """`place` is the part of the page that it belongs to, `told` what it shows, for those who do not see it."""

    place: str
    file: str
    told: str
    svg: str


def plots(run: Run) -> Sequence[Plot]:
    """Those that there are figures for."""
    found = [_aims(run), _lines(run), _sizes(run), _processes(run), _soak(run)]
    return [plot for plot in found if plot is not None]


def _aims(run: Run) -> Plot | None:
    rows = [
        Bar(each.aim.short, [each.figure], figure(each.figure, TIMES), each.aim.at_most)
        for each in shown(run)
        if each.aim.unit == TIMES
    ]
    if not rows:
        return None
    title = "Measured over what it is compared with; the red line is the aim"
    return Plot("aims", "aims.svg", "Ratios beside their aims, as in the table above", bars(title, rows))


def _lines(run: Run) -> Plot | None:
    rows = [
        Bar(each.title, [web, postgres], f"{web + postgres:.2f}")
        for each in run.lines
        for web, postgres in [(each.cost.web_cpu_milliseconds, each.cost.postgres_cpu_milliseconds)]
    ]
    if not rows:
        return None
    svg = bars("CPU of one request, in milliseconds", rows, legend=("web process", "PostgreSQL"))
    return Plot("lines", "operations.svg", "CPU of one request, as in the table above", svg)


def _sizes(run: Run) -> Plot | None:
    rows = [
        Bar(f"{each.title}, {size.products:,}", [web, postgres], f"{web + postgres:.2f}")
        for name in ("list", "product", "search")
        for size in run.sizes
        for each in size.lines
        if each.name == name
        for web, postgres in [(each.cost.web_cpu_milliseconds, each.cost.postgres_cpu_milliseconds)]
    ]
    if not rows:
        return None
    svg = bars("CPU of one request by size of catalog, in milliseconds", rows, legend=("web process", "PostgreSQL"))
    return Plot("sizes", "sizes.svg", "CPU of one request by size of catalog, as in the table above", svg)


def _processes(run: Run) -> Plot | None:
    rows = [
        Bar(f"mix of a shop, web processes: {count.processes}", [rate], f"{rate:,.0f}")
        for count in run.processes
        for rate in [count.shop.cost.requests_per_second]
    ]
    if not rows:
        return None
    svg = bars("Requests answered in a second", rows)
    return Plot("processes", "processes.svg", "Requests a second by number of processes, as in the table above", svg)


def _soak(run: Run) -> Plot | None:
    if run.soak is None or len(run.soak.memory_bytes) < 2:
        return None
    points = [(seconds / 60, size / MEGABYTE) for seconds, size in run.soak.memory_bytes]
    svg = line("Memory of a web process under the mix of a shop", points, across="minutes", up="MB")
    return Plot("soak", "memory.svg", "Memory over time, from beginning to end as in the table above", svg)
