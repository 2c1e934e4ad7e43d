"""What each of several processes does: it serves on a socket of its own, or works."""

import socket
from collections.abc import Callable, Sequence
from functools import partial

import aiohttp  # noqa: F401 - or each imports it for itself, once it asks others
import uvloop

from server.logs import set_up_logs
from server.settings import Settings
from server.siblings import Board, Siblings, siblings
from server.supervisor import Work
from server.web_process import serve
from server.worker import work


def web_works(settings: Settings, listeners: Sequence[socket.socket], board: Board) -> Sequence[Work]:
    """One for each of the sockets, which all listen on the same port."""
    of_all = siblings(len(listeners), board)
    return [partial(_web, settings, listener, own) for listener, own in zip(listeners, of_all, strict=True)]


def _web(settings: Settings, listener: socket.socket, own: Siblings, ready: Callable[[], None]) -> None:
    set_up_logs(settings, f"web-{own.number}")
    uvloop.run(serve(settings, listener, ready, own))


def worker_work(settings: Settings) -> Work:
    def run(ready: Callable[[], None]) -> None:
        set_up_logs(settings, "worker")
        uvloop.run(work(settings, ready))

    return run
