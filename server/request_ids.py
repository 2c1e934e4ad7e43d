"""The ids under which a request is found again: in its answer, in its log lines, in its trace."""

import re
from collections.abc import Awaitable
from contextvars import ContextVar
from random import getrandbits

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from domain.shared.making import dataclass
from server.personal import holds_card_number

HEADER = b"x-request-id"
FIT = re.compile(rb"[A-Za-z0-9._:/+=-]{1,128}")


@dataclass(slots=True)
class RequestIds:
    """`request_id`: given by the caller or made here. `trace_id`: the trace's name, or else the same."""

    request_id: str
    trace_id: str
    is_given: bool = False

    def name_trace(self, trace_id: str) -> None:
        """The trace has a name of its own; a request that came without an id takes it too."""
        self.trace_id = trace_id
        if not self.is_given:
            self.request_id = trace_id


_present: ContextVar[RequestIds | None] = ContextVar("request_ids", default=None)


present_ids = _present.get
"""Gives the ids of the request that this task works for, if any."""


def present_trace_id() -> str:
    """The name of the present trace; outside of requests a fresh one."""
    ids = _present.get()
    return new_id() if ids is None else ids.trace_id


def present_line() -> bytes:
    """The header that names the present request, with its end of line, for an answer that passes no middleware."""
    ids = _present.get()
    return b"" if ids is None else b"%s: %s\r\n" % (HEADER, ids.request_id.encode("ascii"))


def begin_operation() -> RequestIds:
    """Ids of one operation among many on a socket: the socket's request id, and a trace of its own."""
    socket = _present.get()
    fresh = new_id()
    ids = RequestIds(socket.request_id, fresh, is_given=True) if socket else RequestIds(fresh, fresh)
    _present.set(ids)
    return ids


def new_id() -> str:
    """Unlike any other; nobody is kept from guessing it."""
    return f"{getrandbits(128):032x}"


def ids_of(scope: Scope) -> RequestIds:
    """What the caller's `X-Request-Id` names the request, if it is fit to be logged, else a fresh name."""
    for name, value in scope["headers"]:
        if name == HEADER and FIT.fullmatch(value):
            given = value.decode("ascii")
            if not holds_card_number(given):
                return RequestIds(given, given, is_given=True)
    fresh = new_id()
    return RequestIds(fresh, fresh)


class RequestIdMiddleware:
    """Names each request, and says the name in `x-request-id` of the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] not in {"http", "websocket"}:
            return self._app(scope, receive, send)
        ids = ids_of(scope)
        _present.set(ids)

        async def send_named(message: Message) -> None:
            if message["type"] in {"http.response.start", "websocket.accept"}:
                message["headers"] = [*message.get("headers", ()), (HEADER, ids.request_id.encode("ascii"))]
            await send(message)

        return self._app(scope, receive, send_named)
