"""What refusals point at."""

from domain.pricing.offer import Offer
from domain.shared.errors import StockProblem
from resolvers.context import Info


async def offer_of_problem(root: StockProblem, info: Info) -> Offer | None:
    return await info.context.loaders.offer.load(root.offer_id)
