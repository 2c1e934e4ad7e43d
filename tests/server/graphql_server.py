"""The toy schema behind a real server on a free port."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from graphql import GraphQLError
from starlette.applications import Starlette
from starlette.requests import HTTPConnection

from execution import AdmittedOperation, ErrorWriter, Executor, Fault, Service, directive_arguments
from server.graphql_drain import Drain
from server.graphql_routes import TransportOptions, graphql_routes
from server.protocols import HTTPProtocol, SocketProtocol
from tests.execution.toy import Context, make_schema

MOST_BYTES_ON_THEIR_WAY = 20_000_000
"""More than a server and its kernel keep for a client of a connection that is `unread`."""


@dataclass
class Toy:
    """A running server, and what a test may want to look at in it."""

    origin: str = ""
    server: uvicorn.Server | None = None
    drain: Drain = field(default_factory=Drain)
    contexts: list[Context] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    observed: list[tuple[Any, ...]] = field(default_factory=list)

    def forget(self) -> None:
        """Drop what earlier tests left behind."""
        for record in (self.contexts, self.faults, self.observed):
            record.clear()

    @property
    def connections(self) -> int:
        """How many the server holds, whether or not it listens to them any more."""
        assert self.server is not None
        return len(self.server.server_state.connections)

    @property
    def url(self) -> str:
        return f"{self.origin}/graphql"

    @property
    def socket_url(self) -> str:
        return self.url.replace("http", "ws")


@asynccontextmanager
async def serving(options: TransportOptions | None = None) -> AsyncIterator[Toy]:
    toy = Toy()
    executor = Executor(make_schema(), errors=ErrorWriter(toy.faults.append))

    async def make_context(connection: HTTPConnection, admitted: AdmittedOperation) -> Context:
        caller = connection.headers.get("authorization", "nobody")
        if caller == "expired":
            raise GraphQLError("The token has expired.", extensions={"code": "UNAUTHENTICATED"})
        if caller == "crash":
            raise ZeroDivisionError
        arguments = directive_arguments(admitted.operation, "inContext", executor.schema, admitted.variables)
        toy.contexts.append(Context(caller=caller, country=(arguments or {}).get("country")))
        return toy.contexts[-1]

    service = Service(executor, make_context, lambda *told: toy.observed.append(told))
    app = Starlette(routes=graphql_routes(service, toy.drain, options))
    async with running(app) as (toy.server, port):
        toy.origin = f"http://127.0.0.1:{port}"
        yield toy


@asynccontextmanager
async def listening(app: Starlette) -> AsyncIterator[int]:
    """Gives the port."""
    async with running(app) as (_, port):
        yield port


@asynccontextmanager
async def running(app: Starlette) -> AsyncIterator[tuple[uvicorn.Server, int]]:
    # asyncio turns off Nagle's delays only where the socket says that it is TCP.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        app,
        log_level="critical",
        lifespan="off",
        timeout_graceful_shutdown=1,
        http=HTTPProtocol,
        ws=SocketProtocol,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve([listener]))
    await eventually(lambda: server.started)
    try:
        yield server, listener.getsockname()[1]
    finally:
        server.should_exit = True
        await serving


def unread(toy: Toy) -> socket.socket:
    """A connection whose client can keep next to nothing that it does not read."""
    return unread_at(toy.origin)


def unread_at(origin: str) -> socket.socket:
    connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
    connection.connect(("127.0.0.1", int(origin.rpartition(":")[2])))
    return connection


async def until_stalled(toy: Toy) -> None:
    """Wait until nothing more is made for the one client, since it takes nothing."""
    await eventually(lambda: bool(toy.contexts) and toy.contexts[0].events_made > 1)
    made = 0
    while made < toy.contexts[0].events_made:
        made = toy.contexts[0].events_made
        await asyncio.sleep(0.2)


async def eventually(condition: Any, seconds: float = 15.0) -> None:
    """Wait until the condition holds; fail if it never does."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, "it never came true"
        await asyncio.sleep(0.01)
