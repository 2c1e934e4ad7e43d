"""Goods that are added to an order, and the order that they come to."""

from collections.abc import Sequence

from domain.orders.model import Order, OrderLine, VendorOrder
from domain.orders.refunding.model import MAX_LINES
from domain.shared.errors import ErrorCode, Problem
from domain.shared.ids import OfferId
from domain.shared.making import dataclass

MAX_QUANTITY = 9_999


@dataclass(frozen=True, slots=True)
class Added:
    """So many units of an offer."""

    offer_id: OfferId
    quantity: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A locked order as it is, and what of it stays: how many units of which line."""

    order: Order
    parts: Sequence[VendorOrder]
    lines: Sequence[OrderLine]
    kept: Sequence[tuple[OrderLine, int]]


def added_problems(added: Sequence[Added], field: str) -> list[Problem]:
    """Why these units cannot be asked for in an input's `field`: too many, too few, or offers named twice."""
    if len(added) > MAX_LINES:
        return [Problem(ErrorCode.INVALID, f"At most {MAX_LINES} lines at once.", (field,))]
    problems = []
    seen: set[OfferId] = set()
    for at, item in enumerate(added):
        path = (field, str(at))
        if item.offer_id in seen:
            problems.append(Problem(ErrorCode.INVALID, "This offer is named twice.", (*path, "offer_id")))
        if not 1 <= item.quantity <= MAX_QUANTITY:
            message = f"Quantity must be 1 to {MAX_QUANTITY}."
            problems.append(Problem(ErrorCode.INVALID, message, (*path, "quantity")))
        seen.add(item.offer_id)
    return problems
