"""What uvicorn's protocols can do here beside ASGI: cut off clients, give a body that has come, send a whole answer.

To close a connection is to wait until the client has taken what is on its way, for which some never do; meanwhile the
server holds what it could not send. Applications have no other way by ASGI, so uvicorn's protocols get one here.

An answer whose bytes are ready needs no part of what uvicorn does to put one together: it goes in one write, which
halves what it costs. Those that are ready at one step of the event loop go together at its end: to wake a client that
waits takes longer than to write, and the first answer wakes it for all.

A request that comes whole, by itself, with a head that is plain, needs no parser of the connection (`server.heads`).
"""

import asyncio
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

from starlette.types import Scope
from uvicorn._types import ASGI3Application
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState

from server.heads import END_OF_HEAD, MAX_KNOWN_BYTES, Head, head_of

EXTENSION = "commerce.cut_off"
COME = "commerce.body_that_has_come"
AT_ONCE = "commerce.answer_at_once"
HEAD_SECONDS = 10.0
"""Within which the head of a request has to come once the connection is open, or its first byte is there."""

MAX_HEAD_BYTES = 64 * 1024
"""Of request line and headers, which are gathered before anything can look at them."""


def cut_off(scope: Scope) -> None:
    """Let go of the connection and of what was not sent; nothing happens on a server that cannot."""
    if abort := scope.get("extensions", {}).get(EXTENSION):
        abort()


def body_that_has_come(scope: Scope) -> bytes | None:
    """The body, if all of it is there; None while more is to come, or where that is not known. It can be read again."""
    extensions = scope.get("extensions")
    come = extensions.get(COME) if extensions else None
    body: bytes | None = come and come(scope)
    return body


def answered_at_once(scope: Scope, head: bytes, body: bytes) -> bool:
    """Send a whole answer; False where that is not possible, and nothing was sent.

    `head` has the status line and all headers but the server's own, each with its end of line, and no empty line.
    """
    extensions = scope.get("extensions")
    answer = extensions.get(AT_ONCE) if extensions else None
    return answer is not None and answer(scope, head, body)


def answer_in_steps(scope: Scope) -> None:
    """Have this request answered as ASGI has it, so that middleware sees its answer."""
    if extensions := scope.get("extensions"):
        scope["extensions"] = {name: value for name, value in extensions.items() if name != AT_ONCE}


class Departures:
    """The connections of a server that have an answer to send at the end of this step of the event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: list[HTTPProtocol] = []

    def add(self, connection: "HTTPProtocol") -> None:
        if not self._waiting:
            self._loop.call_soon(self._depart)
        self._waiting.append(connection)

    def _depart(self) -> None:
        departing, self._waiting = self._waiting, []
        for connection in departing:
            connection.send_answer()


_departures: "WeakKeyDictionary[ServerState, Departures]" = WeakKeyDictionary()


class WholeRequest(RequestResponseCycle):
    """uvicorn's cycle for a request of which nothing is to come any more."""

    access_log = False
    disconnected = False
    keep_alive = True
    waiting_for_100_continue = False
    more_body = False
    response_started = False
    response_complete = False
    chunked_encoding = None
    expected_content_length = 0

    def __init__(self, connection: "HTTPProtocol", scope: dict[str, Any], body: bytes) -> None:
        self.scope = scope  # type: ignore[assignment] # what ASGI has of HTTP
        self.body = body  # type: ignore[assignment] # which is read only
        self.transport = connection.transport
        self.flow = connection.flow
        self.logger = connection.logger
        self.default_headers = connection.server_state.default_headers
        self.on_response = connection.on_response_complete

    @cached_property
    def message_event(self) -> asyncio.Event:  # type: ignore[override] # made when somebody waits, which few do
        event = asyncio.Event()
        event.set()
        return event


