"""Requests that come slowly or never end are given up, on connections that are closed then."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import pytest

from persistence.statement import Pool
from server.protocols import MAX_HEAD_BYTES
from tests.server.front import Front, open_front

HEAD = b"POST /graphql HTTP/1.1\r\nhost: shop\r\ncontent-type: application/json\r\n"
CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"
SMALL = b'{"query": "{ __typename }"}'
SOON_SECONDS = 0.5
PATIENCE_SECONDS = 60.0


@pytest.fixture
async def front(pool: Pool, redis_url: str) -> AsyncIterator[Front]:
    async with open_front(pool, redis_url) as front:
        yield front


class Connection:
    """A client's end, by which anything may be sent."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def drip(self, data: bytes) -> None:
        """Go on and on, a bit at a time, until the server has enough of it."""
        with suppress(OSError):
            while not self._reader.at_eof():
                await self.send(data)
                await asyncio.sleep(0.2)

    async def told(self) -> bytes:
        """All that the server says until it closes the connection."""
        told = b""
        with suppress(ConnectionError):
            while more := await asyncio.wait_for(self._reader.read(65_536), PATIENCE_SECONDS):
                told += more
        return told

    async def answer(self) -> bytes:
        """The status line of an answer."""
        head = await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), PATIENCE_SECONDS)
        await self._reader.readexactly(int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]))
        return head.partition(b"\r\n")[0]

    async def close(self) -> None:
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()


type Connect = Callable[[], Awaitable[Connection]]


@pytest.fixture
async def connect(front: Front) -> AsyncIterator[Connect]:
    opened: list[Connection] = []

    async def one_more() -> Connection:
        streams = await asyncio.open_connection("127.0.0.1", int(front.origin.rpartition(":")[2]))
        opened.append(Connection(*streams))
        return opened[-1]

    yield one_more
    for connection in opened:
        await connection.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.protocols.HEAD_SECONDS", SOON_SECONDS)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "begun", [b"", b"POST /graphql HTTP/1.1\r\nhost:", HEAD], ids=["nothing", "a bit", "most of it"]
)
async def test_a_connection_without_a_request_is_closed(connect: Connect, begun: bytes):
    connection = await connect()
    await connection.send(begun)

    assert await connection.told() == b""


@pytest.mark.usefixtures("impatient")
async def test_a_head_that_drips_is_not_waited_for(connect: Connect):
    connection = await connect()
    await connection.send(HEAD)
    dripping = asyncio.create_task(connection.drip(b"x-more: a\r\n"))

    assert await connection.told() == b""
    await dripping


@pytest.mark.usefixtures("impatient")
async def test_the_second_request_of_a_connection_has_to_come_in_time_too(connect: Connect):
    connection = await connect()
    request = HEAD + b"content-length: %d\r\n\r\n" % len(SMALL) + SMALL
    await connection.send(request)
    first = await connection.answer()
    await asyncio.sleep(2 * SOON_SECONDS)
    await connection.send(request)
    second = await connection.answer()
    await connection.send(HEAD)

    assert (first, second) == (b"HTTP/1.1 200 OK",) * 2
    assert await connection.told() == b""


@pytest.mark.usefixtures("impatient")
async def test_a_connection_that_asks_no_more_is_closed_after_its_time(connect: Connect):
    """uvicorn's own, five seconds, and not that within which a head has to come."""
    connection = await connect()
    request = HEAD + b"content-length: %d\r\n\r\n" % len(SMALL) + SMALL
    await connection.send(request)
    await connection.answer()
    began = time.perf_counter()

    assert await connection.told() == b""
    assert time.perf_counter() - began > 4


async def test_hundreds_of_requests_at_once_are_answered_one_after_the_other(connect: Connect):
    connection = await connect()
    request = HEAD + b"content-length: %d\r\n\r\n" % len(SMALL) + SMALL

    sending = asyncio.create_task(connection.send(request * 2_000))
    answers = [await connection.answer() for _ in range(2_000)]
    await sending

    assert set(answers) == {b"HTTP/1.1 200 OK"}


async def test_a_head_without_end_is_not_gathered(connect: Connect):
    connection = await connect()
    with suppress(ConnectionError):
        for _ in range(10 * MAX_HEAD_BYTES // 1_000):
            await connection.send(b"x: " + b"a" * 995 + b"\r\n" if _ else HEAD)

    assert await connection.told() == b""


async def test_a_body_that_drips_is_408_and_the_connection_is_closed(connect: Connect):
    connection = await connect()
    await connection.send(HEAD + b"content-length: 200000\r\n\r\n")
    began = time.perf_counter()
    dripping = asyncio.create_task(connection.drip(b" "))

    told = await connection.told()

    assert time.perf_counter() - began > 4
    assert told.startswith(b"HTTP/1.1 408 ")
    assert b'"REQUEST_TIMEOUT"' in told
    await dripping


async def test_a_body_without_end_is_413_and_the_connection_is_closed(connect: Connect):
    connection = await connect()
    await connection.send(CHUNKED)
    flooding = asyncio.create_task(connection.drip(b"10000\r\n" + b" " * 0x10000 + b"\r\n"))

    told = await connection.told()

    assert told.startswith(b"HTTP/1.1 413 ")
    assert b'"PAYLOAD_TOO_LARGE"' in told
    await flooding


async def test_slow_clients_keep_nobody_waiting(front: Front, connect: Connect):
    slow = [await connect() for _ in range(100)]
    for at, connection in enumerate(slow):
        await connection.send((b"POST /gr", HEAD, CHUNKED)[at % 3])

    answers = [(await front.post(query="{ __typename }")).status_code for _ in range(5)]

    assert answers == [200] * 5
