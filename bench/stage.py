"""The servers that are measured: a store in a folder of its own, which nothing else uses."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Self
from urllib.error import URLError
from urllib.request import Request, urlopen

import asyncpg

from bench.client import request
from bench.documents import TYPE_NAME
from bench.proc import cpu_seconds, tree_cpu_seconds
from server.children import HELD_BY_PARENT
from server.embedded import EmbeddedServers

STOP_SECONDS = 30.0
LOOK_SECONDS, IDLE = 2.0, 0.05
"""A store is at rest that takes less than such a part of a CPU for so long."""
MOST_BUSY_SECONDS = 900.0
_IS_AT_WORK = """
SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid <> pg_backend_pid()
               AND (backend_type = 'client backend' AND state <> 'idle'
                    OR backend_type IN ('autovacuum worker', 'autoprewarm worker')))
"""
"""Whoever waits for a slow disk takes no CPU, and takes it later."""
UNCACHED: Mapping[str, str] = {"COMMERCE_KEPT_ANSWERS": "false"}
"""Settings with which every request is computed anew."""

NEVER_REFUSING = {"COMMERCE_SHED_POINTS": "0", "COMMERCE_SHED_SECONDS": "0"}
"""What is measured is as much as so many connections ask for, and must be answered."""

SETTINGS = {"COMMERCE_LOG_FORMAT": "json", "PORT": "0", "HOST": "127.0.0.1", **NEVER_REFUSING}


@dataclass(frozen=True, slots=True)
class Code:
    """A checkout, and the interpreter that has what it needs."""

    root: Path
    python: str


HERE = Code(Path(__file__).parent.parent, sys.executable)


class Process:
    """A Python module of ours as a process, which ends with this one. It says its address, and logs into a file."""

    def __init__(self, *arguments: str, environment: Mapping[str, str], log: Path, code: Code = HERE) -> None:
        with log.open("ab") as errors:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own modules
                [code.python, "-m", *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env={**foreign_environment(), **SETTINGS, **environment, HELD_BY_PARENT: "1"},
                cwd=code.root,
                start_new_session=True,
                text=True,
            )
        self._log = log

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_SECONDS)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    def origin(self, marker: str = "is at http") -> str:
        """The address in its first line that has the marker."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if marker in line:
                return line.split()[-1].removesuffix("/graphql")
        raise RuntimeError(f"it ended without an address:\n{self._log.read_text()[-2000:]}")


@dataclass(frozen=True, slots=True)
class Start:
    """From the command to the first answer: time that passed, and CPU time of the web process and of all."""

    seconds: float
    web_cpu_seconds: float
    total_cpu_seconds: float


