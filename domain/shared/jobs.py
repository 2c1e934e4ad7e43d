"""What is to be done later, written down in the transaction that makes it necessary."""

from datetime import datetime
from enum import Enum

from domain.shared.making import dataclass


class JobKind(Enum):
    """Each is done by one handler of the worker, which repeats harmlessly."""

    ISSUE_GIFT_CARDS = "issue_gift_cards"
    """Issue the gift cards that an order bought, once it is paid."""
    EXPIRE_ORDER = "expire_order"
    """End an order whose payment is overdue."""
    ISSUE_INVOICE = "issue_invoice"
    """Invoice a vendor's part of an order, once all of it is sent."""
    PRINT_DOCUMENT = "print_document"
    """Make the PDF of an invoice or a credit note."""
    SETTLE_PAYMENT = "settle_payment"
    """Learn what came of a payment that nobody finished."""
    CARRY_OUT_OPERATION = "carry_out_operation"
    """Learn what came of a capture, void or refund that nobody finished."""
    OBSERVE_GATEWAY_EVENT = "observe_gateway_event"
    """Read what a gateway has told about anew from it, and record what is so."""
    ALLOCATE_STOCK = "allocate_stock"
    """Give what has come of an offer to the orders that wait for it."""
    DELIVER_DIGITAL = "deliver_digital"
    """Deliver what of an order is downloaded."""
    SETTLE_ORDER = "settle_order"
    """Take what an order owes by now, give back what it does not, and close it once all is done."""
    SETTLE_RETURN = "settle_return"
    """Give back what the goods that came back by a return were paid."""
    DERIVE_PRICES = "derive_prices"
    """Bring the prices of a derived list in line with what it follows."""
    INDEX_MARKET = "index_market"
    """Have what a market sells by now sorted and filtered by its prices there."""
    PUSH_PRODUCTS = "push_products"
    """Tell a search engine outside the database what some products are like by now."""


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do about one subject, as soon as may be or when it is `due`.

    A job that waits for the same instant already is not written twice.
    """

    kind: JobKind
    subject: str
    due: datetime | None = None

    @property
    def key(self) -> str | None:
        """What tells it from others that wait; None where each counts for itself."""
        return f"{self.kind.value}:{self.subject}:{self.due.isoformat()}" if self.due else None


@dataclass(frozen=True, slots=True)
class ParkedJob:
    """A job that failed so often that somebody has to look at it; `error` is what it said last."""

    id: str
    kind: JobKind
    subject: str
    parked_at: datetime
    error: str | None
