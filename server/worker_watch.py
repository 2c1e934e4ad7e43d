"""How a worker is watched: figures and spans of its jobs, and a small port of its own for health and metrics."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Generator

import asyncpg
import uvicorn
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.applications import Starlette

from persistence.statement import Pool
from server.health import health_routes
from server.listening import listening_socket
from server.metrics import ProcessMetrics
from server.wiring import Parts

READ_SECONDS = 2.0
MAX_COUNTED = 100_000
JOB_SECONDS = (0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 60.0)

_BACKLOG = f"""
SELECT (SELECT count(*) FROM (SELECT FROM event WHERE position IS NULL LIMIT {MAX_COUNTED}) AS unplaced) AS unplaced,
    coalesce((SELECT extract(epoch FROM now() - min(recorded_at)) FROM event WHERE position IS NULL), 0)::float8 AS age,
    (SELECT count(*) FROM (SELECT FROM reservation WHERE expires_at > now() LIMIT {MAX_COUNTED}) AS held) AS held,
    (SELECT count(*) FROM (SELECT FROM reservation WHERE expires_at <= now() LIMIT {MAX_COUNTED}) AS past) AS expired,
    (SELECT count(*) FROM (SELECT FROM queue.pgqueuer WHERE status = 'queued' AND execute_after <= now()
        LIMIT {MAX_COUNTED}) AS due) AS due,
    (SELECT count(*) FROM queue.pgqueuer WHERE status = 'failed') AS parked,
    (SELECT count(*) FROM (SELECT FROM webhook_delivery WHERE state = 'WAITING' LIMIT {MAX_COUNTED}) AS waiting)
        AS deliveries,
    coalesce((SELECT extract(epoch FROM now() - min(due_at)) FROM webhook
        WHERE state = 'ENABLED' AND due_at <= now() AND held_until <= now()), 0)::float8 AS deliveries_age,
    (SELECT count(*) FROM webhook WHERE state = 'PAUSED') AS paused
"""  # noqa: S608 - made of constants


class JobWatch:
    """Runs jobs, and tells how often, how long and how they ended."""

    def __init__(self, parts: Parts, registry: CollectorRegistry) -> None:
        self._traces = parts.traces
        self._runs = Counter("commerce_jobs", "Runs of jobs.", ("job", "status"), registry=registry)
        self._seconds = Histogram(
            "commerce_job_seconds", "Time of one run of a job.", ("job",), buckets=JOB_SECONDS, registry=registry
        )

        self._attempts = Counter(
            "commerce_webhook_attempts", "Requests to receivers of webhooks.", ("outcome",), registry=registry
        )
        self._attempt_seconds = Histogram(
            "commerce_webhook_attempt_seconds", "Time of one such request.", buckets=JOB_SECONDS, registry=registry
        )

    def attempted(self, outcome: str, seconds: float) -> None:
        """Count a request to a receiver of webhooks."""
        self._attempts.labels(outcome).inc()
        self._attempt_seconds.observe(seconds)

    async def run[T](self, name: str, job: Callable[[], Awaitable[T]]) -> T:
        """What the job answers, within a span of its own when traces are on; what it raises passes."""
        started, status = time.perf_counter(), "failed"
        try:
            with self._traces.during(f"job {name}") if self._traces else contextlib.nullcontext():
                outcome = await job()
            status = "ok"
        finally:
            self._runs.labels(name, status).inc()
            self._seconds.labels(name).observe(time.perf_counter() - started)
        return outcome


class Backlog:
    """What waits for the workers, read from the database when it is asked for."""

    def __init__(self, pool: Pool, registry: CollectorRegistry) -> None:
        self._pool = pool
        self._unplaced = Gauge("commerce_events_unplaced", "Events not in the log yet.", registry=registry)
        self._age = Gauge("commerce_events_oldest_seconds", "Age of the oldest one of them.", registry=registry)
        self._reservations = Gauge(
            "commerce_reservations",
            "Holds on stock: held, and expired but not released.",
            ("state",),
            registry=registry,
        )
        self._jobs = Gauge(
            "commerce_queued_jobs", "Jobs: due and not taken yet, and parked.", ("state",), registry=registry
        )
        self._deliveries = Gauge(
            "commerce_webhook_deliveries", "Deliveries that wait, to webhooks that are paused too.", registry=registry
        )
        self._deliveries_age = Gauge(
            "commerce_webhook_oldest_due_seconds", "How long the oldest webhook waits to be served.", registry=registry
        )
        self._paused = Gauge("commerce_webhooks_paused", "Webhooks that are paused.", registry=registry)
        self._is_known = Gauge("commerce_backlog_up", "Whether these could be read just now.", registry=registry)

    async def read(self) -> None:
        try:
            row = await asyncio.wait_for(self._pool.fetchrow(_BACKLOG), READ_SECONDS)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            self._is_known.set(0)
            return
        assert row is not None
        self._is_known.set(1)
        self._unplaced.set(row["unplaced"])
        self._age.set(row["age"])
        self._reservations.labels("held").set(row["held"])
        self._reservations.labels("expired").set(row["expired"])
        self._jobs.labels("due").set(row["due"])
        self._jobs.labels("parked").set(row["parked"])
        self._deliveries.set(row["deliveries"])
        self._deliveries_age.set(row["deliveries_age"])
        self._paused.set(row["paused"])


@contextlib.asynccontextmanager
async def watched(parts: Parts, is_stopping: Callable[[], bool]) -> AsyncIterator[JobWatch]:
    """The watch of this worker's jobs; with `COMMERCE_WORKER_PORT` it also answers there while the block lasts."""
    registry = CollectorRegistry()
    backlog = Backlog(parts.pool, registry)
    metrics = ProcessMetrics(parts.pool, registry, before=backlog.read)
    watch = JobWatch(parts, registry)
    port = parts.settings.commerce_worker_port
    if port is None:
        yield watch
        return
    app = Starlette(routes=[*health_routes(parts, is_stopping), metrics.route()])
    with listening_socket(parts.settings.host, port) as listener:
        server = QuietServer(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
        serving = asyncio.create_task(server.serve([listener]))
        try:
            yield watch
        finally:
            server.should_exit = True
            await serving


class QuietServer(uvicorn.Server):
    """uvicorn that leaves signals to the process it is a guest of."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield
