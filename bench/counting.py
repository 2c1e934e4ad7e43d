"""Counting statements on their way to PostgreSQL: a relay between a process of ours and the database.

It counts Execute and simple Query messages of the frontend protocol, whatever they say; transactions' BEGIN and COMMIT
are statements too.
"""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from urllib.parse import parse_qs, quote, urlsplit

COUNTED = frozenset(b"EQ")
NO_ENCRYPTION = b"N"
SSL_REQUEST = 80877103


class StatementCounter:
    """Relays to the server of `url`; `count` grows with each statement."""

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)
        self.count = 0

    async def relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await self._connect()
        back = asyncio.create_task(_copy(server_reader, writer))
        try:
            await self._begin(reader, writer, server_writer)
            while True:
                head = await reader.readexactly(5)
                self.count += head[0] in COUNTED
                body = await reader.readexactly(int.from_bytes(head[1:]) - 4)
                server_writer.write(head + body)
                await server_writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            back.cancel()
            server_writer.close()
            writer.close()

    async def _begin(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, server: asyncio.StreamWriter
    ) -> None:
        """The messages without a type that begin a session; encryption is refused."""
        while True:
            length = await reader.readexactly(4)
            body = await reader.readexactly(int.from_bytes(length) - 4)
            if int.from_bytes(body[:4]) != SSL_REQUEST:
                server.write(length + body)
                return
            writer.write(NO_ENCRYPTION)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        folder = parse_qs(self._parts.query).get("host", [self._parts.hostname or ""])[0]
        port = self._parts.port or int(parse_qs(self._parts.query).get("port", ["5432"])[0])
        if folder.startswith("/"):
            return await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{port}")
        return await asyncio.open_connection(folder, port)

    def url_at(self, port: int) -> str:
        parts = self._parts
        login = f"{quote(parts.username or '')}:{parts.password or ''}"
        return f"postgresql://{login}@127.0.0.1:{port}{parts.path}"


@contextmanager
def counted(url: str) -> Iterator[tuple[StatementCounter, str]]:
    """A counter that relays in a thread of its own, and the URL under which the same database is reached through it."""
    counter = StatementCounter(url)
    begun: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event, int]] = Future()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(counter, begun)), daemon=True)
    thread.start()
    loop, stop, port = begun.result()
    try:
        yield counter, counter.url_at(port)
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()


async def _serve(
    counter: StatementCounter, begun: "Future[tuple[asyncio.AbstractEventLoop, asyncio.Event, int]]"
) -> None:
    stop = asyncio.Event()
    server = await asyncio.start_server(counter.relay, "127.0.0.1", 0)
    begun.set_result((asyncio.get_running_loop(), stop, server.sockets[0].getsockname()[1]))
    await stop.wait()
    server.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()
