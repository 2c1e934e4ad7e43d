"""Returns: goods of one vendor's part of an order that a buyer sends back, and how far they got (rules O7 and O8)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import Enum

from domain.orders.model import OrderLine
from domain.orders.refunding.model import Units, unit_problems
from domain.shared.errors import ErrorCode, Problem, Refused, refuse
from domain.shared.ids import OfferId, OrderId, OrderLineId, RefundId, ReturnId, VendorId, VendorOrderId, WarehouseId
from domain.shared.making import dataclass, replace
from domain.shared.text import is_plain

MAX_REASON_LENGTH = 200
MAX_COMMENT_LENGTH = 2000
MAX_IMAGES = 10
MAX_URL_LENGTH = 2000
MAX_RECEIPTS = 500


class ReturnState(Enum):
    """Where a return stands. IN_TRANSIT: on its way, or some of it here; RECEIVED: all here, its money not back yet."""

    REQUESTED = "REQUESTED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    IN_TRANSIT = "IN_TRANSIT"
    RECEIVED = "RECEIVED"
    REFUNDED = "REFUNDED"
    CLOSED = "CLOSED"


class ReturnStatus(Enum):
    """What of an order came back or is to come back, derived from its lines."""

    NONE = "NONE"
    REQUESTED = "REQUESTED"
    PARTIALLY_RETURNED = "PARTIALLY_RETURNED"
    RETURNED = "RETURNED"


RETURN_TRANSITIONS: Mapping[ReturnState, frozenset[ReturnState]] = {
    ReturnState.REQUESTED: frozenset({ReturnState.APPROVED, ReturnState.REJECTED, ReturnState.CLOSED}),
    ReturnState.APPROVED: frozenset({ReturnState.IN_TRANSIT, ReturnState.RECEIVED, ReturnState.CLOSED}),
    ReturnState.IN_TRANSIT: frozenset({ReturnState.IN_TRANSIT, ReturnState.RECEIVED, ReturnState.CLOSED}),
    ReturnState.RECEIVED: frozenset({ReturnState.REFUNDED}),
    ReturnState.REJECTED: frozenset(),
    ReturnState.REFUNDED: frozenset(),
    ReturnState.CLOSED: frozenset(),
}
"""Which state may follow which. IN_TRANSIT follows itself as parts of it arrive."""

ENDED = frozenset({ReturnState.REJECTED, ReturnState.REFUNDED, ReturnState.CLOSED})
DECISIONS = frozenset(
    {
        ReturnState.APPROVED,
        ReturnState.REJECTED,
        ReturnState.IN_TRANSIT,
        ReturnState.RECEIVED,
        ReturnState.CLOSED,
    }
)
"""What a vendor or staff can say of a return; its refund follows by itself."""
CANCELABLE = frozenset({ReturnState.REQUESTED, ReturnState.APPROVED})
"""Until when a buyer may keep the goods after all."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Units that came back together in one `condition`, and where they were put; settled once they were refunded."""

    order_line_id: OrderLineId
    quantity: int
    condition: str
    restocked_to: WarehouseId | None
    received_at: datetime
    is_settled: bool = False
    refund_id: RefundId | None = None


@dataclass(frozen=True, slots=True)
class ReturnLine:
    """Units of one order line that are to come back, and why; `received` of them did."""

    order_line_id: OrderLineId
    quantity: int
    reason: str
    comment: str | None = None
    image_urls: tuple[str, ...] = ()
    received: int = 0
    receipts: tuple[Receipt, ...] = ()

    @property
    def outstanding(self) -> int:
        return self.quantity - self.received

    @property
    def condition(self) -> str | None:
        """In what state the last of them came."""
        return self.receipts[-1].condition if self.receipts else None

    @property
    def restock(self) -> bool | None:
        """Whether any of what came was put into stock again; None while nothing came."""
        return any(receipt.restocked_to for receipt in self.receipts) if self.receipts else None


@dataclass(frozen=True, slots=True)
class Replacement:
    """Units of an offer that the buyer wants in exchange; `order_line_id` once they were given."""

    offer_id: OfferId
    quantity: int
    order_line_id: OrderLineId | None = None


@dataclass(frozen=True, slots=True)
class ReturnLabel:
    """What the buyer sends the goods back with: a file to print, a number to follow it by, or both."""

    url: str | None = None
    carrier: str | None = None
    tracking_number: str | None = None


