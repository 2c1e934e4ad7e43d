"""One operation from request to answer, the same for every transport: context, execution, closing, measuring."""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import Any, Literal, Protocol
from weakref import ref

from graphql import GraphQLError

from execution.answers import AnswerKeeper
from execution.asked import Parameters
from execution.errors import RequestErrorCode, RequestRefused, coded
from execution.executor import AdmittedOperation, Executor
from execution.persisted import PersistedDocuments
from execution.responses import Result
from execution.turns import Entrance

MAX_KNOWN = 1_000
MAX_KNOWN_BYTES = 2_000
"""Of how many requests, of which size, it is known what they ask for: the pages of a shop ask the same all the time."""

type MakeContext[Connection] = Callable[[Connection, AdmittedOperation], Awaitable[Any]]
"""Makes what resolvers see as `info.context`; raises a GraphQLError with a code to refuse the request."""

Status = Literal["ok", "errors", "refused", "canceled"]
type Observe = Callable[[str | None, str, Status, float], None]
"""Told of every operation when it ends: name, type, status and seconds; a refused document is of type "unknown"."""


class Gate[Connection](Protocol):
    """Stands before everything else. All of it is quick, since each request passes it."""

    def enter(self, connection: Connection) -> None:
        """Raises RequestRefused if the connection's client has asked for too much already."""

    def refused(self, connection: Connection, size_bytes: int) -> None:
        """Told when a request of that size was refused before it ran, which took time too."""


