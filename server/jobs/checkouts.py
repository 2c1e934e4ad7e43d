"""Finishing what was left between a payment's intent and its outcome, and tidying up what has expired."""

from datetime import timedelta

import structlog

from domain.checkout.completion.usecases import close_expired, settle, void
from domain.payments.model import PaymentState
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
    """Ask the gateway about payments that nobody is at, and record what it says."""
    services = parts.services
    now = services.now()
    await services.reference.facts()
    found = await unsettled_payments(parts.pool, before=now - LEFT_FOR, now=now, limit=BATCH)
    for payment_id in found:
        uow = unit_of_work(parts)
        async with uow:
            payment = await uow.payments.get(payment_id)
        assert payment is not None, "payments are never deleted"
        if payment.state is PaymentState.VOID_INTENDED:
            await void(uow, payment.id, services.completing)
            continue
        try:
            completion = await settle(uow, payment, services.completing)
        except Refused as refusal:
            logger.info("payment_settled", payment_id=payment.id, codes=[p.code.value for p in refusal.problems])
        else:
            logger.info("payment_settled", payment_id=payment.id, order_id=completion.order_id)
    return False


async def close_expired_checkouts(parts: Parts) -> bool:
    """Give back the stock of checkouts whose time is over. It has not counted since; this only tidies (rule S4)."""
    now = parts.services.now()
    found = await expired_checkouts(parts.pool, now, limit=BATCH)
    closed = [await close_expired(unit_of_work(parts), checkout_id, now=now) for checkout_id in found]
    return len(found) == BATCH and any(closed)
