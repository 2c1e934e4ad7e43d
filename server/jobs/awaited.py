"""What the money of an order sets going, and what its absence ends."""

from datetime import datetime, timedelta

from domain.checkout.awaiting.usecases import expire_unpaid
from domain.orders.giftcards.usecases import issue_gift_cards
from domain.shared.ids import OrderId
from server.jobs.checkouts import unit_of_work
from server.wiring import Parts

LOOK_AGAIN = timedelta(minutes=2)
"""How soon a gift card follows its payment at the latest."""


async def issue_sold_gift_cards(parts: Parts, order_id: str) -> datetime | None:
    """Issue the gift cards of an order once it is paid; when to look again, until it is."""
    if await issue_gift_cards(unit_of_work(parts), OrderId(order_id)):
        return None
    return parts.services.now() + LOOK_AGAIN


async def expire_order(parts: Parts, order_id: str) -> datetime | None:
    """End an order whose payment is overdue."""
    await expire_unpaid(unit_of_work(parts), OrderId(order_id), now=parts.services.now())
    return None
