"""`commerce doctor` finds nothing in a store that lived well, and each kind of damage in one that did not."""

import shutil
from collections.abc import AsyncIterator
from typing import Any

import pytest

from server.doctor import CHECKS, Check, Finding, findings
from tests.journeys.buying import buy, complete, make_cart, offer_of, parts_of, ready_to_pay, start_checkout
from tests.journeys.client import Client, client_of
from tests.journeys.processes import Process
from tests.journeys.returning import ask_back, decide, receive, until
from tests.journeys.selling import line_of, vendor
from tests.journeys.world import World
from tests.places import new_folder

DAMAGE = {
    "order-without-parts": 'UPDATE vendor_order SET order_id = (SELECT max(id) FROM "order")',
    "vendor-order-without-lines": "UPDATE order_line SET vendor_order_id = (SELECT min(id) FROM vendor_order)",
    "order-line-of-another": "UPDATE order_line SET vendor_id = (SELECT min(id) FROM vendor)",
    "vendor-order-currency": "UPDATE vendor_order SET currency = 'USD'",
    "order-totals": ('UPDATE "order" SET total_net_minor = total_net_minor + 1, total_tax_minor = total_tax_minor - 1'),
    "order-lines-sum": 'UPDATE "order" SET discount_minor = discount_minor + 1',
    "order-taxes-sum": "UPDATE vendor_order SET taxes = '[]'",
    "vendor-orders-sum": "UPDATE vendor_order SET discount_minor = discount_minor + 1",
    "vendor-order-totals": "UPDATE vendor_order SET lines_net_minor = lines_net_minor + 1",
    "gift-wrap-fees": "UPDATE order_line SET gift_wrap_net_minor = 1, gift_wrap_gross_minor = 1",
    "gifts-cost-nothing": "UPDATE order_line SET is_gift = true",
    "order-canceled-sum": (
        'UPDATE "order" SET canceled_net_minor = 1, canceled_tax_minor = 0, canceled_gross_minor = 1'
    ),
    "order-line-given-back": (
        "UPDATE order_line SET canceled_net_minor = 1, canceled_tax_minor = 0, canceled_gross_minor = 1"
    ),
    "refunded-units": "UPDATE order_line SET refunded = 1 WHERE canceled = 0",
    "allocations-cover-lines": "UPDATE allocation SET quantity = quantity + 1",
    "allocation-of-another-offer": "UPDATE allocation SET offer_id = 'offer_of_another_kind'",
    "fulfilled-counts": "UPDATE fulfillment_line SET quantity = quantity + 1",
    "delivered-counts": "UPDATE order_line SET delivered = fulfilled WHERE fulfilled > 0",
    "fulfillment-of-another": "UPDATE fulfillment SET vendor_id = (SELECT max(id) FROM vendor)",
    "fulfillment-without-lines": "DELETE FROM fulfillment_line",
    "vendor-order-status": "UPDATE vendor_order SET status = 'SHIPPED' WHERE status = 'NEW'",
    "stock-on-hand": "DELETE FROM stock_movement WHERE id = (SELECT max(id) FROM stock_movement)",
    "stock-reserved": "UPDATE stock_level SET reserved = reserved + 1 WHERE reserved > 0",
    "stock-allocated": "UPDATE stock_level SET allocated = allocated - 1 WHERE allocated > 0",
    "stock-sold-ahead": (
        "INSERT INTO supply (offer_id, policy, ahead_limit, waiting)"
        " SELECT min(offer_id), 'BACKORDER', 1, 1 FROM order_line"
    ),
    "constraints": "ALTER TABLE cart ADD CONSTRAINT planted CHECK (version < 0) NOT VALID",
    "reservation-of-ended-checkout": "UPDATE checkout SET state = 'CLOSED' WHERE state = 'OPEN'",
    "reservation-expired": "UPDATE reservation SET expires_at = now() - interval '6 minutes'",
    "reservation-in-full": "UPDATE reservation SET quantity = quantity + 1",
    "payment-amounts": "UPDATE payment SET authorized_minor = authorized_minor + 1 WHERE state = 'AUTHORIZED'",
    "order-paid": "UPDATE payment SET amount_minor = amount_minor - 1 WHERE state = 'AUTHORIZED'",
    "order-overpaid": (
        "UPDATE payment SET authorized_minor = authorized_minor + 1, captured_minor = authorized_minor + 1"
        " WHERE state = 'AUTHORIZED'"
    ),
    "payment-operations": (
        "UPDATE payment SET captured_minor = authorized_minor, refunded_minor = 1 WHERE state = 'AUTHORIZED'"
    ),
    "operation-left-open": (
        "INSERT INTO payment_operation (id, payment_id, kind, currency, amount_minor, gateway_key, updated_at)"
        " SELECT 'payment_operation_1', min(id), 'CAPTURE', 'EUR', 1, 'key', now() - interval '11 minutes' FROM payment"
    ),
    "payment-twice": (
        "UPDATE payment SET checkout_id = (SELECT min(checkout_id) FROM payment WHERE state = 'AUTHORIZED')"
    ),
    "payment-without-order": "UPDATE payment SET order_id = NULL WHERE state = 'AUTHORIZED'",
    "payment-left-open": (
        "UPDATE payment SET state = 'INTENDED', updated_at = now() - interval '11 minutes'"
        " WHERE state = 'ACTION_REQUIRED'"
    ),
    "tender-of-payment": "UPDATE tender SET state = 'RELEASED' WHERE state = 'AUTHORIZED'",
    "units-requested-back": "UPDATE order_line SET return_requested = 0",
    "units-returned": "UPDATE return_receipt SET quantity = quantity + 1",
    "return-of-another": "UPDATE order_return SET vendor_id = (SELECT max(id) FROM vendor)",
    "return-not-refunded": (
        "UPDATE return_receipt SET is_settled = false, refund_id = NULL, received_at = now() - interval '11 minutes'"
    ),
    "return-refund-of-another": 'UPDATE order_return SET order_id = (SELECT min(id) FROM "order")',
    "return-of-completed-order": "UPDATE \"order\" SET status = 'COMPLETED'",
    "cart-ordered": "UPDATE cart SET state = 'ACTIVE' WHERE state = 'ORDERED'",
    "cart-ordered-once": (
        "UPDATE checkout SET cart_id = (SELECT min(cart_id) FROM checkout WHERE state = 'COMPLETED')"
        " WHERE state = 'COMPLETED'"
    ),
    "checkout-order": "UPDATE checkout SET order_id = NULL WHERE state = 'COMPLETED'",
    "checkout-expired": "UPDATE checkout SET expires_at = now() - interval '6 minutes' WHERE state = 'OPEN'",
    "checkout-completing": "UPDATE checkout SET state = 'COMPLETING' WHERE state = 'OPEN'",
    "idempotency-running": "UPDATE idempotency SET state = 'RUNNING' WHERE operation = 'CreateCart'",
    "idempotency-kept": "UPDATE idempotency SET created_at = created_at - interval '4 days'",
    "event-sequence": "UPDATE event SET sequence = sequence + 1 WHERE type = 'ORDER_PLACED'",
    "event-position": "UPDATE event SET position = position + 1 WHERE position = (SELECT max(position) FROM event)",
    "event-unplaced": (
        "UPDATE event SET position = NULL, recorded_at = recorded_at - interval '2 minutes' WHERE type = 'ORDER_PLACED'"
    ),
    "event-order": "UPDATE event SET position = -position",
    "event-missing": "DELETE FROM event WHERE type = 'ORDER_PLACED'",
    "event-of-nothing": "UPDATE event SET order_id = 'order_of_nobody' WHERE type = 'ORDER_PLACED'",
    "log-readers": "UPDATE log SET position = position + 1 WHERE name = 'search_index'",
    "search-index": "DELETE FROM search_product WHERE product_id = (SELECT min(product_id) FROM search_product)",
    "webhook-asleep": (
        "INSERT INTO webhook (id, owner_id, url, state, created_at, held_until, leased_until, behind)"
        " VALUES ('webhook_1', 'key', 'https://hooks.example', 'ENABLED', now(), now(), now() - interval '1 hour', 0)"
    ),
    "webhook-overdue": (
        "INSERT INTO webhook (id, owner_id, url, state, created_at, held_until, leased_until, due_at)"
        " SELECT 'webhook_1', 'key', 'https://hooks.example', 'ENABLED', ago, ago, ago, ago"
        " FROM (SELECT now() - interval '1 hour' AS ago) AS long"
    ),
}
"""What each check is to find: done to the store, and undone after."""


