"""Stripe's published test cards and accounts, and what they do (https://docs.stripe.com/testing).

A card is used by the id of a ready-made payment method, `pm_card_visa`, or by its number, as a client of Stripe's
sends it with the publishable key.
"""

from collections.abc import Mapping
from typing import Any

from domain.shared.making import dataclass

ALWAYS = "always"
UNLESS_SET_UP = "unless_set_up"


@dataclass(frozen=True, slots=True)
class TestCard:
    """`authentication` is when the bank asks its customer; `declines_in_use` lets it be stored, but not charged."""

    __test__ = False

    number: str
    brand: str = "visa"
    failure: Mapping[str, Any] | None = None
    declines_in_use: bool = False
    authentication: str | None = None
    dispute: str | None = None
    refunds: str = "succeeded"
    refunds_end: str | None = None
    multicapture: bool = True

    @property
    def last4(self) -> str:
        return self.number[-4:]


def declined(code: str, decline_code: str | None, message: str = "Your card was declined.") -> Mapping[str, Any]:
    failure = {"type": "card_error", "code": code, "message": message}
    return failure | {"decline_code": decline_code} if decline_code else failure


GENERIC = declined("card_declined", "generic_decline")
EXPIRED = declined("expired_card", "expired_card", "Your card has expired.")
WRONG_CVC = declined("incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect.")
INSUFFICIENT = declined("card_declined", "insufficient_funds", "Your card has insufficient funds.")
BROKEN = declined("processing_error", "processing_error", "An error occurred while processing your card.")
UNAUTHENTICATED_OFF_SESSION = declined(
    "authentication_required",
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
)
AUTHENTICATION_FAILED: Mapping[str, Any] = {
    "type": "invalid_request_error",
    "code": "payment_intent_authentication_failure",
    "message": "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new"
    " PaymentMethod to attempt to fulfill this PaymentIntent again.",
}

CARDS_BY_METHOD: Mapping[str, TestCard] = {
    "pm_card_visa": TestCard("4242424242424242"),
    "pm_card_visa_debit": TestCard("4000056655665556"),
    "pm_card_mastercard": TestCard("5555555555554444", "mastercard"),
    "pm_card_amex": TestCard("378282246310005", "amex"),
    "pm_card_unionpay": TestCard("6200000000000005", "unionpay", multicapture=False),
    "pm_card_visa_chargeDeclined": TestCard("4000000000000002", failure=GENERIC),
    "pm_card_visa_chargeDeclinedInsufficientFunds": TestCard("4000000000009995", failure=INSUFFICIENT),
    "pm_card_visa_chargeDeclinedLostCard": TestCard("4000000000009987", failure=declined("card_declined", "lost_card")),
    "pm_card_visa_chargeDeclinedStolenCard": TestCard(
        "4000000000009979", failure=declined("card_declined", "stolen_card")
    ),
    "pm_card_chargeDeclinedExpiredCard": TestCard("4000000000000069", failure=EXPIRED),
    "pm_card_chargeDeclinedIncorrectCvc": TestCard("4000000000000127", failure=WRONG_CVC),
    "pm_card_chargeDeclinedProcessingError": TestCard("4000000000000119", failure=BROKEN),
    "pm_card_chargeCustomerFail": TestCard("4000000000000341", failure=GENERIC, declines_in_use=True),
    "pm_card_authenticationRequired": TestCard("4000002760003184", authentication=ALWAYS),
    "pm_card_authenticationRequiredOnSetup": TestCard("4000002500003155", authentication=UNLESS_SET_UP),
    "pm_card_threeDSecure2Required": TestCard("4000000000003220", authentication=ALWAYS),
    "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds": TestCard(
        "4000008260003178", failure=INSUFFICIENT, authentication=ALWAYS
    ),
    "pm_card_createDispute": TestCard("4000000000000259", dispute="fraudulent"),
    "pm_card_createDisputeProductNotReceived": TestCard("4000000000002685", dispute="product_not_received"),
    "pm_card_pendingRefund": TestCard("4000000000007726", refunds="pending", refunds_end="succeeded"),
    "pm_card_refundFail": TestCard("4000000000005126", refunds_end="failed"),
}
CARDS_BY_NUMBER = {card.number: card for card in CARDS_BY_METHOD.values()}

SEPA_SUCCEEDS = "DE89370400440532013000"
SEPA_FAILS = "DE62370400440532013001"
IBANS_BY_METHOD = {"pm_success_de": SEPA_SUCCEEDS, "pm_failed_de": SEPA_FAILS}
SEPA_FAILURE: Mapping[str, Any] = {
    "type": "invalid_request_error",
    "code": "payment_method_provider_decline",
    "decline_code": "insufficient_funds",
    "message": "The account has insufficient funds to cover this payment.",
}
KLARNA_REFUSED: Mapping[str, Any] = {
    "type": "invalid_request_error",
    "code": "payment_method_customer_decline",
    "message": "The customer declined this payment.",
}
