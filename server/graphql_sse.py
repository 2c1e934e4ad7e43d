"""Server-sent events in the distinct-connections mode of the GraphQL-over-SSE protocol."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from starlette.types import Receive, Scope, Send

from execution import Result
from server.graphql_drain import Drain
from server.protocols import cut_off

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"vary", b"accept"),
]
COMMENT = b":\n\n"
COMPLETE = b"event: complete\ndata:\n\n"
FINISH_SECONDS = 5.0
"""How long the end of a stream may be held up: by a query that runs, and by a client that reads nothing."""

GONE_SECONDS = 1.0


class EventStreams:
    """Sends results as events, with heartbeats between them, until the client goes or the server drains.

    A drained stream ends without `complete`, which tells the client to come back. A client that reads nothing for
    `stall_seconds` is cut off; until then it holds up its own subscription and nothing else.
    """

    def __init__(
        self,
        drain: Drain | None = None,
        *,
        heartbeat_seconds: float = 12.0,
        stall_seconds: float = 30.0,
        streams: int = 10_000,
    ) -> None:
        self._drain = drain or Drain()
        self._streams = streams
        self._open = 0
        self._heartbeat_seconds = heartbeat_seconds
        self._stall_seconds = stall_seconds

    async def respond(
        self, results: AsyncGenerator[Result], scope: Scope, receive: Receive, send: Send, *, is_brief: bool = True
    ) -> None:
        """`is_brief`: it is a query or mutation, which may come to its answer also while the server drains."""
        self._open += 1
        try:
            await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
            await self._hold(results, scope, receive, send, is_brief=is_brief)
        finally:
            self._open -= 1

    @property
    def is_full(self) -> bool:
        """Whether as many streams are open as may be."""
        return self._open >= self._streams

    async def _hold(
        self, results: AsyncGenerator[Result], scope: Scope, receive: Receive, send: Send, *, is_brief: bool
    ) -> None:
        gone = asyncio.ensure_future(_until_gone(receive))
        telling = asyncio.ensure_future(self._tell(results, send))
        try:
            with self._drain.entered() as stopped:
                await asyncio.wait({gone, stopped, telling}, return_when=asyncio.FIRST_COMPLETED)
                if is_brief:
                    await asyncio.wait({gone, telling}, timeout=FINISH_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                if not gone.done() and not await self._ended(telling, send):
                    cut_off(scope)
                    await asyncio.wait({gone}, timeout=GONE_SECONDS)
        finally:
            await _canceled(telling)
            gone.cancel()

    async def _ended(self, telling: asyncio.Future[None], send: Send) -> bool:
        """Whether the response could be brought to its end; not if the client takes nothing."""
        try:
            if telling.done():
                telling.result()
            else:
                await _canceled(telling)
            async with asyncio.timeout(FINISH_SECONDS):
                await send({"type": "http.response.body", "body": b""})
        except OSError:
            return False
        return True

    async def _tell(self, results: AsyncGenerator[Result], send: Send) -> None:
        """Every result, and that there are no more; raises TimeoutError when the client takes nothing."""
        try:
            await self._write(send, COMMENT)
            while result := await self._following(results, send):
                await self._write(send, b"event: next\ndata: " + result.to_bytes() + b"\n\n")
            await self._write(send, COMPLETE)
        finally:
            await results.aclose()

    async def _following(self, results: AsyncGenerator[Result], send: Send) -> Result | None:
        """The next result, for which the client is kept waiting by heartbeats."""
        following = asyncio.ensure_future(anext(results, None))
        try:
            while not (await asyncio.wait({following}, timeout=self._heartbeat_seconds))[0]:
                await self._write(send, COMMENT)
            return following.result()
        finally:
            await _canceled(following)

    async def _write(self, send: Send, chunk: bytes) -> None:
        async with asyncio.timeout(self._stall_seconds):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


async def _canceled(task: asyncio.Future[Any]) -> None:
    """Let it go, whatever comes of it."""
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.exception()
