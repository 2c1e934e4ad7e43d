"""Refusals that have more to say than a code."""

import strawberry

from domain.shared import errors
from resolvers import problems
from schema.base import UserError, represents, resolve
from schema.money import Money
from schema.pricing import Offer


@strawberry.type(description="Too little stock.")
@represents(errors.StockProblem)
class StockError(UserError):
    offer: Offer | None = resolve(problems.offer_of_problem, description="What falls short.")
    available: int = resolve(description="How many units could be had.")


@strawberry.type(description="Goods are not delivered there, or not in this way.")
@represents(errors.DeliveryProblem)
class DeliveryError(UserError):
    line_ids: list[strawberry.ID] = resolve(
        description="The lines because of which they are not; empty if nothing would be."
    )


@strawberry.type(description="The total is not what the buyer saw.")
@represents(errors.PriceChangedProblem)
class PriceChangedError(UserError):
    expected: Money = resolve(description="What the buyer saw.")
    actual: Money = resolve(description="What it is.")
