"""What Stripe is asked for, as the parameters of its API."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from domain.payments.model import PaymentKind, PaymentMethod
from domain.payments.ports import AuthorizationRequest, Capabilities, SavingRequest
from domain.shared.making import dataclass
from integrations.stripe.reading import CARD_LIFETIME, KEY, KLARNA_LIFETIME

EURO_TRANSFERS = frozenset({"BE", "DE", "ES", "FR", "IE", "NL"})
DEFAULT_TRANSFERS = "DE"
TRANSFER_TYPES = {"EUR": "eu_bank_transfer", "GBP": "gb_bank_transfer", "USD": "us_bank_transfer"}
KLARNA_CURRENCIES = frozenset(
    {"AUD", "CAD", "CHF", "CZK", "DKK", "EUR", "GBP", "NOK", "NZD", "PLN", "RON", "SEK", "USD"}
)
EXPANDED = ["latest_charge", "payment_method"]
OFFLINE_MANDATE = {"customer_acceptance": {"type": "offline", "offline": {}}}


@dataclass(frozen=True, slots=True)
class StripeMethod:
    """A type of Stripe's payment methods; `currencies` None takes all. Those that hold nothing are taken at once."""

    id: str
    type: str
    kind: PaymentKind
    name: str
    currencies: frozenset[str] | None = None
    test_tokens: Sequence[str] = ()

    @property
    def holds(self) -> bool:
        return self.type in {"card", "klarna"}


METHODS = (
    StripeMethod(
        "stripe_card",
        "card",
        PaymentKind.CARD,
        "Card",
        test_tokens=("pm_card_visa", "pm_card_threeDSecure2Required", "pm_card_visa_chargeDeclined"),
    ),
    StripeMethod(
        "stripe_sepa_debit",
        "sepa_debit",
        PaymentKind.BANK_TRANSFER,
        "SEPA Direct Debit",
        frozenset({"EUR"}),
        ("pm_success_de", "pm_failed_de"),
    ),
    StripeMethod(
        "stripe_bank_transfer",
        "customer_balance",
        PaymentKind.BANK_TRANSFER,
        "Bank transfer",
        frozenset(TRANSFER_TYPES),
    ),
    StripeMethod("stripe_klarna", "klarna", PaymentKind.BNPL, "Klarna", KLARNA_CURRENCIES),
)
BY_ID = {method.id: method for method in METHODS}
TYPES = tuple(method.type for method in METHODS)
OF_KIND = {PaymentKind.BNPL: "stripe_klarna", PaymentKind.BANK_TRANSFER: "stripe_sepa_debit"}


def method_of(request: AuthorizationRequest) -> StripeMethod:
    """The method that is asked for; by its kind where a stored method stands for it."""
    return BY_ID.get(request.method_id) or BY_ID[OF_KIND.get(request.kind, "stripe_card")]


def offered(types: Sequence[str], currency: str, publishable_key: str, *, is_test: bool) -> list[PaymentMethod]:
    """The methods of these types that take the currency, with what Stripe's client needs to make a token."""
    return [
        PaymentMethod(
            method.id,
            method.kind,
            method.name,
            "stripe",
            {
                "publishableKey": publishable_key,
                "paymentMethodType": method.type,
                **({"tokens": list(method.test_tokens)} if is_test else {}),
            },
        )
        for method in METHODS
        if method.type in types and (method.currencies is None or currency in method.currencies)
    ]


def capabilities_of(kind: PaymentKind, *, multicapture: bool) -> Capabilities:
    if kind is PaymentKind.BANK_TRANSFER:
        return Capabilities(holds=False, partial_capture=False, off_session=True, saves_methods=True, is_delayed=True)
    if kind is PaymentKind.BNPL:
        return Capabilities(authorization_lifetime=KLARNA_LIFETIME)
    return Capabilities(
        multicapture=multicapture, off_session=True, saves_methods=True, authorization_lifetime=CARD_LIFETIME
    )


def needs_customer(request: AuthorizationRequest, method: StripeMethod) -> bool:
    return request.customer is None and (request.save_method or method.type == "customer_balance")


def intent_parameters(
    request: AuthorizationRequest,
    method: StripeMethod,
    *,
    units: int,
    key: str,
    customer: str | None,
    return_url: str | None,
    multicapture: bool,
) -> Mapping[str, Any]:
    """A payment intent that is confirmed at once. The same request makes the same parameters, as its key wants it."""
    asked: dict[str, Any] = {
        "amount": units,
        "currency": request.amount.currency.lower(),
        "confirm": True,
        "capture_method": "manual" if method.holds and not request.capture else "automatic_async",
        "payment_method_types": [method.type],
        "metadata": {KEY: key, **({"subject": request.subject} if request.subject else {})},
        "expand": EXPANDED,
        **_means(request, method),
        **_options(request, method, multicapture=multicapture),
    }
    if method.type == "sepa_debit":
        asked["mandate_data"] = OFFLINE_MANDATE
    if request.off_session:
        asked["off_session"] = True
    elif return_url is not None:
        asked["return_url"] = return_url
    if request.save_method:
        asked["setup_future_usage"] = "off_session"
    if customer is not None:
        asked["customer"] = customer
    return asked


def _means(request: AuthorizationRequest, method: StripeMethod) -> Mapping[str, Any]:
    token = request.stored_method or request.token
    if token is not None and method.type != "customer_balance":
        return {"payment_method": token}
    billing = {"email": request.email, "address": {"country": request.country}}
    details = {"billing_details": billing} if method.type == "klarna" else {}
    return {"payment_method_data": {"type": method.type, **details}}


def _options(request: AuthorizationRequest, method: StripeMethod, *, multicapture: bool) -> Mapping[str, Any]:
    if method.type == "card" and multicapture:
        return {"payment_method_options": {"card": {"request_multicapture": "if_available"}}}
    if method.type != "customer_balance":
        return {}
    kind = TRANSFER_TYPES[request.amount.currency]
    transfer: dict[str, Any] = {"type": kind}
    if kind == "eu_bank_transfer":
        country = request.country if request.country in EURO_TRANSFERS else DEFAULT_TRANSFERS
        transfer["eu_bank_transfer"] = {"country": country}
    return {
        "payment_method_options": {"customer_balance": {"funding_type": "bank_transfer", "bank_transfer": transfer}}
    }


def setup_parameters(request: SavingRequest, *, customer: str, key: str, return_url: str | None) -> Mapping[str, Any]:
    asked: dict[str, Any] = {
        "confirm": True,
        "customer": customer,
        "payment_method": request.token,
        "payment_method_types": ["sepa_debit" if request.kind is PaymentKind.BANK_TRANSFER else "card"],
        "usage": "off_session",
        "metadata": {KEY: key, **({"subject": request.subject} if request.subject else {})},
        "expand": ["payment_method"],
    }
    if request.kind is PaymentKind.BANK_TRANSFER:
        asked["mandate_data"] = OFFLINE_MANDATE
    return asked | {"return_url": return_url} if return_url else asked


def capture_mark(key: str) -> str:
    """The name under which a capture is noted in a payment's metadata, which has 40 characters for it."""
    return f"capture_{hashlib.sha256(key.encode()).hexdigest()[:32]}"
