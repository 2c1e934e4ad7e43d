"""Attacks on a web process as users run it: each is refused at a bounded cost, and others are answered meanwhile.

`python -m bench.abuse` tells the figures; on a machine that does other things besides they say little.
"""

import asyncio
import shutil
from collections.abc import Iterator

import pytest

from bench.abuse import CONNECTIONS, SMALL
from bench.attackers import Attacker
from bench.attacks import ATTACKS, Attack
from bench.client import Client
from bench.proc import cpu_seconds
from tests.journeys.processes import Store
from tests.places import new_folder

REQUESTS = 3
MAX_CPU_SECONDS = 0.5
"""For one request. A refusal takes a twentieth of it, the whole schema a third."""


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    folder = new_folder("commerce-attacked-")
    try:
        with Store(folder / "store") as running:
            yield running
    finally:
        shutil.rmtree(folder)


async def attack_from(url: str, attack: Attack, number: int) -> None:
    attacker = Attacker(url)
    try:
        for request in range(REQUESTS):
            await attacker.send(attack, number * REQUESTS + request)
    finally:
        attacker.close()


async def answers_until(attacks: "asyncio.Future[list[None]]", url: str) -> int:
    """How many answers somebody else gets until the attacks have ended, and one behind them."""
    client = Client(url)
    answered = 0
    is_over = False
    while not is_over:
        is_over = attacks.done()
        await client.send(SMALL)
        answered += 1
    client.close()
    return answered


@pytest.mark.parametrize("name", ATTACKS)
async def test_an_attack_is_answered_as_it_deserves_and_others_are_answered_meanwhile(store: Store, name: str):
    url, attack = f"{store.origin}/graphql", ATTACKS[name]
    before = cpu_seconds(store.pid)

    attacks = asyncio.gather(*(attack_from(url, attack, number) for number in range(CONNECTIONS)))
    answered = await answers_until(attacks, url)

    await attacks
    taken = cpu_seconds(store.pid) - before
    assert taken / (CONNECTIONS * REQUESTS + answered) < MAX_CPU_SECONDS
    assert store.faults_since() == []