def median_start(starts: Sequence[Start]) -> Start:
    """The one in the middle by the time that passed."""
    return sorted(starts, key=attrgetter("seconds"))[len(starts) // 2]


@dataclass(frozen=True, slots=True)
class Web:
    """Web processes behind one address; `pid` is the one above them, or the only one."""

    origin: str
    pid: int

    @property
    def url(self) -> str:
        return f"{self.origin}/graphql"


@dataclass(frozen=True, slots=True)
class Store:
    """A store without its web processes: its databases, its worker and its gateway."""

    folder: Path
    environment: Mapping[str, str]
    worker_pid: int
    postgres_pid: int
    valkey_pid: int
    code: Code = HERE

    @property
    def database_url(self) -> str:
        return self.environment["DATABASE_URL"]

    @contextmanager
    def web(self, **settings: str) -> Iterator[Web]:
        """`commerce serve` on this store, with these settings beside."""
        with web_process({**self.environment, **settings}, self.folder, self.code) as process:
            yield Web(process.origin(), process.pid)

    def rest(self) -> None:
        """Wait until what follows a start is done: pages are read again, words counted. TimeoutError if it never is."""
        ends = time.monotonic() + MOST_BUSY_SECONDS
        while (busy := self._cpu_seconds_in(LOOK_SECONDS)) > IDLE * LOOK_SECONDS or asyncio.run(self._is_at_work()):
            if time.monotonic() > ends:
                raise TimeoutError(f"The databases of {self.folder} do not come to rest: {busy / LOOK_SECONDS:.0%} CPU")

    async def _is_at_work(self) -> bool:
        connection = await asyncpg.connect(self.database_url)
        found: bool = await connection.fetchval(_IS_AT_WORK)
        await connection.close()
        return found

    def _cpu_seconds_in(self, seconds: float) -> float:
        before = self._cpu_seconds()
        time.sleep(seconds)
        return self._cpu_seconds() - before

    def _cpu_seconds(self) -> float:
        return tree_cpu_seconds(self.postgres_pid) + cpu_seconds(self.worker_pid)


def start_and_stop(folder: Path, code: Code = HERE) -> Start:
    """`commerce serve` in this data folder until it has answered once; the first time makes the sample store."""
    return _started({"DATA_DIR": str(folder)}, folder, code)


def started_beside(store: Store) -> Start:
    """The start of one more web process of a store that runs, as in a deployment."""
    return _started(store.environment, store.folder, store.code, "--no-worker")


def _started(environment: Mapping[str, str], folder: Path, code: Code, *options: str) -> Start:
    started = time.perf_counter()
    with Process("server", "serve", *options, environment=environment, log=log_of(folder), code=code) as process:
        answer_once(process.origin())
        seconds = time.perf_counter() - started
        return Start(seconds, cpu_seconds(process.pid), tree_cpu_seconds(process.pid))


def answer_once(origin: str) -> None:
    asked = Request(f"{origin}/graphql", request(TYPE_NAME), {"content-type": "application/json"})  # noqa: S310
    try:
        with urlopen(asked, timeout=10) as response:  # noqa: S310 - an address of our own
            assert response.status == 200
    except URLError as error:
        raise RuntimeError(f"the store did not answer: {error.reason}") from error


@contextmanager
def store_in(folder: Path, code: Code = HERE) -> Iterator[Store]:
    """The store of this data folder, its parts as processes that can be told apart."""
    with ExitStack() as stack:
        servers = stack.enter_context(EmbeddedServers(folder))
        environment = {
            "DATABASE_URL": servers.database_url,
            "REDIS_URL": servers.redis_url,
            "DATA_DIR": str(folder),
            "COMMERCE_PAYMENT_GATEWAY_URL": stack.enter_context(gateway_process(folder, code)).origin("http"),
        }
        log = log_of(folder)
        worker = stack.enter_context(Process("server", "worker", environment=environment, log=log, code=code))
        yield Store(folder, environment, worker.pid, servers.postgres_pid, servers.valkey_pid, code)


def web_process(environment: Mapping[str, str], folder: Path, code: Code = HERE) -> Process:
    return Process("server", "serve", "--no-worker", environment=environment, log=log_of(folder), code=code)


def limit_process(environment: Mapping[str, str], folder: Path, kept: str) -> Process:
    """The limit; `kept` is an address of the store, of which it repeats the answer."""
    return Process("bench.limit", kept, environment=environment, log=log_of(folder))


def import_catalog(environment: Mapping[str, str], file: Path) -> None:
    """Bring an Icecat file into the store, as an operator would."""
    subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "server", "import", "products", str(file), "--mapping", "icecat"],
        env={**foreign_environment(), **environment},
        stdout=subprocess.DEVNULL,
        check=True,
    )


def gateway_process(folder: Path, code: Code = HERE) -> Process:
    return Process("server", "gateway", environment={"DATA_DIR": str(folder)}, log=log_of(folder), code=code)


def command_output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout  # noqa: S603 - our own commands


def foreign_environment() -> dict[str, str]:
    """This environment without settings of ours, which would change what is measured."""
    ours = {"DATABASE_URL", "REDIS_URL", "DATA_DIR", "DATABASE_POOL_SIZE"}
    return {name: value for name, value in os.environ.items() if name not in ours and not name.startswith("COMMERCE_")}


def log_of(folder: Path) -> Path:
    return folder.parent / "bench.log"
