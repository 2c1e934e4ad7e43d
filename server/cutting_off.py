"""Cutting off clients that take nothing, and those whose requests do not come.

To close a connection is to wait until the client has taken what is on its way, for which some never do; meanwhile the
server holds what it could not send. Applications have no other way by ASGI, so uvicorn's protocols get one here.
"""

import asyncio
from typing import Any, cast

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

EXTENSION = "commerce.cut_off"
HEAD_SECONDS = 10.0
"""Within which the head of a request has to come once the connection is open, or its first byte is there."""

MAX_HEAD_BYTES = 64 * 1024
"""Of request line and headers, which are gathered before anything can look at them."""


def cut_off(scope: Scope) -> None:
    """Let go of the connection and of what was not sent; nothing happens on a server that cannot."""
    if abort := scope.get("extensions", {}).get(EXTENSION):
        abort()


class HTTPProtocol(HttpToolsProtocol):
    """HTTP whose connections can be cut off, as they are when the head of a request does not come, or does not end."""

    _head_bytes = 0
    _head_deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        super().connection_made(transport)
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        if self._head_deadline is None and self.cycle is not None and self.cycle.response_complete:
            self._expect_head()
        self._head_bytes += len(data)
        super().data_received(data)
        if self._head_deadline is not None and self._head_bytes > MAX_HEAD_BYTES:
            self.transport.abort()

    def on_headers_complete(self) -> None:
        self._expect_no_head()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect_no_head()
        super().connection_lost(exc)

    def _expect_head(self) -> None:
        self._head_bytes = 0
        self._head_deadline = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _expect_no_head(self) -> None:
        if self._head_deadline is not None:
            self._head_deadline.cancel()
            self._head_deadline = None

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = cast("Any", {EXTENSION: self.transport.abort})


class SocketProtocol(WebSocketsSansIOProtocol):
    """WebSockets that can be cut off."""

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        if scope := getattr(self, "scope", None):
            scope["extensions"][EXTENSION] = self.transport.abort
