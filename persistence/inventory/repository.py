"""Changing what is on hand: every change is a movement, and the movements of a row sum up to it.

Stock rows are locked in the order of (offer, warehouse), as reservations lock them. Whoever will record an event of an
offer locks the offer first, so that its events are numbered one after the other.
"""

from collections.abc import Sequence

from domain.inventory.ports import Shelf
from domain.inventory.sourcing import Pick
from domain.shared.ids import OfferId, VendorId, WarehouseId
from persistence.statement import Connection

_VENDOR_OF = "SELECT vendor_id FROM offer WHERE id = $1"
_IS_WAREHOUSE_OF = "SELECT EXISTS (SELECT FROM warehouse WHERE id = $1 AND vendor_id = $2)"
_LOCK_OFFER = "SELECT id FROM offer WHERE id = $1 FOR NO KEY UPDATE"
_MAKE = "INSERT INTO stock_level (offer_id, warehouse_id) VALUES ($1, $2) ON CONFLICT DO NOTHING"
_LOCK = """
SELECT offer_id FROM stock_level WHERE offer_id = ANY($1::text[]) AND warehouse_id = $2
ORDER BY offer_id FOR UPDATE
"""
_GIVE_BACK_EXPIRED = """
WITH gone AS (
    DELETE FROM reservation WHERE offer_id = $1 AND warehouse_id = $2 AND expires_at <= now() RETURNING quantity
)
UPDATE stock_level SET reserved = reserved - (SELECT sum(quantity)::int FROM gone)
WHERE offer_id = $1 AND warehouse_id = $2 AND EXISTS (SELECT FROM gone)
"""
_SHELF = "SELECT on_hand, reserved + allocated FROM stock_level WHERE offer_id = $1 AND warehouse_id = $2"
_MOVE = """
WITH moved AS (
    UPDATE stock_level SET on_hand = on_hand + $3 WHERE offer_id = $1 AND warehouse_id = $2
    RETURNING offer_id, warehouse_id
)
INSERT INTO stock_movement (offer_id, warehouse_id, delta, reason, actor, reference)
SELECT offer_id, warehouse_id, $3, $4, $5, $6 FROM moved
"""
_SEND = """
WITH sent AS (
    SELECT offer_id, warehouse_id, sum(quantity)::int AS quantity
    FROM unnest($1::text[], $2::text[], $3::int[]) AS pick (offer_id, warehouse_id, quantity)
    GROUP BY offer_id, warehouse_id
), moved AS (
    UPDATE stock_level s SET on_hand = s.on_hand - sent.quantity, allocated = s.allocated - sent.quantity
    FROM sent WHERE s.offer_id = sent.offer_id AND s.warehouse_id = sent.warehouse_id
    RETURNING s.offer_id, s.warehouse_id, sent.quantity
)
INSERT INTO stock_movement (offer_id, warehouse_id, delta, reason, reference, actor)
SELECT offer_id, warehouse_id, -quantity, 'fulfillment', $4, $5 FROM moved
"""
_TAKE_BACK = """
WITH back AS (
    SELECT offer_id, warehouse_id, sum(quantity)::int AS quantity
    FROM unnest($1::text[], $2::text[], $3::int[]) AS pick (offer_id, warehouse_id, quantity)
    GROUP BY offer_id, warehouse_id
), moved AS (
    UPDATE stock_level s SET on_hand = s.on_hand + back.quantity, allocated = s.allocated + back.quantity
    FROM back WHERE s.offer_id = back.offer_id AND s.warehouse_id = back.warehouse_id
    RETURNING s.offer_id, s.warehouse_id, back.quantity
)
INSERT INTO stock_movement (offer_id, warehouse_id, delta, reason, reference, actor)
SELECT offer_id, warehouse_id, quantity, 'fulfillment undone', $4, $5 FROM moved
"""


class StockRepository:
    """Implements the stock ports of inventory and fulfillment, in the transaction of its connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def vendor_of(self, offer_id: OfferId) -> VendorId | None:
        vendor_id: VendorId | None = await self._connection.fetchval(_VENDOR_OF, offer_id)
        return vendor_id

    async def is_warehouse_of(self, warehouse_id: WarehouseId, vendor_id: VendorId) -> bool:
        return bool(await self._connection.fetchval(_IS_WAREHOUSE_OF, warehouse_id, vendor_id))

    async def open_shelf(self, offer_id: OfferId, warehouse_id: WarehouseId) -> Shelf:
        """Lock the offer, then its row in the warehouse, made empty if there was none, freed of what has expired."""
        await self._connection.execute(_LOCK_OFFER, offer_id)
        await self._connection.execute(_MAKE, offer_id, warehouse_id)
        await self.lock([offer_id], warehouse_id)
        await self._connection.execute(_GIVE_BACK_EXPIRED, offer_id, warehouse_id)
        row = await self._connection.fetchrow(_SHELF, offer_id, warehouse_id)
        assert row is not None, "the row was made or found, and is locked"
        return Shelf(*row)

    async def move(
        self,
        offer_id: OfferId,
        warehouse_id: WarehouseId,
        delta: int,
        *,
        reason: str,
        actor: str | None,
        reference: str | None = None,
    ) -> None:
        """Change what is on hand in the locked row, with the movement that explains it."""
        await self._connection.execute(_MOVE, offer_id, warehouse_id, delta, reason, actor, reference)

    async def lock(self, offers: Sequence[OfferId], warehouse_id: WarehouseId) -> None:
        """Lock the stock rows of the offers in one warehouse, in the order of their ids."""
        await self._connection.fetch(_LOCK, offers, warehouse_id)

    async def send(self, picks: Sequence[Pick], *, reference: str, actor: str | None) -> None:
        """Take units owed to orders out of the locked rows, one movement a row."""
        await self._move_picks(_SEND, picks, reference, actor)

    async def take_back(self, picks: Sequence[Pick], *, reference: str, actor: str | None) -> None:
        """Put units that came back into the locked rows, owed to orders again, one movement a row."""
        await self._move_picks(_TAKE_BACK, picks, reference, actor)

    async def _move_picks(self, statement: str, picks: Sequence[Pick], reference: str, actor: str | None) -> None:
        columns = ([p.offer_id for p in picks], [p.warehouse_id for p in picks], [p.quantity for p in picks])
        status = await self._connection.execute(statement, *columns, reference, actor)
        rows = len({(pick.offer_id, pick.warehouse_id) for pick in picks})
        assert status == f"INSERT 0 {rows}", "rows that are locked can be changed"
