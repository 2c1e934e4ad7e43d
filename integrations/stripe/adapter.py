"""Stripe, by its own asynchronous client: the domain's `PaymentGateway` over payment intents.

Stripe keeps the result of a key for a day at least, be it an error of its own or a refusal. So our key also stands in
the metadata of what it made, and is looked for there before anything is done that may have been done before; and
nothing is asked that is known to be refused now, but may be wanted later.
"""

from collections.abc import Awaitable, Sequence
from functools import cached_property
from types import TracebackType
from typing import Any, Self, cast

from domain.payments.model import PaymentKind, PaymentMethod
from domain.payments.ports import (
    ActionRequired,
    Authorization,
    AuthorizationRequest,
    Capabilities,
    Declined,
    Failed,
    GatewayPayment,
    GatewayUnavailable,
    OperationOutcome,
    Pending,
    Saving,
    SavingRequest,
    Succeeded,
)
from domain.shared.making import dataclass
from domain.shared.money import Money
from integrations.http import LazyClient
from integrations.stripe import asking, reading
from integrations.stripe.library import stripe
from integrations.stripe.reading import KEY, Document
from integrations.stripe.units import stripe_amount

TIMEOUT_SECONDS = 8.0
MAX_OPERATIONS = 100
NOT_FOUND = 404
TEST_KEY = "sk_test_"
CONFLICT = 409
BEYOND_RECALL = frozenset({"succeeded", "processing"})
"""What cannot be canceled: it was taken, or is being taken."""


@dataclass(frozen=True, slots=True)
class StripeAccount:
    """How an account is reached, and what it may do. `multicapture` is for accounts that Stripe has given it to."""

    secret_key: str
    publishable_key: str
    api_base: str | None = None
    types: Sequence[str] = ("card",)
    multicapture: bool = False
    return_url: str | None = None


