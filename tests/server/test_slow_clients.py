"""Clients that take nothing of the real log: little is made for them, and once they resume they lack nothing."""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

import orjson
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from domain.shared.events import Event, EventType
from persistence import outbox
from persistence.ids import new_id
from persistence.statement import Pool
from resolvers.log import cursor_at
from server import web
from server.graphql_ws import SocketBounds
from server.jobs.relay import relay
from tests.fakes.news import LocalNews
from tests.server.front import Front, open_front
from tests.server.graphql_server import eventually, unread_at

FOLLOW = "subscription($after: String) { orderEvents(after: $after) { id cursor changes } }"
EVENTS = 400
EVENT_BYTES = 50_000
MOST_ON_THEIR_WAY = EVENTS // 2
"""More events than a batch and the buffers of two kernels hold, and fewer than there are."""

PATIENCE_SECONDS = 30.0


@pytest.fixture
async def front(pool: Pool, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Front]:
    options = web.transport_options
    impatient: dict[str, Any] = {"socket_bounds": SocketBounds(stall_seconds=0.5), "stall_seconds": 0.5}
    monkeypatch.setattr(web, "transport_options", lambda parts: replace(options(parts), **impatient))
    async with open_front(pool, redis_url) as front:
        await fill_log(pool)
        yield front


async def fill_log(pool: Pool) -> None:
    company, changes = new_id("company"), {"name": "x" * EVENT_BYTES}
    events = [Event(EventType.COMPANY_CHANGED, company, changes=changes) for _ in range(EVENTS)]
    async with pool.acquire() as connection, connection.transaction():
        await outbox.record(connection, events, actor=None, new_id=new_id)
    await relay(pool, LocalNews())


async def log_of(pool: Pool) -> list[str]:
    return [row["id"] for row in await pool.fetch("SELECT id FROM event ORDER BY position")]


async def credentials(front: Front) -> Mapping[str, str]:
    return (await front.door.staff("events:read")).headers


def is_followed(front: Front) -> bool:
    return bool(front.door.parts.news._listeners)


async def begin(socket: ClientConnection, headers: Mapping[str, str], after: str) -> None:
    await socket.send(orjson.dumps({"type": "connection_init", "payload": dict(headers)}).decode())
    assert orjson.loads(await socket.recv())["type"] == "connection_ack"
    payload = {"query": FOLLOW, "variables": {"after": after}}
    await socket.send(orjson.dumps({"id": "1", "type": "subscribe", "payload": payload}).decode())


async def taken(socket: ClientConnection, count: int) -> tuple[list[Any], int | None]:
    """So many events, or all that came until the server closed, and the code that it closed with."""
    found: list[Any] = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(found) < count:
            try:
                found.append(orjson.loads(await socket.recv())["payload"]["data"]["orderEvents"])
            except ConnectionClosed as closed:
                return found, closed.rcvd.code if closed.rcvd else None
    return found, None


async def test_a_socket_that_takes_nothing_is_told_to_resume_and_lacks_nothing_then(front: Front, pool: Pool):
    headers = await credentials(front)
    url, protocol = front.origin.replace("http", "ws") + "/graphql", Subprotocol("graphql-transport-ws")
    options: dict[str, Any] = {"subprotocols": [protocol], "max_queue": 1, "compression": None}

    async with connect(url, sock=unread_at(front.origin), **options) as socket:
        await begin(socket, headers, cursor_at(0))
        await eventually(lambda: is_followed(front), PATIENCE_SECONDS)
        await eventually(lambda: not is_followed(front), PATIENCE_SECONDS)
        before, code = await taken(socket, EVENTS)
    async with connect(url, **options) as socket:
        await begin(socket, headers, before[-1]["cursor"])
        behind, _ = await taken(socket, EVENTS - len(before))

    assert code == 1013
    assert 0 < len(before) < MOST_ON_THEIR_WAY
    assert [event["id"] for event in before + behind] == await log_of(pool)


def stream_from(front: Front, headers: Mapping[str, str], after: str) -> socket.socket:
    """A connection on which an event stream was asked for."""
    connection = unread_at(front.origin)
    body = orjson.dumps({"query": FOLLOW, "variables": {"after": after}})
    lines = ["POST /graphql HTTP/1.1", "host: shop", "accept: text/event-stream", "content-type: application/json"]
    lines += [f"{name}: {value}" for name, value in headers.items()] + [f"content-length: {len(body)}", "", ""]
    connection.sendall("\r\n".join(lines).encode() + body)
    return connection


def read_events(connection: socket.socket, count: int) -> list[Any]:
    """So many events, or all that came whole until the stream broke off."""
    found: list[Any] = []
    connection.settimeout(PATIENCE_SECONDS)
    lines = connection.makefile("rb")
    try:
        while len(found) < count and (line := lines.readline()):
            if line.startswith(b"data: ") and line.endswith(b"}}}\n"):
                found.append(orjson.loads(line.removeprefix(b"data: "))["data"]["orderEvents"])
    except ConnectionResetError:
        pass
    finally:
        lines.close()
    return found


async def test_a_stream_that_takes_nothing_breaks_off_and_lacks_nothing_when_resumed(front: Front, pool: Pool):
    headers = await credentials(front)

    with stream_from(front, headers, cursor_at(0)) as connection:
        await eventually(lambda: is_followed(front), PATIENCE_SECONDS)
        await eventually(lambda: not is_followed(front), PATIENCE_SECONDS)
        before = await asyncio.to_thread(read_events, connection, EVENTS)
    with stream_from(front, headers, before[-1]["cursor"]) as connection:
        behind = await asyncio.to_thread(read_events, connection, EVENTS - len(before))

    assert 0 < len(before) < MOST_ON_THEIR_WAY
    assert [event["id"] for event in before + behind] == await log_of(pool)
