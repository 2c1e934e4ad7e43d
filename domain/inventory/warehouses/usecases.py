"""Warehouses, as vendors keep their own, and staff with `inventory:write` anybody's."""

from collections.abc import Sequence

from domain.inventory.model import Position, Warehouse
from domain.inventory.usecases import INVENTORY_WRITE
from domain.inventory.warehouses.checks import problems_of
from domain.inventory.warehouses.ports import UnitOfWork
from domain.shared.actor import Actor
from domain.shared.address import Address
from domain.shared.errors import ErrorCode, Problem, Refused, refuse
from domain.shared.ids import VendorId, WarehouseId
from domain.shared.making import dataclass, replace
from domain.shared.news import STOREFRONT


@dataclass(frozen=True, slots=True)
class HandlingTerms:
    """Until which hour orders are begun on the same day, and how many business days they take from then on."""

    cutoff_hour: int | None = None
    days: int = 0


@dataclass(frozen=True, slots=True)
class WarehousePatch:
    """What is to be another way; None leaves it as it is. Opening hours without a character are none."""

    name: str | None = None
    country: str | None = None
    pickup: bool | None = None
    priority: int | None = None
    address: Address | None = None
    position: Position | None = None
    opening_hours: str | None = None
    time_zone: str | None = None
    handling: HandlingTerms | None = None


@dataclass(frozen=True, slots=True)
class CreateWarehouse:
    """A new warehouse of a vendor. Its code is its name in imports, and nobody else's."""

    vendor_id: VendorId
    code: str
    name: str
    country: str
    more: WarehousePatch = WarehousePatch()


@dataclass(frozen=True, slots=True)
class UpdateWarehouse:
    warehouse_id: WarehouseId
    patch: WarehousePatch


async def create_warehouse(uow: UnitOfWork, command: CreateWarehouse) -> WarehouseId:
    async with uow:
        await _check_vendor(uow, command.vendor_id)
        warehouse_id = WarehouseId(uow.new_id("warehouse"))
        empty = Warehouse(warehouse_id, command.vendor_id, command.code, command.name, command.country, False, 0)
        warehouse = patched(empty, command.more)
        _check(problems_of(warehouse))
        if not await uow.warehouses.add(warehouse):
            raise refuse(ErrorCode.INVALID, "Another warehouse has this code.", "code")
        uow.tell(STOREFRONT)
        await uow.commit()
    return warehouse_id


async def update_warehouse(uow: UnitOfWork, command: UpdateWarehouse) -> WarehouseId:
    """Goods go by it from now on: what is reserved or owed there stays so."""
    async with uow:
        known = await uow.warehouses.lock(command.warehouse_id)
        if known is None or not _may_keep(uow.actor, known.vendor_id):
            raise refuse(ErrorCode.NOT_FOUND, "No such warehouse.", "id")
        warehouse = patched(known, command.patch)
        _check(problems_of(warehouse))
        await uow.warehouses.save(warehouse)
        uow.tell(STOREFRONT)
        await uow.commit()
    return command.warehouse_id


def patched(warehouse: Warehouse, patch: WarehousePatch) -> Warehouse:
    """The warehouse with what the patch says in its place."""
    names = [name for name in WarehousePatch.__slots__ if name != "handling" and getattr(patch, name) is not None]
    changed = replace(warehouse, **{name: getattr(patch, name) for name in names})
    if patch.handling is not None:
        changed = replace(changed, cutoff_hour=patch.handling.cutoff_hour, handling_days=patch.handling.days)
    return replace(changed, name=changed.name.strip(), opening_hours=(changed.opening_hours or "").strip() or None)


async def _check_vendor(uow: UnitOfWork, vendor_id: VendorId) -> None:
    is_active = await uow.warehouses.is_active_vendor(vendor_id)
    if is_active is None or not _may_keep(uow.actor, vendor_id):
        raise refuse(ErrorCode.NOT_FOUND, "No such vendor.", "vendor_id")
    if not is_active:
        raise refuse(ErrorCode.VENDOR_NOT_ACTIVE, "This vendor does not sell at present.", "vendor_id")


def _may_keep(actor: Actor, vendor_id: VendorId) -> bool:
    return actor.acts_for(vendor_id) or (actor.is_staff and INVENTORY_WRITE in actor.scopes)


def _check(problems: Sequence[Problem]) -> None:
    if problems:
        raise Refused(*problems)
