"""Warehouses as their keepers write them, and the lists of them."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from sqlalchemy import Text, bindparam, or_, select

from domain.inventory.model import Warehouse
from domain.shared.address import Address
from domain.shared.ids import VendorId, WarehouseId
from domain.shared.page import Page, PageRequest
from persistence.inventory.queries import WAREHOUSE_COLUMNS, warehouse_of
from persistence.inventory.tables import warehouse
from persistence.newest_first import NewestFirst
from persistence.statement import Connection, Database

PAGE_SIZE = 50

_IS_ACTIVE_VENDOR = "SELECT status = 'ACTIVE' FROM vendor WHERE id = $1"
_LOCK = f"SELECT {WAREHOUSE_COLUMNS} FROM warehouse WHERE id = $1 FOR NO KEY UPDATE"  # noqa: S608 - a constant
_ADD = f"""
INSERT INTO warehouse ({WAREHOUSE_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT (code) DO NOTHING
"""  # noqa: S608 - a constant
_SAVE = """
UPDATE warehouse SET vendor_id = $2, code = $3, name = $4, country = $5, is_pickup = $6, priority = $7, address = $8,
    latitude = $9, longitude = $10, opening_hours = $11, time_zone = $12, cutoff_hour = $13, handling_days = $14
WHERE id = $1
"""
_VENDOR: Any = bindparam("vendor_id", type_=Text)
_NEWEST: NewestFirst[WarehouseId] = NewestFirst(
    "warehouses",
    select(warehouse.c.id).where(or_(_VENDOR.is_(None), warehouse.c.vendor_id == _VENDOR)),
    warehouse.c.id,
    lambda row: WarehouseId(row["id"]),
    size=PAGE_SIZE,
)


class Warehouses:
    """Implements `domain.inventory.warehouses.ports.WarehouseRepository`, in the transaction of its connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def is_active_vendor(self, vendor_id: VendorId) -> bool | None:
        is_active: bool | None = await self._connection.fetchval(_IS_ACTIVE_VENDOR, vendor_id)
        return is_active

    async def lock(self, warehouse_id: WarehouseId) -> Warehouse | None:
        row = await self._connection.fetchrow(_LOCK, warehouse_id)
        return None if row is None else warehouse_of(row)

    async def add(self, item: Warehouse) -> bool:
        return await self._connection.execute(_ADD, *_values(item)) == "INSERT 0 1"

    async def save(self, item: Warehouse) -> None:
        await self._connection.execute(_SAVE, *_values(item))


async def warehouses_page(
    database: Database,
    request: PageRequest,
    *,
    vendor_id: VendorId | None,
    count: Callable[[], Awaitable[int]] | None = None,
) -> Page[WarehouseId]:
    """Those of a vendor or of all, the newest first. `count` replaces counting on `database`, if that is gone then."""
    return await _NEWEST.page(database, request, vendor_id=vendor_id, count=count)


async def count_of_vendor(database: Database, vendor_id: VendorId) -> int:
    return await _NEWEST.count(database, vendor_id=vendor_id)


def _values(item: Warehouse) -> tuple[object, ...]:
    address = None if item.address is None else _said(item.address)
    return (
        item.id,
        item.vendor_id,
        item.code,
        item.name,
        item.country,
        item.pickup,
        item.priority,
        address,
        *(item.position or (None, None)),
        item.opening_hours,
        item.time_zone,
        item.cutoff_hour,
        item.handling_days,
    )


def _said(address: Address) -> dict[str, str]:
    return {name: part for name, part in asdict(address).items() if part is not None}
