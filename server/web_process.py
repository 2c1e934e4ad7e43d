"""The web process: serve until told to stop, then drain."""

import socket
from collections.abc import Callable

import uvicorn

from server.graphql_drain import Drain
from server.settings import Settings
from server.web import web_app
from server.wiring import open_parts

MAX_FRAME_BYTES = 1 << 20


class Server(uvicorn.Server):
    """uvicorn, which first lets open requests and subscriptions end."""

    def __init__(self, config: uvicorn.Config, drain: Drain, drain_seconds: float, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._drain = drain
        self._drain_seconds = drain_seconds
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._drain.drain(seconds=self._drain_seconds)
        await super().shutdown(sockets)


async def serve(settings: Settings, listener: socket.socket, ready: Callable[[], None]) -> None:
    """Serve on `listener` until SIGTERM or SIGINT; `ready` is called once requests are answered."""
    async with open_parts(settings) as parts:
        drain = Drain()
        config = uvicorn.Config(
            web_app(parts, drain),
            log_config=None,
            access_log=False,
            proxy_headers=True,
            forwarded_allow_ips=settings.commerce_trusted_proxies,
            ws_max_size=MAX_FRAME_BYTES,
            timeout_graceful_shutdown=int(settings.commerce_drain_seconds) + 1,
            server_header=False,
            loop="uvloop",
            http="httptools",
        )
        await Server(config, drain, settings.commerce_drain_seconds, ready).serve([listener])
