"""What the measurements are meant to show: each figure of a run beside its aim."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.results import Line, Run
from bench.stage import median_start

type Figure = Callable[[Run], float | None]

TIMES = "×"  # noqa: RUF001 - the sign itself
"""The unit of a ratio: CPU over the CPU of what is compared with."""

SEARCH_PRODUCTS = 20_000
"""The size of catalog that the aim of search speaks of."""

DEPLOYED = "with the databases running, as in a deployment"
"""What that start is called."""


@dataclass(frozen=True, slots=True)
class Aim:
    """`figure` finds what was measured, None if it was not; at most `at_most` of `unit` is good.

    `name` is that of the workload, `short` what a plot has room for.
    """

    name: str
    short: str
    title: str
    at_most: float
    unit: str
    figure: Figure


@dataclass(frozen=True, slots=True)
class Shown:
    """An aim and what was found. `is_doubtful`: what was compared did not give the same bytes."""

    aim: Aim
    title: str
    figure: float
    is_doubtful: bool

    @property
    def is_met(self) -> bool:
        return self.figure <= self.aim.at_most and not self.is_doubtful


def shown(run: Run) -> Sequence[Shown]:
    """Every aim that something was measured for."""
    searches = [line for _, line in _of_search(run)]
    doubtful = {line.name for line in (*run.lines, *searches) if line.is_same_answer is False}
    figures = [(aim, aim.figure(run)) for aim in AIMS]
    return [
        Shown(aim, f"{aim.title}{_said(aim, run)}", figure, aim.name in doubtful)
        for aim, figure in figures
        if figure is not None
    ]


def _said(aim: Aim, run: Run) -> str:
    """How many products a figure is of, where the aim speaks of a number."""
    if aim.name == "search":
        return "".join(f": {products:,} products" for products, _ in _of_search(run))
    if aim.name == "growth" and run.growth is not None:
        return f": {run.growth.large_products:,} against {run.growth.small_products:,} products"
    return ""


def _web(name: str) -> Figure:
    def found(run: Run) -> float | None:
        line = run.line(name)
        return None if line is None else line.web_ratio

    return found


def _checkout(run: Run) -> float | None:
    line = run.line("checkout")
    return None if line is None else line.whole_ratio


def _statements(run: Run) -> float | None:
    line = run.line("list")
    return None if line is None else line.statements


def _search(run: Run) -> float | None:
    return next((line.whole_ratio for _, line in _of_search(run)), None)


def _of_search(run: Run) -> Sequence[tuple[int, Line]]:
    """Search in the catalog of that size, or in the one nearest to it, with its number of products."""
    sizes = [(size.products, line) for size in run.sizes for line in size.lines if line.name == "search"]
    if line := run.line("search"):
        sizes.append((run.products, line))
    return sorted(sizes, key=lambda size: abs(size[0] - SEARCH_PRODUCTS))[:1]


def _growth(run: Run) -> float | None:
    return None if run.growth is None else run.growth.web_ratio


def _start(run: Run) -> float | None:
    starts = run.starts.get(DEPLOYED)
    return None if starts is None else median_start(starts).seconds


def _memory(run: Run) -> float | None:
    size = run.memory_bytes.get("web")
    return None if size is None else size / 2**20


def _soak(run: Run) -> float | None:
    return None if run.soak is None else run.soak.ratio


AIMS = (
    Aim("list", "list page", "list page of 20 products, uncached, against by hand", 2.0, TIMES, _web("list")),
    Aim("list", "statements", "list page of 20 products: statements", 4, "", _statements),
    Aim("product", "product page", "product page, uncached, against by hand", 2.0, TIMES, _web("product")),
    Aim(
        "search",
        "search with facets",
        "search with facets, against by hand, with PostgreSQL",
        1.5,
        TIMES,
        _search,
    ),
    Aim("typename", "{ __typename }", "{ __typename } against a bare ASGI answer", 2.0, TIMES, _web("typename")),
    Aim(
        "kept", "persisted GET", "persisted GET against a bare ASGI answer of the same bytes", 1.5, TIMES, _web("kept")
    ),
    Aim(
        "checkout",
        "whole checkout",
        "whole checkout against its statements alone, as many a second, with PostgreSQL",
        2.0,
        TIMES,
        _checkout,
    ),
    Aim(
        "growth",
        "largest catalog, list page",
        "list page, largest catalog against smallest",
        1.2,
        TIMES,
        _growth,
    ),
    Aim("start", "start", "start to first answer", 1.5, "s", _start),
    Aim("memory", "memory", "memory of a web process, without kept answers", 150, "MB", _memory),
    Aim(
        "soak",
        "memory over time",
        "memory at the end of a long load against that after five minutes",
        1.05,
        TIMES,
        _soak,
    ),
)
