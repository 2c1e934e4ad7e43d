"""A load balancer that knows nothing of its servers but whether they take a connection."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import count

CHUNK = 1 << 16


class Balancer:
    """Hands each connection to the next of its ports, passing over those where nobody listens."""

    def __init__(self, *ports: int) -> None:
        self.ports = list(ports)
        self.origin = ""
        self._turn = count()
        self._open: set[asyncio.StreamWriter] = set()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, from its beginning to its end by either side."""
        self._open.add(writer)
        try:
            if found := await self._server():
                await asyncio.gather(_pass_on(reader, found[1]), _pass_on(found[0], writer))
        finally:
            self._open.discard(writer)
            writer.close()

    def cut(self) -> None:
        """End all connections."""
        for writer in self._open:
            writer.close()

    async def _server(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        turn, ports = next(self._turn), list(self.ports)
        for at in range(len(ports)):
            with suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", ports[(turn + at) % len(ports)])
        return None


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await reader.read(CHUNK):
            writer.write(chunk)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def balancing(*ports: int) -> AsyncIterator[Balancer]:
    balancer = Balancer(*ports)
    server = await asyncio.start_server(balancer.carry, "127.0.0.1", 0)
    balancer.origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield balancer
    finally:
        server.close()
        balancer.cut()
