"""What an operation answered, and how it becomes bytes: errors are coded or masked, JSON is written once."""

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from graphql import GraphQLError, ValueNode

from execution.errors import RequestErrorCode

if TYPE_CHECKING:
    from execution.answers import KeptAnswer

MAX_FAULTS_REPORTED = 10
MAX_MESSAGE_CHARACTERS = 500
MASKED_MESSAGE = "Something went wrong on our side."
UNAVAILABLE_MESSAGE = "This cannot be answered just now; try again in a moment."


@dataclass(frozen=True, slots=True)
class Fault:
    """An exception nobody expected, for the log; the client sees nothing of it but `trace_id`."""

    error: BaseException
    trace_id: str
    operation_name: str | None
    path: tuple[str | int, ...]


@dataclass(slots=True)
class Result:
    """One response: `errors` are ready for JSON; a request refused before it ran has no `data` at all.

    `written` is data that is JSON already, and stands in the place of `data`. `kept` is a whole answer that may be
    given again, and stands in the place of all else. Nobody changes one: it is not frozen because that would take
    three times as long to make.
    """

    data: dict[str, Any] | None = None
    errors: Sequence[dict[str, Any]] = ()
    extensions: dict[str, Any] | None = None
    executed: bool = True
    written: orjson.Fragment | None = None
    kept: "KeptAnswer | None" = None

    @property
    def code(self) -> str | None:
        """The code of the first error."""
        return self.errors[0]["extensions"]["code"] if self.errors else None

    @property
    def retry_after_seconds(self) -> int:
        """When to ask again, as the first error says."""
        return int(self.errors[0]["extensions"].get("retryAfter", 1)) if self.errors else 0

    def to_bytes(self) -> bytes:
        if self.kept is not None:
            return self.kept.body
        body: dict[str, Any] = {}
        if self.errors:
            body["errors"] = self.errors
        if self.executed:
            body["data"] = self.data if self.written is None else self.written
        if self.extensions:
            body["extensions"] = self.extensions
        return encode(body)


def encode(value: Any) -> bytes:
    """JSON in UTF-8. Integers beyond 64 bits and very deep values, which orjson refuses, are written more slowly."""
    try:
        return orjson.dumps(value, default=str)
    except TypeError:
        return json.dumps(value, default=str, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


class ErrorWriter:
    """Turns errors into JSON: those with a code as they are, all others masked and handed to `on_fault`.

    Exceptions of the kinds in `told` are for clients too; they say their code in an attribute `extensions`. Those that
    are `retryable` are masked as well, but say that the same request may succeed in a moment.
    """

    def __init__(
        self,
        on_fault: Callable[[Fault], None] | None = None,
        new_trace_id: Callable[[], str] = lambda: secrets.token_hex(16),
        told: tuple[type[Exception], ...] = (),
        retryable: Callable[[BaseException], bool] = lambda _: False,
    ) -> None:
        self._told: tuple[type[Exception], ...] = (GraphQLError, *told)
        self._on_fault = on_fault
        self._new_trace_id = new_trace_id
        self._retryable = retryable

    def refused(self, errors: Sequence[GraphQLError]) -> Result:
        """The answer to a request that never ran; its errors carry codes."""
        return Result(errors=[_described(error) for error in errors], executed=False)

    def written(self, errors: Sequence[GraphQLError], operation_name: str | None) -> list[dict[str, Any]]:
        """The errors of one response; all that are masked share one trace id."""
        trace_id: str | None = None
        written = []
        faults = 0
        for error in errors:
            if self._is_meant_for_clients(error):
                written.append(_described(error))
                continue
            trace_id = trace_id or self._new_trace_id()
            faults += 1
            if faults <= MAX_FAULTS_REPORTED:
                self._report(error, trace_id, operation_name)
            is_retryable = self._retryable(error.original_error or error)
            written.append(_masked(error, trace_id, is_retryable=is_retryable))
        return written

    def failed(self, error: Exception, operation_name: str | None, *, executed: bool) -> Result:
        """The answer when all of a request failed with an exception."""
        located = error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)
        return Result(errors=self.written([located], operation_name), executed=executed)

    def _is_meant_for_clients(self, error: GraphQLError) -> bool:
        if error.original_error is not None and not isinstance(error.original_error, self._told):
            return False
        return _has_code(error)

    def _report(self, error: GraphQLError, trace_id: str, operation_name: str | None) -> None:
        if self._on_fault:
            self._on_fault(Fault(error.original_error or error, trace_id, operation_name, tuple(error.path or ())))


def _has_code(error: GraphQLError) -> bool:
    if error.extensions and "code" in error.extensions:
        return True
    # graphql-core points at the value when an argument turns out to be wrong only as it runs (`$first: null`).
    if any(isinstance(node, ValueNode) for node in error.nodes or ()):
        error.extensions = {**(error.extensions or {}), "code": str(RequestErrorCode.BAD_USER_INPUT)}
        return True
    return False


def _described(error: GraphQLError) -> dict[str, Any]:
    described = _position(error)
    described["message"] = _bounded(error.message)
    described["extensions"] = error.extensions
    return described


def _bounded(message: str) -> str:
    """The message, without most of a long value that it quotes."""
    return message if len(message) <= MAX_MESSAGE_CHARACTERS else f"{message[:MAX_MESSAGE_CHARACTERS]}…"


def _masked(error: GraphQLError, trace_id: str, *, is_retryable: bool) -> dict[str, Any]:
    masked = _position(error)
    if is_retryable:
        code = str(RequestErrorCode.SERVICE_UNAVAILABLE)
        masked["message"] = UNAVAILABLE_MESSAGE
        masked["extensions"] = {"code": code, "retryable": True, "traceId": trace_id}
        return masked
    masked["message"] = MASKED_MESSAGE
    masked["extensions"] = {"code": str(RequestErrorCode.INTERNAL_SERVER_ERROR), "traceId": trace_id}
    return masked


def _position(error: GraphQLError) -> dict[str, Any]:
    position: dict[str, Any] = {"message": ""}
    if error.locations:
        position["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if error.path is not None:
        position["path"] = error.path
    return position
