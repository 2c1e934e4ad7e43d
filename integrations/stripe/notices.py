"""What Stripe tells by webhook, and its own list of the same, for what never came."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from domain.payments.observing import ForgedNotice, Notice
from integrations.stripe.adapter import StripeAdapter, answer_of
from integrations.stripe.library import stripe

PAGE_SIZE = 100
MAX_PAGES = 50
TYPES = (
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.canceled",
    "payment_intent.processing",
    "payment_intent.amount_capturable_updated",
    "charge.captured",
    "charge.expired",
    "charge.refunded",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
)
"""What an endpoint has to be subscribed to; other types are taken, and say nothing."""


class StripeNotices:
    """Reads what Stripe sends to our webhook, which it signs with `secret`."""

    gateway = "stripe"

    def __init__(self, adapter: StripeAdapter, secret: str) -> None:
        self._adapter = adapter
        self._secret = secret

    def read(self, body: bytes, signature: str | None) -> Notice:
        """The notice in a request's raw body. ForgedNotice unless Stripe has signed it within five minutes."""
        try:
            event = stripe.Webhook.construct_event(body, signature, self._secret)
        except (stripe.SignatureVerificationError, ValueError, IndexError, UnicodeDecodeError) as error:
            raise ForgedNotice(type(error).__name__) from error
        return _notice(event.to_dict())

    async def since(self, moment: datetime) -> Sequence[Notice]:
        """All notices from that moment on, as far as 5,000, the oldest first. Stripe keeps them for 30 days."""
        found: list[Notice] = []
        asked: dict[str, Any] = {"created": {"gte": int(moment.timestamp())}, "types": TYPES, "limit": PAGE_SIZE}
        for _ in range(MAX_PAGES):
            page = await answer_of(self._adapter.v1.events.list_async(asked))
            found += [_notice(event) for event in page["data"]]
            if not page["has_more"]:
                break
            asked["starting_after"] = page["data"][-1]["id"]
        return found[::-1]


def _notice(event: dict[str, Any]) -> Notice:
    return Notice(
        event["id"],
        StripeNotices.gateway,
        event["type"],
        _reference(event["data"]["object"]),
        datetime.fromtimestamp(event["created"], UTC),
    )


def _reference(subject: dict[str, Any]) -> str | None:
    """The payment intent that an event is about: itself, or what its charge, refund or dispute belongs to."""
    if subject["object"] == "payment_intent":
        return str(subject["id"])
    reference = subject.get("payment_intent")
    return reference if isinstance(reference, str) else None
