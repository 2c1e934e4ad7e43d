"""The data folder: who uses it, what lies where."""

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from domain.shared.making import dataclass
from server.embedded.account import Account
from server.embedded.errors import EmbeddedError

_LARGEST_LOG_BYTES = 10_000_000
_HANDOVER_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class DataFolder:
    """The places within the data folder. Nothing is written outside of it."""

    root: Path

    @property
    def cluster(self) -> Path:
        return self.root / "postgres"

    @property
    def new_cluster(self) -> Path:
        """Where a cluster is made; it takes its place when complete, so that a crash leaves none half made."""
        return self.root / "postgres.new"

    @property
    def valkey(self) -> Path:
        return self.root / "valkey"

    @property
    def run(self) -> Path:
        """Sockets, process ids and the files that are written anew on each start."""
        return self.root / "run"

    @property
    def logs(self) -> Path:
        return self.root / "log"

    def create(self, account: Account | None) -> None:
        """Make the folders that are missing, private to the user the servers run as."""
        for path in (self.valkey, self.run, self.logs):
            path.mkdir(mode=0o700, exist_ok=True)
            own(path, account)
        if self.cluster.exists():
            own(self.cluster, account)
        for log in self.logs.glob("*.log"):
            if log.stat().st_size > _LARGEST_LOG_BYTES:
                log.replace(log.with_suffix(".log.old"))

    def write(self, path: Path, text: str, account: Account | None) -> None:
        """Write a file that the servers' user alone may read."""
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        own(path, account)


def own(path: Path, account: Account | None) -> None:
    """Give `path`, and all below it, to the account, unless it has it already."""
    if account is None or path.stat().st_uid == account.uid:
        return
    for parent, _, files in os.walk(path):
        for each in (parent, *(os.path.join(parent, name) for name in files)):  # noqa: PTH118 - millions of files
            os.chown(each, account.uid, account.gid, follow_symlinks=False)
    os.chown(path, account.uid, account.gid)


@contextmanager
def claimed(root: Path) -> Iterator[int]:
    """Hold the data folder against every other process; yields the lock that the servers are to inherit.

    Two locks, both let go by the kernel however their holders end. The first is held by the process that uses the
    folder: who meets it is told so. The second is held by the servers: who meets it alone waits until the servers of
    a killed process have shut down.
    """
    root.mkdir(parents=True, exist_ok=True)
    user = _open_lock(root / "in-use.lock")
    try:
        if not _try_lock(user):
            holder = os.pread(user, 20, 0).decode().strip() or "unknown"
            raise EmbeddedError(f"Data folder {root} is already in use by process {holder}.")
        os.ftruncate(user, 0)
        os.pwrite(user, f"{os.getpid()}\n".encode(), 0)
        servers = _open_lock(root / "servers.lock")
        try:
            _wait_for_lock(servers, root)
            yield servers
        finally:
            os.close(servers)
    finally:
        os.close(user)


def _open_lock(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _try_lock(descriptor: int) -> bool:
    with suppress(BlockingIOError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _wait_for_lock(descriptor: int, root: Path) -> None:
    deadline = time.monotonic() + _HANDOVER_SECONDS
    while not _try_lock(descriptor):
        if time.monotonic() > deadline:
            raise EmbeddedError(f"Servers of an earlier run are still working in data folder {root}.")
        time.sleep(0.02)


@contextmanager
def told_in_one_line(root: Path) -> Iterator[None]:
    """Turn what the operating system refuses into a line for the operator."""
    try:
        yield
    except OSError as error:
        raise EmbeddedError(_line_for(root, error)) from error


def _line_for(root: Path, error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_is_full(root)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"Data folder {root} is not writable by user {os.geteuid()}: {error.strerror} ({error.filename})."
    return f"Data folder {root} cannot be used: {error.strerror} ({error.filename})."


def disk_is_full(root: Path) -> str:
    return f"The disk of data folder {root} is full: free some space and start again."
