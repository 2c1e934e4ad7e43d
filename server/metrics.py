"""Figures for Prometheus: operations by name, what they cost, the connection pool, jobs, the event log."""

import platform
import time
from collections.abc import Awaitable, Callable, Iterable
from importlib.metadata import version
from typing import Any

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.process_collector import ProcessCollector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from persistence.statement import Pool
from server.tallies import Counts, Tallies

MAX_NAMES = 300
POINTS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000)
REASONS = {"COST_LIMIT_EXCEEDED": "cost", "RATE_LIMITED": "rate"}
"""Codes of those who asked for too much, and as which they are counted."""

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class ProcessMetrics:
    """What every process tells of itself. `before` runs at each reading, to bring gauges up to date."""

    def __init__(
        self, pool: Pool, registry: CollectorRegistry, before: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = registry
        self._before = before
        ProcessCollector(registry=registry)
        connections = Gauge(
            "commerce_pool_connections",
            "Database connections: open, idle among them, and callers that wait for one.",
            ("state",),
            registry=registry,
        )
        connections.labels("open").set_function(pool.get_size)
        connections.labels("idle").set_function(pool.get_idle_size)
        connections.labels("waiting").set_function(lambda: waiting_for(pool))
        build = Gauge("commerce_build_info", "Versions.", ("version", "python"), registry=registry)
        build.labels(version("global-commerce"), platform.python_version()).set(1)
        started = Gauge("commerce_start_time_seconds", "When this process was ready.", registry=registry)
        started.set(time.time())

    async def text(self) -> bytes:
        """What this process has to tell, in the text format of Prometheus."""
        if self._before is not None:
            await self._before()
        return generate_latest(self._registry)

    def route(self, gathered: Callable[[bytes], Awaitable[bytes]] | None = None) -> Route:
        """`/metrics`; `gathered` puts what other processes of the same port tell beside it."""

        async def metrics(_request: Request) -> Response:
            text = await self.text()
            return Response(await gathered(text) if gathered else text, media_type=CONTENT_TYPE_LATEST)

        return Route("/metrics", metrics)


class OperationMetrics:
    """GraphQL operations. Their names come from clients: behind `MAX_NAMES` all others are one."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._counts = Counts(
            "commerce_operations", "GraphQL operations answered.", ("operation", "type", "status"), registry
        )
        self._seconds = Tallies(
            "commerce_operation_seconds",
            "Time to answer a GraphQL operation.",
            ("operation", "type"),
            SECONDS,
            registry,
        )
        self._points = Tallies(
            "commerce_operation_cost",
            "Points that an operation costs by its document and variables, whether or not it was let run.",
            ("client",),
            POINTS,
            registry,
        )
        self._too_much = Counter(
            "commerce_operations_too_much",
            "Operations refused because they cost too much, or because all points of a minute are spent.",
            ("reason", "client"),
            registry=registry,
        )
        executions = Counts(
            "commerce_executions",
            "Queries and mutations by how they were run: compiled, or why graphql-core ran them.",
            ("how",),
            registry,
        )
        self.count_execution: Callable[[str], None] = executions.add
        """Told in one of a few words how an operation was run."""
        self._names: set[str] = set()

    def observe(
        self, name: str | None, kind: str, status: str, seconds: float, cost: int | None = None, client: str = ""
    ) -> None:
        """An operation, and what it costs, in points, where that is known; `client` is one of the few kinds."""
        name = name or ""
        if name not in self._names:
            name = self._bounded(name)
        self._counts.add(name, kind, status)
        self._seconds.observe(seconds, name, kind)
        if cost is not None:
            self._points.observe(cost, client)

    def observe_refusal(self, client: str, codes: Iterable[str]) -> None:
        """Counts what was refused for asking too much."""
        for reason in {REASONS[code] for code in codes if code in REASONS}:
            self._too_much.labels(reason, client).inc()

    def _bounded(self, name: str) -> str:
        if len(self._names) >= MAX_NAMES:
            return "(others)"
        self._names.add(name)
        return name


def waiting_for(pool: Any) -> int:
    """How many callers wait for a connection; asyncpg knows, and does not say."""
    queue = pool._queue  # noqa: SLF001
    return 0 if queue is None else sum(not waiter.done() for waiter in queue._getters)  # noqa: SLF001
