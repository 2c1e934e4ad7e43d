"""Runs as they could have been."""

from dataclasses import replace
from typing import Any

from bench.load import seen
from bench.measure import Cost
from bench.results import Line, Machine, Run, Versions

MACHINE = Machine("Some Processor", 2, 8.0, "Linux", 0.5)
VERSIONS = Versions("1234abc", "3.13.0", "18.1", "9.0.0", {"orjson": "3.11.0"})


def make_run(**parts: Any) -> Run:
    return Run(MACHINE, VERSIONS, "2026-01-02", 3.0, 8, 120, **parts)


def make_cost(web: float = 1.0, postgres: float = 0.5, worker: float = 0.25) -> Cost:
    return Cost(seen([1.0, 2.0], 1.0), 2.0, web, postgres, worker)


def make_line(name: str = "list", **changes: Any) -> Line:
    return replace(Line(name, f"the {name}", 1, make_cost(), 4), **changes)
