"""Server-sent events in the distinct-connections mode of the GraphQL-over-SSE protocol."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any

from starlette.types import Receive, Send

from execution import Result
from server.graphql_drain import Drain

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"vary", b"accept"),
]
COMMENT = b":\n\n"
COMPLETE = b"event: complete\ndata:\n\n"


class EventStreams:
    """Sends results as events, with heartbeats between them, until the client goes or the server drains.

    A drained stream ends without `complete`, which tells the client to come back. A client that reads nothing for
    `stall_seconds` is cut off; until then it holds up its own subscription and nothing else.
    """

    def __init__(
        self, drain: Drain | None = None, *, heartbeat_seconds: float = 12.0, stall_seconds: float = 30.0
    ) -> None:
        self._drain = drain or Drain()
        self._heartbeat_seconds = heartbeat_seconds
        self._stall_seconds = stall_seconds

    async def respond(self, results: AsyncGenerator[Result], receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        gone = asyncio.ensure_future(_until_gone(receive))
        try:
            with self._drain.entered() as stopped:
                await self._write(send, COMMENT)
                await self._pump(results, send, {gone, stopped})
        except OSError:
            return  # the client went or stalled while an event was on its way to it
        finally:
            gone.cancel()
            await results.aclose()
        await send({"type": "http.response.body", "body": b""})

    async def _pump(self, results: AsyncGenerator[Result], send: Send, ends: set[asyncio.Future[None]]) -> None:
        while True:
            following = asyncio.ensure_future(anext(results, None))
            try:
                if not await self._beat_until(following, send, ends):
                    return
            finally:
                await _canceled(following)
            result = following.result()
            if result is None:
                await self._write(send, COMPLETE)
                return
            await self._write(send, b"event: next\ndata: " + result.to_bytes() + b"\n\n")

    async def _beat_until(
        self, following: asyncio.Future[Result | None], send: Send, ends: set[asyncio.Future[None]]
    ) -> bool:
        """Wait for the next result; False if the stream ends first."""
        waited: set[asyncio.Future[Any]] = {following, *ends}
        while True:
            done, _ = await asyncio.wait(waited, timeout=self._heartbeat_seconds, return_when=asyncio.FIRST_COMPLETED)
            if done:
                return done.isdisjoint(ends)
            await self._write(send, COMMENT)

    async def _write(self, send: Send, chunk: bytes) -> None:
        async with asyncio.timeout(self._stall_seconds):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


async def _canceled(following: asyncio.Future[Result | None]) -> None:
    if not following.done():
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
