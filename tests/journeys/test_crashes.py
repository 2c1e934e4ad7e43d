"""Crashes: whatever is killed, whenever, nobody is told of an order that is not there, and nothing is done twice."""

import asyncio
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx2
import pytest
import websockets

from server.sample_accounts import EVENTS_KEY
from tests.journeys.buying import buy, offer_of
from tests.journeys.client import Client, client_of
from tests.journeys.listening import CutOffError, Heard, hear_from_socket, replay
from tests.journeys.shoppers import Told, shop_together
from tests.journeys.world import World
from tests.places import new_folder

SOLD = [
    ("terracotta-pot", "house"),
    ("letterpress-cards", "atelier-mori"),
    ("border-spade", "tannwerk"),
    ("corduroy-rabbit", "brightwater-supply"),
    ("desk-tray-oak", "house"),
]
COME_BACK_SECONDS = 0.1

TIME_PASSES_FOR_PAYMENTS = """
WITH aged AS (
    UPDATE payment SET updated_at = updated_at - interval '10 minutes'
    WHERE state IN ('INTENDED', 'VOID_INTENDED') RETURNING checkout_id
)
UPDATE checkout SET lease_until = lease_until - interval '10 minutes' WHERE id IN (SELECT checkout_id FROM aged)
"""
UNSETTLED = "SELECT id, state FROM payment WHERE state IN ('INTENDED', 'VOID_INTENDED')"
TIME_PASSES_FOR_CHECKOUTS = """
WITH aged AS (UPDATE reservation SET expires_at = expires_at - interval '1 hour')
UPDATE checkout SET expires_at = expires_at - interval '1 hour' WHERE state IN ('OPEN', 'COMPLETING')
"""
HELD = "SELECT offer_id, warehouse_id, reserved FROM stock_level WHERE reserved <> 0"
LIVE = "SELECT id, state FROM checkout WHERE state IN ('OPEN', 'COMPLETING')"
UNPLACED = "SELECT id FROM event WHERE position IS NULL"
ORDERS = 'SELECT checkout_id, id FROM "order"'
PAID = "SELECT gateway_reference FROM payment WHERE state = 'AUTHORIZED' AND order_id IS NOT NULL"


@dataclass
class Outcome:
    """What is left when all has settled, and what was told meanwhile."""

    told: Told
    heard: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    orders: list[tuple[str, str]] = field(default_factory=list)
    held_at_gateway: set[str] = field(default_factory=set)
    paid: set[str] = field(default_factory=set)
    findings: list[str] = field(default_factory=list)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    folder = new_folder("commerce-crashes-")
    try:
        async with World(folder) as running:
            yield running
    finally:
        shutil.rmtree(folder)


async def live_through(world: World, harm: Sequence[str], *, shoppers: int, seed: int) -> Outcome:
    """Let shoppers buy and an integrator listen while harm is done, one after the other; then let all settle."""
    chance = random.Random(seed)
    async with client_of(world.origin) as guest:
        integrator = guest.bearing(EVENTS_KEY)
        offers = [await offer_of(guest.in_market("de"), slug, vendor) for slug, vendor in SOLD]
        await buy(guest.in_market("de"), "de", (offers[0], 1))
        await world.until_none(UNPLACED)
        heard, told, closing = Heard(), Told(), asyncio.Event()
        heard.events = (await replay(integrator))[-1:]
        began_behind = heard.cursor
        listening = asyncio.create_task(listen_through(integrator, heard))
        shopping = asyncio.create_task(shop_together(world.origin, offers, told, closing, shoppers=shoppers, seed=seed))
        try:
            for what in harm:
                await asyncio.sleep(chance.uniform(0.3, 1.5))
                if shopping.done():
                    break
                await world.hurt(what, chance)
            await asyncio.sleep(0.5)
            closing.set()
            await shopping
            outcome = await settled(world, told)
            outcome.log = [event["id"] for event in await replay(integrator, began_behind)]
            await until_heard(heard, outcome.log[-1], listening)
            outcome.heard = heard.ids[1:]
            outcome.findings = await world.findings()
        finally:
            for task in (listening, shopping):
                task.cancel()
            await asyncio.gather(listening, shopping, return_exceptions=True)
    return outcome


async def listen_through(integrator: Client, heard: Heard) -> None:
    """Hear of every event, coming back whenever the connection is lost."""
    while True:
        try:
            await hear_from_socket(integrator, heard)
        except (OSError, TimeoutError, websockets.WebSocketException, CutOffError):
            await asyncio.sleep(COME_BACK_SECONDS)


