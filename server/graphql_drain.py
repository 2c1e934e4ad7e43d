"""Ending what is open when the server stops."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Drain:
    """Knows the streams and sockets that are open, and tells them to end."""

    def __init__(self) -> None:
        self._stops: set[asyncio.Future[None]] = set()
        self._is_draining = False
        self._emptied = asyncio.Event()

    @contextmanager
    def entered(self) -> Iterator[asyncio.Future[None]]:
        """Register what is open for as long as the block lasts; the future is done when it must end."""
        stop: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self._is_draining:
            stop.set_result(None)
        self._stops.add(stop)
        try:
            yield stop
        finally:
            self._stops.discard(stop)
            stop.cancel()
            if not self._stops:
                self._emptied.set()

    @property
    def is_draining(self) -> bool:
        return self._is_draining

    @property
    def open_count(self) -> int:
        return len(self._stops)

    async def drain(self, *, seconds: float = 5.0) -> None:
        """Tell all that is open, and whatever opens from now on, to end; return when it has, or after `seconds`."""
        self._is_draining = True
        for stop in self._stops:
            if not stop.done():
                stop.set_result(None)
        if self._stops:
            self._emptied.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._emptied.wait(), seconds)
