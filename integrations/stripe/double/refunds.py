"""Refunds: never more than was taken, and some end otherwise than they began."""

from integrations.stripe.double.book import Book, Document
from integrations.stripe.double.charges import add_refund
from integrations.stripe.double.events import emit
from integrations.stripe.double.faults import invalid
from integrations.stripe.double.forms import Form
from integrations.stripe.double.methods import card_of

REASONS = frozenset({"duplicate", "fraudulent", "requested_by_customer"})


def create_refund(book: Book, form: Form) -> Document:
    intent_id, charge_id = form.text("payment_intent"), form.text("charge")
    amount, metadata = form.integer("amount"), form.metadata()
    reason = form.text("reason", among=REASONS)
    if intent_id is not None:
        charge_id = book.get("payment_intent", intent_id, param="payment_intent")["latest_charge"]
    if charge_id is None:
        raise invalid("One of the following params should be provided: payment_intent or charge.")
    charged = book.get("charge", charge_id, param="charge")
    _check(book, charged, amount)
    left = _refundable(book, charged)
    return _begun(book, charged, amount or left, metadata, reason)


def _check(book: Book, charged: Document, amount: int | None) -> None:
    if not charged["captured"] or charged["status"] != "succeeded":
        raise invalid("This charge has not been captured, and cannot be refunded.", code="charge_not_refundable")
    if any(dispute["status"] != "won" for dispute in book.all("dispute", charge=charged["id"])):
        raise invalid("This charge has been charged back.", code="charge_disputed")
    left = _refundable(book, charged)
    if left <= 0:
        raise invalid(f"Charge {charged['id']} has already been refunded.", code="charge_already_refunded")
    if amount is not None and amount > left:
        message = f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"
        raise invalid(message, param="amount")


def _refundable(book: Book, charged: Document) -> int:
    """What was taken and neither given back nor is on the way. What is still held is not given back by a refund."""
    still_held = book.get("payment_intent", charged["payment_intent"])["amount_capturable"]
    left: int = charged["amount"] - still_held - charged["amount_refunded"]
    return left


def _begun(book: Book, charged: Document, amount: int, metadata: dict[str, str], reason: str | None) -> Document:
    is_card = charged["payment_method_details"]["type"] == "card"
    card = card_of(charged) if is_card else None
    status = card.refunds if card else "succeeded"
    refund = add_refund(book, charged, amount, status=status, metadata=metadata, reason=reason)
    if card and card.refunds_end:
        delay = float(book.switch("settle_after_seconds", 5.0))
        book.appoint("settle_refund", refund["id"], due_at=book.now() + delay)
    return refund


def settle_refund(book: Book, refund: Document) -> Document:
    """The end of a refund that was pending, or that only looked done; a failed one gives the amount back to us."""
    charged = book.get("charge", refund["charge"])
    end = card_of(charged).refunds_end
    if end is None or refund["status"] == "failed":
        return refund
    ended = {**refund, "status": end}
    if end == "failed":
        ended["failure_reason"] = "expired_or_canceled_card"
        back = charged["amount_refunded"] - refund["amount"]
        book.save({**charged, "amount_refunded": back, "refunded": False})
    book.save(ended)
    emit(book, "refund.failed" if end == "failed" else "refund.updated", ended)
    return ended
