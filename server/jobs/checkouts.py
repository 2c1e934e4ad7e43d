"""Finishing what was left between a payment's intent and its outcome, and tidying up what has expired."""

from datetime import timedelta

import structlog

from domain.checkout.completion.usecases import close_expired, resume
from domain.shared.actor import Actor
from domain.shared.errors import Refused
from domain.shared.ids import ApiKeyId
from persistence.checkout.repository import expired_checkouts
from persistence.payments.repository import unsettled_payments
from persistence.unit_of_work import PostgresUnitOfWork
from server.wiring import Parts

logger = structlog.get_logger(__name__)

SYSTEM = Actor(api_key_id=ApiKeyId("system"))
LEFT_FOR = timedelta(seconds=10)
BATCH = 50


def unit_of_work(parts: Parts) -> PostgresUnitOfWork:
    services = parts.services
    return PostgresUnitOfWork(
        parts.pool, reference=services.reference, actor=SYSTEM, new_id=services.new_id, news=services.news
    )


async def settle_payments(parts: Parts) -> bool:
    """Go on with payments that nobody is at. One that cannot be finished stands in no other's way."""
    services = parts.services
    now = services.now()
    await services.reference.facts()
    for payment_id in await unsettled_payments(parts.pool, before=now - LEFT_FOR, now=now, limit=BATCH):
        try:
            completion = await resume(unit_of_work(parts), payment_id, services.completing)
        except Refused as refusal:
            logger.info("payment_settled", payment_id=payment_id, codes=[p.code.value for p in refusal.problems])
        except Exception:
            logger.exception("payment_not_settled", payment_id=payment_id)
        else:
            logger.info("payment_settled", payment_id=payment_id, order_id=completion.order_id if completion else None)
    return False


async def close_expired_checkouts(parts: Parts) -> bool:
    """Give back the stock of checkouts whose time is over. It has not counted since; this only tidies (rule S4)."""
    now = parts.services.now()
    found = await expired_checkouts(parts.pool, now, limit=BATCH)
    closed = [await close_expired(unit_of_work(parts), checkout_id, now=now) for checkout_id in found]
    return len(found) == BATCH and any(closed)
