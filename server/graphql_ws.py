"""GraphQL over WebSocket: the graphql-transport-ws protocol.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any

import orjson
from graphql import GraphQLError, OperationType
from starlette.types import Message, Receive, Scope, Send

from domain.shared.making import dataclass
from execution import AdmittedOperation, Parameters, Result, Service
from server.connection import Connection
from server.graphql_drain import Drain
from server.graphql_ws_messages import (
    SocketClosed,
    id_in,
    initialized_scope,
    operation_parameters,
    optional_object,
    parsed,
)
from server.protocols import cut_off

PROTOCOL = "graphql-transport-ws"
PONG = b'{"type":"pong"}'

type IsOriginAllowed = Callable[[str | None, Scope], bool]
type Authorize = Callable[[Connection], Awaitable[object]]
"""Raises a GraphQLError where the credentials of a connection are not, or no longer, good."""


@dataclass(frozen=True, slots=True)
class SocketBounds:
    """What one client may take up. Set the server's own frame limit (`ws_max_size`) to `message_bytes` as well.

    A client that takes nothing for `stall_seconds` is sent away with 1013, to come back and resume. Credentials are
    looked at again within `recheck_seconds`, and when an operation is told that they are not good.
    """

    init_seconds: float = 10.0
    finish_seconds: float = 5.0
    stall_seconds: float = 30.0
    recheck_seconds: float = 60.0
    message_bytes: int = 1 << 20
    operations: int = 100
    sockets: int = 10_000


class GraphQLWebSocket:
    """The ASGI endpoint for WebSockets.

    The headers a context is made from are those of the handshake, with `Authorization` from the payload of
    `connection_init` where it has one; the payload is in `connection.scope["connection_init"]`. `authorize` may raise
    to refuse that payload with 4403, and does so later when a token has expired or a session was ended: the client
    comes back with fresh credentials. When the server drains, sockets close with 1012. Either way subscriptions end
    without `complete`, to be resumed.
    """

    def __init__(
        self,
        service: Service[Connection],
        *,
        drain: Drain | None = None,
        bounds: SocketBounds | None = None,
        is_origin_allowed: IsOriginAllowed | None = None,
        authorize: Authorize | None = None,
    ) -> None:
        self.service = service
        self.drain = drain or Drain()
        self.bounds = bounds or SocketBounds()
        self.authorize = authorize
        self._is_origin_allowed = is_origin_allowed
        self._sockets = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (await receive())["type"] != "websocket.connect":
            return
        if self._sockets >= self.bounds.sockets or not self._is_welcome(scope):
            await send({"type": "websocket.close", "code": 1008})  # before `accept`: the handshake answers 403
            return
        self._sockets += 1
        try:
            with self.drain.entered() as stopped:
                await _Conversation(self, scope, receive, send).hold(stopped)
        finally:
            self._sockets -= 1

    def _is_welcome(self, scope: Scope) -> bool:
        if self._is_origin_allowed is None:
            return True
        origin = dict(scope["headers"]).get(b"origin")
        return self._is_origin_allowed(origin.decode("latin-1") if origin else None, scope)


class _Conversation:
    """One socket: at most one initialisation, then operations by id."""

    def __init__(self, endpoint: GraphQLWebSocket, scope: Scope, receive: Receive, send: Send) -> None:
        self._endpoint = endpoint
        self._service = endpoint.service
        self._scope = scope
        self._receive = receive
        self._asgi_send = send
        self._connection: Connection | None = None
        self._is_initialized = False
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._brief: set[asyncio.Task[None]] = set()
        self._watching: asyncio.Task[None] | None = None
        self._ending: asyncio.Future[SocketClosed] = asyncio.get_running_loop().create_future()
        """How the socket is to be closed, as soon as anything found a reason."""

    async def hold(self, stopped: asyncio.Future[None]) -> None:
        """Talk until either side ends the conversation."""
        try:
            await self._open()
            await self._listen(stopped)
        except SocketClosed as closed:
            await self._part(closed)
        except OSError:  # the client went, or took nothing, while a message was on its way to it
            if self._ending.done():
                await self._part(self._ending.result())
        finally:
            await self._cancel_operations()

    async def _part(self, closed: SocketClosed) -> None:
        if closed.is_polite:
            await self._finish_brief()
        await self._cancel_operations()  # first, so that none speaks after the farewell
        await self._close(closed.code, closed.reason)

    async def _open(self) -> None:
        is_known = PROTOCOL in self._scope["subprotocols"]
        await self._asgi_send({"type": "websocket.accept", "subprotocol": PROTOCOL if is_known else None})
        if not is_known:
            raise SocketClosed(4406, "Subprotocol not acceptable")

    async def _listen(self, stopped: asyncio.Future[None]) -> None:
        loop = asyncio.get_running_loop()
        init_until = loop.time() + self._endpoint.bounds.init_seconds
        while True:
            incoming = asyncio.ensure_future(self._receive())
            waited: set[asyncio.Future[Any]] = {incoming, stopped, self._ending}
            timeout = None if self._connection else max(init_until - loop.time(), 0)
            try:
                await asyncio.wait(waited, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
                message = self._arrived(incoming, stopped)
            finally:
                incoming.cancel()
            if message["type"] == "websocket.disconnect":
                return
            await self._take(parsed(message, self._endpoint.bounds.message_bytes), len(message["text"]))

    def _arrived(self, incoming: asyncio.Future[Message], stopped: asyncio.Future[None]) -> Message:
        if stopped.done():
            raise SocketClosed(1012, "Service restart", is_polite=True)
        if self._ending.done():
            raise self._ending.result()
        if not incoming.done():
            raise SocketClosed(4408, "Connection initialisation timeout")
        return incoming.result()

    async def _take(self, message: dict[str, Any], size_bytes: int) -> None:
        match message["type"]:
            case "connection_init":
                await self._initialize(optional_object(message, "payload"))
            case "ping":
                optional_object(message, "payload")
                await self._send_bytes(PONG)
            case "pong":
                optional_object(message, "payload")
            case "subscribe":
                await self._subscribe(id_in(message), operation_parameters(message, size_bytes))
            case "complete":
                if task := self._operations.pop(id_in(message), None):
                    task.cancel()
            case _:
                raise SocketClosed(4400, "Unknown message type")

    async def _initialize(self, payload: dict[str, Any] | None) -> None:
        if self._is_initialized:
            raise SocketClosed(4429, "Too many initialisation requests")
        self._is_initialized = True
        connection = Connection(initialized_scope(self._scope, payload or {}))
        if authorize := self._endpoint.authorize:
            try:
                await authorize(connection)
            except GraphQLError as error:
                raise SocketClosed(4403, "Forbidden") from error
            except Exception as error:
                self._service.executor.errors.failed(error, None, executed=False)
                raise SocketClosed(1013, "Try again later") from error
            self._watching = asyncio.create_task(self._watch(authorize, connection))
        self._connection = connection
        await self._send_bytes(b'{"type":"connection_ack"}')

    async def _watch(self, authorize: Authorize, connection: Connection) -> None:
        while not self._ending.done():
            # Sockets that came at once, as after a restart, shall not all look at once.
            await asyncio.sleep(self._endpoint.bounds.recheck_seconds * random.uniform(0.5, 1.0))  # noqa: S311
            await self._recheck(authorize, connection)

    async def _recheck(self, authorize: Authorize, connection: Connection) -> None:
        """End the conversation if its credentials are good no longer.

        While that cannot be found out they are left to stand: each operation and each event looks for itself.
        """
        try:
            await authorize(connection)
        except GraphQLError:
            self._end(SocketClosed(4403, "Forbidden", is_polite=True))
        except Exception as error:  # noqa: BLE001 - the edge where faults are masked
            self._service.executor.errors.failed(error, None, executed=False)

    def _end(self, closed: SocketClosed) -> None:
        if not self._ending.done():
            self._ending.set_result(closed)

    async def _subscribe(self, id: str, asked: Parameters) -> None:
        if self._connection is None:
            raise SocketClosed(4401, "Unauthorized")
        if id in self._operations:
            raise SocketClosed(4409, f"Subscriber for {id} already exists")
        if len(self._tasks) >= self._endpoint.bounds.operations:
            error = {"message": "Too many operations on this socket.", "extensions": {"code": "TOO_MANY_OPERATIONS"}}
            await self._send(id, "error", [error])
            return
        task = asyncio.create_task(self._operate(id, asked, self._connection))
        self._operations[id] = task
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._brief.discard(task)
        if not task.cancelled() and (error := task.exception()) and not isinstance(error, OSError):
            raise error  # the loop's exception handler reports it

    async def _operate(self, id: str, asked: Parameters, connection: Connection) -> None:
        """Run one operation to its end. Whatever goes wrong in it is told under its id; the socket stays open."""
        if (turn := self._service.turn()) is not None:
            await turn
        admitted = await self._service.prepare(connection, asked)
        if isinstance(admitted, Result):
            await self._fail(id, admitted)
            return
        await self._stream(id, connection, admitted)

    async def _stream(self, id: str, connection: Connection, admitted: AdmittedOperation) -> None:
        if admitted.type is not OperationType.SUBSCRIPTION and (task := asyncio.current_task()):
            self._brief.add(task)
        async with aclosing(self._service.stream(connection, admitted)) as results:
            async for result in results:
                if await self._lacks_credentials(connection, result):
                    return
                if not result.executed:
                    await self._fail(id, result)
                    return
                await self._send(id, "next", orjson.Fragment(result.to_bytes()))
        self._forget(id)
        await self._send(id, "complete")

    async def _lacks_credentials(self, connection: Connection, result: Result) -> bool:
        """Whether nothing came but that somebody is unknown, and that is for the whole socket to tell."""
        authorize = self._endpoint.authorize
        if not authorize or result.data is not None or result.code != "UNAUTHENTICATED":
            return False
        await self._recheck(authorize, connection)
        return self._ending.done()

    async def _fail(self, id: str, result: Result) -> None:
        self._forget(id)
        await self._send(id, "error", result.errors)

    def _forget(self, id: str) -> None:
        """Free the id before the client is told, which may use it again at once."""
        if self._operations.get(id) is asyncio.current_task():
            del self._operations[id]

    async def _send(self, id: str, type: str, payload: Any = None) -> None:
        message = {"id": id, "type": type} if payload is None else {"id": id, "type": type, "payload": payload}
        await self._send_bytes(orjson.dumps(message))

    async def _send_bytes(self, text: bytes) -> None:
        """Waits while the client is slow, which holds up what is to be told next, and no longer than it may be."""
        try:
            async with asyncio.timeout(self._endpoint.bounds.stall_seconds):
                await self._asgi_send({"type": "websocket.send", "text": text.decode()})
        except TimeoutError:
            self._end(SocketClosed(1013, "Too slow: come back and resume"))
            raise

    async def _close(self, code: int, reason: str) -> None:
        try:
            async with asyncio.timeout(self._endpoint.bounds.finish_seconds):
                await self._asgi_send({"type": "websocket.close", "code": code, "reason": reason[:100]})
        except TimeoutError:
            cut_off(self._scope)  # it takes nothing, not even a farewell
        except (OSError, RuntimeError):
            return  # closed already by the client, or by the server as it stops

    async def _finish_brief(self) -> None:
        """Let the queries and mutations that have begun come to their answer."""
        if self._brief:
            await asyncio.wait(self._brief, timeout=self._endpoint.bounds.finish_seconds)

    async def _cancel_operations(self) -> None:
        self._operations.clear()
        running = {*self._tasks, self._watching} if self._watching else {*self._tasks}
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)
