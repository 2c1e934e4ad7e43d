"""Workloads measured by turns with the same done by hand, so that both see the same machine."""

import asyncio
import dataclasses
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial

from bench.client import Client
from bench.measure import Cost, Pace, Watched, cost_of, count_statements, measure, run_load, same_answers
from bench.proc import memory_bytes
from bench.results import Line
from bench.stage import UNCACHED, Store, Web, foreign_environment, limit_process
from bench.workloads import Workload, kept_query

type Measure = Callable[[], Cost]

KEPT = "kept"
"""The workload whose answers may come from the response cache."""


@dataclasses.dataclass(frozen=True, slots=True)
class Measured:
    """Workloads, and the bytes that the process held that had served most of them."""

    lines: list[Line]
    web_memory_bytes: int


def measured(store: Store, workloads: Sequence[Workload], pace: Pace, *, counts: bool = True) -> Measured:
    """Each workload on the store, uncached but for the one that is of the cache, and beside the limit if there is one.

    `counts`: also how many statements each takes that is computed.
    """
    to_count = [workload for workload in workloads if counts and workload.name != KEPT]
    statements = count_statements(to_count, store.environment, store.folder) if to_count else {}
    with ExitStack() as stack:
        uncached = stack.enter_context(store.web(**UNCACHED))
        caching = stack.enter_context(store.web())
        query = asyncio.run(_kept_query(caching))
        process = stack.enter_context(limit_process(store.environment, store.folder, f"{caching.url}?{query}"))
        limit = process.origin()
        found = []
        for workload in workloads:
            web = caching if workload.name == KEPT else uncached
            line = _line(store, web, workload, pace, Web(limit, process.pid))
            found.append(dataclasses.replace(line, statements=statements.get(workload.name)))
        return Measured(found, memory_bytes(uncached.pid))


async def _kept_query(web: Web) -> str:
    client = Client(web.url)
    query = await kept_query(client)
    client.close()
    return query


def _line(store: Store, web: Web, workload: Workload, pace: Pace, limit: Web) -> Line:
    def ours() -> Cost:
        return measure(workload, web.url, Watched.of(store, web.pid), pace, url=web.url)

    def by_hand() -> Cost:
        return measure(workload, web.url, Watched.of(store, limit.pid), pace, url=limit.origin + str(workload.limit))

    other, is_same = None, None
    if workload.limit is not None:
        is_same = asyncio.run(same_answers(workload, web.url, limit.origin + workload.limit))
        other = by_hand
    elif workload.is_replayed:
        other = partial(replay_cost, store, workload, pace)
    return _compared(workload, pace, ours, other, is_same=is_same)


def _compared(workload: Workload, pace: Pace, ours: Measure, other: Measure | None, *, is_same: bool | None) -> Line:
    about = (workload.name, workload.title, workload.requests)
    if other is None:
        return Line(*about, median([ours() for _ in range(pace.turns)]), None, None, is_same)
    cost, beside = middle([(ours(), other()) for _ in range(pace.turns)])
    return Line(*about, cost, None, beside, is_same)


def replay_cost(store: Store, workload: Workload, pace: Pace) -> Cost:
    """What the statements of purchases cost alone."""
    environment = {**foreign_environment(), **store.environment, "COMMERCE_LOG_LEVEL": "error"}
    arguments = ["bench.replay", str(pace.connections), str(pace.turn_seconds)]
    return cost_of(run_load(arguments, Watched.of(store, None), environment), workload.requests)


def median(costs: Sequence[Cost]) -> Cost:
    """The one in the middle by CPU of the web process and PostgreSQL."""
    return sorted(costs, key=_whole)[len(costs) // 2]


def middle(turns: Sequence[tuple[Cost, Cost]]) -> tuple[Cost, Cost]:
    """Of two things measured one after the other, time and again: the turn in the middle by the first over the second.

    A shared machine is now faster and now slower for some seconds: what was measured together is compared together.
    """
    return sorted(turns, key=lambda turn: _whole(turn[0]) / _whole(turn[1]))[len(turns) // 2]


def _whole(cost: Cost) -> float:
    return cost.web_cpu_milliseconds + cost.postgres_cpu_milliseconds