class HTTPProtocol(HttpToolsProtocol):
    """HTTP whose connections can be cut off, as they are when the head of a request does not come, or does not end.

    A request begins as soon as what has come of it is read: most need not wait for anything then, and are answered
    without a step of the event loop. One timer looks after a connection, where uvicorn sets one after each answer.
    """

    _extensions: Mapping[str, Callable[..., Any]] = {}
    _own_headers: list[tuple[bytes, bytes]] | None = None
    _own_lines = b""
    _answer = b""
    """What is still to be sent at the end of this step. Whatever happens next on the connection sends it first."""
    _head_bytes = 0
    _head_since: float | None = None
    _idle_since: float | None = None
    _watch: asyncio.TimerHandle | None = None
    _is_reading = False
    _is_between = True
    """Whether the parser has no part of a request."""
    _to_begin: tuple[RequestResponseCycle, ASGI3Application] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        super().connection_made(transport)
        self._extensions = {EXTENSION: transport.abort, COME: self._body_of, AT_ONCE: self._answer_at_once}
        self._departures = _departures.setdefault(self.server_state, Departures(self.loop))
        self._expect_head()
        self._watch = self.loop.call_later(HEAD_SECONDS, self._look)
        self._scope = {
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
            "http_version": "1.1",
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme,
            "root_path": self.root_path,
            "extensions": self._extensions,
        }
        self._app_itself = self.app.app if isinstance(self.app, ProxyHeadersMiddleware) else self.app

    def data_received(self, data: bytes) -> None:
        if self._answer:
            self.send_answer()
        if self._is_between and (self.cycle is None or self.cycle.response_complete):
            end = data.find(END_OF_HEAD, 0, MAX_KNOWN_BYTES) + len(END_OF_HEAD)
            if end >= len(END_OF_HEAD) and (head := head_of(data[:end])) and len(data) == end + head.body_bytes:
                self._begin_whole(head, data[end:])
                return
        if self._idle_since is not None:
            self._idle_since = None
            self._expect_head()
        self._head_bytes += len(data)
        self._is_reading = True
        super().data_received(data)
        self._is_reading = False
        if self._to_begin is not None:
            self._begin(*self._to_begin)
        if self._head_since is not None and self._head_bytes > MAX_HEAD_BYTES:
            self.transport.abort()

    def _begin_whole(self, head: Head, body: bytes) -> None:
        """Begin a request that is all that has come."""
        self._idle_since = self._head_since = None
        scope = {**self._scope, **head.scope, "headers": [*head.headers], "state": self.app_state.copy()}
        self.cycle = WholeRequest(self, scope, body)
        self._begin(self.cycle, self.app if head.is_forwarded else self._app_itself)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        if self._is_reading:
            self._to_begin = cycle, app
        else:  # it waited for the answers to others, of which there may be many
            super()._start_asgi_task(cycle, app)

    def _begin(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._to_begin = None
        task = asyncio.Task(cycle.run_asgi(app), loop=self.loop, eager_start=True)
        if not task.done():
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    def on_headers_complete(self) -> None:
        self._head_since = None
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """What uvicorn's does, but for its timer."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        if self.flow.read_paused:
            self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        else:
            self._idle_since = self.loop.time()

    def eof_received(self) -> None:
        self.send_answer()
        super().eof_received()

    def shutdown(self) -> None:
        self.send_answer()
        super().shutdown()

    def connection_lost(self, exc: Exception | None) -> None:
        self._answer = b""
        self._look_no_more()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        self._look_no_more()
        super().handle_websocket_upgrade()

    def _expect_head(self) -> None:
        self._head_bytes = 0
        self._head_since = self.loop.time()

    def _look(self) -> None:
        """Let go of a connection whose head is overdue, and close one that has been idle for too long."""
        now = self.loop.time()
        wait = HEAD_SECONDS
        if self._head_since is not None:
            wait = self._head_since + HEAD_SECONDS - now
            if wait <= 0:
                self.transport.abort()
        elif self._idle_since is not None and now >= self._idle_since + self.timeout_keep_alive:
            self.timeout_keep_alive_handler()
        self._watch = self.loop.call_later(max(wait, 0.001), self._look)

    def _look_no_more(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    def on_message_begin(self) -> None:
        self._is_between = False
        super().on_message_begin()
        self.scope["extensions"] = self._extensions  # type: ignore[typeddict-item] # which ASGI leaves to servers

    def on_message_complete(self) -> None:
        self._is_between = True
        super().on_message_complete()

    def _body_of(self, scope: Scope) -> bytes | None:
        """The body, if all of it has come; not of requests that came before others were answered."""
        cycle = self.cycle
        return None if cycle.scope is not scope or cycle.more_body else bytes(cycle.body)

    def _answer_at_once(self, scope: Scope, head: bytes, body: bytes) -> bool:
        """What the cycle of a request does when it is sent a start and a whole body, in one write soon after.

        Requests that came before others were answered, and connections that end or are not read from, take the usual
        way.
        """
        cycle = self.cycle
        if cycle.scope is not scope or not cycle.keep_alive or cycle.response_started:
            return False
        if cycle.disconnected or self.flow.write_paused or cycle.waiting_for_100_continue:
            return False
        cycle.response_started = cycle.response_complete = True
        if self.server_state.default_headers is not self._own_headers:
            self._write_own_lines(self.server_state.default_headers)
        self._answer = b"%s%s\r\n%s" % (head, self._own_lines, body)
        self._departures.add(self)
        if "message_event" in cycle.__dict__:  # or nobody has waited for it
            cycle.message_event.set()
        cycle.on_response()
        return True

    def send_answer(self) -> None:
        """Send what is ready; nothing happens where that has been done."""
        answer, self._answer = self._answer, b""
        if answer and not self.transport.is_closing():
            self.transport.write(answer)

    def _write_own_lines(self, headers: list[tuple[bytes, bytes]]) -> None:
        """Of the server's own headers, such as the date; uvicorn makes a new list of them each second."""
        self._own_headers, self._own_lines = headers, b"".join([b"%s: %s\r\n" % header for header in headers])


class SocketProtocol(WebSocketsSansIOProtocol):
    """WebSockets that can be cut off."""

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        if scope := getattr(self, "scope", None):
            scope["extensions"][EXTENSION] = self.transport.abort
