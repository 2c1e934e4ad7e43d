"""The sockets that processes of ours listen on."""

import os
import socket

from server.settings import SettingsError

BACKLOG = 2048
INHERITED = "COMMERCE_LISTEN_FD"


def listening_socket(host: str, port: int) -> socket.socket:
    """A socket that listens on this address; SettingsError if it cannot be had. Port 0 takes any that is free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns off Nagle's delays only where the socket says that it is TCP.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        reason = (error.strerror or str(error)).lower()
        raise SettingsError(f"PORT: cannot listen on {host}:{port}: {reason}") from None
    listener.listen(BACKLOG)
    return listener


def address_of(listener: socket.socket) -> str:
    """`http://127.0.0.1:8000`"""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def inherited_socket() -> socket.socket | None:
    """The listening socket that the parent process handed down, if it did."""
    number = os.environ.pop(INHERITED, None)
    return None if number is None else socket.socket(fileno=int(number))
