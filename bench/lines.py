"""Workloads measured by turns with the same done by hand, so that both see the same machine."""

import asyncio
import dataclasses
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from bench.client import Client
from bench.measure import Cost, Pace, Watched, cost_of, count_statements, measure, run_load, same_answers
from bench.proc import memory_bytes
from bench.results import Line
from bench.stage import UNCACHED, Store, Web, foreign_environment, limit_process
from bench.workloads import Workload, kept_query

type Measure = Callable[[], Cost]
type Beside = Callable[[Cost], Cost]
"""Measures what a workload is compared with, after the workload itself cost that."""

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

    def by_hand(_: Cost) -> Cost:
        return measure(workload, web.url, Watched.of(store, limit.pid), pace, url=limit.origin + str(workload.limit))

    def statements_alone(cost: Cost) -> Cost:
        return replay_cost(store, workload, pace, cost.seen.per_second)

    if workload.limit is not None:
        is_same = asyncio.run(same_answers(workload, web.url, limit.origin + workload.limit))
        return dataclasses.replace(_compared(workload, pace, ours, by_hand), is_same_answer=is_same)
    if workload.is_replayed:
        flat_out = median([replay_cost(store, workload, pace) for _ in range(pace.turns)])
        return dataclasses.replace(_compared(workload, pace, ours, statements_alone), flat_out=flat_out)
    cost = median([ours() for _ in range(pace.turns)])
    return Line(workload.name, workload.title, workload.requests, cost)


def _compared(workload: Workload, pace: Pace, ours: Measure, other: Beside) -> Line:
    cost, beside = middle([(cost, other(cost)) for cost in (ours() for _ in range(pace.turns))])
    return Line(workload.name, workload.title, workload.requests, cost, limit=beside)


def replay_cost(store: Store, workload: Workload, pace: Pace, per_second: float | None = None) -> Cost:
    """What the statements of purchases cost alone, of so many purchases a second or as many as can be made."""
    environment = {**foreign_environment(), **store.environment, "COMMERCE_LOG_LEVEL": "error"}
    arguments = ["bench.replay", str(pace.connections), str(pace.turn_seconds)]
    if per_second is not None:
        arguments.append(str(per_second))
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
