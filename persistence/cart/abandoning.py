"""Carts that were left: found by the index over those of customers, and by the checkouts in which guests told who
they are."""

from collections.abc import Sequence
from datetime import datetime

from domain.cart.abandoning.usecases import LeftCart
from domain.shared.ids import CartId
from persistence.statement import Connection

# Of guests no checkout is looked at that ended longer ago than a cart is waited for, and a day.
_CLAIM = """
WITH candidate AS (
    SELECT id FROM cart
    WHERE state = 'ACTIVE' AND customer_id IS NOT NULL AND abandoned_version IS DISTINCT FROM version
        AND updated_at BETWEEN $1::timestamptz - interval '30 days' AND $1
    UNION
    SELECT cart_id FROM checkout WHERE state IN ('OPEN', 'CLOSED') AND email IS NOT NULL
        AND expires_at BETWEEN $1::timestamptz - (SELECT max(abandoned_after_minutes) * interval '1 minute' FROM market)
            - interval '1 day' AND $1
), found AS (
    SELECT c.id FROM cart c JOIN market m ON m.id = c.market_id
    WHERE c.id IN (SELECT id FROM candidate) AND c.state = 'ACTIVE' AND c.draft IS NULL
        AND c.abandoned_version IS DISTINCT FROM c.version
        AND c.updated_at <= $1::timestamptz - m.abandoned_after_minutes * interval '1 minute'
        AND NOT EXISTS (
            SELECT FROM checkout k WHERE k.cart_id = c.id
                AND (k.state = 'COMPLETING' OR (k.state = 'OPEN' AND k.expires_at > $1)))
    ORDER BY c.updated_at LIMIT $2
    FOR UPDATE OF c SKIP LOCKED
)
UPDATE cart SET abandoned_version = cart.version FROM found WHERE cart.id = found.id
RETURNING cart.id, cart.version, (SELECT count(*)::int FROM cart_line l WHERE l.cart_id = cart.id)
"""

EMAILS = """
SELECT c.id, coalesce(b.email, (
    SELECT k.email FROM checkout k WHERE k.cart_id = c.id AND k.email IS NOT NULL ORDER BY k.started_at DESC LIMIT 1))
FROM cart c LEFT JOIN customer b ON b.id = c.customer_id WHERE c.id = ANY($1::text[])
"""


class LeftCarts:
    """Implements `domain.cart.abandoning.usecases.LeftCarts` within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def claim(self, now: datetime, *, limit: int) -> Sequence[LeftCart]:
        rows = await self._connection.fetch(_CLAIM, now, limit)
        return [LeftCart(CartId(cart_id), version, line_count) for cart_id, version, line_count in rows]
