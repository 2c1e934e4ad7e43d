"""`commerce serve` as a process: started twice, on a taken port, told to stop, and killed."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import orjson
import pytest
import websockets

from server.sample_accounts import EVENTS_KEY
from tests.journeys.buying import buy, order, two_offers
from tests.journeys.client import client_of
from tests.journeys.listening import Heard, hear_from_socket
from tests.journeys.processes import Process, Store, clean_environment
from tests.places import new_folder

PATIENCE_SECONDS = 20.0


@pytest.fixture
def folder() -> Iterator[Path]:
    path = new_folder("commerce-serving-")
    yield path
    shutil.rmtree(path)


def refused(data_dir: Path, **environment: str) -> tuple[int, list[str]]:
    """The exit status and the lines of a `commerce serve` that cannot start."""
    done = subprocess.run(
        [sys.executable, "-m", "server", "serve"],
        env={**clean_environment(), "DATA_DIR": str(data_dir), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == ""
    return done.returncode, done.stderr.splitlines()


def family_of(pid: int) -> set[int]:
    """A process and all that descend from it."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (parent := parent_of(int(entry.name))) is not None:
            parents.setdefault(parent, []).append(int(entry.name))
    family, waiting = {pid}, [pid]
    while waiting:
        children = parents.get(waiting.pop(), [])
        family.update(children)
        waiting.extend(children)
    return family


def parent_of(pid: int) -> int | None:
    """The parent of a process that runs; None for one that does not, or has ended and was not waited for."""
    try:
        state, parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if state == "Z" else int(parent)


def works_in(pid: int, folder: Path) -> bool:
    """Whether the process was started for this data folder."""
    try:
        words = Path(f"/proc/{pid}/environ").read_bytes() + Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False
    return str(folder).encode() in words


def left_of(family: set[int], folder: Path) -> set[int]:
    """Those of the family that still run; their numbers may belong to others by now."""
    return {pid for pid in family if parent_of(pid) is not None and works_in(pid, folder)}


def child_of(store: Store, command: str) -> int:
    """The process that runs a command beside the store; 0 if there is none now."""
    for pid in family_of(store.pid):
        with suppress(OSError):
            if Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[1:4] == [b"-m", b"server", command.encode()]:
                return pid
    return 0


async def kill_and_await_the_next(store: Store, command: str) -> None:
    fallen = child_of(store, command)
    os.kill(fallen, signal.SIGKILL)
    await until(lambda: child_of(store, command) not in (0, fallen))


async def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "waited too long"
        await asyncio.sleep(0.05)


async def until_gone(family: set[int], folder: Path) -> None:
    await until(lambda: not left_of(family, folder))


def test_a_second_serve_on_the_same_data_folder_says_so_and_stops(store: Store):
    status, lines = refused(store.data_dir, PORT="0")

    assert status == 1
    assert lines == [f"commerce: Data folder {store.data_dir} is already in use by process {store.pid}."]


def test_a_taken_port_gets_one_clear_line_and_nothing_is_started(folder: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        status, lines = refused(folder / "store", PORT=str(port))

    assert status == 1
    assert lines == [f"commerce: PORT: cannot listen on 127.0.0.1:{port}: address already in use"]
    assert not (folder / "store").exists()


def test_a_wrong_setting_gets_one_line_that_says_which_and_why(folder: Path):
    status, lines = refused(folder / "store", PORT="many")

    assert status == 1
    assert len(lines) == 1
    assert lines[0].startswith("commerce: PORT: ")


async def test_kill_9_leaves_none_of_its_processes_behind_and_loses_nothing(folder: Path):
    store = Store(folder / "store")
    family = family_of(store.pid)
    async with client_of(store.origin) as guest:
        buyer = guest.in_market("de")
        bought = await buy(buyer, "de", ((await two_offers(buyer))[0], 1))

    store.kill()
    await until_gone(family, store.data_dir)
    with Store(folder / "store") as again:
        async with client_of(again.origin) as guest:
            found = await order(guest, bought["id"])

    assert len(family) > 5, "PostgreSQL, Valkey, their guardian, the gateway and the worker"
    assert found == bought


async def test_a_worker_and_a_gateway_that_fall_over_are_started_again(folder: Path):
    with Store(folder / "store") as store:
        for command in ("worker", "gateway"):
            await kill_and_await_the_next(store, command)
        async with client_of(store.origin) as guest:
            bought = await buy(guest.in_market("de"), "de", ((await two_offers(guest.in_market("de")))[0], 1))

    assert bought["paymentStatus"] == "AUTHORIZED"


async def test_sigterm_stops_everything_and_ends_well(folder: Path):
    store = Store(folder / "store")
    family = family_of(store.pid)

    status = store.stop()

    assert status == 0
    assert left_of(family, store.data_dir) == set()
    assert store.faults_since() == []


def test_sigterm_said_over_and_over_ends_as_well_as_if_it_had_been_said_once(folder: Path):
    store = Store(folder / "store")
    family = family_of(store.pid)

    while store.is_running:
        store.terminate()
        time.sleep(0.01)

    assert store.wait() == 0
    assert left_of(family, store.data_dir) == set()
    assert store.faults_since() == []


async def test_sigterm_lets_a_running_query_finish_and_tells_subscriptions_to_come_back(folder: Path):
    store = Store(folder / "store")
    async with client_of(store.origin) as guest:
        integrator = guest.bearing(EVENTS_KEY)
        listening = asyncio.create_task(hear_from_socket(integrator, Heard()))
        await asyncio.sleep(0.5)
        head, body = slow_query(store)
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(store))
        writer.write(head + body[:-1])
        await writer.drain()

        store.terminate()
        await asyncio.sleep(0.2)
        writer.write(body[-1:])
        answer = await asyncio.wait_for(reader.read(), 20)
        closed = (await asyncio.gather(listening, return_exceptions=True))[0]
        writer.close()

    assert answer.startswith(b"HTTP/1.1 200")
    assert b'"totalCount"' in answer
    assert isinstance(closed, websockets.ConnectionClosedError)
    assert closed.rcvd is not None
    assert closed.rcvd.code == 1012, "service restart: come back and resume"
    assert await asyncio.to_thread(store.stop) == 0


def slow_query(store: Store) -> tuple[bytes, bytes]:
    """A request, in two pieces, of a client that takes its time to send it."""
    body = orjson.dumps({"query": '{ search(input: {query: "apron"}) { totalCount } }'})
    head = f"POST /graphql HTTP/1.1\r\nHost: {store.origin.removeprefix('http://')}\r\n"
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode(), body


def port_of(store: Store) -> int:
    return int(store.origin.rpartition(":")[2])


def test_a_worker_without_its_servers_says_which_setting_it_needs(folder: Path):
    done = Process("worker", environment={"DATA_DIR": str(folder)}, log=folder / "worker.log")

    assert done.wait() == 1
    assert (folder / "worker.log").read_text() == "commerce: DATABASE_URL: must be set for this command\n"
