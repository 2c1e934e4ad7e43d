"""Holding stock for a checkout, and turning what is held into what is owed.

Every change first takes the locks of all stock rows it may touch, in the order of (offer, warehouse): two checkouts
with the same goods in another order wait for each other and never deadlock. Reservations that have expired do not count from
that instant: whoever asks for the row next gives their units back before counting. The sweeper only tidies.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from domain.checkout.model import Checkout
from domain.inventory.sourcing import Level, Pick, available, shortages, source
from domain.shared.ids import CheckoutId, OfferId, WarehouseId
from persistence.statement import Connection

_LOCK = """
SELECT s.offer_id, s.warehouse_id, s.on_hand, s.reserved, s.allocated, s.safety, w.priority
FROM stock_level s JOIN warehouse w ON w.id = s.warehouse_id
WHERE s.offer_id = ANY($1::text[])
ORDER BY s.offer_id, s.warehouse_id
FOR UPDATE OF s
"""

_GIVE_BACK = """
WITH gone AS (
    DELETE FROM reservation
    WHERE offer_id = ANY($1::text[]) AND (expires_at <= $2 OR checkout_id = ANY($3::text[]))
    RETURNING offer_id, warehouse_id, quantity
), freed AS (
    SELECT offer_id, warehouse_id, sum(quantity)::int AS quantity FROM gone GROUP BY offer_id, warehouse_id
)
UPDATE stock_level s SET reserved = s.reserved - freed.quantity
FROM freed WHERE s.offer_id = freed.offer_id AND s.warehouse_id = freed.warehouse_id
RETURNING s.offer_id, s.warehouse_id, s.reserved
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

_LOCK_HELD = """
SELECT s.offer_id, s.warehouse_id
FROM stock_level s
WHERE (s.offer_id, s.warehouse_id) IN (SELECT offer_id, warehouse_id FROM reservation WHERE checkout_id = $1)
ORDER BY s.offer_id, s.warehouse_id
FOR UPDATE
"""

_RELEASE = """
WITH gone AS (
    DELETE FROM reservation WHERE checkout_id = $1 RETURNING offer_id, warehouse_id, quantity
)
UPDATE stock_level s SET reserved = s.reserved - gone.quantity
FROM gone WHERE s.offer_id = gone.offer_id AND s.warehouse_id = gone.warehouse_id
RETURNING s.offer_id
"""

_ALLOCATE = """
WITH gone AS (
    DELETE FROM reservation WHERE checkout_id = $1 RETURNING offer_id, warehouse_id, quantity
)
UPDATE stock_level s SET reserved = s.reserved - gone.quantity, allocated = s.allocated + gone.quantity
FROM gone WHERE s.offer_id = gone.offer_id AND s.warehouse_id = gone.warehouse_id
RETURNING s.offer_id, s.warehouse_id, gone.quantity
"""

_EXTEND = "UPDATE reservation SET expires_at = $2 WHERE checkout_id = $1"


class Reservations:
    """Implements `domain.checkout.ports.Reservations` within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def hold(
        self,
        checkout_id: CheckoutId,
        demand: Mapping[OfferId, int],
        *,
        now: datetime,
        until: datetime,
        replacing: Checkout | None = None,
    ) -> Mapping[OfferId, int]:
        """Hold all of the demand, or nothing; what could be had of each offer that falls short.

        What this checkout held before, and the one it replaces, is given back first: buyers never stand in their own
        way.
        """
        replaced = {line.offer_id for line in replacing.lines} if replacing else set()
        given_back = [checkout_id, *([replacing.id] if replacing else [])]
        levels = await self._free_levels(given_back, sorted({*demand, *replaced}), now)
        short = shortages(demand, levels)
        if short:
            return short
        picks = source(demand, levels)
        status = await self._connection.execute(_HOLD, *_columns(picks), checkout_id, until)
        assert status == f"INSERT 0 {len(picks)}", "rows that are locked and counted can be held"
        return {}

    async def _free_levels(
        self, given_back: Sequence[CheckoutId], offers: Sequence[OfferId], now: datetime
    ) -> list[Level]:
        rows = await self._connection.fetch(_LOCK, offers)
        freed = await self._connection.fetch(_GIVE_BACK, offers, now, given_back)
        reserved = {(row["offer_id"], row["warehouse_id"]): row["reserved"] for row in freed}
        return [
            Level(
                OfferId(offer),
                WarehouseId(warehouse),
                available(on_hand, reserved.get((offer, warehouse), held), allocated, safety),
                priority,
            )
            for offer, warehouse, on_hand, held, allocated, safety, priority in rows
        ]

    async def extend(self, checkout_id: CheckoutId, until: datetime) -> None:
        await self._connection.execute(_EXTEND, checkout_id, until)

    async def release(self, checkout_id: CheckoutId) -> None:
        """Give back whatever the checkout holds; nothing happens when it holds nothing."""
        await self._connection.fetch(_LOCK_HELD, checkout_id)
        await self._connection.fetch(_RELEASE, checkout_id)

    async def allocate(self, checkout_id: CheckoutId) -> Sequence[Pick]:
        """Turn what the checkout holds into units owed to an order."""
        await self._connection.fetch(_LOCK_HELD, checkout_id)
        rows = await self._connection.fetch(_ALLOCATE, checkout_id)
        return [Pick(OfferId(offer), WarehouseId(warehouse), quantity) for offer, warehouse, quantity in rows]


def _columns(picks: Sequence[Pick]) -> tuple[list[str], list[str], list[int]]:
    return ([p.offer_id for p in picks], [p.warehouse_id for p in picks], [p.quantity for p in picks])
