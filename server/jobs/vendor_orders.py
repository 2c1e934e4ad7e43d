"""Rejecting what vendors leave lying."""

import structlog

from domain.orders.rejecting.usecases import reject_overdue
from domain.shared.ids import VendorOrderId
from persistence.orders.accepting import overdue_parts
from server.jobs.checkouts import unit_of_work
from server.wiring import Parts

logger = structlog.get_logger(__name__)

BATCH = 50


async def reject_overdue_parts(parts: Parts) -> bool:
    """Reject parts of orders that were not accepted in time. One that cannot be stands in no other's way (rule O2)."""
    now = parts.services.now()
    found = await overdue_parts(parts.pool, now, limit=BATCH)
    done = [await _reject(parts, vendor_order_id) for vendor_order_id in found]
    return len(found) == BATCH and any(done)


async def _reject(parts: Parts, vendor_order_id: VendorOrderId) -> bool:
    try:
        is_rejected = await reject_overdue(unit_of_work(parts), vendor_order_id, now=parts.services.now())
    except Exception:
        logger.exception("vendor_order_not_rejected", vendor_order_id=vendor_order_id)
        return False
    if is_rejected:
        logger.info("vendor_order_overdue", vendor_order_id=vendor_order_id)
    return is_rejected
