"""Paying by Stripe's double on the processes that `make run` starts: what it tells by webhook reaches the order."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest

from tests.journeys.buying import TENDER_ADD, complete, order, ready_to_pay, two_offers
from tests.journeys.client import Client, codes, fresh_key

CHECKOUT = "query Checkout($id: ID!) { checkout(id: $id) { order { id } } }"
TRIES = 300
PAUSE_SECONDS = 0.2


@pytest.fixture
def buyer(guest: Client) -> Client:
    return guest.in_market("de")


async def checkout_by(buyer: Client, method: str, token: str) -> dict[str, Any]:
    """A checkout that is paid by such a token."""
    pot, _ = await two_offers(buyer)
    checkout = await ready_to_pay(buyer, "de", (pot, 1))
    offered = {"checkoutId": checkout["id"], "methodId": method, "token": token, "idempotencyKey": fresh_key()}
    found: dict[str, Any] = (await buyer.do(TENDER_ADD, **offered))["checkout"]
    return found


async def until[Found](ask: Callable[[], Awaitable[Found | None]]) -> Found:
    """What is answered once it is something."""
    for _ in range(TRIES):
        found = await ask()
        if found is not None:
            return found
        await asyncio.sleep(PAUSE_SECONDS)
    raise TimeoutError


async def test_a_card_is_held(buyer: Client):
    done = await complete(buyer, await checkout_by(buyer, "stripe_card", "pm_card_visa"))

    assert done["errors"] == []
    assert (await order(buyer, done["order"]["id"]))["paymentStatus"] == "AUTHORIZED"


async def test_a_card_that_is_declined_leaves_the_checkout_open(buyer: Client):
    done = await complete(
        buyer, await checkout_by(buyer, "stripe_card", "pm_card_visa_chargeDeclinedInsufficientFunds")
    )

    assert codes(done) == ["PAYMENT_DECLINED"]
    assert done["checkout"]["missing"] == ["PAYMENT"]


async def test_i6_a_buyer_who_approves_and_never_comes_back_has_an_order_all_the_same(buyer: Client):
    checkout = await checkout_by(buyer, "stripe_card", "pm_card_threeDSecure2Required")
    asked = await complete(buyer, checkout)

    async with httpx2.AsyncClient() as browser:
        answered = await browser.post(asked["action"]["url"], data={"result": "approve"})

    async def ordered() -> dict[str, Any] | None:
        placed = (await buyer.ask(CHECKOUT, id=checkout["id"]))["checkout"]["order"]
        return await order(buyer, placed["id"]) if placed else None

    bought = await until(ordered)

    assert (asked["action"]["kind"], answered.status_code) == ("REDIRECT", 303)
    assert bought["paymentStatus"] == "AUTHORIZED"


async def test_a_debit_confirms_its_order_when_it_has_come(buyer: Client):
    done = await complete(buyer, await checkout_by(buyer, "stripe_sepa_debit", "pm_success_de"))

    assert done["errors"] == []

    async def confirmed() -> dict[str, Any] | None:
        found = await order(buyer, done["order"]["id"])
        return found if found["status"] == "CONFIRMED" else None

    assert (await until(confirmed))["paymentStatus"] == "PAID"
