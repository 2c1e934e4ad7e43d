"""Where a server listens: on a socket in the data folder, or on a free port where its path would be too long."""

import os
import socket
from pathlib import Path
from typing import Final

from domain.shared.making import dataclass

LONGEST_SOCKET_PATH_BYTES: Final = 103  # 107 on Linux, 103 on macOS


@dataclass(frozen=True, slots=True)
class Address:
    """A socket file, or a port of this machine that no other machine reaches."""

    path: Path | None
    host: str | None
    port: int | None


def address_for(path: Path) -> Address:
    """The socket `path` itself; a free port if the system cannot take so long a path, or a DSN its commas."""
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH_BYTES and "," not in str(path):
        return Address(path, None, None)
    return Address(None, "127.0.0.1", _free_port())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
