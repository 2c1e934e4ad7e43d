"""Holding stock for a checkout, and turning what is held into what is owed.

Every statement first locks all stock rows that it may touch, in the order of (offer, warehouse), and then changes
reservations: two checkouts with the same goods in another order wait for each other and never deadlock. Where a
statement waits, PostgreSQL goes on with the newest version of each row that it locks, updates or deletes, so that one
statement can lock, count and change. Reservations that have expired do not count from that instant: whoever asks for
the row next gives their units back before counting. The sweeper only tidies.

Units that are sold before they are there are counted by the offer's row of `supply`, under its limit (rule S7). Those
rows are locked after all stock rows, in the order of their offers.
"""

from collections.abc import Sequence
from datetime import datetime

from domain.checkout.model import Checkout, Held, Holding
from domain.inventory.sourcing import Destination, Level, Pick, available
from domain.inventory.supply import Supply, sourced
from domain.shared.ids import CheckoutId, OfferId, WarehouseId
from persistence.inventory.queries import handling_of
from persistence.statement import Connection, Record, among, unseen

_FREE_LEVELS = f"""
WITH locked AS (
    SELECT s.offer_id, s.warehouse_id, s.on_hand, s.reserved, s.allocated, s.safety, w.priority, w.country, w.latitude,
           w.longitude, w.time_zone, w.cutoff_hour, w.handling_days
    FROM stock_level s JOIN warehouse w ON w.id = s.warehouse_id
    WHERE s.offer_id {among("$1")}
    ORDER BY s.offer_id, s.warehouse_id
    FOR UPDATE OF s
), gone AS (
    DELETE FROM reservation r USING locked l
    WHERE r.offer_id = l.offer_id AND r.warehouse_id = l.warehouse_id
      AND (r.expires_at <= $2 OR r.checkout_id {among("$3")})
    RETURNING r.offer_id, r.warehouse_id, r.quantity
), freed AS (
    SELECT offer_id, warehouse_id, sum(quantity)::int AS quantity FROM gone GROUP BY offer_id, warehouse_id
), given_back AS (
    UPDATE stock_level s SET reserved = s.reserved - freed.quantity
    FROM freed WHERE s.offer_id = freed.offer_id AND s.warehouse_id = freed.warehouse_id
), supplies AS (
    SELECT * FROM supply WHERE offer_id {among("$1")} ORDER BY offer_id FOR UPDATE
), gone_ahead AS (
    DELETE FROM supply_reservation r USING supplies s
    WHERE r.offer_id = s.offer_id AND (r.expires_at <= $2 OR r.checkout_id {among("$3")})
    RETURNING r.offer_id, r.quantity
), freed_ahead AS (
    SELECT offer_id, sum(quantity)::int AS quantity FROM gone_ahead GROUP BY offer_id
), given_back_ahead AS (
    UPDATE supply s SET reserved = s.reserved - freed.quantity FROM freed_ahead freed WHERE s.offer_id = freed.offer_id
)
SELECT l.offer_id, l.warehouse_id, l.on_hand, l.reserved - coalesce(freed.quantity, 0), l.allocated, l.safety,
       l.priority, l.country, l.latitude, l.longitude, l.time_zone, l.cutoff_hour, l.handling_days,
       NULL::int AS ahead, NULL::int AS waiting, NULL::boolean AS is_unreleased
FROM locked l LEFT JOIN freed USING (offer_id, warehouse_id)
UNION ALL
SELECT s.offer_id, NULL, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL,
       CASE WHEN s.policy = 'BACKORDER' OR (s.policy = 'PREORDER' AND s.available_from > $2)
            THEN s.ahead_limit - s.waiting - s.reserved + coalesce(freed.quantity, 0) ELSE 0 END,
       s.waiting, s.policy = 'PREORDER' AND s.available_from > $2
FROM supplies s LEFT JOIN freed_ahead freed USING (offer_id)
"""  # noqa: S608 - made of constants

