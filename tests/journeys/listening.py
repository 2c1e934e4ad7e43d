"""Clients that listen to the event log, by WebSocket or as server-sent events, and come back where they left off."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import httpx2
import orjson
import websockets

from tests.journeys.client import Client

ORDER_EVENTS = """
subscription OrderEvents($after: String) {
  orderEvents(after: $after) { id cursor type sequence subject { id } order { id } }
}
"""
REPLAY = """
query Replay($after: String) {
  events(after: $after, first: 100) {
    nodes { id cursor type sequence subject { id } order { id } }
    pageInfo { hasNextPage endCursor }
  }
}
"""
OPEN_SECONDS = 10.0


class CutOffError(Exception):
    """The store ended the subscription; whoever wants to hear more comes back with the last cursor."""


class Heard:
    """Every event that a listener was told of, in the order it came, over all of its connections."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self._changed = asyncio.Event()

    @property
    def cursor(self) -> str | None:
        """Where to go on from."""
        return self.events[-1]["cursor"] if self.events else None

    @property
    def ids(self) -> list[str]:
        return [event["id"] for event in self.events]

    def hear(self, answer: dict[str, Any]) -> None:
        if "errors" in answer:
            raise CutOffError(answer["errors"])
        self.events.append(answer["data"]["orderEvents"])
        self._changed.set()

    async def more(self) -> None:
        """Return when another event has come."""
        self._changed.clear()
        await self._changed.wait()


@asynccontextmanager
async def listening(client: Client, heard: Heard, *, over_sse: bool = False) -> AsyncIterator["asyncio.Task[None]"]:
    """Hear what comes behind `heard.cursor` until the block ends, which cuts the connection off."""
    stream = _by_sse if over_sse else _by_socket
    ready = asyncio.Event()
    task = asyncio.create_task(stream(client, heard, ready))
    try:
        async with asyncio.timeout(OPEN_SECONDS):
            await ready.wait()
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def hear_from_socket(client: Client, heard: Heard) -> None:
    """Hear over one WebSocket until it ends, by whichever side."""
    await _by_socket(client, heard, asyncio.Event())


async def hear_from_events(client: Client, heard: Heard) -> None:
    """Hear server-sent events until the stream ends, which it does without `complete`."""
    await _by_sse(client, heard, asyncio.Event())


async def _by_socket(client: Client, heard: Heard, ready: asyncio.Event) -> None:
    async with aclosing(answers(client, ORDER_EVENTS, ready, after=heard.cursor)) as heard_now:
        async for answer in heard_now:
            heard.hear(answer)


async def answers(
    client: Client, document: str, ready: asyncio.Event | None = None, **variables: Any
) -> AsyncGenerator[dict[str, Any]]:
    """What a subscription answers over a WebSocket of its own, by graphql-transport-ws; `ready` is set when asked."""
    url = str(client.http.base_url).rstrip("/").replace("http", "ws", 1) + "/graphql"
    async with websockets.connect(url, subprotocols=[websockets.Subprotocol("graphql-transport-ws")]) as socket:
        await socket.send(orjson.dumps({"type": "connection_init", "payload": dict(client.headers)}).decode())
        assert orjson.loads(await socket.recv())["type"] == "connection_ack"
        payload = {"query": document, "variables": variables}
        await socket.send(orjson.dumps({"id": "1", "type": "subscribe", "payload": payload}).decode())
        if ready is not None:
            ready.set()
        async for text in socket:
            message = orjson.loads(text)
            if message["type"] == "next":
                yield message["payload"]
            elif message["type"] not in ("ping", "pong"):
                raise CutOffError(message)


async def _by_sse(client: Client, heard: Heard, ready: asyncio.Event) -> None:
    body = {"query": ORDER_EVENTS, "variables": {"after": heard.cursor}}
    headers = {**client.headers, "Accept": "text/event-stream"}
    async with client.http.stream(
        "POST", "/graphql", json=body, headers=headers, timeout=httpx2.Timeout(None)
    ) as answer:
        assert answer.status_code == 200
        async for line in answer.aiter_lines():
            ready.set()
            if line == "event: complete":
                raise CutOffError(line)
            if line.startswith("data:") and line != "data:":
                heard.hear(orjson.loads(line.removeprefix("data:")))


async def replay(client: Client, after: str | None = None) -> list[dict[str, Any]]:
    """The log from a cursor on, page by page."""
    found: list[dict[str, Any]] = []
    while True:
        page = (await client.ask(REPLAY, after=after))["events"]
        found.extend(page["nodes"])
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]
