"""Listening to a subscription over server-sent events, within this process."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from tests.abuse.world import JSON, World

PATIENCE_SECONDS = 15


@asynccontextmanager
async def listening(world: World, party: str, query: str) -> AsyncIterator[Callable[[], Awaitable[Any]]]:
    """Gives a function that waits for the next answer."""
    async with streaming(world, party, query) as told:

        async def heard() -> Any:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while (answer := answer_in(await told.get())) is None:
                    pass
            return json.loads(answer)

        yield heard


async def heard_within(world: World, party: str, query: str, seconds: float) -> list[str]:
    """All answers that come within that time, or until there are no more; nothing but answers may come."""
    answers: list[str] = []
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds), streaming(world, party, query) as told:
            assert (await told.get())["status"] == 200
            while not (message := await told.get()).get("body", b"").startswith(b"event: complete"):
                answers += filter(None, [answer_in(message)])
    return answers


def answer_in(message: Mapping[str, Any]) -> str | None:
    body: bytes = message.get("body", b"")
    return body.partition(b"data: ")[2].decode() if body.startswith(b"event: next") else None


@asynccontextmanager
async def streaming(world: World, party: str, query: str) -> AsyncIterator["asyncio.Queue[Mapping[str, Any]]"]:
    """What the application sends by ASGI."""
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
    told: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue()

    async def receive() -> Any:
        return asked.pop() if asked else await asyncio.Event().wait()

    async def send(message: Any) -> None:
        told.put_nowait(message)

    running = asyncio.create_task(world.app(scope, receive, send))
    try:
        yield told
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
