"""What is not on a shelf: a preorder that is released, files and keys that are downloaded, and words with a gift."""

import shutil
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from server.sample_accounts import PASSWORD, STAFF
from tests.journeys.buying import (
    CART_CREATE,
    CHECKOUT_UPDATE,
    ERRORS,
    buy,
    complete,
    offer_of,
    offer_tender,
    order,
    parts_of,
    start_checkout,
    tell_where,
)
from tests.journeys.client import Client, client_of, fresh_email, fresh_key
from tests.journeys.selling import Vendor, line_of, vendor
from tests.journeys.world import World, eventually
from tests.places import new_folder

UPSERT = f"""
mutation Upsert($input: OfferUpsertInput!) {{
  offerUpsert(input: $input) {{
    {ERRORS} offer {{ id availability {{ state availableFrom }} soldAhead {{ policy limit left waiting }} }}
  }}
}}
"""
ADJUST = f"mutation Adjust($input: StockAdjustInput!) {{ stockAdjust(input: $input) {{ {ERRORS} offer {{ id }} }} }}"
WAITING = "query ($id: ID!) { order(id: $id) { fulfillmentStatus lines { nodes { id sku backordered } } } }"
AHEAD = "query ($id: ID!) { node(id: $id) { ... on Offer { soldAhead { waiting left } } } }"
REGISTER_FILE = f"""
mutation Register($input: DigitalFileRegisterInput!) {{
  digitalFileRegister(input: $input) {{ {ERRORS} file {{ name sha256 sizeKilobytes }} }}
}}
"""
IMPORT_KEYS = (
    f"mutation Keys($input: LicenseKeysImportInput!) {{ licenseKeysImport(input: $input) {{ {ERRORS} added }} }}"
)
DOWNLOADS = """
query ($id: ID!) { order(id: $id) {
  paymentStatus fulfillmentStatus shippingAddress { city }
  lines { nodes { downloads { fileName url remaining licenseKey } } }
} }
"""
SLIP = """
query ($id: ID!) { node(id: $id) { ... on VendorOrder { lines { giftMessage } fulfillments { packingSlipUrl } } } }
"""
SONG = b"la" * 5_000


class Shop(World):
    """A world with a folder of files that are sold."""

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, "COMMERCE_FILES": str(self._folder)}


@pytest.fixture(scope="module")
async def world() -> AsyncIterator[Shop]:
    folder = new_folder("commerce-supply-")
    try:
        (folder / "song.mp3").write_bytes(SONG)
        async with Shop(folder) as running:
            yield running
            assert await running.findings() == []
    finally:
        shutil.rmtree(folder)


@pytest.fixture
async def buyer(world: Shop) -> AsyncIterator[Client]:
    async with client_of(world.origin) as client:
        yield client.in_market("de")


async def new_offer(world: Shop, seller: Vendor, **policy: Any) -> dict[str, Any]:
    """The house sells a used pot, too, on these terms beyond its stock."""
    (row,) = await world.rows("SELECT id FROM variant WHERE sku = 'O07-14CM'")
    done = await seller.client.in_market("de").do(
        UPSERT,
        vendorId=seller.id,
        variantId=row["id"],
        condition="USED",
        price={"amountMinor": 1500, "currency": "EUR"},
        stockPolicy=policy,
    )
    offer: dict[str, Any] = done["offer"]
    return offer


async def test_s7_a_preorder_waits_for_its_release_and_is_sent_from_what_came_before(world: Shop, buyer: Client):
    house = await vendor(buyer, "house")
    release = datetime.now(UTC) + timedelta(seconds=20)
    offer = await new_offer(world, house, policy="PREORDER", limit=5, availableFrom=release.isoformat())
    warehouse = min(await house.warehouses())
    arrival = {"offerId": offer["id"], "warehouseId": warehouse, "delta": 3, "reason": "delivery"}
    await house.client.do(ADJUST, **arrival, idempotencyKey=fresh_key())

    bought = await buy(buyer, "de", (offer["id"], 2))
    line = line_of(bought, "O07-14CM")
    before = (await buyer.ask(WAITING, id=bought["id"]))["order"]
    seen = (await house.client.ask(AHEAD, id=offer["id"]))["node"]["soldAhead"]

    async def is_released() -> bool:
        found = (await buyer.ask(WAITING, id=bought["id"]))["order"]
        return bool(found["lines"]["nodes"][0]["backordered"] == 0)

    await eventually(is_released)
    part = parts_of(bought)["house"]["id"]
    await house.accept(part)
    sent = await house.send(part, warehouse, 2, "JD0009", line=line)

    assert (offer["availability"]["state"], offer["soldAhead"]["left"]) == ("PREORDER", 5)
    assert before == {
        "fulfillmentStatus": "BACKORDERED",
        "lines": {"nodes": [{"id": line, "sku": "O07-14CM", "backordered": 2}]},
    }
    assert seen == {"waiting": 2, "left": 3}
    assert datetime.now(UTC) >= release
    assert sent["errors"] == []
    assert (await order(buyer, bought["id"]))["fulfillmentStatus"] == "FULFILLED"


