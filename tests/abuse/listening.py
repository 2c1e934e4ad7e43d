"""Listening to a subscription over server-sent events, within this process."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from tests.abuse.world import JSON, World

PATIENCE_SECONDS = 15


@asynccontextmanager
async def listening(world: World, party: str, query: str) -> AsyncIterator[Callable[[], Awaitable[Any]]]:
    """Gives a function that waits for the next answer."""
    headers = {**JSON, **world[party].headers, "accept": "text/event-stream"}
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "scheme": "http",
        "client": ("10.255.0.1", 4711),
        "server": ("shop", 80),
    }
    asked = [{"type": "http.request", "body": json.dumps({"query": query}).encode()}]
    told: asyncio.Queue[bytes] = asyncio.Queue()

    async def receive() -> Any:
        return asked.pop() if asked else await asyncio.Event().wait()

    async def send(message: Any) -> None:
        told.put_nowait(message.get("body", b""))

    async def heard() -> Any:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not (body := await told.get()).startswith(b"event: next"):
                pass
        return json.loads(body.partition(b"data: ")[2])

    running = asyncio.create_task(world.app(scope, receive, send))
    try:
        yield heard
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
