"""Looking into what gateways tell, and finding what they never told."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from domain.checkout.observing.usecases import observe, observe_payment, take_notices
from domain.orders.settling.usecases import carry_out
from domain.payments.observing import Difference
from domain.payments.ports import GatewayUnavailable
from domain.shared.ids import GatewayEventId
from persistence.payments.observing import (
    forget_notices,
    note_read,
    read_until,
    unfinished_operations,
    unheard_payments,
)
from server.gateways import NoticeSource
from server.jobs.checkouts import settle_payments, unit_of_work
from server.jobs.orders import surroundings
from server.wiring import Parts

OVERLAP = timedelta(minutes=10)
"""How far back the list of notices is read again: they become visible a little later than they happen."""
FIRST_READING = timedelta(days=3)
LEFT_FOR = timedelta(seconds=30)
SILENCE = timedelta(minutes=5)
"""After which a payment that waits for a buyer or for money is asked about, though nothing was told of it."""
KEPT = timedelta(days=90)
BATCH = 50

logger = structlog.get_logger(__name__)


async def observe_gateway_event(parts: Parts, event_id: str) -> datetime | None:
    """Read what a notice is about. It fails, and is tried again later, while the gateway does not answer."""
    await parts.services.reference.facts()
    found = await observe(unit_of_work(parts), GatewayEventId(event_id), parts.services.completing)
    _tell(found, gateway_event_id=event_id)
    return None


async def reconcile(parts: Parts) -> bool:
    """Bring our books in line with the gateways: what a crash left open, what was never told, what nobody asked."""
    await settle_payments(parts)
    if parts.stripe_notices is not None:
        await read_notices(parts, parts.stripe_notices)
    await finish_operations(parts)
    await ask_about_unheard(parts)
    return False


async def read_notices(parts: Parts, source: NoticeSource) -> int:
    """Take the notices that never came; how many they were."""
    now = parts.services.now()
    since = await read_until(parts.pool, source.gateway) or now - FIRST_READING
    try:
        notices = await source.since(since - OVERLAP)
    except GatewayUnavailable as error:
        logger.warning("gateway_unavailable", gateway=source.gateway, error=str(error))
        return 0
    taken = await take_notices(unit_of_work(parts), notices)
    await note_read(parts.pool, source.gateway, now)
    if taken:
        logger.info("notices_found", gateway=source.gateway, count=taken)
    return taken


async def finish_operations(parts: Parts) -> None:
    """Go on with captures, voids and refunds that nobody is at, though their own jobs should."""
    before = parts.services.now() - LEFT_FOR
    for operation_id in await unfinished_operations(parts.pool, before=before, limit=BATCH):
        try:
            await carry_out(unit_of_work(parts), operation_id, surroundings(parts))
        except Exception:
            logger.exception("operation_not_finished", operation_id=operation_id)


async def ask_about_unheard(parts: Parts) -> None:
    """Ask about payments that wait, and of which nothing was heard. One that fails stands in no other's way."""
    services = parts.services
    names = list(services.completing.gateways.by_name)
    before = services.now() - SILENCE
    for payment_id in await unheard_payments(parts.pool, names, before=before, limit=BATCH):
        try:
            found = await observe_payment(unit_of_work(parts), payment_id, services.completing)
        except GatewayUnavailable as error:
            logger.warning("gateway_unavailable", payment_id=payment_id, error=str(error))
        except Exception:
            logger.exception("payment_not_observed", payment_id=payment_id)
        else:
            _tell(found, payment_id=payment_id)


async def forget_old_notices(parts: Parts) -> bool:
    """Delete notices that were looked into long ago; whether there may be more."""
    return await forget_notices(parts.pool, before=parts.services.now() - KEPT, limit=1000)


def _tell(found: Sequence[Difference], **about: str) -> None:
    """Money that somebody moved by hand at the gateway: people have to look at it."""
    for difference in found:
        logger.warning(
            "gateway_differs",
            what=difference.what,
            ours_minor=difference.ours.minor,
            theirs_minor=difference.theirs.minor,
            currency=difference.ours.currency,
            **about,
        )
