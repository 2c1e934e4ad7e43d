"""A store that is asked for more than it can answer: whoever buys is served, whoever asks for much is told to wait."""

import asyncio
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx2
import pytest

from tests.journeys.buying import buy, two_offers
from tests.journeys.client import client_of
from tests.journeys.processes import Store
from tests.places import new_folder

CROWD = 24
"""Clients that ask for a dear page as fast as they are answered."""
BUYERS = 3
PURCHASES = 3
PAGE = """
query Crowd($first: Int!) {
  search(input: {sort: NEWEST}, first: $first) {
    nodes { id title variants(first: 20) { nodes { id offers(first: 5) { nodes { id availability { state } } } } } }
  }
}
"""
SETTINGS = {"COMMERCE_SHED_POINTS": "20000", "COMMERCE_RATE_ADDRESS": "0", "COMMERCE_KEPT_ANSWERS": "false"}
SHED = re.compile(r'^commerce_operations_shed_total\{rank="(\w+)"\} (\S+)$', re.MULTILINE)


@pytest.fixture
def folder() -> Iterator[Path]:
    path = new_folder("commerce-overload-")
    yield path
    shutil.rmtree(path)


async def ask_on_and_on(http: httpx2.AsyncClient, first: int, seen: list[httpx2.Response], end: asyncio.Event) -> None:
    while not end.is_set():
        asked = {"query": PAGE, "variables": {"first": first}}
        seen.append(await http.post("/graphql", json=asked, headers={"accept": "application/graphql-response+json"}))


async def test_checkouts_complete_while_dear_pages_are_refused(folder: Path):
    end, seen = asyncio.Event(), list[httpx2.Response]()
    with Store(folder / "store", **SETTINGS) as store:
        async with AsyncExitStack() as stack:
            buyers = [(await stack.enter_async_context(client_of(store.origin))).in_market("de") for _ in range(BUYERS)]
            crowd = [(await stack.enter_async_context(client_of(store.origin))).http for _ in range(CROWD)]
            offer = (await two_offers(buyers[0]))[0]
            asking = [asyncio.create_task(ask_on_and_on(http, 30, seen, end)) for http in crowd]
            bought = await asyncio.gather(*(buy(buyer, "de", (offer, 1)) for buyer in buyers for _ in range(PURCHASES)))
            shed = dict(SHED.findall((await crowd[0].get("/metrics")).text))
            live = (await crowd[0].get("/health/live")).status_code
            end.set()
            await asyncio.gather(*asking)
            later = await crowd[0].post("/graphql", json={"query": PAGE, "variables": {"first": 1}})
        faults = store.faults_since()

    assert [order["paymentStatus"] for order in bought] == ["AUTHORIZED"] * BUYERS * PURCHASES
    statuses = Counter(answer.status_code for answer in seen)
    assert statuses.keys() == {200, 503}, "some are answered, the others told to come back"
    refused = next(answer for answer in seen if answer.status_code == 503)
    assert refused.headers["retry-after"] == str(refused.json()["errors"][0]["extensions"]["retryAfter"])
    assert refused.json()["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"
    assert shed.keys() == {"guest_read"}
    assert live == 200
    assert later.json()["data"]["search"]["nodes"]
    assert faults == []
