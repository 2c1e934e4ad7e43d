"""Holding stock for a checkout, and turning what is held into what is owed.

Every statement first locks all stock rows that it may touch, in the order of (offer, warehouse), and then changes
reservations: two checkouts with the same goods in another order wait for each other and never deadlock. Where a
statement waits, PostgreSQL goes on with the newest version of each row that it locks, updates or deletes, so that one
statement can lock, count and change. Reservations that have expired do not count from that instant: whoever asks for
the row next gives their units back before counting. The sweeper only tidies.
"""

from collections.abc import Sequence
from datetime import datetime

from domain.checkout.model import Checkout, Held, Holding
from domain.inventory.sourcing import Destination, Level, Pick, available, shortages, source
from domain.shared.ids import CheckoutId, OfferId, WarehouseId
from persistence.inventory.queries import handling_of
from persistence.statement import Connection, Record

_FREE_LEVELS = """
WITH locked AS (
    SELECT s.offer_id, s.warehouse_id, s.on_hand, s.reserved, s.allocated, s.safety, w.priority, w.country, w.latitude,
           w.longitude, w.time_zone, w.cutoff_hour, w.handling_days
    FROM stock_level s JOIN warehouse w ON w.id = s.warehouse_id
    WHERE s.offer_id = ANY($1::text[])
    ORDER BY s.offer_id, s.warehouse_id
    FOR UPDATE OF s
), gone AS (
    DELETE FROM reservation r USING locked l
    WHERE r.offer_id = l.offer_id AND r.warehouse_id = l.warehouse_id
      AND (r.expires_at <= $2 OR r.checkout_id = ANY($3::text[]))
    RETURNING r.offer_id, r.warehouse_id, r.quantity
), freed AS (
    SELECT offer_id, warehouse_id, sum(quantity)::int AS quantity FROM gone GROUP BY offer_id, warehouse_id
), given_back AS (
    UPDATE stock_level s SET reserved = s.reserved - freed.quantity
    FROM freed WHERE s.offer_id = freed.offer_id AND s.warehouse_id = freed.warehouse_id
)
SELECT l.offer_id, l.warehouse_id, l.on_hand, l.reserved - coalesce(freed.quantity, 0), l.allocated, l.safety,
       l.priority, l.country, l.latitude, l.longitude, l.time_zone, l.cutoff_hour, l.handling_days
FROM locked l LEFT JOIN freed USING (offer_id, warehouse_id)
"""

_HOLD = """
WITH pick AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::int[]) AS p (offer_id, warehouse_id, quantity)
), held AS (
    UPDATE stock_level s SET reserved = s.reserved + pick.quantity
    FROM pick
    WHERE s.offer_id = pick.offer_id AND s.warehouse_id = pick.warehouse_id
      AND s.on_hand - s.reserved - s.allocated - s.safety >= pick.quantity
    RETURNING s.offer_id, s.warehouse_id, pick.quantity
)
INSERT INTO reservation (checkout_id, offer_id, warehouse_id, quantity, expires_at)
SELECT $4, offer_id, warehouse_id, quantity, $5 FROM held
"""

_LOCKED = """
WITH locked AS (
    SELECT s.offer_id, s.warehouse_id FROM stock_level s
    WHERE (s.offer_id, s.warehouse_id) IN (SELECT offer_id, warehouse_id FROM reservation WHERE checkout_id = $1)
    ORDER BY s.offer_id, s.warehouse_id
    FOR UPDATE
)
"""
_GONE = """, gone AS (
    DELETE FROM reservation r USING locked l
    WHERE r.checkout_id = $1 AND r.offer_id = l.offer_id AND r.warehouse_id = l.warehouse_id
    RETURNING r.offer_id, r.warehouse_id, r.quantity
)
"""

_EXTEND = (
    _LOCKED
    + """
UPDATE reservation r SET expires_at = $2 FROM locked l
WHERE r.checkout_id = $1 AND r.offer_id = l.offer_id AND r.warehouse_id = l.warehouse_id
RETURNING r.offer_id, r.warehouse_id, r.quantity
"""
)

_RELEASE = (
    _LOCKED
    + _GONE
    + """
UPDATE stock_level s SET reserved = s.reserved - gone.quantity
FROM gone WHERE s.offer_id = gone.offer_id AND s.warehouse_id = gone.warehouse_id
"""
)

_ALLOCATE = (
    _LOCKED
    + _GONE
    + """
UPDATE stock_level s SET reserved = s.reserved - gone.quantity, allocated = s.allocated + gone.quantity
FROM gone WHERE s.offer_id = gone.offer_id AND s.warehouse_id = gone.warehouse_id
RETURNING s.offer_id, s.warehouse_id, gone.quantity
"""
)


class Reservations:
    """Implements `domain.checkout.ports.Reservations` within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def hold(
        self,
        checkout: Checkout,
        *,
        now: datetime,
        until: datetime,
        replacing: Checkout | None = None,
        towards: Destination | None = None,
    ) -> Holding:
        """Hold all that the checkout demands, or nothing, from warehouses near the destination (rule S9).

        What this checkout held before, and the one it replaces, is given back first: buyers never stand in their own
        way. Goods that are fetched come from their store alone.
        """
        demand, stores = checkout.demand, checkout.fetched_at
        replaced = {line.offer_id for line in replacing.lines} if replacing else set()
        given_back = [checkout.id, *([replacing.id] if replacing else [])]
        rows = await self._connection.fetch(_FREE_LEVELS, sorted({*demand, *replaced}), now, given_back)
        destination = towards or Destination(checkout.delivery_country)
        levels = [
            _level(row, destination) for row in rows if stores.get(row["offer_id"]) in (None, row["warehouse_id"])
        ]
        short = shortages(demand, levels)
        if short:
            return Holding(short=short)
        picks = source(demand, levels)
        status = await self._connection.execute(_HOLD, *_columns(picks), checkout.id, until)
        assert status == f"INSERT 0 {len(picks)}", "rows that are locked and counted can be held"
        handlings = {row["warehouse_id"]: handling_of(row) for row in rows}
        picked = [(pick.offer_id, pick.warehouse_id, pick.quantity) for pick in picks]
        return Holding(tuple([Held(*units, handlings[units[1]]) for units in picked]))

    async def extend(self, checkout_id: CheckoutId, until: datetime) -> Sequence[Pick]:
        """Hold on until then; what is still held, which is less once others were given what had expired."""
        return _picks(await self._connection.fetch(_EXTEND, checkout_id, until))

    async def release(self, checkout_id: CheckoutId) -> None:
        """Give back whatever the checkout holds; nothing happens when it holds nothing."""
        await self._connection.execute(_RELEASE, checkout_id)

    async def allocate(self, checkout_id: CheckoutId) -> Sequence[Pick]:
        """Turn what the checkout holds into units owed to an order."""
        return _picks(await self._connection.fetch(_ALLOCATE, checkout_id))


def _level(row: Record, destination: Destination) -> Level:
    offer, warehouse, *counts = row[:6]
    position = None if row["latitude"] is None else (row["latitude"], row["longitude"])
    distance = destination.distance_km(row["country"], position)
    return Level(OfferId(offer), WarehouseId(warehouse), available(*counts), row["priority"], distance)


def _picks(rows: Sequence[Record]) -> list[Pick]:
    return [Pick(OfferId(offer), WarehouseId(warehouse), quantity) for offer, warehouse, quantity in rows]


def _columns(picks: Sequence[Pick]) -> tuple[list[str], list[str], list[int]]:
    return ([p.offer_id for p in picks], [p.warehouse_id for p in picks], [p.quantity for p in picks])