@dataclass(frozen=True, slots=True)
class Return:
    """What a buyer sends back to one vendor. `decision` is what the vendor said about it.

    `is_withdrawal`: asked for within the term that the law gives consumers; its money is due at `refund_due_at`.
    """

    id: ReturnId
    order_id: OrderId
    vendor_order_id: VendorOrderId
    vendor_id: VendorId
    state: ReturnState
    lines: tuple[ReturnLine, ...]
    is_withdrawal: bool
    to_store_credit: bool
    requested_at: datetime
    decision: str | None = None
    decided_at: datetime | None = None
    received_at: datetime | None = None
    closed_at: datetime | None = None
    refund_due_at: datetime | None = None
    version: int = 1
    exchange: tuple[Replacement, ...] = ()
    label: ReturnLabel | None = None

    @property
    def is_exchangeable(self) -> bool:
        """Whether something is wanted in exchange that was not given yet, and all of the goods came."""
        is_given = any(item.order_line_id for item in self.exchange)
        return bool(self.exchange) and not is_given and not self.outstanding

    @property
    def waits(self) -> bool:
        """Whether the price of what came is kept until the rest of it comes, to be exchanged as a whole."""
        return bool(self.exchange) and bool(self.outstanding) and self.state is not ReturnState.RECEIVED

    @property
    def is_open(self) -> bool:
        return self.state not in ENDED

    @property
    def outstanding(self) -> tuple[Units, ...]:
        """What is still to come."""
        return tuple(Units(line.order_line_id, line.outstanding) for line in self.lines if line.outstanding)

    @property
    def unsettled(self) -> Mapping[OrderLineId, int]:
        """Units that came and were not refunded yet."""
        found: dict[OrderLineId, int] = {}
        for receipt in self.receipts:
            if not receipt.is_settled:
                found[receipt.order_line_id] = found.get(receipt.order_line_id, 0) + receipt.quantity
        return found

    @property
    def receipts(self) -> Sequence[Receipt]:
        return [receipt for line in self.lines for receipt in line.receipts]

    @property
    def refund_ids(self) -> Sequence[RefundId]:
        """The refunds that were made for it, each once, in the order of their making."""
        return sorted({receipt.refund_id for receipt in self.receipts if receipt.refund_id})


@dataclass(frozen=True, slots=True)
class RequestedUnits:
    """Units of an order line that somebody wants to send back."""

    order_line_id: OrderLineId
    quantity: int
    reason: str
    comment: str | None = None
    image_urls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReceivedUnits:
    """Units of an order line that came back in one condition; `restock_to` puts them into a warehouse."""

    order_line_id: OrderLineId
    quantity: int
    condition: str
    restock_to: WarehouseId | None = None


def moved(item: Return, state: ReturnState, *, now: datetime) -> Return:
    """The return in its next state, one version on. INVALID_TRANSITION unless that one may follow."""
    if state not in RETURN_TRANSITIONS[item.state]:
        raise refuse(
            ErrorCode.INVALID_TRANSITION, f"A return that is {item.state.value} cannot become {state.value}.", "state"
        )
    closed_at = now if state in ENDED else None
    return replace(item, state=state, closed_at=closed_at, version=item.version + 1)


def return_status(lines: Iterable[OrderLine]) -> ReturnStatus:
    """What came back of an order; canceled units are left out of the count (rule O3)."""
    lines = list(lines)
    returned = sum(line.returned for line in lines)
    if returned:
        is_whole = returned == sum(line.quantity - line.canceled for line in lines)
        return ReturnStatus.RETURNED if is_whole else ReturnStatus.PARTIALLY_RETURNED
    return ReturnStatus.REQUESTED if any(line.return_requested for line in lines) else ReturnStatus.NONE


def check_request(asked: Sequence[RequestedUnits], lines: Sequence[OrderLine]) -> VendorOrderId:
    """The vendor's part that all of these units are of. Refuses, with all that is wrong (rule O8)."""
    if not asked:
        raise refuse(ErrorCode.REQUIRED, "Say which lines come back.", "lines")
    by_id = {line.id: line for line in lines}
    units = [Units(item.order_line_id, item.quantity) for item in asked]
    problems = unit_problems(units, by_id, lambda line: line.returnable, "return")
    for at, item in enumerate(asked):
        problems += _word_problems(item, ("lines", str(at)))
    if problems:
        raise Refused(*problems)
    parts = [by_id[item.order_line_id].vendor_order_id for item in asked]
    for at, part_id in enumerate(parts):
        if part_id != parts[0]:
            message = "A return goes to one vendor: ask for the parts of each by themselves."
            raise refuse(ErrorCode.INVALID, message, "lines", str(at), "order_line_id")
    return parts[0]


