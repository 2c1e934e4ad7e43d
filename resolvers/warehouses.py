"""Warehouses, for those who keep them."""

import strawberry

from domain.inventory.model import Warehouse
from domain.inventory.usecases import INVENTORY_WRITE
from domain.inventory.warehouses import usecases
from domain.pricing.zones import Point
from domain.shared.ids import VendorId, WarehouseId
from domain.shared.page import Page, PageRequest
from persistence.inventory.warehouses import warehouses_page
from resolvers.context import Info
from resolvers.ids import parse_id
from resolvers.loaded import loaded
from resolvers.paging import paged


async def create(info: Info, command: usecases.CreateWarehouse) -> Warehouse:
    uow = info.context.vendor_unit_of_work(or_staff_with=INVENTORY_WRITE)
    return await _taken_up(info, await usecases.create_warehouse(uow, command))


async def update(info: Info, command: usecases.UpdateWarehouse) -> Warehouse:
    uow = info.context.vendor_unit_of_work(or_staff_with=INVENTORY_WRITE)
    return await _taken_up(info, await usecases.update_warehouse(uow, command))


def position(root: Warehouse) -> Point | None:
    return None if root.position is None else Point(*root.position)


@paged()
async def newest(info: Info, page: PageRequest, vendor_id: strawberry.ID | None = None) -> Page[Warehouse]:
    vendor = None if vendor_id is None else parse_id(vendor_id, "vendor", VendorId)
    found = await warehouses_page(info.context.pool, page, vendor_id=vendor)
    return await loaded(found, info.context.loaders.warehouse)


async def _taken_up(info: Info, warehouse_id: WarehouseId) -> Warehouse:
    """The warehouse afresh; this process goes by it from now on, others when what they know has grown old."""
    info.context.services.reference.forget()
    info.context.forget_reads()
    found = await info.context.loaders.warehouse.load(warehouse_id)
    assert found is not None, "it was written just now"
    return found
