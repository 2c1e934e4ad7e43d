"""What Stripe's objects say, in the domain's words."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.payments.model import PaymentAction, PaymentKind
from domain.payments.ports import (
    ActionRequired,
    Authorization,
    Authorized,
    Captured,
    Declined,
    DisputeState,
    GatewayDispute,
    GatewayPayment,
    GatewayPaymentState,
    GatewayRefund,
    GatewayRefundState,
    Pending,
    SavedMethod,
)
from domain.shared.money import Money
from integrations.stripe.units import money_of

type Document = Mapping[str, Any]
"""One of Stripe's objects, as the JSON of its API."""

KEY = "commerce_key"
"""The metadata under which our idempotency key stands, to be found again after Stripe has forgotten it."""
BANK_TRANSFER = "display_bank_transfer_instructions"
CARD_LIFETIME = timedelta(days=7)
KLARNA_LIFETIME = timedelta(days=28)
STATES = {
    "requires_action": GatewayPaymentState.ACTION_REQUIRED,
    "requires_confirmation": GatewayPaymentState.ACTION_REQUIRED,
    "processing": GatewayPaymentState.PENDING,
    "requires_capture": GatewayPaymentState.AUTHORIZED,
    "succeeded": GatewayPaymentState.CAPTURED,
    "requires_payment_method": GatewayPaymentState.FAILED,
    "canceled": GatewayPaymentState.VOIDED,
}
REFUND_STATES = {
    "pending": GatewayRefundState.PENDING,
    "requires_action": GatewayRefundState.PENDING,
    "succeeded": GatewayRefundState.SUCCEEDED,
}
DISPUTE_STATES = {
    "won": DisputeState.WON,
    "warning_closed": DisputeState.WON,
    "prevented": DisputeState.WON,
    "lost": DisputeState.LOST,
}


def authorization_of(intent: Document, *, publishable_key: str, kind: PaymentKind, saves: bool) -> Authorization:
    """Where a payment intent stands. One that would take another payment method counts as declined."""
    match intent["status"]:
        case "requires_capture":
            expires_at = expiry_of(intent)
            assert expires_at is not None, "what is to be captured expires"
            return Authorized(intent["id"], expires_at, saved_method(intent, kind) if saves else None)
        case "succeeded":
            return Captured(intent["id"], saved_method(intent, kind) if saves else None)
        case "processing":
            return Pending(intent["id"])
        case "requires_action" if intent["next_action"]["type"] == BANK_TRANSFER:
            return Pending(intent["id"], action_of(intent, publishable_key))
        case "requires_action":
            return ActionRequired(intent["id"], action_of(intent, publishable_key))
        case _:
            return Declined(failure_of(intent) or intent["status"], intent["id"])


def action_of(intent: Document, publishable_key: str) -> PaymentAction:
    """What the buyer is to do: on a page, by Stripe's own client, or at their bank."""
    action = intent["next_action"]
    if action["type"] == BANK_TRANSFER:
        instructions = action[BANK_TRANSFER]
        return PaymentAction("BANK_TRANSFER", instructions.get("hosted_instructions_url"), instructions)
    secrets = {"clientSecret": intent["client_secret"], "publishableKey": publishable_key}
    if action["type"] == "redirect_to_url":
        return PaymentAction("REDIRECT", action["redirect_to_url"]["url"], secrets)
    return PaymentAction("STRIPE_SDK", None, secrets)


def expiry_of(intent: Document) -> datetime | None:
    """Until when the hold stands; None if nothing is held."""
    charge = intent["latest_charge"]
    if intent["status"] != "requires_capture" or charge is None:
        return None
    details = charge["payment_method_details"]
    told = details["card"].get("capture_before") if details["type"] == "card" else None
    if told is not None:
        return datetime.fromtimestamp(told, UTC)
    lifetime = KLARNA_LIFETIME if details["type"] == "klarna" else CARD_LIFETIME
    return datetime.fromtimestamp(charge["created"], UTC) + lifetime


