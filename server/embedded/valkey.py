"""How the embedded Valkey is configured, reached and seen to be ready."""

import secrets
import signal
import socket
from collections.abc import Iterator, Sequence
from dataclasses import field
from pathlib import Path
from typing import Final
from urllib.parse import quote

from domain.shared.making import dataclass
from server.embedded.account import Account
from server.embedded.addresses import Address
from server.embedded.binaries import Binaries
from server.embedded.folder import DataFolder
from server.embedded.guarding import GuardianClient

_PING_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Valkey:
    """The Valkey of one data folder: a bounded cache that, when durable, is back after a restart."""

    folder: DataFolder
    binaries: Binaries
    account: Account | None
    address: Address
    durable: bool
    password: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    name = "Valkey"
    stop_signals = (signal.SIGTERM,)

    @property
    def log(self) -> Path:
        return self.folder.logs / "valkey.log"

    @property
    def pid_file(self) -> Path:
        return self.folder.run / "valkey.pid"

    @property
    def url(self) -> str:
        if self.address.path is not None:
            return f"unix://:{self.password}@{quote(str(self.address.path), safe='/')}?db=0"
        return f"redis://:{self.password}@{self.address.host}:{self.address.port}/0"

    def prepare(self, guardian: GuardianClient) -> None:  # noqa: ARG002 - as every server
        """Write the configuration; the password stays out of the list of processes that way."""
        self.folder.write(self.folder.run / "valkey.conf", "\n".join(self._configuration()) + "\n", self.account)

    def arguments(self) -> Sequence[str]:
        return [str(self.binaries.valkey), str(self.folder.run / "valkey.conf")]

    def is_ready(self) -> bool:
        """Whether it answers; while it loads its data it does not."""
        try:
            with self._connect() as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                replies = b""
                while replies.count(b"\r\n") < 2 and (received := connection.recv(1024)):
                    replies += received
        except OSError:
            return False
        return replies == b"+OK\r\n+PONG\r\n"

    def _connect(self) -> socket.socket:
        if self.address.port is not None:
            return socket.create_connection((self.address.host, self.address.port), _PING_SECONDS)
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(_PING_SECONDS)
        try:
            connection.connect(str(self.address.path))
        except OSError:
            connection.close()
            raise
        return connection

    def _configuration(self) -> Iterator[str]:
        yield f"requirepass {self.password}"
        yield f"dir {_quoted(self.folder.valkey)}"
        yield f"port {self.address.port or 0}"
        yield "bind 127.0.0.1"
        if self.address.path is not None:
            yield f"unixsocket {_quoted(self.address.path)}"
            yield "unixsocketperm 700"
        yield 'save ""'
        yield f"appendonly {'yes' if self.durable else 'no'}"
        yield "maxmemory 256mb"
        yield "maxmemory-policy allkeys-lru"
        yield "timeout 0"


def _quoted(path: Path) -> str:
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