class Service[Connection]:
    """Answers admitted operations. A context that has a `close` coroutine is closed when its operation ends."""

    def __init__(
        self,
        executor: Executor,
        make_context: MakeContext[Connection],
        observe: Observe | None = None,
        *,
        persisted: PersistedDocuments | None = None,
        gate: Gate[Connection] | None = None,
        may_run_any: Callable[[Connection], bool] = lambda _: False,
        keeper: AnswerKeeper | None = None,
    ) -> None:
        """`may_run_any` names connections that need not keep to registered documents where others have to."""
        self.executor = executor
        self._make_context = make_context
        self._observe = observe
        self._persisted = persisted or PersistedDocuments()
        self._gate = gate
        self._may_run_any = may_run_any
        self._keeper = keeper
        self.turn = Entrance(told=self._waited).turn
        """What to await before anything is read or refused, if that: what has begun already goes on first."""
        self._known: dict[bytes, ref[AdmittedOperation]] = {}

    def _waited(self, seconds: float) -> None:
        """Told how long a request waited for its turn."""

    def entered(self, connection: Connection) -> Result | None:
        """The answer to a client that is let in no further; a transport may ask before it reads what is asked."""
        if self._gate is None:
            return None
        started = time.perf_counter()
        try:
            self._gate.enter(connection)
        except Exception as error:  # noqa: BLE001 - the edge where faults are masked
            self._count_refusal(connection, 0)
            return self._refusal(error, None, started)
        return None

    def known(self, connection: Connection, body: bytes) -> AdmittedOperation | Result | None:
        """The same as `prepare`, found by the bytes of a request that came before; None where they are not known."""
        remembered = self._known.get(body)
        admitted = remembered() if remembered is not None else None
        if admitted is None:
            return None
        self.executor.documents.used(admitted.operation)
        return self.entered(connection) or admitted

    async def prepare(self, connection: Connection, asked: Parameters, body: bytes = b"") -> AdmittedOperation | Result:
        """The operation to run, or the answer that says why it cannot, whichever way its document is named.

        `body`: the bytes by which it may be known again. Never raises but for cancellation.
        """
        started = time.perf_counter()
        try:
            if refused := self.entered(connection):
                return refused
            may_run_any = self._persisted.trusted_only and self._may_run_any(connection)
            found = await self._persisted.found(asked, may_run_any=may_run_any)
            document = await self.executor.documents.admit_aside(found.text)
            admitted = await self.executor.operation_aside(document, asked.variables, asked.operation_name)
            await self._persisted.keep(found)
        except Exception as error:  # noqa: BLE001 - the edge where faults are masked
            self._count_refusal(connection, asked.size_bytes)
            return self._refusal(error, asked.operation_name, started)
        if found.is_trusted or asked.asks_for_cost:
            return replace(admitted, is_trusted=found.is_trusted, tells_cost=asked.asks_for_cost)
        if asked.is_all_said and not self._persisted.trusted_only:
            self._know(body, admitted)
        return admitted

    def _know(self, body: bytes, admitted: AdmittedOperation) -> None:
        """Remember it as long as its document is kept, and it with its variables."""
        if 0 < len(body) <= MAX_KNOWN_BYTES:
            if len(self._known) >= MAX_KNOWN:
                self._known.clear()
            self._known[body] = ref(admitted)

    def admit(
        self, text: str, variables: Mapping[str, Any] | None, operation_name: str | None
    ) -> AdmittedOperation | Result:
        """The operation to run, or the answer that says why it cannot. Never raises."""
        started = time.perf_counter()
        try:
            return self.executor.admit(text, variables, operation_name)
        except Exception as error:  # noqa: BLE001 - the edge where faults are masked
            return self._refusal(error, operation_name, started)

    def _refusal(self, error: Exception, operation_name: str | None, started: float) -> Result:
        errors = self.executor.errors
        if isinstance(error, RequestRefused):
            result = errors.refused(error.errors)
        else:
            result = errors.failed(error, operation_name, executed=False)
        self._told_refused(result, started)
        return result

    def _told_refused(self, result: Result, started: float) -> None:  # noqa: ARG002 - for those who tell more
        """Called of every request whose document or variables are refused."""
        if self._observe:
            self._observe(None, "unknown", "refused", time.perf_counter() - started)

    async def answer(self, connection: Connection, admitted: AdmittedOperation) -> Result:
        """The answer to a query or mutation. Never raises but for cancellation."""
        begun = self._begun(connection, admitted)
        result: Result | None = None
        try:
            try:
                context = await self._make_context(connection, admitted)
            except Exception as error:  # noqa: BLE001 - the edge where faults are masked
                result = self._lacking_context(connection, admitted, error)
                return result
            try:
                if self._keeper is None:
                    result = await self._run(admitted, context)
                else:
                    result = await self._keeper.answer(admitted, context, partial(self._run, admitted, context))
                if told := getattr(context, "told_cost", None):
                    result = _with_cost(result, told)
            finally:
                if close := getattr(context, "close", None):
                    await self._close(close, admitted)
        finally:
            self._ended(connection, admitted, result, begun)
        return result

    async def _run(self, admitted: AdmittedOperation, context: Any) -> Result:
        """What computes an answer that is not kept."""
        return await self.executor.run(admitted, context)

    def _stream(self, admitted: AdmittedOperation, context: Any) -> AsyncGenerator[Result]:
        return self.executor.stream(admitted, context)

    async def stream(self, connection: Connection, admitted: AdmittedOperation) -> AsyncGenerator[Result]:
        """The answers to any operation, one after another; close the stream to end a subscription early.

        It is told of once, with the first answer that had errors, if any had.
        """
        begun = self._begun(connection, admitted)
        telling: Result | None = None
        try:
            try:
                context = await self._make_context(connection, admitted)
            except Exception as error:  # noqa: BLE001 - the edge where faults are masked
                telling = self._lacking_context(connection, admitted, error)
                yield telling
                return
            try:
                async with aclosing(self._stream(admitted, context)) as results:
                    async for result in results:
                        if telling is None or not telling.errors:
                            telling = result
                        told = getattr(context, "told_cost", None)
                        yield _with_cost(result, told) if told else result
            finally:
                if close := getattr(context, "close", None):
                    await self._close(close, admitted)
        finally:
            self._ended(connection, admitted, telling, begun)

    def _lacking_context(self, connection: Connection, admitted: AdmittedOperation, error: Exception) -> Result:
        """The answer where no context could be made."""
        self._count_refusal(connection, 0)
        errors = self.executor.errors
        if isinstance(error, GraphQLError):
            return errors.refused([coded(error, RequestErrorCode.BAD_USER_INPUT)])
        return errors.failed(error, admitted.name, executed=False)

    async def _close(self, close: Callable[[], Awaitable[None]], admitted: AdmittedOperation) -> None:
        """Close a context; if that fails, it is reported, and the answer stands."""
        try:
            await close()
        except Exception as error:  # noqa: BLE001 - the edge where faults are masked
            self.executor.errors.failed(error, admitted.name, executed=True)

    def _count_refusal(self, connection: Connection, size_bytes: int) -> None:
        if self._gate is not None:
            self._gate.refused(connection, size_bytes)

    def _begun(self, connection: Connection, admitted: AdmittedOperation) -> Any:  # noqa: ARG002 - for those who tell more
        """Called before each operation that is answered; what it returns is given to `_ended`."""
        return time.perf_counter()

    def _ended(self, connection: Connection, admitted: AdmittedOperation, result: Result | None, begun: Any) -> None:  # noqa: ARG002
        """Called after it; `result` is missing where the operation was given up before it had one."""
        if self._observe:
            self._observe(admitted.name, admitted.operation.kind, status_of(result), time.perf_counter() - begun)


def _with_cost(result: Result, told: Mapping[str, Any]) -> Result:
    """The answer, with what its context has to say of its cost."""
    return replace(result, extensions={**(result.extensions or {}), "cost": told})


def status_of(result: Result | None) -> Status:
    """How an operation ended, in a word."""
    if result is None:
        return "canceled"
    if not result.errors:
        return "ok"
    return "errors" if result.executed else "refused"
