"""What refusals point at."""

from operator import attrgetter

from domain.pricing.offer import Offer
from domain.shared.errors import StockProblem
from resolvers.relations import relation


@relation("offer", attrgetter("offer_id"))
def offer_of_problem(_root: StockProblem, found: Offer | None) -> Offer | None:
    return found
