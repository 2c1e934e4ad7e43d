"""Telling of every operation that is answered: one log event, the figures, and a span when traces are on."""

import time
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Literal, NamedTuple

import structlog
from graphql import OperationType
from prometheus_client import CollectorRegistry
from starlette.requests import HTTPConnection

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
)
from resolvers.context import Context
from server.allowance import kind_on
from server.metrics import OperationMetrics
from server.request_ids import begin_operation, present_ids
from server.shedding import Shedding
from server.traces import Span, Traces

logger = structlog.get_logger(__name__)

MAX_NAME = 80
MAX_CODES = 5
UNKNOWN = "UNKNOWN"
"""The kind of client where a request was refused before it was found out."""

REFUSALS = frozenset(code.value for code in ErrorCode)

Status = Literal["ok", "errors", "refused"]


class WatchedService(Service[HTTPConnection]):
    """The service, whose operations are counted, logged and traced. Variables and answers are never told."""

    def __init__(
        self,
        executor: Executor,
        make_context: MakeContext[HTTPConnection],
        metrics: OperationMetrics,
        traces: Traces | None = None,
        *,
        persisted: PersistedDocuments | None = None,
        gate: Gate[HTTPConnection] | None = None,
        may_run_any: Callable[[HTTPConnection], bool] = lambda _: False,
        keeper: AnswerKeeper | None = None,
        shedding: Shedding | None = None,
    ) -> None:
        super().__init__(executor, make_context, persisted=persisted, gate=gate, may_run_any=may_run_any, keeper=keeper)
        self._metrics = metrics
        self._traces = traces
        self._shedding = shedding or Shedding(CollectorRegistry(), most_points=0, most_seconds=0.0)

    async def turn(self) -> None:
        began = time.perf_counter()
        await super().turn()
        self._shedding.has_waited(time.perf_counter() - began)

    def entered(self, connection: HTTPConnection) -> Result | None:
        if error := self._shedding.refusal_of_all():
            return self._refusal(RequestRefused([error]), None, time.perf_counter())
        return super().entered(connection)

    async def _run(self, admitted: AdmittedOperation, context: Context) -> Result:
        if error := self._shedding.refusal(admitted, context.actor):
            return self.executor.errors.refused([error])
        points = self._shedding.opened(admitted)
        try:
            return await super()._run(admitted, context)
        finally:
            self._shedding.closed(points)

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

    def _told_refused(self, result: Result, started: float) -> None:
        self._tell(Answered(None, "unknown"), result, started)

    async def answer(self, connection: HTTPConnection, admitted: AdmittedOperation) -> Result:
        started = time.perf_counter()
        span = self._begin(connection, admitted)
        result: Result | None = None
        try:
            result = await super().answer(connection, admitted)
        finally:
            self._tell(_answered(connection, admitted), result, started, span)
        return result

    async def stream(self, connection: HTTPConnection, admitted: AdmittedOperation) -> AsyncGenerator[Result]:
        """One event when the stream ends, with the first answer that had errors, if any had."""
        started = time.perf_counter()
        if connection.scope["type"] == "websocket":
            begin_operation()
        span = self._begin(connection, admitted)
        telling: Result | None = None
        try:
            async with aclosing(super().stream(connection, admitted)) as results:
                async for result in results:
                    telling = telling if telling is not None and telling.errors else result
                    yield result
        finally:
            self._tell(_answered(connection, admitted), telling, started, span)

    def _begin(self, connection: HTTPConnection, admitted: AdmittedOperation) -> Span | None:
        if self._traces is None:
            return None
        return self._traces.begin_operation(connection.headers, admitted.name, admitted.type.value, present_ids())

    def _tell(self, answered: "Answered", result: Result | None, started: float, span: Span | None = None) -> None:
        """`result` is missing when the operation was given up before it had one."""
        seconds = time.perf_counter() - started
        status = _status(result) if result else "canceled"
        name, kind, cost, client = answered
        self._metrics.observe(name, kind, status, seconds)
        fields: dict[str, Any] = {
            "operation": name,
            "type": kind,
            "status": status,
            "milliseconds": round(seconds * 1000, 2),
        }
        if cost is not None:
            self._metrics.observe_cost(client, cost)
            fields["cost"] = cost
            fields["client"] = client
        if result is not None and (codes := _codes(result, kind)):
            fields["codes"] = codes[:MAX_CODES]
            self._metrics.observe_refusal(client, codes)
        logger.info("operation_answered", **fields)
        if span is not None:
            span.finish(status, cost=cost, client=client)


class Answered(NamedTuple):
    """What is told of an operation beside its outcome; `cost` is in points, None where nothing is known."""

    name: str | None
    type: str
    cost: int | None = None
    client: str = UNKNOWN


def _answered(connection: HTTPConnection, admitted: AdmittedOperation) -> Answered:
    name = admitted.name and admitted.name[:MAX_NAME]
    return Answered(name, admitted.type.value, admitted.cost, kind_on(connection) or UNKNOWN)


def _status(result: Result) -> Status:
    if not result.errors:
        return "ok"
    return "errors" if result.executed else "refused"


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
