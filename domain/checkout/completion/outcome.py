"""What came of completing a checkout, and how it is kept to be told again (rule I2)."""

from dataclasses import field
from typing import Any

from domain.checkout.model import Checkout
from domain.orders.model import Order
from domain.payments.model import PaymentAction
from domain.shared.errors import ErrorCode, PriceChangedProblem, Problem, Refused, StockProblem
from domain.shared.idempotency import Outcome
from domain.shared.ids import OfferId, OrderId
from domain.shared.making import dataclass
from domain.shared.money import Money


@dataclass(frozen=True, slots=True)
class Completion:
    """An order, or what the buyer has to do before there is one.

    `placed` is what was written, if this call has written it: nobody has to read it again.
    """

    order_id: OrderId | None = None
    action: PaymentAction | None = None
    placed: "Placed | None" = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Placed:
    """An order as it was written, and the checkout that it was made of, which is priced only if somebody asks."""

    order: Order
    checkout: Checkout


def stored(result: Completion | Refused) -> Outcome:
    """What a later call with the same key is answered from."""
    if isinstance(result, Refused):
        return {"errors": [_document(problem) for problem in result.problems]}
    return {"order_id": result.order_id}


def told(outcome: Outcome) -> Completion:
    """The outcome as it was told the first time; raises the same refusal."""
    if "errors" in outcome:
        raise Refused(*map(_problem, outcome["errors"]))
    return Completion(OrderId(outcome["order_id"]))


def _document(problem: Problem) -> dict[str, Any]:
    document = {"code": problem.code.value, "message": problem.message, "path": list(problem.path)}
    if isinstance(problem, StockProblem):
        return {**document, "offer_id": problem.offer_id, "available": problem.available}
    if isinstance(problem, PriceChangedProblem):
        return {**document, "expected": _amount(problem.expected), "actual": _amount(problem.actual)}
    return document


def _problem(document: dict[str, Any]) -> Problem:
    code, message, path = ErrorCode(document["code"]), document["message"], tuple(document["path"])
    if "offer_id" in document:
        offer_id = OfferId(document["offer_id"])
        return StockProblem(code, message, path, offer_id=offer_id, available=document["available"])
    if "expected" in document:
        expected, actual = Money(*document["expected"]), Money(*document["actual"])
        return PriceChangedProblem(code, message, path, expected=expected, actual=actual)
    return Problem(code, message, path)


def _amount(money: Money) -> list[Any]:
    return [money.minor, money.currency]
