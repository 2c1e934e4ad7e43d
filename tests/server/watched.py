"""Real processes of ours on a test's database, and a collector of traces, to watch them by."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.listening import address_of, listening_socket
from tests.journeys.client import Client, client_of
from tests.journeys.processes import Process, Store

PATIENCE_SECONDS = 15.0


@asynccontextmanager
async def serving(
    folder: Path, database_url: str, redis_url: str, **environment: str
) -> AsyncIterator[tuple[Store, Client]]:
    """A web process on these servers, and a guest of it."""
    named = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, **environment}
    store = await asyncio.to_thread(Store, folder / "store", **named)
    try:
        async with client_of(store.origin) as guest:
            yield store, guest
    finally:
        await asyncio.to_thread(store.stop)


@asynccontextmanager
async def working(environment: Mapping[str, str], folder: Path) -> AsyncIterator[Process]:
    """A worker process."""
    worker = Process("worker", environment=environment, log=folder / "worker.log")
    try:
        yield worker
    finally:
        await asyncio.to_thread(worker.stop)


@dataclass
class Collector:
    """Takes traces by OTLP over HTTP, as an OpenTelemetry collector does."""

    origin: str = ""
    spans: list[Span] = field(default_factory=list)
    services: set[str] = field(default_factory=set)

    async def take(self, request: Request) -> Response:
        sent = ExportTraceServiceRequest.FromString(await request.body())
        for resource in sent.resource_spans:
            facts = attributes_of(resource.resource)
            self.services.add(facts["service.name"])
            for scope in resource.scope_spans:
                self.spans.extend(scope.spans)
        return Response(media_type="application/x-protobuf")

    async def span(self, name: str) -> Span:
        """The first span of this name, once it has come."""
        deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            for span in self.spans:
                if span.name == name:
                    return span
            await asyncio.sleep(0.05)
        raise AssertionError(f"no span {name!r} among {sorted({span.name for span in self.spans})}")

    async def below(self, parent: Span, *names: str) -> Sequence[Span]:
        """The spans of the same trace beneath this one, in any depth, once those of these names have come.

        A statement's may come after its parent's: asyncpg tells of it a step of the event loop later.
        """
        deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            found = self._below(parent)
            if {span.name for span in found}.issuperset(names):
                return found
            await asyncio.sleep(0.05)
        raise AssertionError(f"no spans {names} among {sorted({span.name for span in self._below(parent)})}")

    def _below(self, parent: Span) -> Sequence[Span]:
        children: dict[bytes, list[Span]] = defaultdict(list)
        for span in self.spans:
            children[span.parent_span_id].append(span)
        found, waiting = [], [parent]
        while waiting:
            waiting += (spans := children[waiting.pop().span_id])
            found += spans
        return found


def attributes_of(described: Any) -> dict[str, str]:
    return {item.key: item.value.string_value for item in described.attributes}


@asynccontextmanager
async def collecting() -> AsyncIterator[Collector]:
    collector = Collector()
    app = Starlette(routes=[Route("/v1/traces", collector.take, methods=["POST"])])
    with listening_socket("127.0.0.1", 0) as listener:
        collector.origin = address_of(listener)
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off", timeout_graceful_shutdown=1))
        running = asyncio.create_task(server._serve([listener]))
        try:
            yield collector
        finally:
            server.should_exit = True
            await running
