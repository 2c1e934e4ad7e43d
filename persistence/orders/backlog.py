"""Orders that wait for stock, and giving them what has come, under the locks of both.

Locked are the offer's stock rows, its supply, and then the orders by their ids, as everywhere. Whoever changes what a
line waits for holds the supply, so that it stands still here.
"""

from collections.abc import Sequence
from datetime import datetime

from domain.inventory.sourcing import Level, available
from domain.inventory.supply import Served, Shelf, Waiting
from domain.orders.supplying.ports import WaitingLine
from domain.shared.ids import OfferId, OrderId, OrderLineId, VendorId, VendorOrderId, WarehouseId
from persistence.statement import Connection, Database, Record

_OPEN = """
WITH locked AS (
    SELECT s.* FROM stock_level s WHERE s.offer_id = $1 ORDER BY s.warehouse_id FOR UPDATE
), gone AS (
    DELETE FROM reservation r USING locked l
    WHERE r.offer_id = l.offer_id AND r.warehouse_id = l.warehouse_id AND r.expires_at <= $2
    RETURNING r.warehouse_id, r.quantity
), freed AS (
    SELECT warehouse_id, sum(quantity)::int AS quantity FROM gone GROUP BY warehouse_id
), given_back AS (
    UPDATE stock_level s SET reserved = s.reserved - freed.quantity
    FROM freed WHERE s.offer_id = $1 AND s.warehouse_id = freed.warehouse_id
)
SELECT w.id, w.country, w.priority, l.on_hand, l.reserved - coalesce(freed.quantity, 0), l.allocated, l.safety
FROM locked l JOIN warehouse w ON w.id = l.warehouse_id LEFT JOIN freed ON freed.warehouse_id = l.warehouse_id
ORDER BY w.id
"""
_LOCK_SUPPLY = """
SELECT waiting > 0 AND NOT (policy = 'PREORDER' AND available_from > $2) FROM supply WHERE offer_id = $1 FOR UPDATE
"""
_FIRST = """
WITH line AS MATERIALIZED (
    SELECT l.id, l.backordered, l.order_id, l.vendor_order_id, l.vendor_id, l.position, o.placed_at
    FROM order_line l JOIN "order" o ON o.id = l.order_id
    WHERE l.offer_id = $1 AND l.backordered > 0
    ORDER BY o.placed_at, o.id, l.position LIMIT $2
), locked AS (
    SELECT o.id, o.country FROM "order" o WHERE o.id IN (SELECT order_id FROM line) ORDER BY o.id FOR UPDATE
)
SELECT line.*, locked.country, part.delivery -> 'pickup' ->> 'id' AS place_id
FROM locked JOIN line ON line.order_id = locked.id JOIN vendor_order part ON part.id = line.vendor_order_id
ORDER BY line.placed_at, line.order_id, line.position
"""
_GIVE = """
WITH given AS (
    SELECT * FROM unnest($2::text[], $3::text[], $4::int[]) AS given (order_line_id, warehouse_id, quantity)
), lines AS (
    UPDATE order_line l SET backordered = l.backordered - got.quantity
    FROM (SELECT order_line_id, sum(quantity)::int AS quantity FROM given GROUP BY 1) got WHERE l.id = got.order_line_id
    RETURNING l.order_id, l.vendor_order_id
), owed AS (
    INSERT INTO allocation AS known (order_line_id, offer_id, warehouse_id, quantity)
    SELECT order_line_id, $1, warehouse_id, quantity FROM given
    ON CONFLICT (order_line_id, warehouse_id) DO UPDATE SET quantity = known.quantity + excluded.quantity
), shelves AS (
    UPDATE stock_level s SET allocated = s.allocated + taken.quantity
    FROM (SELECT warehouse_id, sum(quantity)::int AS quantity FROM given GROUP BY 1) taken
    WHERE s.offer_id = $1 AND s.warehouse_id = taken.warehouse_id
), orders AS (
    UPDATE "order" SET version = version + 1 WHERE id IN (SELECT order_id FROM lines)
), parts AS (
    UPDATE vendor_order SET version = version + 1 WHERE id IN (SELECT vendor_order_id FROM lines)
)
UPDATE supply SET waiting = waiting - (SELECT sum(quantity)::int FROM given) WHERE offer_id = $1
"""
_TO_SERVE = """
SELECT s.offer_id FROM supply s
WHERE s.waiting > 0 AND NOT (s.policy = 'PREORDER' AND s.available_from > $1) AND EXISTS (
    SELECT FROM stock_level l WHERE l.offer_id = s.offer_id AND l.on_hand - l.reserved - l.allocated > l.safety)
ORDER BY s.offer_id LIMIT $2
"""


class Backlog:
    """Implements `domain.orders.supplying.ports.Backlog` within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def open(self, offer_id: OfferId, *, now: datetime) -> Sequence[Shelf]:
        """What warehouses can give, locked; nothing if nobody waits, or if it is not released."""
        rows = await self._connection.fetch(_OPEN, offer_id, now)
        if not await self._connection.fetchval(_LOCK_SUPPLY, offer_id, now):
            return []
        return [_shelf(offer_id, row) for row in rows]

    async def first_in_line(self, offer_id: OfferId, *, limit: int) -> Sequence[WaitingLine]:
        """The lines that wait for it, in the order they were placed, with their orders locked."""
        return [_waiting(row) for row in await self._connection.fetch(_FIRST, offer_id, limit)]

    async def give(self, offer_id: OfferId, served: Sequence[Served]) -> None:
        """Owe these units to the lines, out of the locked rows; the orders and their parts are a version on."""
        lines, warehouses = [item.order_line_id for item in served], [item.warehouse_id for item in served]
        await self._connection.execute(_GIVE, offer_id, lines, warehouses, [item.quantity for item in served])


async def offers_to_serve(database: Database, now: datetime, *, limit: int) -> Sequence[OfferId]:
    """Offers that somebody waits for, and that can be sent by now."""
    return [OfferId(row["offer_id"]) for row in await database.fetch(_TO_SERVE, now, limit)]


def _shelf(offer_id: OfferId, row: Record) -> Shelf:
    warehouse_id, country, priority, *counts = row
    return Shelf(Level(offer_id, WarehouseId(warehouse_id), available(*counts), priority), country)


def _waiting(row: Record) -> WaitingLine:
    place_id: str | None = row["place_id"]
    store_id = WarehouseId(place_id) if place_id and place_id.startswith("warehouse_") else None
    waiting = Waiting(OrderLineId(row["id"]), row["backordered"], row["country"], store_id)
    return WaitingLine(
        waiting, OrderId(row["order_id"]), VendorOrderId(row["vendor_order_id"]), VendorId(row["vendor_id"])
    )
