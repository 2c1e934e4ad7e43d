"""The sockets that processes of ours listen on."""

import os
import socket
from collections.abc import Sequence

from server.settings import SettingsError

BACKLOG = 2048
INHERITED = "COMMERCE_LISTEN_FD"


def listening_socket(host: str, port: int, *, is_shared: bool = False) -> socket.socket:
    """A socket that listens on this address; SettingsError if it cannot be had. Port 0 takes any that is free.

    One that `is_shared` leaves the address to other shared ones, among which the system deals out connections.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns off Nagle's delays only where the socket says that it is TCP.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT if is_shared else socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        reason = (error.strerror or str(error)).lower()
        raise SettingsError(f"PORT: cannot listen on {host}:{port}: {reason}") from None
    listener.listen(BACKLOG)
    return listener


def listening_sockets(host: str, port: int, count: int) -> Sequence[socket.socket]:
    """As many that listen on one address, of which each is dealt its share of the connections.

    If all processes took connections from one socket, those that wake first would take most: of 32 that came at once,
    one process of four held 26. Of an address that another server has, none can be had.
    """
    listening_socket(host, port).close()
    first = listening_socket(host, port, is_shared=True)
    port = first.getsockname()[1]
    return [first, *(listening_socket(host, port, is_shared=True) for _ in range(count - 1))]


def address_of(listener: socket.socket) -> str:
    """`http://127.0.0.1:8000`"""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def inherited_socket() -> socket.socket | None:
    """The listening socket that the parent process handed down, if it did."""
    number = os.environ.pop(INHERITED, None)
    return None if number is None else socket.socket(fileno=int(number))
