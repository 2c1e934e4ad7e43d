"""How the domain says no."""

from dataclasses import field
from enum import Enum

from domain.shared.ids import CartLineId, OfferId
from domain.shared.making import dataclass
from domain.shared.money import Money


class ErrorCode(Enum):
    """Every reason a mutation can refuse: part of the public contract, never renamed or reused."""

    INVALID = "INVALID"
    REQUIRED = "REQUIRED"
    NOT_FOUND = "NOT_FOUND"
    NOT_ALLOWED = "NOT_ALLOWED"
    VERSION_CONFLICT = "VERSION_CONFLICT"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    IDEMPOTENCY_IN_PROGRESS = "IDEMPOTENCY_IN_PROGRESS"
    INSUFFICIENT_STOCK = "INSUFFICIENT_STOCK"
    QUANTITY_LIMIT = "QUANTITY_LIMIT"
    RESERVATION_EXPIRED = "RESERVATION_EXPIRED"
    PRICE_CHANGED = "PRICE_CHANGED"
    NOT_PURCHASABLE = "NOT_PURCHASABLE"
    COUPON_UNKNOWN = "COUPON_UNKNOWN"
    COUPON_EXPIRED = "COUPON_EXPIRED"
    COUPON_EXHAUSTED = "COUPON_EXHAUSTED"
    COUPON_NOT_APPLICABLE = "COUPON_NOT_APPLICABLE"
    COUPON_NOT_COMBINABLE = "COUPON_NOT_COMBINABLE"
    NO_DELIVERY_OPTION = "NO_DELIVERY_OPTION"
    ADDRESS_INVALID = "ADDRESS_INVALID"
    PAYMENT_REQUIRED = "PAYMENT_REQUIRED"
    PAYMENT_DECLINED = "PAYMENT_DECLINED"
    AMOUNT_EXCEEDS_AUTHORIZED = "AMOUNT_EXCEEDS_AUTHORIZED"
    AMOUNT_EXCEEDS_REFUNDABLE = "AMOUNT_EXCEEDS_REFUNDABLE"
    INSUFFICIENT_BALANCE = "INSUFFICIENT_BALANCE"
    CREDIT_LIMIT_EXCEEDED = "CREDIT_LIMIT_EXCEEDED"
    SPENDING_LIMIT_EXCEEDED = "SPENDING_LIMIT_EXCEEDED"
    INVALID_TRANSITION = "INVALID_TRANSITION"
    RETURN_WINDOW_CLOSED = "RETURN_WINDOW_CLOSED"
    VENDOR_NOT_ACTIVE = "VENDOR_NOT_ACTIVE"
    TAX_UNAVAILABLE = "TAX_UNAVAILABLE"


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason the caller can act on.

    `path` leads into the command to what caused it, as in `("lines", "1", "quantity")`; it is empty if no single value
    is to blame.
    """

    code: ErrorCode
    message: str
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StockProblem(Problem):
    """Too little stock: `available` units of the offer could be had."""

    offer_id: OfferId = field(kw_only=True)
    available: int = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class DeliveryProblem(Problem):
    """Goods do not get there: the lines because of which they do not; none if nothing would."""

    line_ids: tuple[CartLineId, ...] = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class PriceChangedProblem(Problem):
    """The total is not what the buyer saw."""

    expected: Money = field(kw_only=True)
    actual: Money = field(kw_only=True)


class Refused(Exception):  # noqa: N818 - it is an answer, not an error
    """A rule of the business said no; nothing was changed."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems


def refuse(code: ErrorCode, message: str, *path: str) -> Refused:
    """A refusal for one reason: `raise refuse(ErrorCode.NOT_FOUND, "No such cart.", "cart_id")`."""
    return Refused(Problem(code, message, path))


class RequestFault(Exception):  # noqa: N818 - what it says is shown to the client as it is
    """The request itself is wrong, as no client of this schema should send it: a cursor of another list, a foreign id.

    `extensions` is where GraphQL looks for the code.
    """

    def __init__(self, message: str, code: str = "BAD_USER_INPUT") -> None:
        super().__init__(message)
        self.extensions = {"code": code}
