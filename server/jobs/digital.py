"""Delivering what is downloaded."""

from datetime import datetime, timedelta

from domain.fulfillment.digital.usecases import Delivery, deliver_digital
from domain.shared.ids import OrderId
from server.jobs.checkouts import unit_of_work
from server.wiring import Parts

LOOK_AGAIN = {Delivery.HELD: timedelta(minutes=5), Delivery.LACKING: timedelta(hours=6)}


async def deliver_downloads(parts: Parts, order_id: str) -> datetime | None:
    """Deliver what of an order is digital; when to look again, if not all of it could be."""
    now = parts.services.now()
    outcome = await deliver_digital(unit_of_work(parts), OrderId(order_id), now=now)
    return now + LOOK_AGAIN[outcome] if outcome in LOOK_AGAIN else None
