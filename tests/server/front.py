"""The whole application on a real socket, and a client that asks the same by each transport."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx2
import orjson
from redis.asyncio import Redis
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from persistence.statement import Pool
from server.graphql_drain import Drain
from server.settings import Settings
from server.web import web_app
from tests.factories.customers import Door, open_door
from tests.server.graphql_server import listening

TRANSPORTS = ("post", "get", "events", "socket")
RESPONSE = "application/graphql-response+json"
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Front:
    """A running shop. `headers` are sent with every request."""

    door: Door
    origin: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def with_headers(self, **headers: str) -> "Front":
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, headers={**self.headers, **named})

    async def by(self, transport: str, **asked: Any) -> Any:
        """The answer as it is, whatever transport it comes by."""
        if transport == "socket":
            return await self._by_socket(asked)
        if transport == "events":
            return _first_event((await self.post({"accept": "text/event-stream"}, **asked)).text)
        return (await (self.get(**asked) if transport == "get" else self.post(**asked))).json()

    async def code_by(self, transport: str, **asked: Any) -> str | None:
        """The code of the first error, None if there is none."""
        errors = (await self.by(transport, **asked)).get("errors")
        return errors[0]["extensions"]["code"] if errors else None

    async def post(self, headers: Mapping[str, str] | None = None, **asked: Any) -> httpx2.Response:
        async with httpx2.AsyncClient(base_url=self.origin, timeout=PATIENCE_SECONDS) as client:
            return await client.post("/graphql", json=asked, headers=self._headers(headers))

    async def get(self, headers: Mapping[str, str] | None = None, **asked: Any) -> httpx2.Response:
        texts = {
            name: value if isinstance(value, str) else orjson.dumps(value).decode() for name, value in asked.items()
        }
        async with httpx2.AsyncClient(base_url=self.origin, timeout=PATIENCE_SECONDS) as client:
            return await client.get("/graphql", params=texts, headers=self._headers(headers))

    async def metrics(self) -> str:
        """What Prometheus would read."""
        async with httpx2.AsyncClient(base_url=self.origin, timeout=PATIENCE_SECONDS) as client:
            return (await client.get("/metrics")).text

    def _headers(self, more: Mapping[str, str] | None) -> Mapping[str, str]:
        return {"accept": RESPONSE, **self.headers, **(more or {})}

    async def _by_socket(self, asked: Mapping[str, Any]) -> Any:
        url = self.origin.replace("http", "ws") + "/graphql"
        protocol = Subprotocol("graphql-transport-ws")
        async with connect(url, subprotocols=[protocol], additional_headers=self.headers) as socket:
            await socket.send('{"type": "connection_init"}')
            assert orjson.loads(await socket.recv())["type"] == "connection_ack"
            await socket.send(orjson.dumps({"id": "1", "type": "subscribe", "payload": asked}).decode())
            message = orjson.loads(await asyncio.wait_for(socket.recv(), PATIENCE_SECONDS))
        return {"errors": message["payload"]} if message["type"] == "error" else message["payload"]


def _first_event(text: str) -> Any:
    block = next(block for block in text.split("\n\n") if block.startswith("event: next"))
    return orjson.loads(block.partition("\ndata: ")[2])


@asynccontextmanager
async def open_front(pool: Pool, redis_url: str, **settings: Any) -> AsyncIterator[Front]:
    """The shop with these settings, and no goods. `X-Forwarded-For` says where a client is."""
    async with open_door(pool, redis_url) as door:
        parts = replace(door.parts, settings=Settings(**settings))
        async with listening(web_app(parts, Drain())) as port:
            yield Front(door, f"http://127.0.0.1:{port}")


@asynccontextmanager
async def open_front_without_redis(pool: Pool, redis_url: str, **settings: Any) -> AsyncIterator[Front]:
    """The same, whose Redis has gone."""
    async with open_door(pool, redis_url) as door, Redis(host="127.0.0.1", port=1) as nowhere:
        parts = replace(door.parts, settings=Settings(**settings), redis=nowhere)
        async with listening(web_app(parts, Drain())) as port:
            yield Front(door, f"http://127.0.0.1:{port}")
