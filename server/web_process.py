"""The web process: serve until told to stop, then drain."""

import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
import uvicorn

from server.garbage import collect_from_now_on
from server.graphql_drain import Drain
from server.protocols import HTTPProtocol, SocketProtocol
from server.settings import Settings
from server.siblings import Siblings
from server.web import web_app
from server.wiring import open_parts

MAX_FRAME_BYTES = 1 << 20
KEEP_ALIVE_SECONDS = 75
"""How long a connection may be idle: longer than load balancers and routers keep theirs, so that they let go first.

If the server lets go first, a request that is on its way just then is answered by nobody.
"""

SWITCH_SECONDS = 0.0005
"""For how long a thread that computes, such as that which reads long documents, keeps the event loop waiting.

By default it is ten times that, and every step of every request that has to wait for the database would wait so long.
"""

logger = structlog.get_logger(__name__)


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
            collect_from_now_on()
            logger.info("web_started")
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        logger.info("web_draining", open=self._drain.open_count)
        await self._drain.drain(seconds=self._drain_seconds)
        await super().shutdown(sockets)
        logger.info("web_stopped")


async def serve(
    settings: Settings, listener: socket.socket, ready: Callable[[], None], siblings: Siblings | None = None
) -> None:
    """Serve on `listener` until SIGTERM or SIGINT; `ready` is called once requests are answered."""
    sys.setswitchinterval(SWITCH_SECONDS)
    async with open_parts(settings) as parts:
        drain = Drain()
        config = uvicorn.Config(
            web_app(parts, drain, siblings),
            log_config=None,
            access_log=False,
            proxy_headers=True,
            forwarded_allow_ips=settings.commerce_trusted_proxies,
            ws_max_size=MAX_FRAME_BYTES,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=int(settings.commerce_drain_seconds) + 1,
            server_header=False,
            loop="uvloop",
            http=HTTPProtocol,
            ws=SocketProtocol,
        )
        with signals_end_the_server_alone():
            await Server(config, drain, settings.commerce_drain_seconds, ready).serve([listener])


@contextmanager
def signals_end_the_server_alone() -> Iterator[None]:
    """uvicorn raises the signal that stopped it once more; what runs beside it is still to be stopped then.

    That is done in peace: who says SIGTERM once more asks for nothing else.
    """
    before = {number: signal.signal(number, _nothing) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in (before | {signal.SIGTERM: signal.SIG_IGN}).items():
            signal.signal(number, handler)


def _nothing(*_: object) -> None:
    return
