"""Telling of every operation that is answered: one log event, the figures, and a span when traces are on."""

import time
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from typing import Any

import structlog
from graphql import OperationType
from prometheus_client import CollectorRegistry

from domain.shared.errors import ErrorCode
from execution import (
    AdmittedOperation,
    AnswerKeeper,
    Executor,
    Fault,
    Gate,
    MakeContext,
    PersistedDocuments,
    RequestRefused,
    Result,
    Service,
    status_of,
)
from resolvers.context import Context
from server.connection import Connection
from server.logs import operation_log
from server.metrics import OperationMetrics
from server.request_ids import begin_operation, present_ids
from server.shedding import REFUSES_ALL, REFUSES_SOME, Shedding
from server.traces import Span, Traces

logger = structlog.get_logger(__name__)

MAX_NAME = 80
MAX_CODES = 5
UNKNOWN = "UNKNOWN"
"""The kind of client where a request was refused before it was found out."""

REFUSALS = frozenset(code.value for code in ErrorCode)

type Begun = tuple[float, Span | None]
"""When an operation began, by the clock of `time.perf_counter`, and its span."""


class WatchedService(Service[Connection]):
    """The service, whose operations are counted, logged and traced. Variables and answers are never told."""

    def __init__(
        self,
        executor: Executor,
        make_context: MakeContext[Connection],
        metrics: OperationMetrics,
        traces: Traces | None = None,
        *,
        persisted: PersistedDocuments | None = None,
        gate: Gate[Connection] | None = None,
        may_run_any: Callable[[Connection], bool] = lambda _: False,
        keeper: AnswerKeeper | None = None,
        shedding: Shedding | None = None,
    ) -> None:
        super().__init__(executor, make_context, persisted=persisted, gate=gate, may_run_any=may_run_any, keeper=keeper)
        self._metrics = metrics
        self._traces = traces
        self._log = operation_log()
        self._shedding = shedding or Shedding(CollectorRegistry(), most_points=0, most_seconds=0.0)

    def _waited(self, seconds: float) -> None:
        self._shedding.has_waited(seconds)

    def entered(self, connection: Connection) -> Result | None:
        if self._shedding.pressure >= REFUSES_ALL and (error := self._shedding.refusal_of_all()):
            return self._refusal(RequestRefused([error]), None, time.perf_counter())
        return super().entered(connection)

    async def _run(self, admitted: AdmittedOperation, context: Context) -> Result:
        shedding = self._shedding
        if shedding.pressure >= REFUSES_SOME and (error := shedding.refusal(admitted, context.actor)):
            return self.executor.errors.refused([error])
        points = shedding.opened(admitted)
        try:
            return await self.executor.run(admitted, context)
        finally:
            shedding.closed(points)

    async def _stream(self, admitted: AdmittedOperation, context: Context) -> AsyncGenerator[Result]:
        """Subscriptions count for nothing while they are open: mostly they wait."""
        if error := self._shedding.refusal(admitted, context.actor):
            yield self.executor.errors.refused([error])
            return
        points = self._shedding.opened(admitted) if admitted.type is not OperationType.SUBSCRIPTION else 0
        try:
            async with aclosing(super()._stream(admitted, context)) as results:
                async for result in results:
                    yield result
        finally:
            self._shedding.closed(points)

    def _begun(self, connection: Connection, admitted: AdmittedOperation) -> Begun:
        started = time.perf_counter()
        if connection.scope["type"] == "websocket":
            begin_operation()
        if self._traces is None:
            return started, None
        name, kind = admitted.name, admitted.operation.kind
        return started, self._traces.begin_operation(connection.headers, name, kind, present_ids())

    def _ended(self, connection: Connection, admitted: AdmittedOperation, result: Result | None, begun: Begun) -> None:
        operation, (started, span) = admitted.operation, begun
        name = operation.name and operation.name[:MAX_NAME]
        self._tell(name, operation.kind, result, started, span, admitted.cost, connection.client_kind or UNKNOWN)

    def _told_refused(self, result: Result, started: float) -> None:
        self._tell(None, "unknown", result, started)

    def _tell(
        self,
        name: str | None,
        kind: str,
        result: Result | None,
        started: float,
        span: Span | None = None,
        cost: int | None = None,
        client: str = UNKNOWN,
    ) -> None:
        """`result` is missing when the operation was given up before it had one; `cost`, in points, if unknown."""
        seconds = time.perf_counter() - started
        status = status_of(result)
        self._metrics.observe(name, kind, status, seconds, cost, client)
        event: dict[str, Any] = {
            "operation": name,
            "type": kind,
            "status": status,
            "milliseconds": int(seconds * 100_000) / 100,
        }
        if cost is not None:
            event["cost"], event["client"] = cost, client
        if result is not None and (result.errors or kind == "mutation") and (codes := _codes(result, kind)):
            event["codes"] = codes[:MAX_CODES]
            self._metrics.observe_refusal(client, codes)
        self._log(event)
        if span is not None:
            span.finish(status, cost=cost, client=client)


def _codes(result: Result, kind: str) -> Sequence[str]:
    """The codes of top-level errors, and of refusals in a mutation's payloads as far as they were selected."""
    codes = [error["extensions"]["code"] for error in result.errors]
    if kind == "mutation" and result.data:
        codes += _refusals(result.data)
    return codes


def _refusals(data: Mapping[str, Any]) -> Iterator[str]:
    for payload in data.values():
        errors = payload.get("errors") if isinstance(payload, dict) else None
        for error in errors if isinstance(errors, list) else ():
            # An alias may put any field under this name, so only words of the public list pass.
            if isinstance(error, dict) and (code := str(error.get("code"))) in REFUSALS:
                yield code


def log_fault(fault: Fault) -> None:
    """An exception nobody expected, with the trace id that the client was given."""
    logger.error(
        "request_failed",
        exc_info=fault.error,
        trace_id=fault.trace_id,
        operation=fault.operation_name and fault.operation_name[:MAX_NAME],
        path=".".join(map(str, fault.path)),
    )
