"""An integrator and a vendor who have events posted to them by a store that runs as users run it."""

import asyncio
import shutil
from datetime import UTC, datetime

from server.sample_accounts import PASSWORD, STAFF
from tests.factories.webhooks import receiving, until
from tests.journeys.buying import buy, two_offers
from tests.journeys.client import Client, client_of
from tests.journeys.processes import Store
from tests.places import new_folder

SAVE = """
mutation Save($input: WebhookUpsertInput!) {
  webhookUpsert(input: $input) { errors { code path } webhook { id } secret }
}
"""
PING = "mutation Ping($input: WebhookInput!) { webhookPing(input: $input) { errors { code } delivery { id } } }"
SENT = "query Sent($id: ID!) { node(id: $id) { ... on WebhookDelivery { state attempts { outcome } } } }"
OWN = "{ viewer { vendors { id } } }"
PATIENCE_SECONDS = 30.0
HOUSE = "vendor-house@example.com"


async def test_orders_are_posted_to_the_platforms_own_network_and_nothing_is_sent_there_for_vendors():
    folder = new_folder("commerce-webhooks-")
    try:
        with Store(folder / "store", COMMERCE_WEBHOOK_NETWORKS="127.0.0.0/8") as store:
            async with client_of(store.origin) as guest, receiving() as receiver:
                staff = await guest.signed_in(STAFF, PASSWORD)
                made = await staff.do(SAVE, url=receiver.url, events=["ORDER_PLACED"])
                vendor = await guest.signed_in(HOUSE, PASSWORD)
                ping = await pinged(vendor, receiver.url)

                bought = await buy(guest.in_market("de"), "de", *[(offer, 1) for offer in await two_offers(guest)])
                await until(lambda: bool(receiver.received))
                async with asyncio.timeout(PATIENCE_SECONDS):
                    while (sent := (await vendor.ask(SENT, id=ping))["node"])["state"] == "WAITING":  # noqa: ASYNC110 - another process changes it
                        await asyncio.sleep(0.1)
            assert store.faults_since() == []
    finally:
        shutil.rmtree(folder)

    [request] = receiver.received
    assert request.is_signed_by(made["secret"], now=datetime.now(UTC))
    assert request.json["data"]["order"] == {"id": bought["id"]}
    assert request.sequence == 1
    assert sent == {"state": "FAILED", "attempts": [{"outcome": "FORBIDDEN_ADDRESS"}]}


async def pinged(vendor: Client, url: str) -> str:
    """The id of a ping to a webhook of the vendor's own."""
    [own] = (await vendor.ask(OWN))["viewer"]["vendors"]
    hook = (await vendor.do(SAVE, url=url, vendorId=own["id"], events=["STOCK_CHANGED"]))["webhook"]
    ping: str = (await vendor.do(PING, id=hook["id"]))["delivery"]["id"]
    return ping
