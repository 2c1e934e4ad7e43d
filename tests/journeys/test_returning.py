"""Goods go back, over a real server with its worker: to their vendor, for their price."""

import shutil
from collections.abc import AsyncIterator
from typing import Any

import pytest

from server.sample_accounts import PASSWORD, STAFF
from tests.journeys.buying import buy, parts_of, two_offers
from tests.journeys.client import Client, client_of, codes
from tests.journeys.returning import ask_back, decide, delivers, keep, order_of, receive, returns_of, until
from tests.journeys.selling import Vendor, line_of, vendor
from tests.journeys.world import World
from tests.places import new_folder

SKU = "O07-14CM"


async def delivered(buyer: Client, market: str, seller: Vendor, quantity: int) -> tuple[dict[str, Any], str]:
    """An order of pots that arrived and was paid, with the id of its line."""
    pot, _ = await two_offers(buyer)
    bought = await buy(buyer, market, (pot, quantity))
    line = line_of(bought, SKU)
    await delivers(seller, parts_of(bought)["house"]["id"], line, quantity)
    await until(buyer, bought["id"], paymentStatus="PAID")
    return bought, line


async def test_o8_one_of_three_units_goes_back_and_is_refunded(guest: Client):
    buyer, house = guest.in_market("de"), await vendor(guest, "house")
    bought, line = await delivered(buyer, "de", house, 3)
    warehouse = min(await house.warehouses())

    asked = (await ask_back(buyer, bought["id"], line, 1))["return"]
    too_many = await ask_back(buyer, bought["id"], line, 3)
    approved = await decide(house.client, asked["id"], "APPROVED")
    came = await receive(house.client, asked["id"], line, 1, restockTo=warehouse)
    after = await order_of(buyer, bought["id"])

    assert (asked["state"], asked["isWithdrawal"]) == ("REQUESTED", True)
    assert codes(too_many) == ["QUANTITY_LIMIT"]
    assert approved["return"]["state"] == "APPROVED"
    assert (came["errors"], came["return"]["state"]) == ([], "REFUNDED")
    assert came["return"]["lines"] == [{"quantity": 1, "received": 1, "condition": "As new", "restock": True}]
    third = bought["totals"]["lines"]["gross"]["amountMinor"] // 3
    assert [refund["amount"]["amountMinor"] for refund in after["refunds"]] == [third]
    assert (after["returnStatus"], after["paymentStatus"]) == ("PARTIALLY_RETURNED", "PARTIALLY_REFUNDED")
    assert [(node["delivered"], node["returned"], node["refunded"]) for node in after["lines"]["nodes"]] == [(3, 1, 1)]


async def test_a_return_is_rejected_by_its_vendor_and_seen_by_nobody_elses(guest: Client):
    buyer, house = guest.in_market("de"), await vendor(guest, "house")
    mori = await vendor(guest, "atelier-mori")
    bought, line = await delivered(buyer, "de", house, 1)

    asked = (await ask_back(buyer, bought["id"], line, 1))["return"]
    not_theirs = await decide(mori.client, asked["id"], "APPROVED")
    rejected = await decide(house.client, asked["id"], "REJECTED", reason="It was planted.")
    after = await order_of(buyer, bought["id"])

    assert codes(not_theirs) == ["NOT_FOUND"]
    assert (rejected["return"]["state"], rejected["return"]["decision"]) == ("REJECTED", "It was planted.")
    assert (after["returnStatus"], [item["state"] for item in after["returns"]]) == ("NONE", ["REJECTED"])
    assert asked["id"] in {item["id"] for item in await returns_of(house)}
    assert asked["id"] not in {item["id"] for item in await returns_of(mori)}


async def test_o7_a_buyer_withdraws_from_all_of_it_and_keeps_it_after_all(guest: Client):
    buyer, house = guest.in_market("de"), await vendor(guest, "house")
    bought, line = await delivered(buyer, "de", house, 1)

    told = (await order_of(buyer, bought["id"]))["withdrawal"]
    asked = (await ask_back(buyer, bought["id"], line, 1))["return"]
    kept = await keep(buyer, asked["id"])
    again = (await ask_back(buyer, bought["id"], line, 1))["return"]
    await decide(house.client, again["id"], "APPROVED")
    came = await receive(house.client, again["id"], line, 1)
    after = await order_of(buyer, bought["id"])

    assert (told["days"], told["until"] is not None) == (14, True)
    assert "14 Tagen" in told["text"]
    assert kept["return"]["state"] == "CLOSED"
    assert came["return"]["refund"]["amount"] == {"amountMinor": bought["totals"]["total"]["gross"]["amountMinor"]}
    assert (after["returnStatus"], after["paymentStatus"]) == ("RETURNED", "REFUNDED")


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """A store of its own, whose markets take nothing back once it arrived."""
    folder = new_folder("commerce-returns-")
    try:
        async with World(folder) as running:
            await running.tell("UPDATE market SET return_days = 0, withdrawal_days = NULL")
            yield running
    finally:
        shutil.rmtree(folder)


async def test_o1_a_late_return_reopens_a_completed_order_which_completes_again(world: World):
    async with client_of(world.origin) as guest:
        buyer, house = guest.in_market("de"), await vendor(guest, "house")
        staff = await guest.signed_in(STAFF, PASSWORD)
        bought, line = await delivered(buyer, "de", house, 2)
        await until(buyer, bought["id"], status="COMPLETED")

        too_late = await ask_back(buyer, bought["id"], line, 1)
        asked = (await ask_back(staff, bought["id"], line, 1))["return"]
        reopened = await order_of(buyer, bought["id"])
        await decide(staff, asked["id"], "APPROVED")
        came = await receive(staff, asked["id"], line, 1)
        after = await until(buyer, bought["id"], status="COMPLETED")

    assert codes(too_late) == ["RETURN_WINDOW_CLOSED"]
    assert reopened["status"] == "CONFIRMED"
    assert came["return"]["state"] == "REFUNDED"
    assert after["returnStatus"] == "PARTIALLY_RETURNED"
    assert await world.findings() == []
