"""Several web processes behind one port: they share it evenly, one that falls over is replaced, all stop together."""

import asyncio
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import orjson
import pytest

from persistence.ids import new_id
from persistence.statement import Pool
from server.seed import seed
from server.supervisor import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, STEADY_SECONDS, Place
from tests.journeys.processes import Store, clean_environment
from tests.places import new_folder
from tests.server.watched import serving

PATIENCE_SECONDS = 30.0
NOWHERE = "http://127.0.0.1:9"
"""Where no gateway answers; nothing is paid here."""

COUNT = {"query": "query Count { search(input: {}) { totalCount } }"}
REFUSED_PORT = re.compile(r"commerce: PORT: cannot listen on 127\.0\.0\.1:\d+: address already in use")


@pytest.fixture
def folder() -> Iterator[Path]:
    path = new_folder("commerce-several-")
    yield path
    shutil.rmtree(path)


@pytest.fixture
def environment(worker_database_url: str, redis_url: str) -> Mapping[str, str]:
    return {
        "DATABASE_URL": worker_database_url,
        "REDIS_URL": redis_url,
        "COMMERCE_PAYMENT_GATEWAY_URL": NOWHERE,
        "COMMERCE_WEB_PROCESSES": "2",
    }


@asynccontextmanager
async def two_processes(pool: Pool, environment: Mapping[str, str], folder: Path) -> AsyncIterator[Store]:
    await seed(pool, new_id)
    others = {name: value for name, value in environment.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    async with serving(folder, environment["DATABASE_URL"], environment["REDIS_URL"], **others) as (store, _):
        yield store


def children_of(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_running(pid: int) -> bool:
    """Whether it is there, and is not only waiting for somebody to notice its end."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


async def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "waited too long"
        await asyncio.sleep(0.02)


async def ask_anew(store: Store, times: int) -> list[int]:
    """The status of as many requests one after another, each on a connection of its own."""
    answered = []
    for _ in range(times):
        async with httpx2.AsyncClient(base_url=store.origin, timeout=PATIENCE_SECONDS) as client:
            answered.append((await client.post("/graphql", json=COUNT)).status_code)
    return answered


async def counted(store: Store) -> dict[str, float]:
    """How many `Count` each process has answered, as any one of them tells it."""
    async with httpx2.AsyncClient(base_url=store.origin, timeout=PATIENCE_SECONDS) as client:
        text = (await client.get("/metrics")).text
    assert text.count("# TYPE commerce_operations_total ") == 1
    found = re.finditer(r'^commerce_operations_total{operation="Count",.*process="(\d)"} (\S+)$', text, re.MULTILINE)
    return {each[1]: float(each[2]) for each in found}


async def readiness(store: Store) -> int:
    async with httpx2.AsyncClient(base_url=store.origin, timeout=PATIENCE_SECONDS) as client:
        return (await client.get("/health/ready")).status_code


def refused(environment: Mapping[str, str], folder: Path) -> tuple[int, list[str]]:
    """The exit status and the lines of a `commerce serve` that cannot start."""
    done = subprocess.run(
        [sys.executable, "-m", "server", "serve"],
        env={**clean_environment(), "DATA_DIR": str(folder), "COMMERCE_LOG_LEVEL": "error", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == ""
    return done.returncode, done.stderr.splitlines()


def told_lines(lines: Sequence[str]) -> list[str]:
    return [line for line in lines if line.startswith("commerce: ")]


async def test_two_processes_share_the_port_and_each_tells_the_figures_of_both(
    pool: Pool, environment: Mapping[str, str], folder: Path
):
    uncached = {**environment, "COMMERCE_KEPT_ANSWERS": "false"}
    async with two_processes(pool, uncached, folder) as store:
        ready = await readiness(store)
        answered = await ask_anew(store, 60)
        tellings = [await counted(store) for _ in range(8)]

    assert ready == 200
    assert answered == [200] * 60
    assert all(told == tellings[0] for told in tellings), "whichever is asked, the figures are the same"
    assert set(tellings[0]) == {"0", "1"}, "both were dealt requests"
    assert sum(tellings[0].values()) == 60


async def test_sigterm_said_over_and_over_ends_as_well_as_if_it_had_been_said_once(
    pool: Pool, environment: Mapping[str, str], folder: Path
):
    async with two_processes(pool, environment, folder) as store:
        while store.is_running:
            store.terminate()
            await asyncio.sleep(0.01)

        assert store.wait() == 0
        assert store.faults_since() == []


async def test_one_that_is_killed_is_replaced_while_the_port_answers(
    pool: Pool, environment: Mapping[str, str], folder: Path
):
    async with two_processes(pool, environment, folder) as store:
        before = children_of(store.pid)
        os.kill(before[0], signal.SIGKILL)
        answered = await ask_anew(store, 40)
        await until(lambda: len(children_of(store.pid)) == 2)
        after = children_of(store.pid)

    assert answered == [200] * 40
    assert set(before) & set(after) == {before[1]}


async def test_it_is_ready_only_while_all_of_its_processes_are(
    pool: Pool, environment: Mapping[str, str], folder: Path
):
    async with two_processes(pool, environment, folder) as store:
        kept, seen = children_of(store.pid)[0], set[int]()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while 503 not in seen:
            assert time.monotonic() < deadline
            for other in set(children_of(store.pid)) - {kept}:
                os.kill(other, signal.SIGKILL)
            seen |= {await readiness(store) for _ in range(5)}
        while await readiness(store) != 200:
            assert time.monotonic() < deadline


async def test_sigterm_lets_each_process_finish_what_it_is_at(pool: Pool, environment: Mapping[str, str], folder: Path):
    async with two_processes(pool, environment, folder) as store:
        family = [store.pid, *children_of(store.pid)]
        slow = [await half_a_request(store) for _ in range(12)]
        store.terminate()
        await asyncio.sleep(0.2)
        answers = await asyncio.gather(*(finish(*each) for each in slow))
        status = await asyncio.to_thread(store.wait)
        faults = store.faults_since()

    assert all(answer.startswith(b"HTTP/1.1 200") for answer in answers)
    assert status == 0
    assert faults == []
    assert not any(is_running(pid) for pid in family)


async def test_kill_9_of_the_supervisor_leaves_no_process_behind(
    pool: Pool, environment: Mapping[str, str], folder: Path
):
    async with two_processes(pool, environment, folder) as store:
        children = children_of(store.pid)
        store.kill()
        await until(lambda: not any(is_running(pid) for pid in children))

    assert len(children) == 2


async def test_a_worker_can_be_among_them(pool: Pool, environment: Mapping[str, str], folder: Path):
    await seed(pool, new_id)
    named = {**clean_environment(), **environment, "DATA_DIR": str(folder), "PORT": "0"}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server", "serve", "--processes", "3", "--worker"),
        env={**named, "COMMERCE_LOG_FORMAT": "json"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    async for line in process.stdout:
        if b"is at" in line:
            break
    process.terminate()
    logged = [orjson.loads(line) for line in (await process.stderr.read()).splitlines()]

    assert await process.wait() == 0
    started = [(event["event"], event["process"]) for event in logged if event["event"].endswith("_started")]
    assert sorted(started) == [("web_started", f"web-{number}") for number in range(3)] + [("worker_started", "worker")]


def test_a_port_that_another_server_has_gets_one_clear_line(environment: Mapping[str, str], folder: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        status, lines = refused({**environment, "PORT": str(taken.getsockname()[1])}, folder)

    assert status == 1
    assert len(lines) == 1
    assert REFUSED_PORT.fullmatch(lines[0])


async def test_a_port_that_other_such_processes_have_is_taken_too(
    pool: Pool, environment: Mapping[str, str], folder: Path
):
    async with two_processes(pool, environment, folder) as store:
        port = store.origin.rpartition(":")[2]
        status, lines = await asyncio.to_thread(refused, {**environment, "PORT": port}, folder)

    assert status == 1
    assert [REFUSED_PORT.fullmatch(line) is not None for line in lines] == [True]


def test_a_setting_that_only_the_processes_find_wrong_is_told_once_and_nothing_starts_over(
    environment: Mapping[str, str], folder: Path
):
    server, _, _ = environment["DATABASE_URL"].partition("?")
    wrong = environment["DATABASE_URL"].replace(server.rpartition("/")[2], "no_such_database", 1)

    status, lines = refused({**environment, "DATABASE_URL": wrong, "PORT": "0"}, folder)

    assert status == 1
    assert told_lines(lines) == ['commerce: DATABASE_URL: database "no_such_database" does not exist']


@pytest.mark.parametrize("missing", ["DATABASE_URL", "REDIS_URL", "COMMERCE_PAYMENT_GATEWAY_URL"])
def test_several_processes_run_beside_no_server_of_their_own(
    environment: Mapping[str, str], folder: Path, missing: str
):
    status, lines = refused({**environment, missing: "", "PORT": "0"}, folder)

    name = "COMMERCE_STRIPE_SECRET_KEY" if missing == "COMMERCE_PAYMENT_GATEWAY_URL" else missing
    assert (status, lines) == (1, [f"commerce: {name}: must be set for several web processes"])


def test_one_that_falls_over_again_and_again_is_replaced_less_and_less_soon():
    place, pauses = Place(0, lambda _: None), []

    for now in range(10):
        place.begins(now)
        place.has_ended(now + 0.5)
        pauses.append(place.starts_at - (now + 0.5))

    assert pauses[:3] == pytest.approx([FIRST_PAUSE_SECONDS, 2 * FIRST_PAUSE_SECONDS, 4 * FIRST_PAUSE_SECONDS])
    assert pauses[-1] == LONGEST_PAUSE_SECONDS
    assert sorted(pauses) == pauses


def test_one_that_served_for_long_is_replaced_at_once():
    place = Place(0, lambda _: None, pause_seconds=LONGEST_PAUSE_SECONDS)
    place.begins(100.0)

    place.has_ended(100.0 + STEADY_SECONDS)

    assert place.is_due(100.0 + STEADY_SECONDS)


async def half_a_request(store: Store) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A request of a client that takes its time: all but the last byte, once the server has begun to read it."""
    body = orjson.dumps(COUNT)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(store.origin.rpartition(":")[2]))
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"
    )
    writer.write(head.encode())
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(body[:-1])
    await writer.drain()
    return reader, writer


async def finish(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    writer.write(orjson.dumps(COUNT)[-1:])
    answer = await asyncio.wait_for(reader.read(), PATIENCE_SECONDS)
    writer.close()
    return answer
