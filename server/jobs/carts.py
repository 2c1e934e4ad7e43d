"""Telling of carts that were left."""

from domain.cart.abandoning.usecases import tell_abandoned
from server.jobs.checkouts import unit_of_work
from server.wiring import Parts

BATCH = 200


async def tell_abandoned_carts(parts: Parts) -> bool:
    """Record an event for each cart that was left for as long as its market waits, once for each of its versions."""
    return await tell_abandoned(unit_of_work(parts), now=parts.services.now(), limit=BATCH) == BATCH
