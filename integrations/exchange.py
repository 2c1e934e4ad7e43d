"""Short questions to one server, each with a short answer, over connections that are kept.

A client for the whole web takes more than a millisecond of CPU for what is a few hundred bytes each way. This one knows
no redirects, cookies, proxies or content codings, which servers behind an interface of ours have no use for.
"""

import asyncio
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

import httptools

from integrations.http import trusted

MAX_FREE = 20
"""Connections that are kept while nothing is asked."""
MAX_ANSWER_BYTES = 1 << 22


class NoAnswerError(Exception):
    """The server could not be reached, did not answer in time, or what it answered is no HTTP."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    content: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


class Exchange:
    """Asks the server at `url`, whose path goes before that of each question. An answer must tell its length."""

    def __init__(self, url: str, *, timeout_seconds: float) -> None:
        parts = urlsplit(url)
        self._is_secret = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if self._is_secret else 80)
        self._path = parts.path.rstrip("/")
        self._head = f" HTTP/1.1\r\nhost: {parts.netloc.rpartition('@')[2]}\r\naccept: application/json\r\n"
        self._timeout_seconds = timeout_seconds
        self._free: list[_Connection] = []

    async def ask(self, method: str, path: str, content: bytes = b"") -> Answer:
        """The answer to a question with a JSON body, if there is one. Raises NoAnswerError; nothing is asked twice."""
        try:
            async with asyncio.timeout(self._timeout_seconds):
                connection = await self._connected()
                try:
                    answer = await connection.ask(self._message(method, path, content))
                except BaseException:
                    connection.abort()
                    raise
        except (OSError, httptools.HttpParserError) as error:
            raise NoAnswerError(type(error).__name__) from error
        if connection.is_fit and len(self._free) < MAX_FREE:
            self._free.append(connection)
        else:
            connection.abort()
        return answer

    def _message(self, method: str, path: str, content: bytes) -> bytes:
        body = f"content-type: application/json\r\ncontent-length: {len(content)}\r\n" if content else ""
        return f"{method} {self._path}{path}{self._head}{body}\r\n".encode() + content

    async def _connected(self) -> "_Connection":
        while self._free:
            connection = self._free.pop()
            if connection.is_fit:
                return connection
            connection.abort()
        loop = asyncio.get_running_loop()
        secret = trusted() if self._is_secret else None
        _, made = await loop.create_connection(_Connection, self._host, self._port, ssl=secret)
        return made

    async def aclose(self) -> None:
        while self._free:
            self._free.pop().abort()
        await asyncio.sleep(0)  # in which their sockets are closed


class _Connection(asyncio.Protocol):
    """One question at a time. `is_fit`: another can be asked."""

    _transport: asyncio.Transport

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._parts: list[bytes] = []
        self._bytes = 0
        self._answer: asyncio.Future[Answer] | None = None
        self.is_fit = True

    async def ask(self, message: bytes) -> Answer:
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(message)
        return await self._answer

    def abort(self) -> None:
        self.is_fit = False
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(error)

    def eof_received(self) -> None:
        self._fail(ConnectionResetError())

    def connection_lost(self, error: Exception | None) -> None:
        self._fail(error or ConnectionResetError())

    def _fail(self, error: Exception) -> None:
        self.is_fit = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)

    def on_message_begin(self) -> None:
        self._parts, self._bytes = [], 0

    def on_body(self, body: bytes) -> None:
        self._parts.append(body)
        self._bytes += len(body)
        if self._bytes > MAX_ANSWER_BYTES:
            self._fail(OSError("The answer is too long."))

    def on_message_complete(self) -> None:
        """What comes without having been asked for makes the connection unfit."""
        if self._answer is None or self._answer.done():
            self.is_fit = False
            return
        self.is_fit = self.is_fit and self._parser.should_keep_alive()
        self._answer.set_result(Answer(self._parser.get_status_code(), b"".join(self._parts)))
