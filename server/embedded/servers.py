"""The embedded servers as a caller sees them: started, their addresses, stopped."""

import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final, Self

from server.embedded.account import Account, account_for
from server.embedded.addresses import address_for
from server.embedded.binaries import Binaries
from server.embedded.errors import EmbeddedError, PortTakenError
from server.embedded.folder import DataFolder, claimed, disk_is_full, told_in_one_line
from server.embedded.guarding import GuardianClient
from server.embedded.postgres import SOCKET_NAME, Postgres
from server.embedded.valkey import Valkey

type Server = Postgres | Valkey

_POLL_SECONDS: Final = 0.003
_LOG_TAIL_LINES: Final = 20
_PORT_ATTEMPTS: Final = 3


class EmbeddedServers:
    """PostgreSQL and Valkey on a data folder that is theirs alone.

    Both are up when `start` returns and gone when `stop` returns, or soon after this process ended, whatever ended it.
    What was committed before is there at the next start. A server that falls over meanwhile is restarted at the same
    address. Whatever keeps them from running raises `EmbeddedError`.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        postgres: bool = True,
        valkey: bool = True,
        durable: bool = True,
        start_timeout_seconds: float = 60.0,
    ) -> None:
        self._folder = DataFolder(data_dir.absolute())
        self._wanted = (postgres, valkey)
        self._durable = durable
        self._start_timeout_seconds = start_timeout_seconds
        self._undo = ExitStack()
        self._servers: Sequence[Server] = ()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def database_url(self) -> str:
        """The DSN of an empty or known database, whose role may also create databases and roles."""
        return self._find(Postgres).url

    @property
    def redis_url(self) -> str:
        return self._find(Valkey).url

    @property
    def postgres_pid(self) -> int:
        """The process of the PostgreSQL server at this moment."""
        return int(self._find(Postgres).pid_file.read_text())

    @property
    def valkey_pid(self) -> int:
        """The process of the Valkey server at this moment."""
        return int(self._find(Valkey).pid_file.read_text())

    def start(self) -> None:
        """Start the servers side by side and wait until they answer."""
        assert not self._servers, "the servers are running"
        for _ in range(_PORT_ATTEMPTS - 1):
            with suppress(PortTakenError):
                return self._start()
        return self._start()

    def stop(self) -> None:
        """Shut the servers down and wait until they are gone; does nothing if they are not running."""
        self._undo.close()

    def _start(self) -> None:
        with ExitStack() as undo, told_in_one_line(self._folder.root):
            binaries = Binaries.find()
            lock = undo.enter_context(claimed(self._folder.root))
            account = account_for(self._folder.root, binaries.all)
            self._folder.create(account)
            guardian = GuardianClient(account=account, servers_lock=lock, log=self._folder.logs / "guardian.log")
            undo.callback(guardian.close)
            self._servers = self._planned(binaries, account)
            undo.callback(setattr, self, "_servers", ())
            self._serve(guardian)
            self._undo = undo.pop_all()

    def _planned(self, binaries: Binaries, account: Account | None) -> Sequence[Server]:
        folder, wants_postgres, wants_valkey = self._folder, *self._wanted
        servers: list[Server] = []
        if wants_postgres:
            address = address_for(folder.run / SOCKET_NAME)
            servers.append(Postgres(folder, binaries, account, address, self._durable))
        if wants_valkey:
            address = address_for(folder.run / "valkey.sock")
            servers.append(Valkey(folder, binaries, account, address, self._durable))
        return servers

    def _serve(self, guardian: GuardianClient) -> None:
        log_sizes = {server.name: _size(server.log) for server in self._servers}
        for server in self._servers:
            server.prepare(guardian)
            guardian.serve(
                server.name,
                server.arguments(),
                stop_signals=server.stop_signals,
                log=server.log,
                pid_file=server.pid_file,
            )
        for server in self._until_ready(guardian):
            raise self._not_up(server, _written_since(server.log, log_sizes[server.name]))
        guardian.watch()

    def _until_ready(self, guardian: GuardianClient) -> Sequence[Server]:
        """Wait until every server answers; those that ended instead, or did not answer in time."""
        deadline = time.monotonic() + self._start_timeout_seconds
        waiting: Sequence[Server] = self._servers
        while waiting := [server for server in waiting if not server.is_ready()]:
            if exited := guardian.exited():
                return [server for server in self._servers if server.name in exited]
            if time.monotonic() > deadline:
                return waiting
            time.sleep(_POLL_SECONDS)
        return ()

    def _not_up(self, server: Server, log: str) -> EmbeddedError:
        if "No space left" in log:
            return EmbeddedError(disk_is_full(self._folder.root))
        if "Address already in use" in log:
            return PortTakenError(f"{server.name} finds its port {server.address.port} taken.")
        tail = "\n".join(log.splitlines()[-_LOG_TAIL_LINES:])
        return EmbeddedError(f"{server.name} did not start. The end of {server.log}:\n{tail}")

    def _find[Kind: Server](self, kind: type[Kind]) -> Kind:
        found = next((server for server in self._servers if isinstance(server, kind)), None)
        assert found is not None, f"{kind.name} is not running"
        return found


def _size(log: Path) -> int:
    return log.stat().st_size if log.exists() else 0


def _written_since(log: Path, offset: int) -> str:
    with log.open("rb") as file:
        file.seek(offset)
        return file.read().decode(errors="replace")
