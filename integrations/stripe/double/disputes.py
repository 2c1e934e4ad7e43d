"""Disputes: a buyer's bank takes the money back, and evidence decides who keeps it."""

from datetime import timedelta
from typing import Any

from integrations.stripe.double.book import Book, Document
from integrations.stripe.double.events import emit
from integrations.stripe.double.faults import invalid
from integrations.stripe.double.forms import Form

FEE = 2000
TIME_FOR_EVIDENCE = timedelta(days=9).total_seconds()
CLOSED = frozenset({"won", "lost", "warning_closed"})
OUTCOME_OF_EVIDENCE = {"winning_evidence": "won", "losing_evidence": "lost"}


def open_dispute(book: Book, charged: Document, reason: str, amount: int | None = None) -> Document:
    book.save({**charged, "disputed": True})
    dispute = book.add(
        "dispute",
        "du",
        amount=amount or charged["amount_captured"],
        balance_transactions=[_transaction(book, charged, -(amount or charged["amount_captured"]), FEE)],
        charge=charged["id"],
        currency=charged["currency"],
        evidence={},
        evidence_details={"due_by": int(book.now() + TIME_FOR_EVIDENCE), "submission_count": 0},
        is_charge_refundable=False,
        metadata={},
        payment_intent=charged["payment_intent"],
        reason=reason,
        status="needs_response",
    )
    emit(book, "charge.dispute.created", dispute)
    emit(book, "charge.dispute.funds_withdrawn", dispute)
    return dispute


def _transaction(book: Book, charged: Document, amount: int, fee: int) -> Document:
    return {
        "id": book.new_id("txn"),
        "object": "balance_transaction",
        "amount": amount,
        "currency": charged["currency"],
        "fee": fee,
        "net": amount - fee,
        "type": "adjustment",
    }


def update_dispute(book: Book, dispute_id: str, form: Form) -> Document:
    """Hand in evidence; the words that Stripe's test mode knows decide at once."""
    dispute = book.get("dispute", dispute_id)
    evidence = form.part("evidence")
    text = evidence.text("uncategorized_text")
    form.ignore("submit")
    if dispute["status"] in CLOSED:
        raise invalid("This dispute is already closed.", code="dispute_closed")
    known = {**dispute, "evidence": {"uncategorized_text": text}, "status": "under_review"}
    book.save(known)
    return close_dispute(book, known, OUTCOME_OF_EVIDENCE[text]) if text in OUTCOME_OF_EVIDENCE else known


def close_dispute(book: Book, dispute: Document, status: str) -> Document:
    """`won` gives the money back; `lost` leaves it where it is."""
    closed: dict[str, Any] = {**dispute, "status": status}
    if status == "won":
        charged = book.get("charge", dispute["charge"])
        back = _transaction(book, charged, dispute["amount"], 0)
        closed["balance_transactions"] = [*dispute["balance_transactions"], back]
    book.save(closed)
    emit(book, "charge.dispute.updated", closed)
    if status == "won":
        emit(book, "charge.dispute.funds_reinstated", closed)
    emit(book, "charge.dispute.closed", closed)
    return closed
