"""How the embedded PostgreSQL is made, configured, reached and seen to be ready."""

import secrets
import shutil
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import quote

from domain.shared.making import dataclass
from server.embedded.account import Account
from server.embedded.addresses import Address
from server.embedded.binaries import POSTGRES_MAJOR, Binaries
from server.embedded.errors import EmbeddedError
from server.embedded.folder import DataFolder, disk_is_full, own
from server.embedded.guarding import GuardianClient
from server.machine import usable_memory

ROLE: Final = "commerce"
SOCKET_NAME: Final = ".s.PGSQL.5432"
MAX_CONNECTIONS: Final = 200
LEAST_BUFFERS: Final = 128 << 20
"""Bytes of pages that the server itself keeps, however little data there is."""
_INIT_SECONDS: Final = 120.0
_PASSWORD_FILE: Final = "commerce.password"  # noqa: S105 - its name

_SETTINGS: Final[Mapping[str, str]] = {
    "max_connections": str(MAX_CONNECTIONS),
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "512MB",
    "dynamic_shared_memory_type": "mmap",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
    "random_page_cost": "1.1",
    "log_checkpoints": "off",
    "unix_socket_permissions": "0700",
}
_NOT_DURABLE: Final[Mapping[str, str]] = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

_ACCESS_RULES: Final = """\
local all commerce scram-sha-256
host all commerce 127.0.0.1/32 scram-sha-256
"""