def check_label(label: ReturnLabel) -> None:
    """REQUIRED for a label of nothing; INVALID, with all that is wrong, for what no label says."""
    if not (label.url or label.tracking_number):
        raise refuse(ErrorCode.REQUIRED, "Give an address to print it from, or a tracking number.", "url")
    problems = []
    if label.url is not None and not _is_web_address(label.url):
        message = f"Give a web address that begins with https://, of at most {MAX_URL_LENGTH} characters."
        problems.append(Problem(ErrorCode.INVALID, message, ("url",)))
    for name in ("carrier", "tracking_number"):
        text = getattr(label, name)
        if text is not None and not _is_words(text, MAX_REASON_LENGTH):
            message = f"1 to {MAX_REASON_LENGTH} characters, without controls."
            problems.append(Problem(ErrorCode.INVALID, message, (name,)))
    if problems:
        raise Refused(*problems)


def check_receipts(item: Return, receipts: Sequence[ReceivedUnits]) -> None:
    """Refuse, with all that is wrong, receipts of more than is to come of a return."""
    if not receipts:
        raise refuse(ErrorCode.REQUIRED, "Say what came, and in which condition.", "lines")
    if len(receipts) > MAX_RECEIPTS:
        raise refuse(ErrorCode.INVALID, f"At most {MAX_RECEIPTS} receipts at once.", "lines")
    left = {line.order_line_id: line.outstanding for line in item.lines}
    problems = []
    for at, receipt in enumerate(receipts):
        path = ("lines", str(at))
        if receipt.order_line_id not in left:
            problems.append(Problem(ErrorCode.NOT_FOUND, "No such line in this return.", (*path, "order_line_id")))
            continue
        if not 0 < receipt.quantity <= left[receipt.order_line_id]:
            message = f"Of this line, {left[receipt.order_line_id]} units are still to come."
            problems.append(Problem(ErrorCode.QUANTITY_LIMIT, message, (*path, "quantity")))
        if not _is_words(receipt.condition, MAX_REASON_LENGTH):
            message = f"Say in which condition, in 1 to {MAX_REASON_LENGTH} characters."
            problems.append(Problem(ErrorCode.INVALID, message, (*path, "condition")))
        left[receipt.order_line_id] -= receipt.quantity
    if problems:
        raise Refused(*problems)


def received(item: Return, receipts: Sequence[ReceivedUnits], *, now: datetime) -> Return:
    """The return with what came; RECEIVED once nothing is outstanding, IN_TRANSIT before."""
    lines = tuple(_with_receipts(line, receipts, now) for line in item.lines)
    is_whole = not any(line.outstanding for line in lines)
    after = moved(item, ReturnState.RECEIVED if is_whole else ReturnState.IN_TRANSIT, now=now)
    due_at = max(item.refund_due_at, now) if item.refund_due_at else None
    return replace(after, lines=lines, received_at=now, refund_due_at=due_at)


def _with_receipts(line: ReturnLine, receipts: Sequence[ReceivedUnits], now: datetime) -> ReturnLine:
    came = tuple(
        Receipt(item.order_line_id, item.quantity, item.condition, item.restock_to, now)
        for item in receipts
        if item.order_line_id == line.order_line_id
    )
    units = sum(receipt.quantity for receipt in came)
    return replace(line, received=line.received + units, receipts=(*line.receipts, *came))


def _word_problems(item: RequestedUnits, path: tuple[str, ...]) -> list[Problem]:
    problems = []
    if not _is_words(item.reason, MAX_REASON_LENGTH):
        message = f"Say why, in 1 to {MAX_REASON_LENGTH} characters."
        problems.append(Problem(ErrorCode.INVALID, message, (*path, "reason")))
    if item.comment is not None and not _is_words(item.comment, MAX_COMMENT_LENGTH):
        message = f"A comment has 1 to {MAX_COMMENT_LENGTH} characters, without controls."
        problems.append(Problem(ErrorCode.INVALID, message, (*path, "comment")))
    if len(item.image_urls) > MAX_IMAGES or not all(map(_is_web_address, item.image_urls)):
        message = f"Give at most {MAX_IMAGES} web addresses that begin with https://."
        problems.append(Problem(ErrorCode.INVALID, message, (*path, "image_urls")))
    return problems


def _is_words(text: str, most: int) -> bool:
    return 0 < len(text.strip()) <= most and is_plain(text.replace("\n", " "))


def _is_web_address(url: str) -> bool:
    return len(url) <= MAX_URL_LENGTH and is_plain(url) and url.startswith("https://")