async def test_a_guest_buys_a_file_with_a_key_and_downloads_both(world: Shop, buyer: Client):
    await world.tell(
        "UPDATE product SET kind = 'DIGITAL' WHERE id = (SELECT product_id FROM variant WHERE sku = 'S17-CRANE')"
    )
    (row,) = await world.rows("SELECT id FROM variant WHERE sku = 'S17-CRANE'")
    staff = await buyer.signed_in(STAFF, PASSWORD)
    terms = {"variantId": row["id"], "name": "Song.mp3", "path": "song.mp3", "downloadsAllowed": 3}
    registered = await staff.do(REGISTER_FILE, **terms)
    imported = await staff.do(IMPORT_KEYS, variantId=row["id"], keys=["AAA-1", "AAA-2"], idempotencyKey=fresh_key())
    offer = await offer_of(buyer, "letterpress-cards", "atelier-mori", sku="S17-CRANE")

    bought = await buy_digital(buyer, offer)
    found = await downloads_of(buyer, bought)
    answer = await buyer.http.get(found[0]["url"])

    assert (registered["file"]["sizeKilobytes"], imported["added"]) == (10, 2)
    assert [(item["fileName"], item["licenseKey"], item["remaining"]) for item in found] == [("Song.mp3", "AAA-1", 3)]
    assert answer.content == SONG
    after = (await buyer.ask(DOWNLOADS, id=bought))["order"]
    assert after["shippingAddress"] is None
    assert after["fulfillmentStatus"] == "DELIVERED"
    assert after["lines"]["nodes"][0]["downloads"][0]["remaining"] == 2


async def buy_digital(buyer: Client, offer: str) -> str:
    """The order of one unit, for which no address of delivery is told."""
    lines = [{"offerId": offer, "quantity": 1}]
    cart = (await buyer.do(CART_CREATE, lines=lines, idempotencyKey=fresh_key()))["cart"]
    started = await start_checkout(buyer, cart["id"])
    address = {"firstName": "Ada", "lastName": "Lovelace", "line1": "Hauptstraße 1", "city": "Berlin"}
    told = {"email": fresh_email(), "billingAddress": {**address, "postalCode": "10115", "country": "DE"}}
    await buyer.do(CHECKOUT_UPDATE, checkoutId=started["id"], acceptTerms=True, **told)
    ready = await offer_tender(buyer, started)
    done = await complete(buyer, ready)
    assert done["errors"] == []
    return str(done["order"]["id"])


async def downloads_of(buyer: Client, order_id: str) -> list[Mapping[str, Any]]:
    """What the worker has delivered, as soon as it has."""
    found: list[Mapping[str, Any]] = []

    async def is_there() -> bool:
        found[:] = (await buyer.ask(DOWNLOADS, id=order_id))["order"]["lines"]["nodes"][0]["downloads"]
        return bool(found)

    await eventually(is_there)
    return found


async def test_the_words_of_a_gift_are_read_by_whoever_packs_it(buyer: Client):
    pot = await offer_of(buyer, "terracotta-pot", "house", sku="O07-14CM")
    lines = [{"offerId": pot, "quantity": 1, "giftMessage": "Alles Liebe, Ada"}]
    cart = (await buyer.do(CART_CREATE, lines=lines, idempotencyKey=fresh_key()))["cart"]
    checkout = await tell_where(buyer, await start_checkout(buyer, cart["id"]), market="de")
    done = await complete(buyer, await offer_tender(buyer, checkout))
    bought = await order(buyer, done["order"]["id"])
    house, part = await vendor(buyer, "house"), parts_of(bought)["house"]["id"]
    await house.accept(part)
    await house.sends(part, 1, "JD0001", line=line_of(bought, "O07-14CM"))

    seen = (await house.client.ask(SLIP, id=part))["node"]
    slip = await buyer.http.get(seen["fulfillments"][0]["packingSlipUrl"])

    assert seen["lines"] == [{"giftMessage": "Alles Liebe, Ada"}]
    assert slip.content.startswith(b"%PDF")
