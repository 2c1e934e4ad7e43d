"""Traces by OpenTelemetry, sent by OTLP over HTTP. Needs the extra `otel`; imported only when traces are on.

Spans name what was done: operations, statements by their first words, calls of the gateway, jobs. They carry no
parameters, variables or answers.
"""

import os
import re
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from importlib.metadata import version
from inspect import iscoroutinefunction
from typing import Any, cast

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from domain.payments.ports import PaymentGateway
from server.request_ids import RequestIds

SERVICE = "global-commerce"
FLUSH_MILLISECONDS = 3000
MAX_NAME = 80
MAX_STATEMENTS = 1024
_VERB = re.compile(r"(\w+)")
_TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE)\s+\"?(\w+)")


class OpenTelemetry:
    """Implements `server.traces.Traces`. Where spans go is said by the standard variables, `OTEL_...`."""

    def __init__(self) -> None:
        name = os.environ.get("OTEL_SERVICE_NAME", SERVICE)
        release = version(SERVICE)
        self._provider = TracerProvider(resource=Resource.create({"service.name": name, "service.version": release}))
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer(SERVICE, release)
        self._propagator = TraceContextTextMapPropagator()

    def begin_operation(
        self, headers: Mapping[str, str], name: str | None, kind: str, ids: RequestIds | None
    ) -> "OperationSpan":
        parent = self._propagator.extract(headers)
        title = f"{kind} {name[:MAX_NAME]}" if name else kind
        attributes = {"graphql.operation.type": kind, "graphql.operation.name": (name or "")[:MAX_NAME]}
        span = self._tracer.start_span(title, parent, SpanKind.SERVER, attributes)
        # Never detached: it ends with the task, and a stream may be closed by another one.
        otel_context.attach(trace.set_span_in_context(span, parent))
        if ids is not None:
            ids.name_trace(trace.format_trace_id(span.get_span_context().trace_id))
            span.set_attribute("commerce.request_id", ids.request_id)
        return OperationSpan(span)

    @contextmanager
    def during(self, name: str, **attributes: Any) -> Iterator[None]:
        with self._tracer.start_as_current_span(
            name, attributes=attributes, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            except BaseException as error:
                span.set_status(Status(StatusCode.ERROR, type(error).__name__))
                raise

    @property
    def on_statement(self) -> Callable[[Any], None]:
        return self._statement

    def _statement(self, record: Any) -> None:
        """asyncpg tells of a statement once it has ended, in the context of the task that ran it."""
        if not trace.get_current_span().get_span_context().is_valid:
            return
        ended = time.time_ns()
        name = first_words(record.query)
        span = self._tracer.start_span(
            name,
            kind=SpanKind.CLIENT,
            attributes={"db.system.name": "postgresql", "db.query.summary": name},
            start_time=ended - int(record.elapsed * 1e9),
        )
        if record.exception is not None:
            span.set_status(Status(StatusCode.ERROR, type(record.exception).__name__))
        span.end(ended)

    def gateway(self, gateway: PaymentGateway) -> PaymentGateway:
        return cast("PaymentGateway", TracedGateway(gateway, self))

    def close(self) -> None:
        self._provider.force_flush(FLUSH_MILLISECONDS)
        self._provider.shutdown()


class OperationSpan:
    def __init__(self, span: trace.Span) -> None:
        self._span = span

    def finish(self, status: str, *, cost: int | None, client: str) -> None:
        self._span.set_attributes({"commerce.status": status, "commerce.client": client})
        if cost is not None:
            self._span.set_attribute("commerce.cost", cost)
        if status == "errors":
            self._span.set_status(Status(StatusCode.ERROR))
        self._span.end()


class TracedGateway:
    """A gateway with a span for each call that leaves this process."""

    def __init__(self, gateway: PaymentGateway, traces: OpenTelemetry) -> None:
        self._gateway = gateway
        self._traces = traces
        self.name = gateway.name

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._gateway, name)
        return self._traced(name, found) if iscoroutinefunction(found) else found

    def _traced(self, name: str, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def traced(*arguments: Any, **named: Any) -> Any:
            with self._traces.during(f"gateway {name}", gateway=self.name):
                return await call(*arguments, **named)

        return traced


@lru_cache(MAX_STATEMENTS)
def first_words(sql: str) -> str:
    """`SELECT product`: what a statement does, and to which table first."""
    verb, table = _VERB.search(sql), _TABLE.search(sql)
    return " ".join(found[1] for found in (verb, table) if found) or "statement"
