"""Correcting what is on hand: by a relative delta, or by compare-and-set; never blindly (rule S8)."""

from domain.inventory.ports import Shelf
from domain.shared.errors import ErrorCode, Problem, Refused, StockProblem, refuse
from domain.shared.ids import OfferId
from domain.shared.making import dataclass
from domain.shared.text import is_plain

MAX_ON_HAND = 1_000_000_000
MAX_REASON_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Change:
    """`delta` units more or fewer, or `set` units in place of the `expected` ones."""

    delta: int | None = None
    set: int | None = None
    expected: int | None = None


def check_shape(change: Change, reason: str) -> None:
    """Refuse, with everything that is wrong, what means nothing whatever is on hand."""
    problems = _change_problems(change)
    if not (0 < len(reason.strip()) <= MAX_REASON_LENGTH and is_plain(reason)):
        message = f"Say why, in 1 to {MAX_REASON_LENGTH} characters."
        problems.append(Problem(ErrorCode.INVALID, message, ("reason",)))
    if problems:
        raise Refused(*problems)


def _change_problems(change: Change) -> list[Problem]:
    if (change.delta is None) == (change.set is None):
        return [Problem(ErrorCode.INVALID, "Give either a delta or the count to set.", ())]
    if change.delta is not None:
        return _delta_problems(change)
    if change.expected is None:
        return [Problem(ErrorCode.REQUIRED, "Say which count is replaced.", ("expected",))]
    if not 0 <= (change.set or 0) <= MAX_ON_HAND:
        return [Problem(ErrorCode.INVALID, f"A count is 0 to {MAX_ON_HAND}.", ("set",))]
    return []


def _delta_problems(change: Change) -> list[Problem]:
    if change.expected is not None:
        return [Problem(ErrorCode.INVALID, "A delta expects nothing.", ("expected",))]
    if change.delta == 0 or abs(change.delta or 0) > MAX_ON_HAND:
        return [Problem(ErrorCode.INVALID, f"A delta is 1 to {MAX_ON_HAND} up or down.", ("delta",))]
    return []


def delta_on(shelf: Shelf, change: Change, offer_id: OfferId) -> int:
    """By how many units the shelf changes; refused where that would take what is reserved or owed."""
    if change.set is not None and change.expected != shelf.on_hand:
        raise refuse(ErrorCode.VERSION_CONFLICT, f"There are {shelf.on_hand} on hand.", "expected")
    field = "delta" if change.set is None else "set"
    delta = change.delta if change.delta is not None else (change.set or 0) - shelf.on_hand
    after = shelf.on_hand + delta
    if after > MAX_ON_HAND:
        raise refuse(ErrorCode.INVALID, f"A count is 0 to {MAX_ON_HAND}.", field)
    if after < shelf.bound:
        free = shelf.on_hand - shelf.bound
        message = f"Only {free} units are neither reserved nor owed to orders."
        raise Refused(StockProblem(ErrorCode.INSUFFICIENT_STOCK, message, (field,), offer_id=offer_id, available=free))
    return delta
