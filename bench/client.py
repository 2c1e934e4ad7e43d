"""A GraphQL client that costs little: HTTP/1.1 on one kept connection, written by hand."""

import asyncio
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import partial
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson

ERRORS = b'{"errors"'
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


class AnsweredWithErrorsError(Exception):
    """An operation that is measured must succeed."""


class Asking(ABC):
    """Sends GraphQL requests, whatever way."""

    @abstractmethod
    async def send(self, body: bytes) -> bytes:
        """The body of the answer to a POST, which must be one without errors."""

    async def ask(self, document: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The data of an answer without errors."""
        data: dict[str, Any] = orjson.loads(await self.send(request(document, variables)))["data"]
        return data

    async def do(self, document: str, **values: Any) -> dict[str, Any]:
        """The payload of a mutation of one field that was not refused."""
        (payload,) = (await self.ask(document, {"input": values})).values()
        if payload["errors"]:
            raise AnsweredWithErrorsError(orjson.dumps(payload["errors"])[:500].decode())
        found: dict[str, Any] = payload
        return found


class Client(Asking):
    """One connection to a server on this machine, opened by the first request; one request at a time.

    The load shares its machine with what it loads: it has to cost less than the least of what is measured.
    """

    _connection: "Connection | None" = None

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._path = path = parts.path or "/"
        self._head = (
            f"POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\naccept: application/json\r\n"
            "content-length: "
        ).encode()

    async def send(self, body: bytes) -> bytes:
        return await self._answer(b"%s%d\r\n\r\n%s" % (self._head, len(body), body))

    async def get(self, query: str) -> bytes:
        """The same of a GET with this query string."""
        line = f"GET {self._path}?{query} HTTP/1.1\r\nhost: bench\r\naccept: application/json\r\n\r\n"
        return await self._answer(line.encode())

    async def keep(self, document: str, variables: Mapping[str, Any] | None = None) -> str:
        """Have the server keep a document, as Apollo's clients do; the id by which a GET then names it."""
        key = sha256(document.encode()).hexdigest()
        persisted = {"persistedQuery": {"version": 1, "sha256Hash": key}}
        await self.send(orjson.dumps({"query": document, "variables": variables or {}, "extensions": persisted}))
        return key

    async def _answer(self, message: bytes) -> bytes:
        if self._connection is None:
            loop = asyncio.get_running_loop()
            _, self._connection = await loop.create_connection(partial(Connection, loop), self._host, self._port)
        head, answer = await self._connection.asked(message)
        if not head.startswith(b"HTTP/1.1 200") or answer.startswith(ERRORS):
            raise AnsweredWithErrorsError(answer[:500].decode(errors="replace"))
        return answer

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()


class Connection(asyncio.Protocol):
    """Sends a request and gives its answer: head and body, whose length the head says."""

    _transport: asyncio.Transport
    _waiting: "asyncio.Future[tuple[bytes, bytes]]"

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._come = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as loops have it
        self._transport = transport

    def asked(self, message: bytes) -> "asyncio.Future[tuple[bytes, bytes]]":
        self._waiting = self._loop.create_future()
        self._transport.write(message)
        return self._waiting

    def data_received(self, data: bytes) -> None:
        self._come = come = self._come + data if self._come else data
        head, _, body = come.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if length and len(body) == int(length[1]):
            self._come = b""
            self._waiting.set_result((head, body))

    def connection_lost(self, exc: Exception | None) -> None:
        if hasattr(self, "_waiting") and not self._waiting.done():
            self._waiting.set_exception(exc or ConnectionResetError("the server closed the connection"))

    def close(self) -> None:
        self._transport.close()


def named(key: str, variables: Mapping[str, Any] | None = None) -> str:
    """The query string that asks for a kept document."""
    return urlencode({"documentId": key, "variables": orjson.dumps(variables or {}).decode()})


def request(document: str, variables: Mapping[str, Any] | None = None) -> bytes:
    return orjson.dumps({"query": document, "variables": variables or {}})
