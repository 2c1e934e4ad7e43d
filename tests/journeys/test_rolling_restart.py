"""Web processes that are replaced one after another while the store sells: nobody who comes back misses anything."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
import websockets

from tests.journeys.client import Client
from tests.journeys.listening import Heard, hear_from_events, hear_from_socket
from tests.journeys.rolling import selling
from tests.journeys.world import World, eventually
from tests.places import new_folder

COME_BACK_SECONDS = 0.1
EVENTS_BETWEEN = 6
"""How many events each listener hears of between one restart and the next."""

type Hear = Callable[[Client, Heard], Awaitable[None]]


class Listener:
    """Follows the log through whatever happens. `ends` is how each of its connections ended."""

    def __init__(self, hear: Hear, first: dict[str, Any]) -> None:
        self._hear = hear
        self.heard = Heard()
        self.heard.events = [first]
        self.ends: list[int | str | None] = []

    async def listen(self, integrator: Client) -> None:
        while True:
            try:
                await self._hear(integrator, self.heard)
                self.ends.append("ended")
            except websockets.ConnectionClosed as closed:
                self.ends.append(closed.rcvd.code if closed.rcvd else None)
            except (httpx2.RemoteProtocolError, httpx2.ReadError):
                self.ends.append(None)
            except (OSError, httpx2.TransportError, websockets.WebSocketException):
                await asyncio.sleep(COME_BACK_SECONDS)

    async def hears_more(self) -> None:
        wanted = len(self.heard.events) + EVENTS_BETWEEN

        async def has() -> bool:
            return len(self.heard.events) >= wanted

        await eventually(has)

    async def hears_of(self, event_id: str) -> None:
        async def has() -> bool:
            return self.heard.ids[-1] == event_id

        await eventually(has)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    folder = new_folder("commerce-rolling-")
    try:
        async with World(folder) as running:
            yield running
    finally:
        shutil.rmtree(folder)


@asynccontextmanager
async def all_of(*running: Awaitable[None]) -> AsyncIterator[None]:
    """Keep them running until the block ends; what goes wrong in one of them is raised."""
    tasks = [asyncio.ensure_future(each) for each in running]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert [each for each in ended if not isinstance(each, asyncio.CancelledError | None)] == []


async def test_a_rolling_restart_loses_nothing_for_clients_that_come_back(world: World):
    """Two processes are asked to stop, the third is killed; orders are placed all the while."""
    async with selling(world) as shop:
        listeners = [Listener(hear, shop.first) for hear in (hear_from_socket, hear_from_events)]
        async with all_of(*(listener.listen(shop.integrator) for listener in listeners)):
            for killed in (False, False, True):
                await asyncio.gather(*(listener.hears_more() for listener in listeners))
                await shop.replace(killed=killed)
            await asyncio.gather(*(listener.hears_more() for listener in listeners))
            log = await shop.close()
            await asyncio.gather(*(listener.hears_of(log[-1]) for listener in listeners))

    by_socket, by_events = listeners
    assert by_socket.heard.ids[1:] == log
    assert by_events.heard.ids[1:] == log
    assert shop.told.orders, "somebody bought all the while"
    assert (set(by_socket.ends), set(by_events.ends)) == ({1012, None}, {"ended", None})
    assert (by_socket.ends[-1], by_events.ends[-1]) == (None, None), "who is killed says nothing"
    assert [world.faults_of(name) for name in shop.names if name != shop.names[2]] == [[], [], []]
