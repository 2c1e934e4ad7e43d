"""Our side of the test gateway: the domain's `PaymentGateway` over its HTTP interface."""

from collections.abc import Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import httpx2

from domain.payments.model import PaymentAction, PaymentKind, PaymentMethod
from domain.payments.ports import ActionRequired, Authorization, Authorized, Declined, GatewayUnavailable
from domain.shared.money import Money

TIMEOUT_SECONDS = 10.0
METHOD_ID = "test_card"


class TestGatewayAdapter:
    """Implements `domain.payments.ports.PaymentGateway`."""

    __test__ = False
    name = "test"

    def __init__(self, url: str, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._client = httpx2.AsyncClient(base_url=url, timeout=timeout_seconds)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    def methods(self, currency: str, country: str) -> Sequence[PaymentMethod]:  # noqa: ARG002 - it takes anything
        tokens = ["tok_ok", "tok_declined", "tok_action"]
        return [PaymentMethod(METHOD_ID, PaymentKind.CARD, "Test card", self.name, {"tokens": tokens})]

    async def authorize(self, amount: Money, token: str | None, *, key: str) -> Authorization:
        found = await self._post(
            "/authorizations", {"key": key, "amount_minor": amount.minor, "currency": amount.currency, "token": token}
        )
        match found["status"]:
            case "authorized":
                return Authorized(found["id"], datetime.fromisoformat(found["expires_at"]))
            case "action_required":
                return ActionRequired(found["id"], PaymentAction("REDIRECT", found["action_url"], {}))
            case status:
                return Declined(status)

    async def void(self, reference: str, *, key: str) -> None:
        await self._post(f"/authorizations/{reference}/void", {"key": key})

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        try:
            response = await self._client.post(path, json=body)
            response.raise_for_status()
            answer: dict[str, Any] = response.json()
        except (httpx2.HTTPError, ValueError) as error:
            raise GatewayUnavailable(type(error).__name__) from error
        return answer