_HOLD = f"""
WITH pick AS (
    SELECT * FROM unnest({unseen("$1::text[]")}, {unseen("$2::text[]")}, {unseen("$3::int[]")})
        AS p (offer_id, warehouse_id, quantity)
), held AS (
    UPDATE stock_level s SET reserved = s.reserved + pick.quantity
    FROM pick
    WHERE s.offer_id = pick.offer_id AND s.warehouse_id = pick.warehouse_id
      AND s.on_hand - s.reserved - s.allocated - s.safety >= pick.quantity
    RETURNING s.offer_id, s.warehouse_id, pick.quantity
)
INSERT INTO reservation (checkout_id, offer_id, warehouse_id, quantity, expires_at)
SELECT $4, offer_id, warehouse_id, quantity, $5 FROM held
"""  # noqa: S608 - made of constants
_HOLD_AHEAD = """
WITH pick AS (
    SELECT * FROM unnest($1::text[], $2::int[]) AS p (offer_id, quantity)
), held AS (
    UPDATE supply s SET reserved = s.reserved + pick.quantity
    FROM pick WHERE s.offer_id = pick.offer_id AND s.ahead_limit - s.reserved - s.waiting >= pick.quantity
    RETURNING s.offer_id, pick.quantity
)
INSERT INTO supply_reservation (checkout_id, offer_id, quantity, expires_at)
SELECT $3, offer_id, quantity, $4 FROM held
"""

_LOCKED = """
WITH locked AS (
    SELECT s.offer_id, s.warehouse_id FROM stock_level s
    WHERE (s.offer_id, s.warehouse_id) IN (SELECT offer_id, warehouse_id FROM reservation WHERE checkout_id = $1)
    ORDER BY s.offer_id, s.warehouse_id
    FOR UPDATE
), supplies AS (
    SELECT s.offer_id FROM supply s
    WHERE s.offer_id IN (SELECT offer_id FROM supply_reservation WHERE checkout_id = $1)
    ORDER BY s.offer_id
    FOR UPDATE
)
"""
_GONE = """, gone AS (
    DELETE FROM reservation r USING locked l
    WHERE r.checkout_id = $1 AND r.offer_id = l.offer_id AND r.warehouse_id = l.warehouse_id
    RETURNING r.offer_id, r.warehouse_id, r.quantity
), gone_ahead AS (
    DELETE FROM supply_reservation r USING supplies s
    WHERE r.checkout_id = $1 AND r.offer_id = s.offer_id
    RETURNING r.offer_id, r.quantity
)
"""
_PICKS = """
SELECT offer_id, warehouse_id, quantity FROM gone UNION ALL SELECT offer_id, '', quantity FROM gone_ahead
"""

_KEPT = f"""
{_LOCKED}, kept AS (
    UPDATE reservation r SET expires_at = {{until}} FROM locked l
    WHERE r.checkout_id = $1 AND r.offer_id = l.offer_id AND r.warehouse_id = l.warehouse_id
    RETURNING r.offer_id, r.warehouse_id, r.quantity
), kept_ahead AS (
    UPDATE supply_reservation r SET expires_at = {{until}} FROM supplies s
    WHERE r.checkout_id = $1 AND r.offer_id = s.offer_id
    RETURNING r.offer_id, r.quantity
)
"""  # noqa: S608 - made of constants
STILL_HELD = """
SELECT offer_id, warehouse_id, quantity FROM kept UNION ALL SELECT offer_id, '', quantity FROM kept_ahead
"""


def kept_until(parameter: str) -> str:
    """The beginning of a statement that holds the goods of checkout `$1` until the moment of a parameter, as SQL.

    `STILL_HELD` ends it.
    """
    return _KEPT.format(until=parameter)


_EXTEND = kept_until("$2") + STILL_HELD

_RELEASE = f"""
{_LOCKED}{_GONE}, freed AS (
    UPDATE stock_level s SET reserved = s.reserved - gone.quantity
    FROM gone WHERE s.offer_id = gone.offer_id AND s.warehouse_id = gone.warehouse_id
), freed_ahead AS (
    UPDATE supply s SET reserved = s.reserved - gone.quantity FROM gone_ahead gone WHERE s.offer_id = gone.offer_id
)
{_PICKS}
"""  # noqa: S608 - made of constants