class StripeAdapter:
    """Implements `domain.payments.ports.PaymentGateway`."""

    name = "stripe"

    def __init__(self, account: StripeAccount, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._account = account
        self._http = LazyClient(timeout_seconds=timeout_seconds)

    @cached_property
    def v1(self) -> Any:
        """What Stripe's own client offers of the first version of its API."""
        from integrations.stripe.client import client_of  # noqa: PLC0415 - makes the library's class, so imports it

        return client_of(self._account.secret_key, self._http, api_base=self._account.api_base).v1

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    def methods(self, currency: str, country: str) -> Sequence[PaymentMethod]:  # noqa: ARG002 - Stripe decides by account
        account = self._account
        is_test = account.secret_key.startswith(TEST_KEY)
        return asking.offered(account.types, currency, account.publishable_key, is_test=is_test)

    def offers(self, method_id: str) -> bool:
        return method_id in asking.BY_ID

    def capabilities(self, kind: PaymentKind) -> Capabilities:
        return asking.capabilities_of(kind, multicapture=self._account.multicapture)

    def expresses(self, amount: Money) -> bool:
        return stripe_amount(amount) is not None

    async def authorize(self, request: AuthorizationRequest, *, key: str) -> Authorization:
        units = stripe_amount(request.amount)
        if units is None:
            return Declined("amount_not_expressible")
        try:
            intent = await self._begun(request, units, key)
        except refusals() as refused:
            return Declined(_reason(refused), _intent_of(refused))
        if intent["status"] == "requires_payment_method":
            intent = await self._closed(intent, key)
        return self._told(intent, request)

    async def _begun(self, request: AuthorizationRequest, units: int, key: str) -> Document:
        """The payment intent of the key as it is now, made if there is none."""
        found = await self._of_key(key) if request.is_repeated else None
        if found is not None:
            return found
        try:
            return await self._created(request, units, key)
        except (stripe.IdempotencyError, stripe.APIError) as error:
            found = await self._of_key(key)
            if found is None:
                raise GatewayUnavailable(type(error).__name__) from error
            return found

    async def _created(self, request: AuthorizationRequest, units: int, key: str) -> Document:
        method = asking.method_of(request)
        customer = request.customer
        if asking.needs_customer(request, method):
            customer = await self._customer(request.email, request.subject, key)
        asked = asking.intent_parameters(
            request,
            method,
            units=units,
            key=key,
            customer=customer,
            return_url=request.return_url or self._account.return_url,
            multicapture=self._account.multicapture,
        )
        intent, is_replayed = await _answered(
            self.v1.payment_intents.create_async(asked, {"idempotency_key": key}), keeps_faults=True
        )
        return await self._intent(intent["id"]) if is_replayed else intent

    async def _customer(self, email: str | None, subject: str | None, key: str) -> str:
        asked = {"metadata": {KEY: key, **({"subject": subject} if subject else {})}}
        made = await answer_of(
            self.v1.customers.create_async(
                asked | ({"email": email} if email else {}), {"idempotency_key": f"{key}:customer"}
            )
        )
        return str(made["id"])

    async def _of_key(self, key: str) -> Document | None:
        """The payment intent that was made under the key; found a minute after it was made at the latest."""
        quoted = key.replace("\\", "\\\\").replace("'", "\\'")
        found = await answer_of(self.v1.payment_intents.search_async({"query": f"metadata['{KEY}']:'{quoted}'"}))
        return await self._intent(found["data"][0]["id"]) if found["data"] else None

    async def _intent(self, reference: str) -> Document:
        return await answer_of(self.v1.payment_intents.retrieve_async(reference, {"expand": asking.EXPANDED}))

    async def _closed(self, intent: Document, key: str) -> Document:
        """The intent after a failure, closed for good: its client secret could be used to pay by another card."""
        try:
            await answer_of(
                self.v1.payment_intents.cancel_async(intent["id"], {}, {"idempotency_key": f"{key}:close"}),
            )
        except stripe.InvalidRequestError:
            return await self._intent(intent["id"])
        return intent

    def _told(self, intent: Document, request: AuthorizationRequest) -> Authorization:
        return reading.authorization_of(
            intent,
            publishable_key=self._account.publishable_key,
            kind=request.kind,
            saves=request.save_method,
        )

    async def capture(self, reference: str, amount: Money, *, final: bool, key: str) -> OperationOutcome:
        units = stripe_amount(amount)
        if units is None:
            return Failed("amount_not_expressible")
        try:
            intent = await self._intent(reference)
            is_last = final or not (self._account.multicapture and _is_multicapture(intent))
            return await self._captured(intent, units, is_last=is_last, key=key)
        except refusals() as refused:
            return Failed(_reason(refused))

    async def _captured(self, intent: Document, units: int, *, is_last: bool, key: str) -> OperationOutcome:
        """Take so much, which is noted in the payment's metadata, unless it was done before."""
        mark = asking.capture_mark(key)
        if mark in intent["metadata"]:
            return Succeeded(intent["latest_charge"]["id"])
        if intent["status"] != "requires_capture":
            return Failed(f"payment_is_{intent['status']}")
        asked = {"amount_to_capture": units, "metadata": {mark: str(units)}}
        if not is_last:
            asked["final_capture"] = False
        done = await answer_of(self.v1.payment_intents.capture_async(intent["id"], asked, {"idempotency_key": key}))
        return Succeeded(done["latest_charge"])

    async def void(self, reference: str, *, key: str) -> OperationOutcome:
        try:
            intent = await self._intent(reference)
            if intent["status"] == "requires_capture" and intent["amount_received"]:
                return await self._captured(intent, 0, is_last=True, key=key)
            if intent["status"] == "succeeded" and intent["amount_received"] < intent["amount"]:
                return Succeeded(reference)
            if intent["status"] in BEYOND_RECALL:
                return Failed(f"payment_is_{intent['status']}")
            if intent["status"] != "canceled":
                await answer_of(self.v1.payment_intents.cancel_async(reference, {}, {"idempotency_key": key}))
        except refusals() as refused:
            return Failed(_reason(refused))
        return Succeeded(reference)

    async def refund(self, reference: str, amount: Money, *, key: str) -> OperationOutcome:
        units = stripe_amount(amount)
        if units is None:
            return Failed("amount_not_expressible")
        asked = {"payment_intent": reference, "amount": units, "metadata": {KEY: key}}
        try:
            known = [each for each in await self._refunds(reference) if each["metadata"].get(KEY) == key]
            if known:
                return _refunded(known[0])
            if not (await self._intent(reference))["amount_received"]:
                return Failed("payment_is_not_captured")
            return _refunded(await answer_of(self.v1.refunds.create_async(asked, {"idempotency_key": key})))
        except refusals() as refused:
            return Failed(_reason(refused))

    async def _refunds(self, reference: str) -> list[Document]:
        found = await answer_of(self.v1.refunds.list_async({"payment_intent": reference, "limit": MAX_OPERATIONS}))
        return list(found["data"])

    async def look_up(self, reference: str) -> GatewayPayment | None:
        try:
            intent = await self._intent(reference)
        except stripe.InvalidRequestError as refused:
            if refused.http_status == NOT_FOUND:
                return None
            raise
        refunds: Sequence[Document] = ()
        disputes: Sequence[Document] = ()
        if intent["latest_charge"] is not None and intent["amount_received"]:
            refunds = await self._refunds(reference)
            disputes = (await answer_of(self.v1.disputes.list_async({"payment_intent": reference})))["data"]
        return reading.payment_of(intent, refunds, disputes, publishable_key=self._account.publishable_key)

    async def save_method(self, request: SavingRequest, *, key: str) -> Saving:
        try:
            customer = request.customer or await self._customer(request.email, request.subject, key)
            return_url = request.return_url or self._account.return_url
            asked = asking.setup_parameters(request, customer=customer, key=key, return_url=return_url)
            setup, is_replayed = await _answered(self.v1.setup_intents.create_async(asked, {"idempotency_key": key}))
            if is_replayed:
                expanded = {"expand": ["payment_method"]}
                setup = await answer_of(self.v1.setup_intents.retrieve_async(setup["id"], expanded))
        except refusals() as refused:
            return Declined(_reason(refused))
        if setup["status"] == "requires_action":
            return ActionRequired(setup["id"], reading.action_of(setup, self._account.publishable_key))
        saved = reading.saved_method(setup, request.kind) if setup["status"] == "succeeded" else None
        return saved or Declined(setup["status"], setup["id"])

    async def forget(self, method_reference: str) -> None:
        try:
            await answer_of(self.v1.payment_methods.detach_async(method_reference))
        except stripe.InvalidRequestError:
            return


def refusals() -> tuple[type[stripe.StripeError], ...]:
    """What Stripe answers to what it will not do."""
    return stripe.CardError, stripe.InvalidRequestError


def no_answers() -> tuple[type[stripe.StripeError], ...]:
    """What says nothing of whether it was done."""
    return stripe.APIConnectionError, stripe.RateLimitError, stripe.AuthenticationError, stripe.PermissionError


async def answer_of(call: Awaitable[stripe.StripeObject]) -> Document:
    """What Stripe answered; GatewayUnavailable where it gave nothing to rely on. Refusals stay what they are."""
    document, _ = await _answered(call)
    return document


async def _answered(call: Awaitable[stripe.StripeObject], *, keeps_faults: bool = False) -> tuple[Document, bool]:
    """What Stripe answered, and whether it had answered so before; GatewayUnavailable for nothing to rely on.

    Refusals stay what they are, and so do faults that Stripe keeps under the key if the caller can look behind them.
    """
    try:
        found = await call
    except refusals():
        raise
    except no_answers() as error:
        raise GatewayUnavailable(type(error).__name__) from error
    except stripe.StripeError as error:
        if keeps_faults and error.http_status != CONFLICT:
            raise
        raise GatewayUnavailable(type(error).__name__) from error
    response = found.last_response
    return found.to_dict(), response is not None and response.headers.get("idempotent-replayed") == "true"


def _refunded(refund: Document) -> OperationOutcome:
    match refund["status"]:
        case "succeeded":
            return Succeeded(refund["id"])
        case "pending" | "requires_action":
            return Pending(refund["id"])
        case _:
            return Failed(refund.get("failure_reason") or refund["status"], refund["id"])


def _is_multicapture(intent: Document) -> bool:
    details = intent["latest_charge"]["payment_method_details"]
    return bool(details["type"] == "card" and details["card"].get("multicapture", {}).get("status") == "available")


def _reason(refused: stripe.StripeError) -> str:
    error = _error(refused)
    return str(error.get("decline_code") or error.get("code") or error.get("type") or type(refused).__name__)


def _intent_of(refused: stripe.StripeError) -> str | None:
    intent = _error(refused).get("payment_intent")
    return intent["id"] if intent else None


def _error(refused: stripe.StripeError) -> Document:
    body = refused.json_body
    return cast("Document", body.get("error", {})) if isinstance(body, dict) else {}
