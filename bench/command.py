"""`commerce bench`: starts a store in a temporary folder, measures it, and removes it."""

import asyncio
import os
import tempfile
import time
from collections.abc import Sequence
from operator import attrgetter
from pathlib import Path

import asyncpg

from bench.client import request
from bench.documents import LIST_PAGE, LIST_SIZE
from bench.measure import Cost, Watched, count_statements, fill_shelves, measure, same_answer
from bench.proc import memory_bytes
from bench.report import Comparison, Line, Report
from bench.stage import Store, import_catalog, limit_process, start_and_stop, store_in
from bench.workloads import BY_NAME, WORKLOADS, Workload
from server.settings import SettingsError

CONNECTIONS = 8
TURNS = 3
"""How often ours and the limit take turns, and a warm store is started; the median of each counts."""

SETTLE_SECONDS = 1.0


def run_bench(*, seconds: float, only: Sequence[str], catalog: Path | None) -> Report:
    """Measure all workloads, or only the named ones: `seconds` for each."""
    unknown = set(only) - set(BY_NAME)
    if unknown:
        raise SettingsError(f"--only: {', '.join(sorted(unknown))}: must be of {', '.join(BY_NAME)}")
    workloads = [each for each in WORKLOADS if not only or each.name in only]
    report = Report(os.getloadavg()[0], os.cpu_count() or 1)
    with tempfile.TemporaryDirectory(prefix="commerce-bench-") as parent:
        folder = Path(parent) / "data"
        report.starts["cold, with the sample made"] = start_and_stop(folder)
        report.starts["warm"] = sorted((start_and_stop(folder) for _ in range(TURNS)), key=attrgetter("seconds"))[
            TURNS // 2
        ]
        with store_in(folder) as store:
            prepare(store, catalog, report)
            measure_all(store, workloads, folder, seconds, report)
    return report


def prepare(store: Store, catalog: Path | None, report: Report) -> None:
    if catalog is not None:
        import_catalog(store.environment, catalog)
    url = store.environment["DATABASE_URL"]
    asyncio.run(fill_shelves(url))
    report.products = asyncio.run(count_products(url))
    time.sleep(SETTLE_SECONDS)


async def count_products(url: str) -> int:
    connection = await asyncpg.connect(url)
    found: int = await connection.fetchval("SELECT count(*) FROM product")
    await connection.close()
    return found


def measure_all(store: Store, workloads: Sequence[Workload], folder: Path, seconds: float, report: Report) -> None:
    statements = count_statements(workloads, store.environment, folder)
    for workload in workloads:
        cost = measured(workload, store, store.url, store.web_pid, seconds)
        report.lines.append(Line(workload.title, workload.requests, cost, statements[workload.name]))
    report.memory_bytes = {"web": memory_bytes(store.web_pid), "worker": memory_bytes(store.worker_pid)}
    if any(workload.name == "list" for workload in workloads):
        report.comparison = compare(store, folder, seconds)


def compare(store: Store, folder: Path, seconds: float) -> Comparison:
    """The list page of ours and of the limit, by turns within one run, so that both see the same machine."""
    workload = BY_NAME["list"]
    with limit_process(store.environment, folder) as limit:
        url = limit.origin()
        same = asyncio.run(same_answer(request(LIST_PAGE, {"first": LIST_SIZE}), store.url, url))
        ours, theirs = [], []
        for _ in range(TURNS):
            ours.append(measured(workload, store, store.url, store.web_pid, seconds / TURNS))
            theirs.append(measured(workload, store, url, limit.pid, seconds / TURNS))
    return Comparison(median(ours), median(theirs), same)


def measured(workload: Workload, store: Store, url: str, web_pid: int, seconds: float) -> Cost:
    watched = Watched(web_pid, store.postgres_pid, store.worker_pid)
    return measure(workload, url, watched, seconds=seconds, connections=CONNECTIONS)


def median(costs: Sequence[Cost]) -> Cost:
    """The one in the middle by CPU of the web process."""
    return sorted(costs, key=lambda cost: cost.web_cpu_milliseconds)[len(costs) // 2]
