"""Figures for Prometheus: operations by name, the connection pool, the event log."""

import time

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.wiring import Parts

MAX_NAMES = 500
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The figures of one process. Operation names come from clients: behind `MAX_NAMES` the others are one."""

    def __init__(self, parts: Parts) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        labels = ("operation", "type", "status")
        self._seconds = Histogram(
            "commerce_operation_seconds",
            "Time to answer a GraphQL operation.",
            labels,
            buckets=SECONDS,
            registry=self._registry,
        )
        self._operations = Counter(
            "commerce_operations", "GraphQL operations answered.", labels, registry=self._registry
        )
        pool = Gauge("commerce_pool_connections", "Database connections.", ("state",), registry=self._registry)
        pool.labels("open").set_function(parts.pool.get_size)
        pool.labels("idle").set_function(parts.pool.get_idle_size)
        started = Gauge("commerce_start_time_seconds", "When this process was ready.", registry=self._registry)
        started.set(time.time())
        self._names: set[str] = set()

    def observe(self, name: str | None, kind: str, status: str, seconds: float) -> None:
        labels = (self._bounded(name), kind, status)
        self._seconds.labels(*labels).observe(seconds)
        self._operations.labels(*labels).inc()

    def _bounded(self, name: str | None) -> str:
        if name is None:
            return ""
        if name not in self._names:
            if len(self._names) >= MAX_NAMES:
                return "(others)"
            self._names.add(name)
        return name

    def route(self) -> Route:
        async def metrics(_request: Request) -> Response:
            return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)

        return Route("/metrics", metrics)
