"""Integrators: whoever listens to the event log hears of everything once and in order, even when cut off."""

import asyncio

import pytest

from server.sample_accounts import EVENTS_KEY, PASSWORD, SHOPPER
from tests.journeys.buying import buy, two_offers
from tests.journeys.client import Client
from tests.journeys.listening import REPLAY, Heard, listening, replay

PATIENCE_SECONDS = 20.0


async def until_heard(heard: Heard, order_id: str) -> None:
    """Wait until the listener was told of all three events of an order: that it was placed, and each of its parts."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while sum(event["order"] is not None and event["order"]["id"] == order_id for event in heard.events) < 3:
            await heard.more()


@pytest.mark.parametrize("over_sse", [False, True], ids=["graphql-transport-ws", "sse"])
async def test_a_subscription_cut_and_resumed_twice_has_heard_of_every_event_once_and_in_order(
    guest: Client, over_sse: bool
):
    buyer, integrator = guest.in_market("de"), guest.bearing(EVENTS_KEY)
    pot, cards = await two_offers(buyer)
    heard, orders = Heard(), []

    for _ in range(3):
        async with listening(integrator, heard, over_sse=over_sse):
            bought = await buy(buyer, "de", (pot, 1), (cards, 1))
            await until_heard(heard, bought["id"])
        orders.append(bought["id"])
        if len(orders) < 3:
            orders.append((await buy(buyer, "de", (pot, 1), (cards, 1)))["id"])

    log = [event["id"] for event in await replay(integrator)]
    start = log.index(heard.ids[0])
    assert heard.ids == log[start : start + len(heard.ids)]
    placed = [event["order"]["id"] for event in heard.events if event["type"] == "ORDER_PLACED"]
    assert [order for order in placed if order in orders] == orders


async def test_while_orders_are_placed_side_by_side_each_event_comes_once_and_in_order(guest: Client):
    buyer, integrator = guest.in_market("de"), guest.bearing(EVENTS_KEY)
    pot, cards = await two_offers(buyer)
    heard = Heard()

    async with listening(integrator, heard):
        bought = await asyncio.gather(*(buy(buyer, "de", (pot, 1), (cards, 1)) for _ in range(6)))
        for each in bought:
            await until_heard(heard, each["id"])

    log = [event["id"] for event in await replay(integrator)]
    start = log.index(heard.ids[0])
    assert heard.ids == log[start : start + len(heard.ids)]


async def test_i7_the_events_of_an_order_are_counted_from_one(guest: Client):
    buyer, integrator = guest.in_market("de"), guest.bearing(EVENTS_KEY)
    pot, cards = await two_offers(buyer)
    heard = Heard()

    async with listening(integrator, heard):
        bought = await buy(buyer, "de", (pot, 1), (cards, 1))
        await until_heard(heard, bought["id"])

    of_order = [event for event in heard.events if event["order"] and event["order"]["id"] == bought["id"]]
    assert sorted(event["type"] for event in of_order) == ["ORDER_PLACED", *["VENDOR_ORDER_CREATED"] * 2]
    assert [event["sequence"] for event in of_order] == [1, 1, 1]


async def test_the_log_is_closed_to_shoppers(guest: Client):
    shopper = await guest.signed_in(SHOPPER, PASSWORD)

    assert await guest.fault_codes(REPLAY) == ["UNAUTHENTICATED"]
    assert await shopper.fault_codes(REPLAY) == ["FORBIDDEN"]
