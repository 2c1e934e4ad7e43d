"""Charges: what a payment intent asks of a card or account, what is taken of it, and what is given back."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from integrations.stripe.double.book import Book, Document
from integrations.stripe.double.cards import SEPA_FAILS
from integrations.stripe.double.disputes import open_dispute
from integrations.stripe.double.events import emit
from integrations.stripe.double.methods import card_of

LIFETIME = {"card": timedelta(days=7).total_seconds(), "klarna": timedelta(days=28).total_seconds()}


def charge(
    book: Book, intent: Document, method: Document, *, status: str, failure: Mapping[str, Any] | None = None
) -> Document:
    """A new charge in `status`: succeeded (held or taken, by the intent's way of capture), pending or failed."""
    is_taken = status == "succeeded" and intent["capture_method"] != "manual"
    made = book.add(
        "charge",
        "ch",
        amount=intent["amount"],
        amount_captured=intent["amount"] if is_taken else 0,
        amount_refunded=0,
        currency=intent["currency"],
        captured=is_taken,
        customer=intent["customer"],
        disputed=False,
        failure_code=failure["code"] if failure else None,
        failure_message=failure["message"] if failure else None,
        metadata=intent["metadata"],
        paid=status == "succeeded",
        payment_intent=intent["id"],
        payment_method=method["id"],
        payment_method_details=_details(book, intent, method),
        refunded=False,
        status=status,
        test_number=method.get("test_number"),
    )
    if status == "failed":
        emit(book, "charge.failed", made)
    elif status == "pending":
        emit(book, "charge.pending", made)
    else:
        emit(book, "charge.succeeded", made)
        if is_taken:
            taken(book, made)
    return made


def _details(book: Book, intent: Document, method: Document) -> Document:
    kind = method["type"]
    details: Document = dict(method.get(kind) or {})
    if kind == "card":
        wish = intent["payment_method_options"].get("card", {}).get("request_multicapture")
        is_multiple = wish == "if_available" and card_of(method).multicapture
        details["multicapture"] = {"status": "available" if is_multiple else "unavailable"}
    if kind in LIFETIME and intent["capture_method"] == "manual":
        details["capture_before"] = int(book.now() + LIFETIME[kind])
    return {"type": kind, kind: details}


def is_multicapture(charged: Document) -> bool:
    details = charged["payment_method_details"]
    return bool(details["type"] == "card" and details["card"]["multicapture"]["status"] == "available")


def settle(book: Book, charged: Document) -> Document:
    """The end of a pending charge, as its account decides."""
    failed = charged["test_number"] == SEPA_FAILS
    settled = {
        **charged,
        "status": "failed" if failed else "succeeded",
        "paid": not failed,
        "captured": not failed,
        "amount_captured": 0 if failed else charged["amount"],
    }
    book.save(settled)
    emit(book, "charge.failed" if failed else "charge.succeeded", settled)
    return settled


def capture(book: Book, charged: Document, amount: int, *, is_final: bool) -> Document:
    """Take so much; the rest is released by a refund that nobody asked for, as Stripe does it."""
    captured_before = charged["amount_captured"]
    captured = {**charged, "amount_captured": captured_before + amount, "captured": True}
    book.save(captured)
    emit(book, "charge.captured", captured)
    if is_final:
        captured = release(book, captured)
    if not captured_before:
        taken(book, captured)
    return book.get("charge", charged["id"])


def release(book: Book, charged: Document) -> Document:
    """Let go what was held and not taken."""
    rest = charged["amount"] - charged["amount_captured"] - charged["amount_refunded"]
    if rest <= 0:
        return charged
    add_refund(book, charged, rest, status="succeeded", metadata={}, reason=None)
    return book.get("charge", charged["id"])


def taken(book: Book, charged: Document) -> None:
    """The money is ours, unless the card is one whose owner goes to the bank."""
    if charged["payment_method_details"]["type"] == "card":
        reason = card_of(charged).dispute
        if reason is not None:
            open_dispute(book, charged, reason)


def add_refund(
    book: Book, charged: Document, amount: int, *, status: str, metadata: Mapping[str, str], reason: str | None
) -> Document:
    refund = book.add(
        "refund",
        "re",
        amount=amount,
        charge=charged["id"],
        currency=charged["currency"],
        metadata=dict(metadata),
        payment_intent=charged["payment_intent"],
        reason=reason,
        status=status,
    )
    refunded = charged["amount_refunded"] + amount
    with_refund = {**charged, "amount_refunded": refunded, "refunded": refunded == charged["amount"]}
    book.save(with_refund)
    emit(book, "refund.created", refund)
    emit(book, "charge.refunded", with_refund)
    return refund


def details_of_failure(failure: Mapping[str, Any], method: Document, charged: Document) -> Document:
    """What an intent tells of the last attempt that failed."""
    return {**failure, "charge": charged["id"], "payment_method": {"id": method["id"], "object": "payment_method"}}
