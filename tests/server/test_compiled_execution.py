"""Compiled execution as operators see it: a switch, and a figure that tells how often it was used and why not."""

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from persistence.ids import new_id
from persistence.statement import Pool
from server.seed import seed
from tests.journeys.client import Client
from tests.places import new_folder
from tests.server.watched import serving

MARKETS = "query Markets { markets { handle currencies } }"
ANSWERED_ANEW = {"COMMERCE_KEPT_ANSWERS": "false"}
"""What is kept is not run."""
REFUSED = "query Refused { search(input: {}, first: 1000) { nodes { title } } }"


@pytest.fixture
def folder() -> Iterator[Path]:
    path = new_folder("commerce-compiled-")
    yield path
    shutil.rmtree(path)


async def answers(guest: Client) -> list[bytes]:
    sent = [await guest.http.post("/graphql", json={"query": text}) for text in (MARKETS, MARKETS, REFUSED, REFUSED)]
    return [answer.content for answer in sent]


async def executions(guest: Client) -> Counter[str]:
    figures = (await guest.http.get("/metrics")).text.splitlines()
    told = [line.split() for line in figures if line.startswith("commerce_executions_total")]
    return Counter({name.partition('how="')[2].rstrip('"}'): int(float(number)) for name, number in told})


async def test_operators_are_told_how_operations_were_run(
    pool: Pool, worker_database_url: str, redis_url: str, folder: Path
):
    await seed(pool, new_id)
    async with serving(folder, worker_database_url, redis_url, **ANSWERED_ANEW) as (_, guest):
        while_starting = await executions(guest)
        first, second, *refused = await answers(guest)
        how = await executions(guest) - while_starting

    assert first == second
    assert refused[0] == refused[1]
    assert how == {"first_use": 2, "compiled": 1, "unusual": 1}


async def test_operators_can_turn_it_off(pool: Pool, worker_database_url: str, redis_url: str, folder: Path):
    await seed(pool, new_id)
    async with serving(
        folder, worker_database_url, redis_url, **ANSWERED_ANEW, COMMERCE_COMPILED_EXECUTION="false"
    ) as (_, guest):
        while_starting = await executions(guest)
        await answers(guest)
        how = await executions(guest) - while_starting

    assert how == {"off": 4}
