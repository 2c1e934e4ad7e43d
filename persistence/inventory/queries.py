"""Reads of stock: what lies where, less what is held for others at this moment."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import DateTime, Text

from domain.fulfillment.calendar import Handling
from domain.inventory.model import SoldAhead, StockLevel, Warehouse
from domain.shared.address import Address
from domain.shared.ids import OfferId, VendorId, WarehouseId
from persistence.inventory.tables import reservation, stock_level, warehouse
from persistence.statement import Database, Record, Statement, unseen

ENOUGH = 1_000_000_000
"""How many units there are of what is downloaded."""
UNRELEASED = "coalesce(supply.policy = 'PREORDER' AND supply.available_from > {now}, false)"
"""Whether a row of `supply`, if there is one, is of goods that nobody may be sent yet."""
_AVAILABLE = f"""
    (CASE WHEN {UNRELEASED} THEN 0 ELSE greatest(0, coalesce((
        SELECT sum(greatest(0, level.on_hand - level.allocated - level.safety - level.reserved + coalesce((
            SELECT sum(held.quantity) FROM reservation AS held
            WHERE held.offer_id = level.offer_id AND held.warehouse_id = level.warehouse_id
              AND held.expires_at <= {{now}}), 0)))
        FROM stock_level AS level WHERE level.offer_id = offer.id
    ), 0) - coalesce(supply.waiting, 0)) END)::bigint
"""  # noqa: S608 - made of constants
_AHEAD = f"""
    (CASE WHEN supply.policy = 'BACKORDER' OR {UNRELEASED}
     THEN supply.ahead_limit - supply.waiting - supply.reserved + coalesce((
        SELECT sum(held.quantity) FROM supply_reservation AS held
        WHERE held.offer_id = supply.offer_id AND held.expires_at <= {{now}}), 0)
     ELSE 0 END)::bigint
"""  # noqa: S608 - made of constants


def available_at(now: str) -> str:
    """Units of a row of `offer`, joined to its `supply`, that can be promised at the moment of a parameter, as SQL.

    Reservations that have run out by then do not count, whether or not a sweeper has come by (rules S1 and S4), and
    neither does what orders wait for (rule S7).
    """
    return _AVAILABLE.format(now=_moment(now))


def ahead_at(now: str) -> str:
    """How many more can be sold then before they are there, as SQL."""
    return _AHEAD.format(now=_moment(now))


def _moment(parameter: str) -> str:
    return unseen(f"{parameter}::timestamptz")


_SOLD_AHEAD = """
SELECT s.offer_id, s.policy, s.ahead_limit, s.available_from, s.reserved - coalesce((
    SELECT sum(r.quantity) FROM supply_reservation r WHERE r.offer_id = s.offer_id AND r.expires_at <= $2), 0)::int,
    s.waiting
FROM supply s WHERE s.offer_id = ANY($1::text[])
"""

_expired = (
    select(func.coalesce(func.sum(reservation.c.quantity), 0))
    .where(
        reservation.c.offer_id == stock_level.c.offer_id,
        reservation.c.warehouse_id == stock_level.c.warehouse_id,
        reservation.c.expires_at <= bindparam("now", type_=DateTime(timezone=True)),
    )
    .scalar_subquery()
)

_LEVELS = Statement(
    select(
        stock_level.c.offer_id,
        stock_level.c.warehouse_id,
        stock_level.c.on_hand,
        stock_level.c.reserved - _expired,
        stock_level.c.allocated,
        stock_level.c.incoming,
        stock_level.c.safety,
    )
    .join(warehouse, warehouse.c.id == stock_level.c.warehouse_id)
    .where(stock_level.c.offer_id == func.any(bindparam("offer_ids", type_=ARRAY(Text))))
    .order_by(stock_level.c.offer_id, warehouse.c.priority, warehouse.c.id)
)

WAREHOUSE_COLUMNS = """id, vendor_id, code, name, country, is_pickup, priority, address, latitude, longitude,
    opening_hours, time_zone, cutoff_hour, handling_days"""
_WAREHOUSES = f"SELECT {WAREHOUSE_COLUMNS} FROM warehouse WHERE id = ANY($1::text[])"  # noqa: S608 - a constant

_HANDLINGS = """
SELECT DISTINCT ON (vendor_id) vendor_id, country, time_zone, cutoff_hour, handling_days FROM warehouse
WHERE cutoff_hour IS NOT NULL ORDER BY vendor_id, priority, id
"""


async def stock_levels(database: Database, offer_ids: Sequence[OfferId], now: datetime) -> list[StockLevel]:
    """The levels of each offer, by the warehouses' priority."""
    rows = await _LEVELS.rows(database, offer_ids=offer_ids, now=now)
    return [_stock_level(row) for row in rows]


async def sold_ahead(database: Database, offer_ids: Sequence[OfferId], now: datetime) -> list[SoldAhead]:
    """How those offers stand that are, or were, sold beyond their stock."""
    return [SoldAhead(OfferId(key), *rest) for key, *rest in await database.fetch(_SOLD_AHEAD, offer_ids, now)]


async def warehouses(database: Database, ids: Sequence[WarehouseId]) -> list[Warehouse]:
    return [warehouse_of(row) for row in await database.fetch(_WAREHOUSES, list(ids))]


def warehouse_of(row: Record) -> Warehouse:
    """Of a row with `WAREHOUSE_COLUMNS`."""
    key, vendor_id, code, name, country, is_pickup, priority, address, latitude, longitude, *rest = row
    return Warehouse(
        WarehouseId(key),
        VendorId(vendor_id),
        code,
        name,
        country,
        is_pickup,
        priority,
        None if address is None else Address(**{part: address[part] for part in Address.__slots__ if part in address}),
        None if latitude is None else (latitude, longitude),
        *rest,
    )


async def handlings_of_vendors(database: Database) -> dict[VendorId, Handling]:
    """How the first warehouse of each vendor works, of those that have told their hours."""
    rows = await database.fetch(_HANDLINGS)
    known = [(VendorId(row["vendor_id"]), handling_of(row)) for row in rows]
    return {vendor_id: handling for vendor_id, handling in known if handling is not None}


def handling_of(row: Record) -> Handling | None:
    """How a warehouse works, of a row with those columns; None where it does not say."""
    if row["cutoff_hour"] is None:
        return None
    return Handling(row["country"], row["time_zone"] or "UTC", row["cutoff_hour"], row["handling_days"])


def _stock_level(row: Record) -> StockLevel:
    offer_id, warehouse_id, on_hand, reserved, *rest = row
    return StockLevel(OfferId(offer_id), WarehouseId(warehouse_id), on_hand, int(reserved), *rest)
