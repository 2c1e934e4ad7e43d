"""`commerce bench`: starts stores in a folder of its own, measures what was asked for, and removes them again."""

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from bench.aims import DEPLOYED
from bench.compare import compare, print_differences
from bench.intake import count_products, intake
from bench.lines import measured
from bench.measure import Pace
from bench.page import write_page
from bench.proc import memory_bytes
from bench.report import print_run
from bench.results import Run
from bench.scaling import growth, process_count, size
from bench.shelves import fill_shelves
from bench.shop_load import run_shop
from bench.sizes import catalog_in, sizes_of
from bench.soak import soak
from bench.stage import Store, start_and_stop, started_beside, store_in
from bench.workloads import BY_NAME, WORKLOADS, Workload
from server.settings import SettingsError

STARTS = 3
"""How often a warm store is started at once; the start in the middle counts.

Beside running databases it is started so often before, between and after what else is measured, as the machine may be
slower for some minutes.
"""

START = "start"
"""What `--only` calls the measurement of starts."""

MAX_PROCESSES = 64

QUIET = {"COMMERCE_LOG_LEVEL": "warning"}
"""For a load that goes on for hours, of which each request would be logged."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure. `only` names workloads, or `start`; nothing means all of them.

    `catalog`: an Icecat file that is imported first, which is measured too. `keep`: a folder in which the catalogs of
    `sizes` stay for the next run.
    """

    pace: Pace
    only: Sequence[str] = ()
    catalog: Path | None = None
    shop: bool = False
    sizes: Sequence[int] = ()
    processes: Sequence[int] = ()
    soak_minutes: float = 0.0
    keep: Path | None = None

    @classmethod
    def of(
        cls, *, seconds: float, connections: int, only: Sequence[str], sizes: str, processes: str, **options: Any
    ) -> Self:
        """The plan that an operator has in words; SettingsError for what cannot be measured."""
        names = (START, *BY_NAME)
        if unknown := set(only) - set(names):
            raise SettingsError(f"--only: {', '.join(sorted(unknown))}: must be of {', '.join(names)}")
        pace = Pace(seconds, connections)
        return cls(pace, only, sizes=sizes_of(sizes), processes=counts_of(processes), **options)

    def wants(self, name: str) -> bool:
        return not self.only or name in self.only

    @property
    def workloads(self) -> Sequence[Workload]:
        return [workload for workload in WORKLOADS if self.wants(workload.name)]


def run(plan: Plan, *, base: str | None, json: Path | None, page: Path | None) -> None:
    """Measure what the plan names and print it; with a base, compare it with that revision and do nothing else."""
    if base is not None:
        print_differences(compare(plan.workloads, base, plan.pace))
        return
    found = Run.now(seconds=plan.pace.seconds, connections=plan.pace.connections)
    try:
        measure_all(plan, found)
    finally:
        if json is not None:
            json.write_bytes(found.as_json())
    print_run(found)
    if page is not None:
        write_page(found, page)


def measure_all(plan: Plan, run: Run) -> None:
    """Measure what the plan names, and note it in the run as it is found."""
    with tempfile.TemporaryDirectory(prefix="commerce-bench-") as parent:
        folder = Path(parent) / "data"
        run.starts["of a new store, with its sample made"] = [start_and_stop(folder)]
        if plan.wants(START):
            run.starts["with databases of its own"] = [start_and_stop(folder) for _ in range(STARTS)]
        with store_in(folder) as store:
            measure_store(store, plan, run)
    with catalogs(plan) as parent:
        measure_sizes(parent, plan, run)


def measure_store(store: Store, plan: Plan, run: Run) -> None:
    if plan.catalog is not None:
        run.intake = intake(store, plan.catalog)
    asyncio.run(fill_shelves(store.database_url))
    run.products = asyncio.run(count_products(store.database_url))
    measure_starts(store, plan, run)
    if plan.workloads:
        found = measured(store, plan.workloads, plan.pace)
        run.lines = found.lines
        run.memory_bytes = {"web": found.web_memory_bytes, "worker": memory_bytes(store.worker_pid)}
    measure_starts(store, plan, run)
    if plan.shop:
        with store.web() as web:
            run.shop = run_shop(store, web, plan.pace)
    for count in plan.processes:
        run.processes.append(process_count(store, count, plan.pace))
    measure_starts(store, plan, run)
    if plan.soak_minutes:
        with store.web(**QUIET) as web:
            run.soak = soak(store, web, minutes=plan.soak_minutes, connections=plan.pace.connections)


def measure_starts(store: Store, plan: Plan, run: Run) -> None:
    if plan.wants(START):
        run.starts.setdefault(DEPLOYED, []).extend(started_beside(store) for _ in range(STARTS))


def measure_sizes(parent: Path, plan: Plan, run: Run) -> None:
    folders = [catalog_in(parent, products) for products in plan.sizes]
    for folder in folders:
        run.sizes.append(size(folder, plan.workloads, plan.pace))
    if len(folders) > 1 and plan.wants("list"):
        run.growth = growth(folders[0], folders[-1], plan.pace)


@contextmanager
def catalogs(plan: Plan) -> Iterator[Path]:
    """Where catalogs of several sizes are: a folder that stays, or one for this run alone."""
    if plan.keep is not None:
        plan.keep.mkdir(parents=True, exist_ok=True)
        yield plan.keep.absolute()
        return
    with tempfile.TemporaryDirectory(prefix="commerce-bench-") as parent:
        yield Path(parent)


def counts_of(text: str) -> Sequence[int]:
    """`1,2,4` as numbers of processes."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    if any(not word.isdigit() or not 1 <= int(word) <= MAX_PROCESSES for word in words):
        raise SettingsError(f"--processes: {text}: must be numbers from 1 to {MAX_PROCESSES} by commas, as in 1,2,4")
    return [int(word) for word in words]
