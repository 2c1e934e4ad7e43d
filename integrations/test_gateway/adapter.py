"""Our side of the test gateway: the domain's `PaymentGateway` over its HTTP interface."""

from collections.abc import Container, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from domain.payments.model import PaymentAction, PaymentKind, PaymentMethod
from domain.payments.ports import (
    ActionRequired,
    Authorization,
    AuthorizationRequest,
    Authorized,
    Capabilities,
    Captured,
    Declined,
    DisputeState,
    Failed,
    GatewayDispute,
    GatewayPayment,
    GatewayPaymentState,
    GatewayRefund,
    GatewayRefundState,
    GatewayUnavailable,
    OperationOutcome,
    Pending,
    SavedMethod,
    Saving,
    SavingRequest,
    Succeeded,
)
from domain.shared.money import Money
from integrations.http import LazyClient, Unanswered
from integrations.test_gateway.units import is_expressed

TIMEOUT_SECONDS = 10.0
METHOD_ID = "test_card"
TOKENS = ("tok_ok", "tok_declined", "tok_action")
CAPABILITIES = Capabilities(multicapture=True, off_session=True, saves_methods=True)
NOT_FOUND = 404
CLIENT_ERRORS = range(400, 500)


class TestGatewayAdapter:
    """Implements `domain.payments.ports.PaymentGateway`."""

    __test__ = False
    name = "test"

    def __init__(self, url: str, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._http = LazyClient(base_url=url, timeout_seconds=timeout_seconds)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    def methods(self, currency: str, country: str) -> Sequence[PaymentMethod]:  # noqa: ARG002 - it takes anything
        return [PaymentMethod(METHOD_ID, PaymentKind.CARD, "Test card", self.name, {"tokens": list(TOKENS)})]

    def offers(self, method_id: str) -> bool:
        return method_id == METHOD_ID

    def capabilities(self, kind: PaymentKind) -> Capabilities:  # noqa: ARG002 - there are only cards
        return CAPABILITIES

    def expresses(self, amount: Money) -> bool:
        return is_expressed(amount.minor, amount.currency)

    async def authorize(self, request: AuthorizationRequest, *, key: str) -> Authorization:
        asked = {
            "key": key,
            "amount_minor": request.amount.minor,
            "currency": request.amount.currency,
            "token": request.token,
            "method": request.stored_method,
            "capture": request.capture,
            "off_session": request.off_session,
        }
        found = await self._post("/authorizations", asked)
        answer = _authorization(found)
        if request.save_method and request.token and isinstance(answer, Authorized | Captured):
            saved = await self._keep(request.token, request.customer, key)
            return _with_saved(answer, saved)
        return answer

    async def capture(self, reference: str, amount: Money, *, final: bool, key: str) -> OperationOutcome:
        asked = {"key": key, "amount_minor": amount.minor, "final": final}
        return _outcome(await self._post(f"/authorizations/{reference}/captures", asked))

    async def void(self, reference: str, *, key: str) -> OperationOutcome:
        return _outcome(await self._post(f"/authorizations/{reference}/void", {"key": key}))

    async def refund(self, reference: str, amount: Money, *, key: str) -> OperationOutcome:
        asked = {"key": key, "amount_minor": amount.minor}
        return _outcome(await self._post(f"/authorizations/{reference}/refunds", asked))

    async def look_up(self, reference: str) -> GatewayPayment | None:
        found = await self._send("GET", f"/authorizations/{reference}", none_for=(NOT_FOUND,))
        return None if found is None else _payment(found)

    async def save_method(self, request: SavingRequest, *, key: str) -> Saving:
        found = await self._keep(request.token, request.customer, key)
        return found or Declined("declined")

    async def forget(self, method_reference: str) -> None:
        await self._send("DELETE", f"/methods/{method_reference}")

    async def _keep(self, token: str, customer: str | None, key: str) -> SavedMethod | None:
        found = await self._post("/methods", {"key": f"{key}:method", "token": token, "customer": customer})
        if found["status"] != "kept":
            return None
        return SavedMethod(found["id"], found["customer"], PaymentKind.CARD, "test", "0000")

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = await self._send("POST", path, body)
        return answer

    async def _send(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, none_for: Container[int] = ()
    ) -> Any:
        try:
            return await self._http.json(method, path, body, none_for=none_for)
        except Unanswered as error:
            raise GatewayUnavailable(str(error)) from error


def _authorization(found: dict[str, Any]) -> Authorization:
    match found["status"]:
        case "authorized":
            return Authorized(found["id"], datetime.fromisoformat(found["expires_at"]))
        case "captured":
            return Captured(found["id"])
        case "pending":
            return Pending(found["id"])
        case "action_required":
            return ActionRequired(found["id"], _action(found))
        case status:
            return Declined(status, found["id"])


def _with_saved(answer: Authorized | Captured, saved: SavedMethod | None) -> Authorization:
    if isinstance(answer, Authorized):
        return Authorized(answer.reference, answer.expires_at, saved)
    return Captured(answer.reference, saved)


def _action(found: dict[str, Any]) -> PaymentAction:
    return PaymentAction("REDIRECT", found["action_url"], {})


def _outcome(operation: dict[str, Any]) -> OperationOutcome:
    match operation["status"]:
        case "succeeded":
            return Succeeded(operation["id"])
        case "pending":
            return Pending(operation["id"])
        case _:
            return Failed(operation["reason"], operation["id"])


def _payment(found: dict[str, Any]) -> GatewayPayment:
    def money(minor: int) -> Money:
        return Money(minor, found["currency"])

    status, amount, captured = found["status"], found["amount_minor"], found["captured_minor"]
    is_declined = status in {"declined", "authentication_required"}
    state = GatewayPaymentState.FAILED if is_declined else GatewayPaymentState(status.upper())
    was_held = state in {GatewayPaymentState.AUTHORIZED, GatewayPaymentState.CAPTURED}
    is_held = state is GatewayPaymentState.AUTHORIZED
    return GatewayPayment(
        reference=found["id"],
        state=state,
        amount=money(amount),
        authorized=money(amount if was_held else 0),
        captured=money(captured),
        refunded=money(found["refunded_minor"]),
        capturable=money(amount - captured if is_held else 0),
        expires_at=datetime.fromisoformat(found["expires_at"]) if is_held else None,
        failure=status if is_declined else None,
        action=_action(found) if state is GatewayPaymentState.ACTION_REQUIRED else None,
        refunds=[_refund(each, found["currency"]) for each in found["refunds"]],
        disputes=[_dispute(each, found["currency"]) for each in found["disputes"]],
        key=found["key"],
    )


def _refund(found: dict[str, Any], currency: str) -> GatewayRefund:
    state = GatewayRefundState(found["status"].upper())
    return GatewayRefund(found["id"], Money(found["amount_minor"], currency), state, found["reason"], found["key"])


def _dispute(found: dict[str, Any], currency: str) -> GatewayDispute:
    return GatewayDispute(
        reference=found["id"],
        amount=Money(found["amount_minor"], currency),
        state=DisputeState(found["status"].upper()),
        reason=found["reason"],
        opened_at=datetime.fromisoformat(found["opened_at"]),
    )
