"""Answers whose bytes are ready: when they are sent, and that none is lost or overtaken."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.types import Receive, Scope, Send

from server.protocols import answer_in_steps, answered_at_once
from tests.server.wires import WiredServer, bodies

HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n"


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the path of the request, at once if that is possible and wanted."""
    del receive
    body: bytes = scope["path"].encode()
    if scope["query_string"]:
        answer_in_steps(scope)
    if not answered_at_once(scope, HEAD, body):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": body})


@pytest.fixture
async def server() -> AsyncIterator[WiredServer]:
    async with WiredServer(answer) as server:
        yield server


def asking(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nhost: shop\r\n\r\n".encode()


async def test_answers_of_one_step_are_sent_at_its_end(server: WiredServer):
    (first, told_first), (second, told_second) = server.connection(), server.connection()

    first.data_received(asking("/1"))
    second.data_received(asking("/2"))
    before = told_first.told + told_second.told
    await asyncio.sleep(0)

    assert before == []
    assert (bodies(told_first), bodies(told_second)) == ([b"/1"], [b"/2"])


async def test_no_answer_overtakes_another_of_its_connection(server: WiredServer):
    protocol, transport = server.connection()

    for path in ("/1", "/2?in-steps", "/3"):
        protocol.data_received(asking(path))
    await asyncio.sleep(0)

    assert bodies(transport) == [b"/1", b"/2", b"/3"]


async def test_who_sends_no_more_is_answered(server: WiredServer):
    protocol, transport = server.connection()

    protocol.data_received(asking("/1"))
    protocol.eof_received()
    transport.close()
    await asyncio.sleep(0)

    assert bodies(transport) == [b"/1"]


async def test_a_server_that_stops_sends_what_is_ready(server: WiredServer):
    protocol, transport = server.connection()

    protocol.data_received(asking("/1"))
    protocol.shutdown()

    assert (bodies(transport), transport.is_closed) == ([b"/1"], True)


async def test_a_connection_that_is_gone_keeps_no_answer_from_others(server: WiredServer):
    (gone, told_gone), (other, told_other) = server.connection(), server.connection()

    gone.data_received(asking("/1"))
    other.data_received(asking("/2"))
    told_gone.abort()
    gone.connection_lost(None)
    await asyncio.sleep(0)

    assert (bodies(told_gone), bodies(told_other)) == ([], [b"/2"])
