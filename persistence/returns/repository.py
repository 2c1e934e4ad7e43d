"""Writing returns, with their counts on the lines of orders (rule O8)."""

from collections.abc import Sequence

from domain.orders.refunding.model import Units
from domain.returns.model import ReceivedUnits, Replacement, Return
from domain.shared.ids import RefundId, ReturnId
from persistence.returns import queries
from persistence.statement import Connection

_INSERT = """
INSERT INTO order_return (id, order_id, vendor_order_id, vendor_id, state, is_withdrawal, to_store_credit,
       requested_at, refund_due_at, exchange)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
_INSERT_LINE = """
INSERT INTO order_return_line (order_return_id, order_line_id, position, quantity, reason, comment, image_urls)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_REQUEST = """
UPDATE order_line l SET return_requested = l.return_requested + asked.quantity
FROM unnest($1::text[], $2::int[]) AS asked (id, quantity)
WHERE l.id = asked.id AND l.return_requested + l.returned + asked.quantity <= l.delivered
"""
_RELEASE = """
UPDATE order_line l SET return_requested = l.return_requested - kept.quantity
FROM unnest($1::text[], $2::int[]) AS kept (id, quantity) WHERE l.id = kept.id
"""
_MOVE = """
UPDATE order_return SET state = $2, decision = $3, decided_at = $4, received_at = $5, closed_at = $6,
       refund_due_at = $7, version = $8
WHERE id = $1
"""
_EXCHANGED = "UPDATE order_return SET exchange = $2 WHERE id = $1"
_SET_LABEL = "UPDATE order_return SET label = $2, version = $3 WHERE id = $1"
_RECEIVE = """
WITH came AS (
    SELECT id, sum(quantity)::int AS quantity FROM unnest($2::text[], $3::int[]) AS came (id, quantity) GROUP BY id
), counted AS (
    UPDATE order_line l SET return_requested = l.return_requested - came.quantity, returned = l.returned + came.quantity
    FROM came WHERE l.id = came.id
)
UPDATE order_return_line r SET received = r.received + came.quantity
FROM came WHERE r.order_return_id = $1 AND r.order_line_id = came.id
"""
_INSERT_RECEIPT = """
INSERT INTO return_receipt (order_return_id, order_line_id, quantity, condition, restocked_to, received_at)
VALUES ($1, $2, $3, $4, $5, $6)
"""
_SETTLE = """
UPDATE return_receipt SET is_settled = true, refund_id = $2 WHERE order_return_id = $1 AND NOT is_settled
"""


class Returns:
    """Implements `domain.returns.ports.ReturnRepository` within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, return_id: ReturnId) -> Return | None:
        """The return as it is; nobody changes it while its order is locked."""
        found = await queries.returns_by_id(self._connection, [return_id])
        return found[0] if found else None

    async def add(self, item: Return) -> bool:
        """Write a new return and count its units as requested; False if a line has not so many left."""
        counted = await self._connection.execute(
            _REQUEST, [line.order_line_id for line in item.lines], [line.quantity for line in item.lines]
        )
        if counted != f"UPDATE {len(item.lines)}":
            return False
        await self._connection.execute(
            _INSERT,
            item.id,
            item.order_id,
            item.vendor_order_id,
            item.vendor_id,
            item.state.value,
            item.is_withdrawal,
            item.to_store_credit,
            item.requested_at,
            item.refund_due_at,
            queries.exchange_document(item.exchange),
        )
        lines = [
            (item.id, line.order_line_id, at, line.quantity, line.reason, line.comment, list(line.image_urls))
            for at, line in enumerate(item.lines)
        ]
        await self._connection.executemany(_INSERT_LINE, lines)
        return True

    async def move(self, item: Return) -> None:
        """Write its state and moments."""
        await self._connection.execute(
            _MOVE,
            item.id,
            item.state.value,
            item.decision,
            item.decided_at,
            item.received_at,
            item.closed_at,
            item.refund_due_at,
            item.version,
        )

    async def release(self, units: Sequence[Units]) -> None:
        """Count units of order lines as requested no more."""
        await self._connection.execute(
            _RELEASE, [item.order_line_id for item in units], [item.quantity for item in units]
        )

    async def receive(self, item: Return, receipts: Sequence[ReceivedUnits]) -> None:
        """Count what came of it, on its lines and the order's, and write the receipts."""
        lines, counts = [came.order_line_id for came in receipts], [came.quantity for came in receipts]
        await self._connection.execute(_RECEIVE, item.id, lines, counts)
        rows = [
            (item.id, came.order_line_id, came.quantity, came.condition, came.restock_to, item.received_at)
            for came in receipts
        ]
        await self._connection.executemany(_INSERT_RECEIPT, rows)

    async def exchanged(self, return_id: ReturnId, given: Sequence[Replacement]) -> None:
        """Write what was given in exchange."""
        await self._connection.execute(_EXCHANGED, return_id, queries.exchange_document(given))

    async def set_label(self, item: Return) -> None:
        """Write its label and version."""
        label = queries.label_document(item.label) if item.label else None
        await self._connection.execute(_SET_LABEL, item.id, label, item.version)

    async def settle(self, return_id: ReturnId, refund_id: RefundId | None) -> None:
        """Mark its receipts as refunded, by this refund if one was made."""
        await self._connection.execute(_SETTLE, return_id, refund_id)
