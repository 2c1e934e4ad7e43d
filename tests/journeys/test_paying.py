"""What a gateway may answer, and what becomes of the order."""

import httpx2
import pytest

from tests.journeys.buying import COMPLETE, complete, offer_tender, order, ready_to_pay, two_offers
from tests.journeys.client import Client, codes, fresh_key


@pytest.fixture
def buyer(guest: Client) -> Client:
    return guest.in_market("de")


async def checkout_with(buyer: Client, token: str):
    pot, _ = await two_offers(buyer)
    return await ready_to_pay(buyer, "de", (pot, 1), token=token)


async def answer_bank(url: str, result: str) -> None:
    """What the buyer does on the page that the action leads to."""
    async with httpx2.AsyncClient() as browser:
        page = await browser.get(url)
        assert "Approve" in page.text
        (await browser.post(url, data={"result": result})).raise_for_status()


async def test_core_0919_a_declined_card_leaves_the_checkout_open_for_another(buyer: Client):
    checkout = await checkout_with(buyer, "tok_declined")

    declined = await complete(buyer, checkout)
    checkout = await offer_tender(buyer, checkout, "tok_ok")
    done = await complete(buyer, checkout)

    assert codes(declined) == ["PAYMENT_DECLINED"]
    assert declined["order"] is None
    assert declined["checkout"]["missing"] == ["PAYMENT"]
    assert done["errors"] == []
    bought = await order(buyer, done["order"]["id"])
    assert sorted(payment["state"] for payment in bought["payments"]) == ["AUTHORIZED"]


async def test_i2_a_declined_card_is_told_again_by_the_same_key(buyer: Client):
    checkout = await checkout_with(buyer, "tok_declined")
    key = fresh_key()

    first, again = [await complete(buyer, checkout, key=key) for _ in range(2)]

    assert codes(first) == codes(again) == ["PAYMENT_DECLINED"]


async def test_an_action_that_the_buyer_approves_leads_to_the_order_by_the_same_key(buyer: Client):
    checkout = await checkout_with(buyer, "tok_action")
    key = fresh_key()

    asked = await complete(buyer, checkout, key=key)
    too_early = await complete(buyer, checkout, key=key)
    await answer_bank(asked["action"]["url"], "approve")
    done = await complete(buyer, checkout, key=key)

    assert (asked["errors"], asked["order"], asked["action"]["kind"]) == ([], None, "REDIRECT")
    assert too_early["action"] == asked["action"]
    assert (done["errors"], done["action"]) == ([], None)
    assert (await order(buyer, done["order"]["id"]))["paymentStatus"] == "AUTHORIZED"


async def test_an_action_that_the_buyer_refuses_is_a_decline_and_another_card_may_follow(buyer: Client):
    checkout = await checkout_with(buyer, "tok_action")
    key = fresh_key()

    asked = await complete(buyer, checkout, key=key)
    await answer_bank(asked["action"]["url"], "refuse")
    refused = await complete(buyer, checkout, key=key)
    checkout = await offer_tender(buyer, checkout, "tok_ok")
    done = await complete(buyer, checkout)

    assert codes(refused) == ["PAYMENT_DECLINED"]
    assert done["errors"] == []


async def test_i4_an_answer_that_was_lost_is_asked_for_again_and_charged_once(buyer: Client):
    checkout = await checkout_with(buyer, "tok_failing")
    key = fresh_key()

    lost = await complete(buyer, checkout, key=key)
    done = await complete(buyer, checkout, key=key)

    assert codes(lost) == ["IDEMPOTENCY_IN_PROGRESS"]
    assert done["errors"] == []
    bought = await order(buyer, done["order"]["id"])
    assert [payment["state"] for payment in bought["payments"]] == ["AUTHORIZED"]


async def test_i4_a_gateway_that_answers_late_is_asked_again_and_charges_once(buyer: Client):
    checkout = await checkout_with(buyer, "tok_late")
    key = fresh_key()

    late = await complete(buyer, checkout, key=key)
    done = await complete(buyer, checkout, key=key)

    assert codes(late) == ["IDEMPOTENCY_IN_PROGRESS"]
    assert done["errors"] == []
    bought = await order(buyer, done["order"]["id"])
    assert [payment["authorized"]["amountMinor"] for payment in bought["payments"]] == [
        bought["totals"]["total"]["gross"]["amountMinor"]
    ]


async def test_i1_a_key_that_stood_for_another_total_is_refused(buyer: Client):
    checkout = await checkout_with(buyer, "tok_declined")
    key = fresh_key()
    await complete(buyer, checkout, key=key)

    reused = await buyer.call(
        COMPLETE,
        checkoutId=checkout["id"],
        expectedTotal={"amountMinor": 1, "currency": "EUR"},
        idempotencyKey=key,
    )

    assert codes(reused) == ["IDEMPOTENCY_KEY_REUSED"]