_ALLOCATE = f"""
{_LOCKED}{_GONE}, owed AS (
    UPDATE stock_level s SET reserved = s.reserved - gone.quantity, allocated = s.allocated + gone.quantity
    FROM gone WHERE s.offer_id = gone.offer_id AND s.warehouse_id = gone.warehouse_id
), owed_later AS (
    UPDATE supply s SET reserved = s.reserved - gone.quantity, waiting = s.waiting + gone.quantity
    FROM gone_ahead gone WHERE s.offer_id = gone.offer_id
)
{_PICKS}
"""  # noqa: S608 - made of constants


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
        """Hold all that the checkout demands, or nothing, from warehouses near the destination (rules S7 and S9).

        What this checkout held before, and the one it replaces, is given back first: buyers never stand in their own
        way. Goods that are fetched come from their store alone.
        """
        demand = checkout.demand
        replaced = {line.offer_id for line in replacing.lines} if replacing else set()
        given_back = [checkout.id, *([replacing.id] if replacing else [])]
        rows = await self._connection.fetch(_FREE_LEVELS, sorted({*demand, *replaced}), now, given_back)
        destination = towards or Destination(checkout.delivery_country)
        shelves = [row for row in rows if row["ahead"] is None]
        levels = [_level(row, destination) for row in shelves]
        supplies = [_supply(row) for row in rows if row["ahead"] is not None]
        found = sourced(demand, levels, supplies, checkout.fetched_at)
        if found.short:
            return Holding(short=found.short)
        await self._hold(found.picks, checkout.id, until)
        handlings = {row["warehouse_id"]: handling_of(row) for row in shelves}
        picked = [(pick.offer_id, pick.warehouse_id, pick.quantity) for pick in found.picks if not pick.is_waiting]
        return Holding(tuple([Held(*units, handlings[units[1]]) for units in picked]))

    async def _hold(self, picks: Sequence[Pick], checkout_id: CheckoutId, until: datetime) -> None:
        present = [pick for pick in picks if not pick.is_waiting]
        status = await self._connection.execute(_HOLD, *_columns(present), checkout_id, until)
        assert status == f"INSERT 0 {len(present)}", "rows that are locked and counted can be held"
        ahead = [pick for pick in picks if pick.is_waiting]
        if ahead:
            offers, units = [pick.offer_id for pick in ahead], [pick.quantity for pick in ahead]
            status = await self._connection.execute(_HOLD_AHEAD, offers, units, checkout_id, until)
            assert status == f"INSERT 0 {len(ahead)}", "a limit that is locked and counted has room"

    async def extend(self, checkout_id: CheckoutId, until: datetime) -> Sequence[Pick]:
        """Hold on until then; what is still held, which is less once others were given what had expired."""
        return picks_of(await self._connection.fetch(_EXTEND, checkout_id, until))

    async def release(self, checkout_id: CheckoutId) -> None:
        """Give back whatever the checkout holds; nothing happens when it holds nothing."""
        await self._connection.execute(_RELEASE, checkout_id)

    async def allocate(self, checkout_id: CheckoutId) -> Sequence[Pick]:
        """Turn what the checkout holds into units owed to an order, or waited for by it."""
        return picks_of(await self._connection.fetch(_ALLOCATE, checkout_id))


def _level(row: Record, destination: Destination) -> Level:
    offer, warehouse, *counts = row[:6]
    position = None if row["latitude"] is None else (row["latitude"], row["longitude"])
    distance = destination.distance_km(row["country"], position)
    return Level(OfferId(offer), WarehouseId(warehouse), available(*counts), row["priority"], distance)


def _supply(row: Record) -> Supply:
    return Supply(OfferId(row["offer_id"]), row["ahead"], row["waiting"], row["is_unreleased"])


def picks_of(rows: Sequence[Record]) -> list[Pick]:
    """What rows of offer, warehouse and quantity say is held; no warehouse for what is waited for."""
    return [Pick(OfferId(offer), WarehouseId(warehouse), quantity) for offer, warehouse, quantity in rows]


def _columns(picks: Sequence[Pick]) -> tuple[list[str], list[str], list[int]]:
    return ([p.offer_id for p in picks], [p.warehouse_id for p in picks], [p.quantity for p in picks])