def saved_method(intent: Document, kind: PaymentKind) -> SavedMethod | None:
    """The method of an intent or setup intent, if it is kept for a customer; it has to be expanded."""
    method = intent["payment_method"]
    if method is None or method["customer"] is None:
        return None
    card = method.get("card")
    shown = card or method.get("sepa_debit") or {}
    return SavedMethod(
        reference=method["id"],
        customer=method["customer"],
        kind=kind,
        brand=shown.get("brand") or method["type"],
        last4=shown.get("last4"),
        expires_month=card["exp_month"] if card else None,
        expires_year=card["exp_year"] if card else None,
    )


def failure_of(intent: Document) -> str | None:
    """Why the last attempt failed, by the issuer's code if there is one."""
    error = intent["last_payment_error"]
    if error is not None:
        return str(error.get("decline_code") or error.get("code") or error["type"])
    return f"canceled_{intent['cancellation_reason'] or 'by_us'}" if intent["status"] == "canceled" else None


def payment_of(
    intent: Document, refunds: Iterable[Document], disputes: Iterable[Document], *, publishable_key: str
) -> GatewayPayment:
    """A payment intent, with its latest charge expanded, as it is now."""
    captured = money_of(intent["amount_received"], intent["currency"])
    capturable = money_of(intent["amount_capturable"], intent["currency"])
    given_back = [_refund(each) for each in _asked_refunds(intent, list(refunds))]
    counted = [each.amount.minor for each in given_back if each.state is not GatewayRefundState.FAILED]
    was_held = intent["status"] in {"requires_capture", "succeeded"}
    amount, nothing = money_of(intent["amount"], intent["currency"]), Money.zero(captured.currency)
    return GatewayPayment(
        reference=intent["id"],
        state=STATES[intent["status"]],
        amount=amount,
        authorized=amount if was_held else nothing,
        captured=captured,
        refunded=Money(sum(counted), captured.currency),
        capturable=capturable,
        expires_at=expiry_of(intent),
        failure=failure_of(intent),
        action=action_of(intent, publishable_key) if intent["status"] == "requires_action" else None,
        refunds=given_back,
        disputes=[_dispute(each) for each in disputes],
        key=intent["metadata"].get(KEY),
    )


def _asked_refunds(intent: Document, refunds: list[Document]) -> list[Document]:
    """Those that somebody asked for. What a final capture or a void releases looks like a refund at Stripe, too."""
    charge = intent["latest_charge"]
    released = 0 if charge is None or intent["amount_capturable"] else intent["amount"] - intent["amount_received"]
    for each in refunds:
        if released and each["amount"] == released and KEY not in each["metadata"]:
            return [other for other in refunds if other["id"] != each["id"]]
    return refunds


def _refund(found: Document) -> GatewayRefund:
    return GatewayRefund(
        reference=found["id"],
        amount=money_of(found["amount"], found["currency"]),
        state=REFUND_STATES.get(found["status"], GatewayRefundState.FAILED),
        failure=found.get("failure_reason"),
        key=found["metadata"].get(KEY),
    )


def _dispute(found: Document) -> GatewayDispute:
    due_by = found["evidence_details"]["due_by"]
    fees = [entry["fee"] for entry in found["balance_transactions"]]
    return GatewayDispute(
        reference=found["id"],
        amount=money_of(found["amount"], found["currency"]),
        state=DISPUTE_STATES.get(found["status"], DisputeState.OPEN),
        reason=found["reason"],
        opened_at=datetime.fromtimestamp(found["created"], UTC),
        evidence_due_by=datetime.fromtimestamp(due_by, UTC) if due_by else None,
        fee=_fee(found["balance_transactions"], sum(fees)) if fees else None,
    )


def _fee(entries: list[Document], total: int) -> Money:
    return money_of(total, entries[0]["currency"])
