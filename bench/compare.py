"""Two revisions by turns, each with a store of its own: which costs less, and whether that is more than noise."""

import asyncio
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from bench.measure import Cost, Pace, Watched, measure
from bench.shelves import fill_shelves
from bench.stage import HERE, UNCACHED, Code, Store, Web, command_output, start_and_stop, store_in
from bench.workloads import Workload
from server.settings import SettingsError

TURNS = 5
"""How often each revision takes its turn; the first of each only warms up."""


@dataclass(frozen=True, slots=True)
class Difference:
    """CPU of web process and PostgreSQL for one request, in milliseconds, turn by turn."""

    title: str
    base: Sequence[float]
    present: Sequence[float]

    @property
    def ratios(self) -> Sequence[float]:
        """The present over the base, the smallest first; two turns that followed one another make one."""
        return sorted(ours / theirs for ours, theirs in zip(self.present, self.base, strict=True) if theirs)

    @property
    def is_noise(self) -> bool:
        """Whether some turns say that it costs more and others that it costs less."""
        ratios = self.ratios
        return not ratios or ratios[0] <= 1 <= ratios[-1]


def compare(workloads: Sequence[Workload], base: str, pace: Pace) -> Sequence[Difference]:
    """This checkout beside another revision of it; SettingsError if there is none of that name."""
    with ExitStack() as stack:
        parent = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="commerce-bench-")))
        other = stack.enter_context(checked_out(base, parent / "base"))
        pairs = []
        for name, code in (("store-of-base", other), ("store", HERE)):
            start_and_stop(parent / name, code)
            store = stack.enter_context(store_in(parent / name, code))
            asyncio.run(fill_shelves(store.database_url))
            pairs.append((store, stack.enter_context(store.web(**UNCACHED))))
        base_pair, present = pairs
        return [_difference(workload, base_pair, present, pace) for workload in workloads]


def _difference(workload: Workload, base: tuple[Store, Web], present: tuple[Store, Web], pace: Pace) -> Difference:
    taken: tuple[list[float], list[float]] = [], []
    turn = Pace(pace.seconds, pace.connections, TURNS)
    for _ in range(TURNS):
        for costs, (store, web) in zip(taken, (base, present), strict=True):
            costs.append(_together(measure(workload, web.url, Watched.of(store, web.pid), turn, url=web.url)))
    return Difference(workload.title, taken[0][1:], taken[1][1:])


def _together(cost: Cost) -> float:
    return cost.web_cpu_milliseconds + cost.postgres_cpu_milliseconds


@contextmanager
def checked_out(revision: str, folder: Path) -> Iterator[Code]:
    """The revision in a worktree of its own, with an environment of its own where it pins other versions."""
    try:
        command_output("git", "-C", str(HERE.root), "worktree", "add", "--detach", str(folder), revision)
    except subprocess.CalledProcessError as error:
        raise SettingsError(f"--compare: {revision}: {error.stderr.strip().splitlines()[-1]}") from None
    except OSError:
        raise SettingsError("--compare: needs git") from None
    try:
        yield Code(folder, _interpreter(folder))
    finally:
        command_output("git", "-C", str(HERE.root), "worktree", "remove", "--force", str(folder))


def _interpreter(folder: Path) -> str:
    locks = [(root / "requirements.lock").read_text() for root in (HERE.root, folder)]
    if locks[0] == locks[1]:
        return sys.executable
    own = folder / ".venv"
    venv.create(own, with_pip=True)
    python = str(own / "bin" / "python")
    command_output(python, "-m", "pip", "install", "--quiet", "-r", str(folder / "requirements.lock"))
    return python


def print_differences(differences: Sequence[Difference]) -> None:
    table = Table("operation", "base, CPU ms", "present, CPU ms", "ratio", "spread", "")
    for each in differences:
        ratios = each.ratios
        told = "within noise" if each.is_noise else "less" if ratios[-1] < 1 else "more"
        spread = f"{ratios[0]:.2f} to {ratios[-1]:.2f}" if ratios else ""
        figures = (median(each.base), median(each.present), median(ratios) if ratios else 0.0)
        table.add_row(each.title, *(f"{value:.2f}" for value in figures), spread, told)
    table.caption = "CPU of web process and PostgreSQL together for one request; by turns, medians."
    Console(width=None if sys.stdout.isatty() else 120).print(table)
