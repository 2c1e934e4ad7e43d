"""A GraphQL client that costs little: HTTP/1.1 on one kept connection, written by hand."""

import asyncio
from collections.abc import Mapping
from typing import Any, Self
from urllib.parse import urlsplit

import orjson

ERRORS = b'{"errors"'


class AnsweredWithErrorsError(Exception):
    """An operation that is measured must succeed."""


class Client:
    """One connection to a server on this machine; one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> None:
        self._reader = reader
        self._writer = writer
        self._head = (
            f"POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\naccept: application/json\r\n"
            "content-length: "
        ).encode()

    @classmethod
    async def connect(cls, url: str) -> Self:
        parts = urlsplit(url)
        assert parts.hostname is not None
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        return cls(reader, writer, parts.path or "/")

    async def send(self, body: bytes) -> bytes:
        """The body of the answer, which must be one without errors."""
        self._writer.write(self._head + b"%d\r\n\r\n" % len(body) + body)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        answer = await self._reader.readexactly(length)
        if not head.startswith(b"HTTP/1.1 200") or answer.startswith(ERRORS):
            raise AnsweredWithErrorsError(answer[:500].decode(errors="replace"))
        return answer

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

    def close(self) -> None:
        self._writer.close()


def request(document: str, variables: Mapping[str, Any] | None = None) -> bytes:
    return orjson.dumps({"query": document, "variables": variables or {}})
