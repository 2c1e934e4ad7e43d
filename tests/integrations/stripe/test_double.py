"""The double is as strict as Stripe is documented to be."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from stripe import WebhookSignature

from tests.factories.gateways import RunningDouble, running_double, served

SECRET = "whsec_test"
CARD: dict[str, Any] = {
    "amount": 12000,
    "currency": "eur",
    "confirm": "true",
    "payment_method": "pm_card_visa",
    "payment_method_types[0]": "card",
}
HELD = CARD | {"capture_method": "manual"}


async def made(double: RunningDouble, path: str = "payment_intents", **parameters: Any) -> dict[str, Any]:
    response = await double.ask("POST", path, parameters)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def refused(double: RunningDouble, path: str = "payment_intents", **parameters: Any) -> dict[str, Any]:
    response = await double.ask("POST", path, parameters)
    assert response.status_code >= 400, response.text
    error: dict[str, Any] = response.json()["error"]
    return error | {"status": response.status_code}


async def test_the_same_key_and_parameters_are_answered_alike(double: RunningDouble):
    first, again = [await double.ask("POST", "payment_intents", CARD, **{"idempotency-key": "k"}) for _ in range(2)]

    assert again.json() == first.json()
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert len(await double.objects("payment_intent")) == 1


async def test_the_same_key_with_other_parameters_is_an_error(double: RunningDouble):
    await double.ask("POST", "payment_intents", CARD, **{"idempotency-key": "k"})

    other = await double.ask("POST", "payment_intents", CARD | {"amount": 1}, **{"idempotency-key": "k"})

    assert (other.status_code, other.json()["error"]["type"]) == (400, "idempotency_error")


async def test_a_decline_is_kept_under_its_key_and_a_wrong_parameter_is_not(double: RunningDouble):
    bad = CARD | {"payment_method": "pm_card_visa_chargeDeclined"}
    declined = [await double.ask("POST", "payment_intents", bad, **{"idempotency-key": "a"}) for _ in range(2)]
    unknown = await double.ask("POST", "payment_intents", CARD | {"colour": "red"}, **{"idempotency-key": "b"})
    mended = await double.ask("POST", "payment_intents", CARD, **{"idempotency-key": "b"})

    assert [answer.status_code for answer in declined] == [402, 402]
    assert declined[0].json() == declined[1].json()
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (400, "parameter_unknown")
    assert mended.status_code == 200


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        pytest.param({"amount": "12.5"}, "parameter_invalid_integer", id="no integer"),
        pytest.param({"amount": "0"}, "parameter_invalid_integer", id="zero"),
        pytest.param({"amount": "49"}, "amount_too_small", id="below the least charge"),
        pytest.param({"amount": "100000000"}, "amount_too_large", id="above the largest charge"),
        pytest.param({"currency": "kwd", "amount": "5124"}, "invalid_charge_amount_no_decimal_compatible", id="units"),
        pytest.param({"payment_method": "pm_unknown"}, "resource_missing", id="no such method"),
        pytest.param({"customer": "cus_unknown"}, "resource_missing", id="no such customer"),
        pytest.param({"payment_method_options[card][colour]": "red"}, "parameter_unknown", id="unknown within"),
    ],
)
async def test_wrong_parameters_are_refused(double: RunningDouble, parameters: dict[str, Any], code: str):
    error = await refused(double, **(CARD | parameters))

    assert error["code"] == code
    assert await double.objects("payment_intent") == []


async def test_automatic_methods_that_may_redirect_need_a_return_url(double: RunningDouble):
    automatic = {name: value for name, value in CARD.items() if name != "payment_method_types[0]"}
    automatic["automatic_payment_methods[enabled]"] = "true"

    error = await refused(double, **automatic)
    staying = await made(double, **automatic, **{"automatic_payment_methods[allow_redirects]": "never"})

    assert error["param"] == "return_url"
    assert staying["status"] == "succeeded"


async def test_only_a_secret_key_may_pay(double: RunningDouble):
    nobody = await double.ask("POST", "payment_intents", CARD, authorization="")
    client = await double.ask("POST", "payment_intents", CARD, authorization="Bearer pk_test_double")
    number = {"type": "card", "card[number]": "4242 4242 4242 4242", "card[exp_month]": 12, "card[exp_year]": 34}
    method = await double.ask("POST", "payment_methods", number, authorization="Bearer pk_test_double")
    paid = await made(double, **(CARD | {"payment_method": method.json()["id"]}))

    assert (nobody.status_code, client.status_code) == (401, 401)
    assert paid["status"] == "succeeded"
    assert "4242424242424242" not in method.text + str(paid)


@pytest.mark.parametrize(
    ("number", "code", "decline_code"),
    [
        ("4000000000000002", "card_declined", "generic_decline"),
        ("4000000000009995", "card_declined", "insufficient_funds"),
        ("4000000000009987", "card_declined", "lost_card"),
        ("4000000000000069", "expired_card", "expired_card"),
        ("4000000000000127", "incorrect_cvc", "incorrect_cvc"),
        ("4000000000000119", "processing_error", "processing_error"),
    ],
)
async def test_published_cards_decline_as_documented(double: RunningDouble, number: str, code: str, decline_code: str):
    method = await made(double, "payment_methods", **{"type": "card", "card[number]": number})

    error = await refused(double, **(CARD | {"payment_method": method["id"]}))

    assert (error["status"], error["type"], error["code"]) == (402, "card_error", code)
    assert error["decline_code"] == decline_code
    assert error["payment_intent"]["status"] == "requires_payment_method"


async def test_the_card_0341_is_attached_and_declines_when_charged(double: RunningDouble):
    customer = await made(double, "customers", email="ada@example.com")
    setup = {"customer": customer["id"], "confirm": "true", "payment_method_types[0]": "card"}

    kept = await made(double, "setup_intents", **setup, payment_method="pm_card_chargeCustomerFail")
    error = await refused(double, **(CARD | {"customer": customer["id"], "payment_method": kept["payment_method"]}))
    declined = await refused(double, "setup_intents", **setup, payment_method="pm_card_visa_chargeDeclined")

    assert kept["status"] == "succeeded"
    assert error["code"] == declined["code"] == "card_declined"


@pytest.mark.parametrize(("result", "status"), [("approve", "succeeded"), ("refuse", "requires_payment_method")])
async def test_a_card_that_demands_authentication_waits_for_its_owner(double: RunningDouble, result: str, status: str):
    back = {"return_url": "https://shop.example/back?a=1"}
    asked = await made(double, **(CARD | back | {"payment_method": "pm_card_threeDSecure2Required"}))
    page = asked["next_action"]["redirect_to_url"]["url"]

    shown = await double.client.get(page)
    sent_back = await double.client.post(page, data={"result": result})
    found = (await double.ask("GET", f"payment_intents/{asked['id']}")).json()

    assert asked["status"] == "requires_action"
    assert "Approve" in shown.text
    assert sent_back.headers["location"].startswith("https://shop.example/back?a=1&payment_intent=pi_")
    assert found["status"] == status


async def test_a_card_that_was_set_up_needs_no_owner_off_session(double: RunningDouble):
    customer = await made(double, "customers", email="ada@example.com")
    whose = {"customer": customer["id"], "payment_method": "pm_card_authenticationRequiredOnSetup"}
    never = await refused(double, **(CARD | whose | {"off_session": "true"}))
    setup = await made(double, "setup_intents", confirm="true", **whose, **{"payment_method_types[0]": "card"})
    await double.answer_bank(setup["id"], "approve")

    charged = await made(double, **(CARD | whose | {"payment_method": setup["payment_method"], "off_session": "true"}))

    assert never["code"] == "authentication_required"
    assert charged["status"] == "succeeded"


async def test_captures_beyond_what_is_held_are_refused(double: RunningDouble):
    held = await made(double, **HELD, **{"payment_method_options[card][request_multicapture]": "if_available"})
    path = f"payment_intents/{held['id']}/capture"

    part = await made(double, path, amount_to_capture=8000, final_capture="false")
    too_much = await refused(double, path, amount_to_capture=4001)
    rest = await made(double, path)
    again = await refused(double, path)

    assert (part["status"], part["amount_capturable"], part["amount_received"]) == ("requires_capture", 4000, 8000)
    assert too_much["code"] == "amount_too_large"
    assert (rest["status"], rest["amount_received"]) == ("succeeded", 12000)
    assert again["code"] == "payment_intent_unexpected_state"


async def test_y3_a_card_without_multicapture_is_captured_once(double: RunningDouble):
    unable = HELD | {"payment_method": "pm_card_unionpay"}
    held = await made(double, **unable, **{"payment_method_options[card][request_multicapture]": "if_available"})

    error = await refused(
        double, f"payment_intents/{held['id']}/capture", amount_to_capture=8000, final_capture="false"
    )

    assert error["param"] == "final_capture"


async def test_refunds_above_the_charge_are_refused(double: RunningDouble):
    paid = await made(double, **CARD)

    await made(double, "refunds", payment_intent=paid["id"], amount=9000)
    above = await refused(double, "refunds", payment_intent=paid["id"], amount=3001)
    await made(double, "refunds", payment_intent=paid["id"])
    nothing_left = await refused(double, "refunds", payment_intent=paid["id"])

    assert above["param"] == "amount"
    assert nothing_left["code"] == "charge_already_refunded"


async def test_a_hold_runs_out_after_seven_days(double: RunningDouble):
    held = await made(double, **HELD)

    await double.tell("clock", seconds=7 * 86400 - 60)
    before = (await double.ask("GET", f"payment_intents/{held['id']}")).json()["status"]
    await double.tell("clock", seconds=120)
    after = (await double.ask("GET", f"payment_intents/{held['id']}")).json()

    assert before == "requires_capture"
    assert (after["status"], after["cancellation_reason"]) == ("canceled", "automatic")


async def test_the_card_5126_fails_its_refund_after_it_looked_done(double: RunningDouble):
    paid = await made(double, **(CARD | {"payment_method": "pm_card_refundFail"}))
    refund = await made(double, "refunds", payment_intent=paid["id"], amount=5000)

    await double.tell("settle", id=refund["id"])

    found = (await double.ask("GET", f"refunds/{refund['id']}")).json()
    assert (refund["status"], found["status"]) == ("succeeded", "failed")
    await made(double, "refunds", payment_intent=paid["id"], amount=12000)


@pytest.mark.parametrize(("evidence", "status"), [("winning_evidence", "won"), ("losing_evidence", "lost")])
async def test_y11_the_card_0259_is_disputed_and_evidence_decides(double: RunningDouble, evidence: str, status: str):
    paid = await made(double, **(CARD | {"payment_method": "pm_card_createDispute"}))

    (dispute,) = (await double.ask("GET", f"disputes?payment_intent={paid['id']}")).json()["data"]
    unrefunded = await refused(double, "refunds", payment_intent=paid["id"])
    closed = await made(double, f"disputes/{dispute['id']}", **{"evidence[uncategorized_text]": evidence})

    assert (dispute["status"], dispute["amount"], dispute["reason"]) == ("needs_response", 12000, "fraudulent")
    assert unrefunded["code"] == "charge_disputed"
    assert closed["status"] == status


@pytest.mark.parametrize(
    ("token", "status"), [("pm_success_de", "succeeded"), ("pm_failed_de", "requires_payment_method")]
)
async def test_a_debit_is_known_days_later(double: RunningDouble, token: str, status: str):
    debit = CARD | {"payment_method": token, "payment_method_types[0]": "sepa_debit"}
    unsigned = await refused(double, **debit)
    begun = await made(double, **debit, **{"mandate_data[customer_acceptance][type]": "offline"})

    await double.tell("settle", id=begun["id"])

    found = (await double.ask("GET", f"payment_intents/{begun['id']}")).json()
    assert unsigned["param"] == "mandate_data"
    assert (begun["status"], found["status"]) == ("processing", status)


async def test_lists_come_in_pages_the_newest_first(double: RunningDouble):
    paid = [(await made(double, **CARD))["id"] for _ in range(3)]

    first = (await double.ask("GET", "payment_intents?limit=2")).json()
    second = (await double.ask("GET", f"payment_intents?limit=2&starting_after={first['data'][-1]['id']}")).json()

    assert [item["id"] for item in first["data"] + second["data"]] == paid[::-1]
    assert (first["has_more"], second["has_more"]) == (True, False)


async def test_answers_name_their_request_and_expand_what_is_asked(double: RunningDouble):
    answer = await double.ask("POST", "payment_intents", CARD | {"expand[0]": "latest_charge.refunds"})
    unknown = await refused(double, **CARD, **{"expand[0]": "colour"})

    assert answer.headers["request-id"].startswith("req_")
    assert answer.json()["latest_charge"]["refunds"]["data"] == []
    assert unknown["param"] == "expand"


async def test_it_keeps_its_word_over_a_restart(tmp_path: Path):
    state = tmp_path / "book.sqlite"
    async with running_double(state) as double:
        first = await double.ask("POST", "payment_intents", HELD, **{"idempotency-key": "k"})

    async with running_double(state) as double:
        again = await double.ask("POST", "payment_intents", HELD, **{"idempotency-key": "k"})
        captured = await made(double, f"payment_intents/{first.json()['id']}/capture")

    assert again.json() == first.json()
    assert captured["status"] == "succeeded"


async def test_what_runs_at_once_under_one_key_runs_once(double: RunningDouble):
    answers = await asyncio.gather(
        *[double.ask("POST", "payment_intents", CARD, **{"idempotency-key": "k"}) for _ in range(20)]
    )

    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(await double.objects("payment_intent")) == 1


@dataclass
class Receiver:
    """A webhook that takes every second event only, so that each has to be sent again."""

    calls: int = 0
    taken: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    async def take(self, request: Request) -> Response:
        body = await request.body()
        WebhookSignature.verify_header(body, request.headers["stripe-signature"], SECRET, 300)
        self.calls += 1
        if self.calls % 2:
            return Response(status_code=503)
        self.taken.put_nowait(json.loads(body)["type"])
        return Response()

    async def arrived(self, count: int) -> list[str]:
        """The types of so many events."""
        async with asyncio.timeout(60):
            return [await self.taken.get() for _ in range(count)]


@asynccontextmanager
async def receiver() -> AsyncIterator[tuple[str, Receiver]]:
    made = Receiver()
    async with served(Starlette(routes=[Route("/", made.take, methods=["POST"])])) as url:
        yield url, made


@pytest.mark.parametrize(("mode", "count"), [("normal", 3), ("duplicate", 6), ("reordered", 3)])
async def test_events_are_signed_and_sent_until_they_are_taken(double: RunningDouble, mode: str, count: int):
    async with receiver() as (url, webhook):
        await double.tell("webhook", url=url, secret=SECRET)
        await double.tell("switches", webhooks=mode)
        await made(double, **CARD)

        types = await webhook.arrived(count)

    assert set(types) == {"payment_intent.created", "charge.succeeded", "payment_intent.succeeded"}


async def test_late_events_wait_and_lost_ones_never_come(double: RunningDouble):
    async with receiver() as (url, _):
        await double.tell("webhook", url=url, secret=SECRET)
        await double.tell("switches", webhooks="lost")
        await made(double, **CARD)
        lost = await double.tell("deliver")
        await double.tell("switches", webhooks="late", late_seconds=3600)
        await made(double, **CARD)
        late = await double.tell("deliver")

    assert lost["statuses"] == []
    assert len(late["statuses"]) == 3
    assert len(await double.objects("event")) == 6
