"""The page about settings, made of their descriptions: `python -m server.settings_page` writes it."""

from pathlib import Path

from server.settings import table

PAGE = Path(__file__).parent.parent / "docs" / "configuration.md"

TEXT = """# Configuration

Every setting is an environment variable, read once at start. A wrong one ends the start with one line that says which
it is and why. One that is empty counts as not set.

{table}
Traces follow OpenTelemetry's own variables too: `OTEL_EXPORTER_OTLP_ENDPOINT` (`http://127.0.0.1:4318` without it),
`OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_SERVICE_NAME` (`global-commerce`), `OTEL_TRACES_SAMPLER`. They need the packages of
the extra `otel`: `pip install 'global-commerce[otel]'`.

## What is told

**Logs** go to standard error, one event a line, as JSON unless that is a terminal. Each answered operation is one
event, `operation_answered`, with its name, type, status, milliseconds, error codes, `request_id` and `trace_id`. In
JSON such events leave together, five milliseconds after the first of them: a process that is killed may owe the last.
Variables, answers, addresses, emails and tokens are never logged; of an unexpected exception its kind and the places in
the code are, but not its words where they may quote what was sent.

**One id** leads through all of it. `X-Request-Id` of a request (letters, digits and `._:/+=-`, at most 128) is said
again in the answer; without one it is made. A masked error names it in `extensions.traceId`. With traces on, `trace_id`
is the trace's own id, within the caller's trace if `traceparent` names one, and a request without an id takes it as its
id. On a WebSocket each operation has a `trace_id` of its own.

**Metrics** are at `/metrics` for Prometheus. Where several processes serve on one port, any of them tells what all have
counted, each with the label `process`: sum over it. A worker answers there, and at the two addresses below, on
`COMMERCE_WORKER_PORT`.

| metric | labels | |
| --- | --- | --- |
| `commerce_operations_total` | `operation`, `type`, `status` | `status` is `ok`, `errors`, `refused` or `canceled` |
| `commerce_operation_seconds` | `operation`, `type` | a histogram |
| `commerce_executions_total` | `how` | `compiled`, or why not: `first_use`, `unusual`, `introspection`, ... |
| `commerce_operations_shed_total` | `rank` | refused under [overload](deploying.md#overload): `guest_read`, ... |
| `commerce_pressure` | | 0 at rest; from 1 on some operations are refused, from 8 on all |
| `commerce_pool_connections` | `state` | `open`, `idle`; callers `waiting` for one |
| `commerce_build_info`, `commerce_start_time_seconds` | `version`, `python` | |
| `commerce_search_answers_total` | `by` | `engine`, or `stand_in`: PostgreSQL [in its stead](searching.md) |
| `commerce_jobs_total`, `commerce_job_seconds` | `job`, `status` | of a worker |
| `commerce_events_unplaced`, `commerce_events_oldest_seconds` | | of a worker: how far the event log lags behind |
| `commerce_reservations` | `state` | of a worker: `held`; `expired` and not yet released |
| `commerce_webhook_attempts_total`, `commerce_webhook_attempt_seconds` | `outcome` | of a worker |
| `commerce_webhook_deliveries`, `commerce_webhooks_paused` | | of a worker: what waits, and webhooks that are paused |
| `commerce_webhook_oldest_due_seconds` | | of a worker: how long the oldest webhook waits to be served |
| `commerce_backlog_up` | | of a worker: whether the last two could be read |

**Health**: `/health/live` answers 200 while the process runs. `/health/ready` answers 200 while requests would be
served and 503 otherwise: migrations are missing, the database cannot be reached, no connection of the pool is to be had
within two seconds, the process is stopping, or another one of the same port is not ready. A lost Redis is told there,
and is no reason.

**Stopping**: on SIGTERM a web process takes no new connections, ends its subscriptions, lets requests finish for
`COMMERCE_DRAIN_SECONDS`, and exits with 0.
"""


def page() -> str:
    """What `docs/configuration.md` has to say."""
    return TEXT.format(table=table())


if __name__ == "__main__":
    PAGE.write_text(page())
