"""A run as paragraphs of Markdown."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from bench.aims import shown
from bench.measure import Cost
from bench.report import INDEXING_HEAD, START_HEAD, figure, indexing_rows, start_rows
from bench.results import Growth, Intake, Line, ProcessCount, Run, ShopLoad, Soak

COST_HEAD = ("requests/s", "p50 ms", "p95 ms", "p99 ms", "CPU ms, web", "CPU ms, PostgreSQL")


def paragraphs(run: Run, plots: Mapping[str, str]) -> Iterator[str]:
    """Headings, tables and pictures; `plots` are pictures by the part that they belong to."""
    yield _where(run)
    yield from _part("Aims", _aims(run), plots.get("aims"))
    yield from _part("Operations", _lines(run.lines), plots.get("lines"), _whole(run.lines))
    yield from _part("Mix of a shop", _shop(run.shop))
    yield from _part("Sizes of catalogs", _sizes(run), _growth(run.growth), plots.get("sizes"))
    yield from _part("Web processes", _processes(run.processes), plots.get("processes"))
    yield from _part("Starts and memory", _starts(run), _soak(run.soak), plots.get("soak"))
    yield from _part("Imports and the search index", _intake(run.intake), _table(INDEXING_HEAD, indexing_rows(run)))


def _part(title: str, *bodies: str | None) -> Iterator[str]:
    """A heading and what is below it, if there is anything."""
    if said := [body for body in bodies if body]:
        yield f"### {title}"
        yield from said


def _where(run: Run) -> str:
    machine, versions = run.machine, run.versions
    libraries = ", ".join(f"{name} {number}" for name, number in versions.libraries.items())
    return (
        f"Measured on {run.date} at revision `{versions.commit}`: {machine.cpus} CPUs ({machine.processor}), "
        f"{machine.memory_gigabytes:g} GB of memory, {machine.system}; Python {versions.python}, PostgreSQL "
        f"{versions.postgresql}, Valkey {versions.valkey}, {libraries}. {run.connections} connections, {run.seconds:g} "
        f"seconds for each operation, {run.products:,} products where nothing else is said. The load average was "
        f"{machine.load_average:.1f} when it began. Clients, servers and databases shared the CPUs."
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str | None:
    body = [f"| {' | '.join(row)} |" for row in rows]
    if not body:
        return None
    aligned = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join([f"| {' | '.join(head)} |", f"| {' | '.join(aligned)} |", *body])


def _aims(run: Run) -> str | None:
    rows = []
    for each in shown(run):
        told = "other bytes" if each.is_doubtful else "met" if each.is_met else "missed"
        rows.append((each.title, figure(each.figure, each.aim.unit), figure(each.aim.at_most, each.aim.unit), told))
    return _table(("", "measured", "at most", ""), rows)


def _figures(cost: Cost) -> Sequence[str]:
    seen = cost.seen
    return (
        f"{cost.requests_per_second:,.0f}",
        *(f"{value:.1f}" for value in (seen.p50, seen.p95, seen.p99)),
        *(f"{value:.2f}" for value in (cost.web_cpu_milliseconds, cost.postgres_cpu_milliseconds)),
    )


def _lines(lines: Sequence[Line]) -> str | None:
    head = ("", *COST_HEAD, "statements", "by hand: CPU ms, web", "PostgreSQL")
    return _table(head, ((line.title, *_figures(line.cost), *_beside(line)) for line in lines))


def _beside(line: Line) -> Sequence[str]:
    counted = "" if line.statements is None else str(line.statements)
    if line.limit is None:
        return counted, "", ""
    return counted, f"{line.limit.web_cpu_milliseconds:.2f}", f"{line.limit.postgres_cpu_milliseconds:.2f}"


def _whole(lines: Sequence[Line]) -> str | None:
    told = []
    for line in lines:
        if line.requests_per_turn > 1:
            cost, count = line.cost, line.requests_per_turn
            told.append(
                f"Times of a {line.title} are those of all its {count} requests, CPU that of one on average. In all it "
                f"takes {cost.web_cpu_milliseconds * count:.1f} ms of the web process, "
                f"{cost.postgres_cpu_milliseconds * count:.1f} ms of PostgreSQL and "
                f"{cost.worker_cpu_milliseconds * count:.1f} ms of the worker.{_flat_out(line)}"
            )
    return "\n\n".join(told) or None


def _flat_out(line: Line) -> str:
    if line.flat_out is None:
        return ""
    cost, count = line.flat_out, line.requests_per_turn
    return (
        f" Its statements alone as fast as they are answered, {cost.seen.per_second:.0f} times a second instead of "
        f"{line.cost.seen.per_second:.0f}, take {cost.web_cpu_milliseconds * count:.1f} ms of what sends them and "
        f"{cost.postgres_cpu_milliseconds * count:.1f} ms of PostgreSQL; beside that the {line.title} takes "
        f"{line.flat_out_ratio:.2f} times as much."
    )


def _shop(shop: ShopLoad | None) -> str | None:
    if shop is None:
        return None
    rows = [
        (kind, f"{seen.turns:,}", *(f"{value:.1f}" for value in (seen.p50, seen.p95, seen.p99)))
        for kind, seen in shop.kinds.items()
    ]
    cost = shop.cost
    return (
        f"{_table(('', 'requests', 'p50 ms', 'p95 ms', 'p99 ms'), rows)}\n\n{cost.requests_per_second:,.0f} requests a "
        f"second, {shop.errors} errors. CPU of one request: web process {cost.web_cpu_milliseconds:.2f} ms, PostgreSQL "
        f"{cost.postgres_cpu_milliseconds:.2f} ms, worker {cost.worker_cpu_milliseconds:.2f} ms, Valkey "
        f"{cost.valkey_cpu_milliseconds:.2f} ms."
    )


def _sizes(run: Run) -> str | None:
    rows = [
        (f"{size.products:,}", f"{size.database_bytes / 2**30:.2f}", line.title, *_figures(line.cost))
        for size in run.sizes
        for line in size.lines
    ]
    return _table(("products", "database, GB", "", *COST_HEAD), rows)


def _growth(growth: Growth | None) -> str | None:
    if growth is None:
        return None
    few, many = growth.small, growth.large
    return (
        f"The list page of {growth.large_products:,} products beside that of {growth.small_products:,}, by turns once "
        f"their databases were at rest: {many.web_cpu_milliseconds:.2f} and {few.web_cpu_milliseconds:.2f} ms of the "
        f"web process, {growth.web_ratio:.2f} times as much; {many.postgres_cpu_milliseconds:.2f} and "
        f"{few.postgres_cpu_milliseconds:.2f} ms of PostgreSQL, which makes {growth.whole_ratio:.2f} times as much of "
        f"both together."
    )


def _processes(counts: Sequence[ProcessCount]) -> str | None:
    rows: list[Sequence[str]] = []
    for count in counts:
        held = " + ".join(f"{size / 2**20:.0f}" for size in count.memory_bytes)
        rows += [(str(count.processes), line.title, *_figures(line.cost), "") for line in count.lines]
        rows.append((str(count.processes), "mix of a shop", *_figures(count.shop.cost), held))
    return _table(("processes", "", *COST_HEAD, "MB"), rows)


def _starts(run: Run) -> str | None:
    table = _table(START_HEAD, start_rows(run))
    held = ", ".join(f"{name} {size / 2**20:.0f} MB" for name, size in run.memory_bytes.items())
    return "\n\n".join(part for part in (table, held and f"Memory after the operations above: {held}.") if part) or None


def _soak(soak: Soak | None) -> str | None:
    if soak is None:
        return None
    first = next(size for seconds, size in soak.memory_bytes if seconds >= soak.settled_seconds)
    return (
        f"Under the mix of a shop for {soak.minutes:g} minutes, {soak.shop.cost.requests_per_second:,.0f} requests a "
        f"second and {soak.shop.errors} errors: {first / 2**20:.0f} MB after {soak.settled_seconds / 60:.0f} minutes, "
        f"{soak.memory_bytes[-1][1] / 2**20:.0f} MB at the end."
    )


def _intake(intake: Intake | None) -> str | None:
    if intake is None:
        return None
    return (
        f"An import of {intake.imported:,} products took {intake.import_seconds:.0f} seconds, "
        f"{intake.imported_per_second:,.0f} a second, all of which could be found then."
    )
