"""Which parts of orders their vendors have left lying."""

from collections.abc import Sequence
from datetime import datetime

from domain.shared.ids import VendorOrderId
from persistence.statement import Database

_OVERDUE = """
SELECT part.id FROM vendor_order part JOIN "order" o ON o.id = part.order_id
WHERE part.status = 'NEW' AND part.accept_by <= $1 AND o.status = 'CONFIRMED'
ORDER BY part.accept_by LIMIT $2
"""


async def overdue_parts(database: Database, now: datetime, *, limit: int) -> Sequence[VendorOrderId]:
    """Parts that should have been accepted by now, of orders that stand, the longest ago first (rule O2)."""
    return [VendorOrderId(row["id"]) for row in await database.fetch(_OVERDUE, now, limit)]