@pytest.fixture(scope="module")
async def world() -> AsyncIterator[World]:
    """A store with a little history, in which nothing happens any more."""
    folder = new_folder("commerce-doctor-")
    try:
        async with World(folder) as running:
            async with client_of(running.origin) as guest:
                await make_history(guest)
            await running.until_none("SELECT id FROM event WHERE position IS NULL")
            await running.until_none(
                "SELECT FROM log reader JOIN log ON log.name = 'events'"
                " WHERE reader.name = 'search_index' AND reader.position < log.position"
            )
            await running.until_none(
                "SELECT FROM queue.pgqueuer WHERE status IN ('queued', 'picked') AND execute_after <= now()"
            )
            await running.stop("worker")
            yield running
    finally:
        shutil.rmtree(folder)


async def make_history(guest: Client) -> None:
    """Orders sent in part, delivered and rejected; a declined card; checkouts that are open and at the bank."""
    buyer = guest.in_market("de")
    spade, rabbit = (
        await offer_of(buyer, "border-spade", "tannwerk"),
        await offer_of(buyer, "corduroy-rabbit", "brightwater-supply"),
    )
    bought = await buy(buyer, "de", (spade, 2), (rabbit, 1))
    await buy(buyer, "de", (spade, 1), (rabbit, 1))
    ended = await buy(buyer, "de", (spade, 2), (rabbit, 1))
    await make_ended(guest, ended)
    await make_returns(guest, buyer, ended)
    tannwerk, part = await vendor(guest, "tannwerk"), parts_of(bought)["tannwerk"]["id"]
    await tannwerk.accept(part)
    await tannwerk.sends(part, 1, "TW0001", line=line_of(bought, "O01"))
    for token in ("tok_declined", "tok_action"):
        await complete(buyer, await ready_to_pay(buyer, "de", (spade, 1), token=token))
    await start_checkout(buyer, (await make_cart(buyer, (rabbit, 2)))["id"])


