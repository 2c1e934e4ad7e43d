"""Each gateway on a socket, for the suite that all of them pass."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from domain.payments.model import PaymentKind
from integrations.test_gateway.adapter import TestGatewayAdapter
from integrations.test_gateway.server import TestGateway
from tests.factories.gateways import running_double, served, stripe_at
from tests.integrations.gateways.bench import Bench


@pytest.fixture(params=["test", "stripe"])
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    opened = test_gateway() if request.param == "test" else stripe()
    async for made in opened:
        yield made


async def test_gateway() -> AsyncIterator[Bench]:
    async with (
        served(TestGateway(":memory:").app()) as url,
        httpx2.AsyncClient(base_url=url) as client,
        TestGatewayAdapter(url, timeout_seconds=3) as gateway,
    ):

        async def post(path: str, **told: object) -> None:
            (await client.post(path, json=told)).raise_for_status()

        yield Bench(
            gateway,
            "test_card",
            {
                "ok": "tok_ok",
                "declined": "tok_declined",
                "action": "tok_action",
                "refund_pending": "tok_refund_pending",
            },
            {"method_id": "test_card", "kind": PaymentKind.CARD, "token": "tok_pending"},
            approve=lambda reference: post(f"/actions/{reference}", result="approve"),
            refuse=lambda reference: post(f"/actions/{reference}", result="refuse"),
            settle=lambda reference: post(f"/authorizations/{reference}/settle", result="succeeded"),
            settle_refund=lambda reference: post(f"/refunds/{reference}/settle", result="succeeded"),
            fail_calls=lambda calls: post("/control", failing_calls=calls),
            lose_answers=lambda calls: post("/control", lost_answers=calls),
            dispute=lambda reference, minor: post(
                f"/authorizations/{reference}/disputes", amount_minor=minor, reason="fraudulent"
            ),
            count=lambda: counted(client, "/authorizations"),
        )


test_gateway.__test__ = False  # type: ignore[attr-defined] # a gateway for tests, and no test


async def counted(client: httpx2.AsyncClient, path: str) -> int:
    return len((await client.get(path)).json())


async def stripe() -> AsyncIterator[Bench]:
    async with running_double() as double, stripe_at(double.url) as gateway:
        yield Bench(
            gateway,
            "stripe_card",
            {
                "ok": "pm_card_visa",
                "declined": "pm_card_visa_chargeDeclined",
                "action": "pm_card_threeDSecure2Required",
                "refund_pending": "pm_card_pendingRefund",
            },
            {"method_id": "stripe_sepa_debit", "kind": PaymentKind.BANK_TRANSFER, "token": "pm_success_de"},
            approve=lambda reference: double.answer_bank(reference, "approve"),
            refuse=lambda reference: double.answer_bank(reference, "refuse"),
            settle=lambda reference: double.tell("settle", id=reference),
            settle_refund=lambda reference: double.tell("settle", id=reference),
            fail_calls=lambda calls: double.tell("switches", failing_calls=calls),
            lose_answers=lambda calls: double.tell("switches", lost_answers=calls),
            dispute=lambda reference, minor: double.tell(
                "disputes", payment_intent=reference, amount=minor, reason="fraudulent"
            ),
            count=lambda: counted(double.client, "/double/objects/payment_intent"),
        )
