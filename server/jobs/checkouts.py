"""Finishing what was left between a payment's intent and its outcome, and tidying up what has expired."""

from contextlib import suppress
from datetime import datetime, timedelta

import structlog

from domain.checkout.settling.usecases import close_expired, resume
from domain.shared.actor import Actor
from domain.shared.errors import Refused
from domain.shared.ids import ApiKeyId, PaymentId
from persistence.checkout.repository import expired_checkouts
from persistence.payments.repository import unsettled_payments
from persistence.unit_of_work import PostgresUnitOfWork
from server.wiring import Parts

logger = structlog.get_logger(__name__)

SYSTEM = Actor(api_key_id=ApiKeyId("system"))
LEFT_FOR = timedelta(seconds=10)
ASK_AGAIN = {
    "INTENDED": timedelta(seconds=30),
    "VOID_INTENDED": timedelta(seconds=30),
    "PENDING": timedelta(hours=1),
}
"""How soon a gateway is asked again, by where a payment stands with it."""
BATCH = 50

_LEASE = """
SELECT checkout.lease_until FROM payment JOIN checkout ON checkout.id = payment.checkout_id
WHERE payment.id = $1 AND payment.state = 'INTENDED'
"""
_STATE = "SELECT state FROM payment WHERE id = $1"


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
    """Give back the stock of checkouts whose time is over. It has not counted since; this only tidies (rule S4).

    They are looked for, since most checkouts are ordered before that: a job for each would cost every purchase a
    statement, and the worker some more for nothing, where one look by an index serves all.
    """
    now = parts.services.now()
    found = await expired_checkouts(parts.pool, now, limit=BATCH)
    closed = [await close_expired(unit_of_work(parts), checkout_id, now=now) for checkout_id in found]
    return len(found) == BATCH and any(closed)


async def settle_payment(parts: Parts, payment_id: str) -> datetime | None:
    """Go on with a payment once nobody is at it; when to ask again, while its outcome is not known."""
    services = parts.services
    await services.reference.facts()
    now = services.now()
    lease_until: datetime | None = await parts.pool.fetchval(_LEASE, payment_id)
    if lease_until is not None and lease_until > now:
        return lease_until
    with suppress(Refused):
        await resume(unit_of_work(parts), PaymentId(payment_id), services.completing)
    pause = ASK_AGAIN.get(await parts.pool.fetchval(_STATE, payment_id))
    return None if pause is None else now + pause
