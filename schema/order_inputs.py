"""What is asked for of orders that exist, by edits and exchanges alike."""

import strawberry

from domain.orders.adding.model import Added
from domain.shared.ids import OfferId
from resolvers.ids import parse_id


@strawberry.input(description="Units of an offer that an order did not have.")
class OrderAddedInput:
    offer_id: strawberry.ID
    quantity: int

    def to_domain(self) -> Added:
        return Added(parse_id(self.offer_id, "offer", OfferId), self.quantity)
