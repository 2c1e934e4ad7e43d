"""Connections of a server without a network: what arrives is handed to the protocol, what is sent is written down."""

import asyncio
from collections.abc import Callable
from typing import Any, Self, cast

import uvicorn
from starlette.types import ASGIApp
from uvicorn.server import ServerState

from server.protocols import HTTPProtocol


class Transport:
    """What was written, in order, and whether it was closed."""

    def __init__(self) -> None:
        self.told: list[bytes] = []
        self.is_closed = False
        self.lost: Callable[[None], None] = lambda _: None

    def write(self, data: bytes) -> None:
        assert not self.is_closed
        self.told.append(data)

    def is_closing(self) -> bool:
        return self.is_closed

    def close(self) -> None:
        if not self.is_closed:
            self.is_closed = True
            asyncio.get_running_loop().call_soon(self.lost, None)

    abort = close

    def get_extra_info(self, name: str) -> Any:
        return {"peername": ("127.0.0.1", 4000), "sockname": ("127.0.0.1", 8000)}.get(name)

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class WiredServer:
    """A server with this application; `trusted` are the proxies that are believed."""

    def __init__(self, app: ASGIApp, trusted: str = "") -> None:
        self._config = uvicorn.Config(app, interface="asgi3", log_config=None, forwarded_allow_ips=trusted)
        self._config.load()
        self._state = ServerState()
        self._transports: list[Transport] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Ends all connections: one that stays looks at its clock for ever."""
        for transport in self._transports:
            transport.close()
        await asyncio.sleep(0)

    def connection(self) -> tuple[HTTPProtocol, Transport]:
        transport = Transport()
        protocol = HTTPProtocol(self._config, self._state, {}, asyncio.get_running_loop())
        transport.lost = protocol.connection_lost
        self._transports.append(transport)
        protocol.connection_made(cast("asyncio.Transport", transport))
        return protocol, transport


def bodies(transport: Transport) -> list[bytes]:
    """Those of the answers of status 200 that were written."""
    return [part.partition(b"\r\n\r\n")[2] for part in b"".join(transport.told).split(b"HTTP/1.1 200 OK")[1:]]
