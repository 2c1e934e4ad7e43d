"""Cutting off clients that take nothing.

To close a connection is to wait until the client has taken what is on its way, for which some never do; meanwhile the
server holds what it could not send. Applications have no other way by ASGI, so uvicorn's protocols get one here.
"""

from typing import Any, cast

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

EXTENSION = "commerce.cut_off"


def cut_off(scope: Scope) -> None:
    """Let go of the connection and of what was not sent; nothing happens on a server that cannot."""
    if abort := scope.get("extensions", {}).get(EXTENSION):
        abort()


class HTTPProtocol(HttpToolsProtocol):
    """HTTP whose connections can be cut off."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = cast("Any", {EXTENSION: self.transport.abort})


class SocketProtocol(WebSocketsSansIOProtocol):
    """WebSockets that can be cut off."""

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        if scope := getattr(self, "scope", None):
            scope["extensions"][EXTENSION] = self.transport.abort