async def until_heard(heard: Heard, event_id: str, listening: "asyncio.Task[None]") -> None:
    async with asyncio.timeout(30):
        while heard.events[-1]["id"] != event_id:
            await asyncio.wait([listening, asyncio.ensure_future(heard.more())], return_when=asyncio.FIRST_COMPLETED)
            assert not listening.done(), listening


async def settled(world: World, told: Told) -> Outcome:
    """Let time pass until the worker has finished what was left behind: payments first, then what expired."""
    await world.tell(TIME_PASSES_FOR_PAYMENTS)
    await world.until_none(UNSETTLED)
    await world.tell(TIME_PASSES_FOR_CHECKOUTS)
    await world.until_none(LIVE)
    await world.tell(TIME_PASSES_FOR_PAYMENTS)
    await world.until_none(UNSETTLED)
    await world.until_none(HELD)
    await world.until_none(UNPLACED)
    return Outcome(
        told=told,
        orders=[(row["checkout_id"], row["id"]) for row in await world.rows(ORDERS)],
        held_at_gateway={each["id"] for each in await world.authorizations() if each["status"] == "authorized"},
        paid={row["gateway_reference"] for row in await world.rows(PAID)},
    )


def check(outcome: Outcome) -> None:
    """What holds after any harm."""
    of_checkout = dict(outcome.orders)
    assert len(of_checkout) == len(outcome.orders), "a checkout has two orders"
    assert {checkout: of_checkout.get(checkout) for checkout in outcome.told.orders} == outcome.told.orders
    assert outcome.held_at_gateway == outcome.paid, "money is held for no order, or an order has none"
    assert outcome.heard == outcome.log, "an event was missed, heard twice or out of order"
    assert outcome.findings == []
    assert outcome.told.orders, "nobody bought anything"


@contextmanager
def logs_of(world: World):
    """Adds the last lines of each process to what went wrong."""
    try:
        yield
    except BaseException as error:
        error.add_note(world.logs())
        raise


def shuffled(seed: int, **counts: int) -> list[str]:
    """Each harm so many times, in any order."""
    harm = list(Counter(counts).elements())
    random.Random(seed).shuffle(harm)
    return harm


async def test_orders_survive_whatever_is_killed_under_load(world: World):
    harm = shuffled(seed := random.randrange(1 << 30), web=2, worker=1, postgres=1, valkey=1)

    with logs_of(world):
        outcome = await live_through(world, harm, shoppers=6, seed=seed)

        check(outcome)


@pytest.mark.slow
@pytest.mark.timeout(1200)
async def test_orders_survive_thirty_kills_of_ours_ten_of_postgres_and_ten_losses_of_valkey(world: World, capsys):
    harm = shuffled(seed := random.randrange(1 << 30), web=15, worker=15, postgres=10, valkey=10)
    began = time.monotonic()

    with logs_of(world):
        outcome = await live_through(world, harm, shoppers=10, seed=seed)

        check(outcome)
    with capsys.disabled():
        told = outcome.told
        sys.stdout.write(
            f"\n{len(harm)} crashes in {time.monotonic() - began:.0f} s: {len(told.orders)} orders told of,"
            f" {len(outcome.orders)} placed, {told.repeated} calls repeated, {len(outcome.heard)} events heard;"
            f" {dict(told.habits)}\n"
        )


async def test_readiness_says_no_while_the_database_hangs_and_yes_when_it_is_back(world: World):
    frozen = world.backends()
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    try:
        status, checks = await world.health()
        async with httpx2.AsyncClient(base_url=world.origin) as client:
            live = await client.get("/health/live")
    finally:
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)
    await world.until_ready()

    assert (status, checks["database"]) == (503, "failing")
    assert live.status_code == 200


async def test_without_valkey_the_store_is_ready_and_sells(world: World):
    os.kill(world.valkey_pid, signal.SIGSTOP)
    try:
        status, checks = await world.health()
        async with client_of(world.origin) as guest:
            buyer = guest.in_market("de")
            bought = await buy(buyer, "de", (await offer_of(buyer, *SOLD[0]), 1))
    finally:
        os.kill(world.valkey_pid, signal.SIGCONT)

    assert (status, checks["redis"]) == (200, "failing")
    assert bought["status"] == "CONFIRMED"