async def make_ended(guest: Client, bought: dict[str, Any]) -> None:
    """A parcel that came back, another one that arrived, and a part that its vendor turned down."""
    tannwerk, part = await vendor(guest, "tannwerk"), parts_of(bought)["tannwerk"]["id"]
    await tannwerk.accept(part)
    for state in ("FAILED", "DELIVERED"):
        sent = await tannwerk.sends(part, 2, f"TW-{state}", line=line_of(bought, "O01"))
        assert (await tannwerk.says(sent["fulfillment"]["id"], state))["errors"] == []
    brightwater = await vendor(guest, "brightwater-supply")
    assert (await brightwater.reject(parts_of(bought)["brightwater-supply"]["id"]))["errors"] == []


async def make_returns(guest: Client, buyer: Client, ended: dict[str, Any]) -> None:
    """One unit that came back and was refunded, and one that may come."""
    tannwerk, line = await vendor(guest, "tannwerk"), line_of(ended, "O01")
    await until(buyer, ended["id"], paymentStatus="PAID")
    came, underway = [(await ask_back(buyer, ended["id"], line, 1))["return"]["id"] for _ in range(2)]
    for return_id in (came, underway):
        assert (await decide(tannwerk.client, return_id, "APPROVED"))["errors"] == []
    assert (await receive(tannwerk.client, came, line, 1))["return"]["state"] == "REFUNDED"


async def test_a_store_that_lived_well_keeps_every_rule(world: World):
    assert await world.findings() == []


@pytest.mark.parametrize("name", DAMAGE)
async def test_damage_is_found_by_the_check_of_its_name(world: World, name: str):
    async with world.connection() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(DAMAGE[name])

        found = {finding.check.name: finding for finding in await findings(connection)}

        await transaction.rollback()
    assert name in found
    assert found[name].offenders
    assert all(found[name].offenders)


def test_there_is_damage_for_every_check():
    assert [check.name for check in CHECKS] == list(DAMAGE)


def test_a_finding_names_the_first_offenders_and_counts_the_others():
    check = Check("stock-on-hand", "What is on hand is the sum of its movements (S8).", "SELECT 1")

    few = Finding(check, 2, ("offer_1", "offer_2"))
    many = Finding(check, 7, ("offer_1", "offer_2", "offer_3", "offer_4", "offer_5"))

    assert str(few).endswith("See offer_1, offer_2.")
    assert str(many).endswith("offer_5 and 2 more.")


async def test_the_command_ends_well_on_a_store_that_lived_well(world: World):
    process = Process("doctor", environment=world.environment, log=world.log("doctor"))

    said = process.line_with("rule")

    assert said == "The database keeps every rule."
    assert process.wait() == 0


async def test_the_command_tells_what_is_broken_and_fails(world: World):
    await world.tell("UPDATE stock_level SET incoming = 0, reserved = reserved + 1 WHERE reserved > 0")
    process = Process("doctor", environment=world.environment, log=world.log("broken"))

    said = process.line_with("Broken")
    status = process.wait()
    await world.tell("UPDATE stock_level SET reserved = reserved - 1 WHERE reserved > 0")

    assert (said, status) == ("Broken rules: 1.", 1)
    assert world.log("broken").read_text().startswith("stock-reserved: ")