@dataclass(frozen=True, slots=True)
class Postgres:
    """The PostgreSQL of one data folder.

    Its one login role owns databases and makes roles, but is no superuser: what works here works on a hosted
    database. The password is long and random, and readable by the servers' user alone.
    """

    folder: DataFolder
    binaries: Binaries
    account: Account | None
    address: Address
    durable: bool

    name = "PostgreSQL"
    stop_signals = (signal.SIGINT, signal.SIGQUIT)

    @property
    def log(self) -> Path:
        return self.folder.logs / "postgres.log"

    @property
    def pid_file(self) -> Path:
        return self.folder.run / "postgres.pid"

    @property
    def url(self) -> str:
        password = (self.folder.cluster / _PASSWORD_FILE).read_text().strip()
        if self.address.port is not None:
            return f"postgresql://{ROLE}:{password}@{self.address.host}:{self.address.port}/{ROLE}"
        return f"postgresql://{ROLE}:{password}@/{ROLE}?host={quote(str(self.folder.run), safe='/')}&port=5432"

    def prepare(self, guardian: GuardianClient) -> None:
        """Make the cluster if there is none, and refuse one of another version."""
        if not self.folder.cluster.exists():
            self._create_cluster(guardian)
        version = (self.folder.cluster / "PG_VERSION").read_text().strip()
        if version != POSTGRES_MAJOR:
            raise EmbeddedError(
                f"The data in {self.folder.cluster} is of PostgreSQL {version}, the installed one is {POSTGRES_MAJOR}: "
                "dump it with the old version and load it into a new data folder."
            )
        self._forget_dead_server()
        self.folder.write(self.folder.run / "pg_hba.conf", _ACCESS_RULES, self.account)

    def arguments(self) -> Sequence[str]:
        return [str(self.binaries.postgres), "-D", str(self.folder.cluster), *self._options()]

    def is_ready(self) -> bool:
        """Whether this start of the server says in its lock file, as `pg_ctl` reads it, that it takes connections."""
        try:
            pid = self.pid_file.read_text().strip()
            lines = (self.folder.cluster / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > 7 and lines[0].strip() == pid and lines[7].strip() == "ready"

    def _options(self) -> Iterator[str]:
        settings = {
            **_SETTINGS,
            **_memory_settings(_size_of(self.folder.cluster) if self.durable else 0, usable_memory()),
            **({} if self.durable else _NOT_DURABLE),
            "hba_file": str(self.folder.run / "pg_hba.conf"),
            "listen_addresses": self.address.host or "",
            "port": str(self.address.port or 5432),
            "unix_socket_directories": "" if self.address.port else _listed(self.folder.run),
        }
        for name, value in settings.items():
            yield from ("-c", f"{name}={value}")

    def _create_cluster(self, guardian: GuardianClient) -> None:
        cluster, password = self.folder.new_cluster, secrets.token_urlsafe(32)
        shutil.rmtree(cluster, ignore_errors=True)
        cluster.mkdir(mode=0o700)
        own(cluster, self.account)
        self._run(guardian, self._initdb(cluster))
        self._run(guardian, self._single_user(cluster), stdin=_first_statements(password))
        self.folder.write(cluster / _PASSWORD_FILE, password + "\n", self.account)
        cluster.rename(self.folder.cluster)

    def _initdb(self, cluster: Path) -> Sequence[str]:
        options = ("--username=postgres", "--auth=reject", "--encoding=UTF8", "--locale=C")
        collation = ("--locale-provider=builtin", "--builtin-locale=PG_UNICODE_FAST")
        quickly = () if self.durable else ("--no-sync",)
        return [str(self.binaries.initdb), "-D", str(cluster), "--no-instructions", *options, *collation, *quickly]

    def _single_user(self, cluster: Path) -> Sequence[str]:
        return [str(self.binaries.postgres), "--single", "-j", "-D", str(cluster), "-c", "exit_on_error=on", "postgres"]

    def _run(self, guardian: GuardianClient, arguments: Sequence[str], *, stdin: str = "") -> None:
        status, output = guardian.run(arguments, stdin=stdin, timeout_seconds=_INIT_SECONDS)
        if status == 0:
            return
        if "No space left" in output:
            raise EmbeddedError(disk_is_full(self.folder.root))
        reason = next((line for line in output.splitlines() if "error:" in line or "FATAL:" in line), output.strip())
        raise EmbeddedError(f"PostgreSQL could not be set up in {self.folder.root}: {reason}.")

    def _forget_dead_server(self) -> None:
        """Remove what a crashed machine left of the server's own lock.

        No server that we started is alive, as each holds the lock of the folder. Another process that now bears the old
        number would keep PostgreSQL from starting; only one that works in this cluster is a server.
        """
        lock = self.folder.cluster / "postmaster.pid"
        if not lock.exists():
            return
        pid = lock.read_text().partition("\n")[0].strip()
        if Path("/proc", pid, "cwd").exists() and Path("/proc", pid, "cwd").samefile(self.folder.cluster):
            raise EmbeddedError(f"A PostgreSQL that was started by hand runs on {self.folder.cluster} (process {pid}).")
        lock.unlink()


def _memory_settings(data: int, memory: int) -> Mapping[str, str]:
    """For so many bytes of data: pages of all of it are kept, in up to a quarter of the memory.

    The quarter is PostgreSQL's advice (https://www.postgresql.org/docs/18/runtime-config-resource.html). A system short
    of memory lets go of its own cache first. What a big shop had read is read again when it starts: page by page, as
    it is asked for, would take minutes.
    """
    buffers = max(LEAST_BUFFERS, min(data, memory // 4)) >> 20
    reads_again = {"shared_preload_libraries": "pg_prewarm"} if data > LEAST_BUFFERS else {}
    return {"shared_buffers": f"{buffers}MB", "effective_cache_size": f"{max(512, 2 * buffers)}MB", **reads_again}


def _size_of(cluster: Path) -> int:
    """Of the databases of a cluster, in bytes. What a killed server left may put files away meanwhile."""
    size = 0
    for file in (cluster / "base").glob("*/*"):
        with suppress(FileNotFoundError):
            size += file.stat().st_size
    return size


def _listed(folder: Path) -> str:
    """The one folder of a list of folders, whatever characters its name has."""
    escaped = str(folder).replace('"', '""')
    return f'"{escaped}"'


def _first_statements(password: str) -> str:
    """What the superuser, who cannot log in, does once. One round of hashing is enough for 256 random bits."""
    statements = (
        "SET scram_iterations = 1",
        f"CREATE ROLE {ROLE} LOGIN CREATEDB CREATEROLE PASSWORD '{password}'",
        f"GRANT pg_monitor TO {ROLE}",
        f"CREATE DATABASE {ROLE} OWNER {ROLE}",
    )
    return "".join(f"{statement};\n\n" for statement in statements)
