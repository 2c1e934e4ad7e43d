"""Giving stock that has come to the orders that wait for it."""

from datetime import datetime

from domain.orders.supplying.usecases import allocate_stock
from domain.shared.ids import OfferId
from persistence.orders.backlog import offers_to_serve
from server.jobs.checkouts import unit_of_work
from server.wiring import Parts

BATCH = 50


async def give_stock(parts: Parts, offer_id: str) -> datetime | None:
    """Serve those who wait for an offer, the first first."""
    now = parts.services.now()
    while await allocate_stock(unit_of_work(parts), OfferId(offer_id), now=now):
        pass
    return None


async def serve_those_who_wait(parts: Parts) -> bool:
    """Look for stock that came in ways that leave no job behind: canceled, returned, or not bought after all."""
    found = await offers_to_serve(parts.pool, parts.services.now(), limit=BATCH)
    for offer_id in found:
        await give_stock(parts, offer_id)
    return False
