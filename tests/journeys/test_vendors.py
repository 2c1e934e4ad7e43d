"""Vendors: each sees its own part of an order, and sends it; the buyer sees it come."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import orjson

from tests.journeys.buying import buy, order, parts_of, two_offers
from tests.journeys.client import Client, codes, registered
from tests.journeys.listening import answers
from tests.journeys.selling import NODE, PORTAL, line_of, vendor

ORDER_CHANGED = "subscription Changed($id: ID!) { orderChanged(id: $id) { version fulfillmentStatus } }"
VENDOR_EVENTS = """
subscription Own($vendorId: ID!, $types: [EventType!]) {
  vendorOrderEvents(vendorId: $vendorId, types: $types) { type vendorOrder { id } order { id } }
}
"""
OF_PARTS = ["VENDOR_ORDER_CREATED", "VENDOR_ORDER_ACCEPTED", "FULFILLMENT_CREATED"]


async def test_each_vendor_accepts_and_ships_its_part_and_the_buyer_sees_it_come(guest: Client):
    buyer = guest.in_market("de")
    pot, cards = await two_offers(buyer)
    bought = await buy(buyer, "de", (pot, 3), (cards, 1))
    house, mori = await vendor(guest, "house"), await vendor(guest, "atelier-mori")
    part = parts_of(bought)["house"]["id"]
    other_part = parts_of(bought)["atelier-mori"]["id"]
    line = line_of(bought, "O07-14CM")

    too_early = await house.send(part, min(await house.warehouses()), 1, line=line)
    accepted = await house.accept(part)
    first = await house.sends(part, 2, "JD0001", "JD0002", line=line)
    after_first = await order(buyer, bought["id"])
    second = await house.sends(part, 1, "JD0003", line=line)
    after_house = await order(buyer, bought["id"])
    await mori.accept(other_part)
    await mori.sends(other_part, 1, "EM0001", line=line_of(bought, "S17-CRANE"))
    after_all = await order(buyer, bought["id"])

    assert codes(too_early) == ["INVALID_TRANSITION"]
    assert accepted["vendorOrder"]["status"] == "ACCEPTED"
    assert [box["trackingNumber"] for box in first["fulfillment"]["parcels"]] == ["JD0001", "JD0002"]
    assert second["fulfillment"]["lines"] == [{"quantity": 1}]
    statuses = [found["fulfillmentStatus"] for found in (bought, after_first, after_house, after_all)]
    assert statuses == ["UNFULFILLED", "PARTIALLY_FULFILLED", "PARTIALLY_FULFILLED", "FULFILLED"]
    assert parts_of(after_first)["house"]["status"] == "PARTIALLY_SHIPPED"
    assert {part["status"] for part in after_all["vendorOrders"]} == {"SHIPPED"}


async def test_o2_one_vendor_turns_its_part_down_and_what_the_other_one_sends_again_arrives(guest: Client):
    buyer = guest.in_market("de")
    pot, cards = await two_offers(buyer)
    bought = await buy(buyer, "de", (pot, 2), (cards, 1))
    house, mori = await vendor(guest, "house"), await vendor(guest, "atelier-mori")
    part, line = parts_of(bought)["house"]["id"], line_of(bought, "O07-14CM")

    rejected = await mori.reject(parts_of(bought)["atelier-mori"]["id"])
    await house.accept(part)
    lost = (await house.sends(part, 2, "JD0001", line=line))["fulfillment"]["id"]
    failed = await house.says(lost, "FAILED")
    after_loss = await order(buyer, bought["id"])
    again = (await house.sends(part, 2, "JD0002", line=line))["fulfillment"]["id"]
    arrived = await house.says(again, "DELIVERED")
    not_twice = await house.says(again, "DELIVERED")
    after_all = await order(buyer, bought["id"])

    assert rejected["vendorOrder"]["status"] == "REJECTED"
    assert [answer["fulfillment"]["state"] for answer in (failed, arrived)] == ["FAILED", "DELIVERED"]
    assert codes(not_twice) == ["INVALID_TRANSITION"]
    assert [found["fulfillmentStatus"] for found in (after_loss, after_all)] == ["UNFULFILLED", "DELIVERED"]
    assert {slug: part["status"] for slug, part in parts_of(after_all).items()} == {
        "house": "DELIVERED",
        "atelier-mori": "REJECTED",
    }


async def test_a_buyer_who_follows_the_order_sees_it_sent_and_the_vendor_hears_of_its_own_part_alone(guest: Client):
    buyer = guest.in_market("de")
    pot, cards = await two_offers(buyer)
    bought = await buy(buyer, "de", (pot, 1), (cards, 1))
    house, mori = await vendor(guest, "house"), await vendor(guest, "atelier-mori")
    part = parts_of(bought)["house"]["id"]
    ready = asyncio.Event()

    async with (
        aclosing(answers(buyer, ORDER_CHANGED, id=bought["id"])) as seen,
        aclosing(answers(mori.client, VENDOR_EVENTS, ready, vendorId=mori.id, types=OF_PARTS)) as heard,
        asyncio.timeout(20),
    ):
        first = (await anext(seen))["data"]["orderChanged"]
        hearing = asyncio.create_task(until_accepted(heard, parts_of(bought)["atelier-mori"]["id"]))
        await ready.wait()
        await house.accept(part)
        await house.sends(part, 1, line=line_of(bought, "O07-14CM"))
        latest = first
        while latest["fulfillmentStatus"] == "UNFULFILLED":
            latest = (await anext(seen))["data"]["orderChanged"]
        await mori.accept(parts_of(bought)["atelier-mori"]["id"])
        told = await hearing

    assert (first["fulfillmentStatus"], latest["fulfillmentStatus"]) == ("UNFULFILLED", "PARTIALLY_FULFILLED")
    assert part not in {event["vendorOrder"]["id"] for event in told}
    assert {event["order"] for event in told} == {None}


async def until_accepted(heard: AsyncGenerator[dict[str, Any]], part_id: str) -> list[dict[str, Any]]:
    """What a vendor hears, up to the event that its part was accepted."""
    told: list[dict[str, Any]] = []
    while not told or (told[-1]["type"], told[-1]["vendorOrder"]["id"]) != ("VENDOR_ORDER_ACCEPTED", part_id):
        told.append((await anext(heard))["data"]["vendorOrderEvents"])
    return told


async def test_more_than_was_bought_is_never_sent(guest: Client):
    buyer = guest.in_market("de")
    pot, _ = await two_offers(buyer)
    bought = await buy(buyer, "de", (pot, 1))
    house, part = await vendor(guest, "house"), parts_of(bought)["house"]["id"]
    await house.accept(part)
    await house.sends(part, 1, line=line_of(bought, "O07-14CM"))

    again = [
        await house.send(part, warehouse, 1, line=line_of(bought, "O07-14CM")) for warehouse in await house.warehouses()
    ]

    assert {code for answer in again for code in codes(answer)} <= {"QUANTITY_LIMIT", "INVALID_TRANSITION"}
    assert all(answer["fulfillment"] is None for answer in again)


async def test_v8_a_vendor_sees_its_own_part_and_neither_the_others_nor_the_order(guest: Client):
    buyer, email = await registered(guest.in_market("de"))
    pot, cards = await two_offers(buyer)
    bought = await buy(buyer, "de", (pot, 1), (cards, 1), email=email)
    mori = await vendor(guest, "atelier-mori")
    own, others = parts_of(bought)["atelier-mori"], parts_of(bought)["house"]

    portal = await mori.portal()
    seen = (await mori.client.ask(NODE, id=own["id"]))["node"]
    hidden = [(await mori.client.ask(NODE, id=each))["node"] for each in (others["id"], bought["id"])]

    assert own["id"] in {part["id"] for part in portal["orders"]["nodes"]}
    assert {part["vendor"]["slug"] for part in portal["orders"]["nodes"]} == {"atelier-mori"}
    assert [line["sku"] for line in seen["lines"]] == ["S17-CRANE"]
    assert hidden == [None, None]
    assert bought["id"] not in orjson.dumps([portal, seen]).decode()


async def test_v8_a_vendor_cannot_accept_or_send_what_another_sold(guest: Client):
    buyer = guest.in_market("de")
    pot, _ = await two_offers(buyer)
    bought = await buy(buyer, "de", (pot, 1))
    house, mori = await vendor(guest, "house"), await vendor(guest, "atelier-mori")
    part, warehouses = parts_of(bought)["house"]["id"], await house.warehouses()

    accepted = await mori.accept(part)
    sent = [await mori.send(part, each, 1, line=line_of(bought, "O07-14CM")) for each in sorted(warehouses)]

    assert codes(accepted) == ["NOT_FOUND"]
    assert {tuple(codes(answer)) for answer in sent} == {("NOT_FOUND",)}
    assert parts_of(await order(buyer, bought["id"]))["house"]["status"] == "NEW"


async def test_v8_the_portal_of_another_vendor_is_closed(guest: Client):
    house, mori = await vendor(guest, "house"), await vendor(guest, "atelier-mori")

    assert await mori.client.fault_codes(PORTAL, vendorId=house.id) == ["FORBIDDEN"]
    assert await guest.fault_codes(PORTAL, vendorId=house.id) == ["UNAUTHENTICATED"]
