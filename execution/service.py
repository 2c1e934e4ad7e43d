"""One operation from request to answer, the same for every transport: context, execution, closing, measuring."""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any, Literal

from graphql import GraphQLError

from execution.errors import RequestErrorCode, RequestRefused, coded
from execution.executor import AdmittedOperation, Executor
from execution.responses import Result

type MakeContext[Connection] = Callable[[Connection, AdmittedOperation], Awaitable[Any]]
"""Makes what resolvers see as `info.context`; raises a GraphQLError with a code to refuse the request."""

Status = Literal["ok", "errors", "refused"]
type Observe = Callable[[str | None, str, Status, float], None]
"""Told of every operation when it ends: name, type, status and seconds; a refused document is of type "unknown"."""


class Service[Connection]:
    """Answers admitted operations. A context that has a `close` coroutine is closed when its operation ends."""

    def __init__(
        self, executor: Executor, make_context: MakeContext[Connection], observe: Observe | None = None
    ) -> None:
        self.executor = executor
        self._make_context = make_context
        self._observe = observe

    def admit(
        self, text: str, variables: Mapping[str, Any] | None, operation_name: str | None
    ) -> AdmittedOperation | Result:
        """The operation to run, or the answer that says why it cannot. Never raises."""
        started = time.perf_counter()
        errors = self.executor.errors
        try:
            return self.executor.admit(text, variables, operation_name)
        except RequestRefused as refused:
            result = errors.refused(refused.errors)
        except Exception as error:  # noqa: BLE001 - the edge where faults are masked
            result = errors.failed(error, operation_name, executed=False)
        if self._observe:
            self._observe(None, "unknown", "refused", time.perf_counter() - started)
        return result

    async def answer(self, connection: Connection, admitted: AdmittedOperation) -> Result:
        """The answer to a query or mutation. Never raises but for cancellation."""
        started = time.perf_counter()
        context, refused = await self._context(connection, admitted)
        if refused:
            self._told(admitted, "refused", started)
            return refused
        try:
            result = await self.executor.run(admitted, context)
        finally:
            await self._close(context, admitted)
        self._told(admitted, _status(result), started)
        return result

    async def stream(self, connection: Connection, admitted: AdmittedOperation) -> AsyncGenerator[Result]:
        """The answers to any operation, one after another; close the stream to end a subscription early."""
        started = time.perf_counter()
        context, refused = await self._context(connection, admitted)
        if refused:
            self._told(admitted, "refused", started)
            yield refused
            return
        status: Status = "ok"
        try:
            async with aclosing(self.executor.stream(admitted, context)) as results:
                async for result in results:
                    status = _status(result) if status == "ok" else status
                    yield result
        finally:
            await self._close(context, admitted)
            self._told(admitted, status, started)

    async def _context(self, connection: Connection, admitted: AdmittedOperation) -> tuple[Any, Result | None]:
        errors = self.executor.errors
        try:
            return await self._make_context(connection, admitted), None
        except GraphQLError as error:
            return None, errors.refused([coded(error, RequestErrorCode.BAD_USER_INPUT)])
        except Exception as error:  # noqa: BLE001 - the edge where faults are masked
            return None, errors.failed(error, admitted.name, executed=False)

    async def _close(self, context: Any, admitted: AdmittedOperation) -> None:
        """Close the context; if that fails, it is reported, and the answer stands."""
        if close := getattr(context, "close", None):
            try:
                await close()
            except Exception as error:  # noqa: BLE001 - the edge where faults are masked
                self.executor.errors.failed(error, admitted.name, executed=True)

    def _told(self, admitted: AdmittedOperation, status: Status, started: float) -> None:
        if self._observe:
            self._observe(admitted.name, admitted.type.value, status, time.perf_counter() - started)


def _status(result: Result) -> Status:
    if not result.errors:
        return "ok"
    return "errors" if result.executed else "refused"
