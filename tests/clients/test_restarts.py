"""graphql-ws and graphql-sse follow the log while web processes are replaced, and miss nothing."""

import asyncio
import os
import shutil
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from server.sample_accounts import EVENTS_KEY
from tests.clients.node import must_have_node, workshop
from tests.journeys.rolling import selling
from tests.journeys.world import World, eventually
from tests.places import new_folder

CLIENTS = ("graphql-ws", "graphql-sse")
EVENTS_BETWEEN = 6


class Followers:
    """What the clients told of: the ids that each heard, and whatever else happened to it."""

    def __init__(self) -> None:
        self.heard: dict[str, list[str]] = defaultdict(list)
        self.rest: dict[str, list[str]] = defaultdict(list)

    async def listen(self, said: asyncio.StreamReader) -> None:
        while line := (await said.readline()).decode().strip():
            client, what, *more = line.split(" ")
            if what == "heard":
                self.heard[client] += more
            else:
                self.rest[client].append(" ".join([what, *more]))

    async def hear_more(self) -> None:
        wanted = {client: len(self.heard[client]) + EVENTS_BETWEEN for client in CLIENTS}

        async def have() -> bool:
            return all(len(self.heard[client]) >= wanted[client] for client in CLIENTS)

        await eventually(have)

    async def hear_of(self, event_id: str) -> None:
        async def have() -> bool:
            return all(self.heard[client][-1] == event_id for client in CLIENTS)

        await eventually(have)


@asynccontextmanager
async def following(**environment: str) -> AsyncIterator[Followers]:
    script = await asyncio.to_thread(workshop) / "scripts" / "follow.mjs"
    process = await asyncio.create_subprocess_exec(
        must_have_node(), str(script), env={**os.environ, **environment}, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    followers = Followers()
    listening = asyncio.create_task(followers.listen(process.stdout))
    try:
        yield followers
    finally:
        process.kill()
        await process.wait()
        await listening


@pytest.fixture
async def world() -> AsyncIterator[World]:
    must_have_node()
    folder = new_folder("commerce-restarts-")
    try:
        async with World(folder) as running:
            yield running
    finally:
        shutil.rmtree(folder)


async def test_clients_hear_of_every_event_once_and_in_order_through_a_rolling_restart_and_a_kill(world: World):
    async with (
        selling(world) as shop,
        following(
            URL=f"{shop.balancer.origin}/graphql", EVENTS_KEY=EVENTS_KEY, AFTER=shop.first["cursor"]
        ) as followers,
    ):
        for killed in (False, False, True):
            await followers.hear_more()
            await shop.replace(killed=killed)
        await followers.hear_more()
        log = await shop.close()
        await followers.hear_of(log[-1])

    assert {client: followers.heard[client] for client in CLIENTS} == dict.fromkeys(CLIENTS, log)
    assert set(followers.rest["graphql-ws"]) == {"closed 1012", "closed 1006"}
    assert set(followers.rest["graphql-sse"]) == {"closed"}
