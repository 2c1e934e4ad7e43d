"""Answers whose bytes are ready: when they are sent, and that none is lost or overtaken. The transport writes down."""

import asyncio
from typing import Any, cast

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from server.protocols import HTTPProtocol, answer_in_steps, answered_at_once

HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n"


class Transport:
    """What was written, in order, and whether it was closed."""

    def __init__(self) -> None:
        self.told: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes) -> None:
        assert not self.is_closed
        self.told.append(data)

    def is_closing(self) -> bool:
        return self.is_closed

    def close(self) -> None:
        self.is_closed = True

    abort = close

    def get_extra_info(self, name: str) -> Any:
        return {"peername": ("127.0.0.1", 4000), "sockname": ("127.0.0.1", 8000)}.get(name)

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class Server:
    """Connections of one server, whose application answers with the path of the request, at once if it can."""

    def __init__(self) -> None:
        self._config = uvicorn.Config(self._answer, interface="asgi3", log_config=None, proxy_headers=False)
        self._config.load()
        self._state = ServerState()

    def connection(self) -> tuple[HTTPProtocol, Transport]:
        transport = Transport()
        protocol = HTTPProtocol(self._config, self._state, {}, asyncio.get_running_loop())
        protocol.connection_made(cast("asyncio.Transport", transport))
        return protocol, transport

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        body: bytes = scope["path"].encode()
        if scope["query_string"]:
            answer_in_steps(scope)
        if not answered_at_once(scope, HEAD, body):
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
            await send({"type": "http.response.body", "body": body})


@pytest.fixture
def server() -> Server:
    return Server()


def asking(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nhost: shop\r\n\r\n".encode()


def bodies(transport: Transport) -> list[bytes]:
    return [part.partition(b"\r\n\r\n")[2] for part in b"".join(transport.told).split(b"HTTP/1.1 200 OK")[1:]]


async def test_answers_of_one_step_are_sent_at_its_end(server: Server):
    (first, told_first), (second, told_second) = server.connection(), server.connection()

    first.data_received(asking("/1"))
    second.data_received(asking("/2"))
    before = told_first.told + told_second.told
    await asyncio.sleep(0)

    assert before == []
    assert (bodies(told_first), bodies(told_second)) == ([b"/1"], [b"/2"])


async def test_no_answer_overtakes_another_of_its_connection(server: Server):
    protocol, transport = server.connection()

    for path in ("/1", "/2?in-steps", "/3"):
        protocol.data_received(asking(path))
    await asyncio.sleep(0)

    assert bodies(transport) == [b"/1", b"/2", b"/3"]


async def test_who_sends_no_more_is_answered(server: Server):
    protocol, transport = server.connection()

    protocol.data_received(asking("/1"))
    protocol.eof_received()
    transport.close()
    await asyncio.sleep(0)

    assert bodies(transport) == [b"/1"]


async def test_a_server_that_stops_sends_what_is_ready(server: Server):
    protocol, transport = server.connection()

    protocol.data_received(asking("/1"))
    protocol.shutdown()

    assert (bodies(transport), transport.is_closed) == ([b"/1"], True)


async def test_a_connection_that_is_gone_keeps_no_answer_from_others(server: Server):
    (gone, told_gone), (other, told_other) = server.connection(), server.connection()

    gone.data_received(asking("/1"))
    other.data_received(asking("/2"))
    told_gone.abort()
    gone.connection_lost(None)
    await asyncio.sleep(0)

    assert (bodies(told_gone), bodies(told_other)) == ([], [b"/2"])
