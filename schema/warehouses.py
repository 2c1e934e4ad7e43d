"""Warehouses, as vendors keep their own, and staff anybody's."""

from typing import Any

import strawberry

from domain.inventory.warehouses import usecases
from domain.shared.ids import VendorId, WarehouseId
from resolvers import warehouses
from resolvers.ids import parse_id
from schema.addresses import AddressInput
from schema.base import Payload, mutation, resolve
from schema.delivery import GeoPointInput
from schema.pricing import Warehouse
from schema.scalars import CountryCode

KEEPERS = [["vendor"], ["staff", "scope:inventory:write"]]


@strawberry.input(description="How a warehouse works.")
class HandlingInput:
    cutoff_hour: int | None = strawberry.field(
        default=None, description="Before which hour orders are begun on the same business day, 0 to 24; null: unsaid."
    )
    days: int = strawberry.field(default=0, description="The business days it takes from then on, 0 to 60.")

    def to_domain(self) -> usecases.HandlingTerms:
        return usecases.HandlingTerms(self.cutoff_hour, self.days)


@strawberry.input(description="A new warehouse.")
class WarehouseCreateInput:
    vendor_id: strawberry.ID
    code: str = strawberry.field(description="Its name in imports, which no other warehouse has; it stays.")
    name: str
    country: CountryCode
    pickup: bool = strawberry.field(default=False, description="Whether buyers can fetch goods there, at its address.")
    priority: int = strawberry.field(default=0, description="Of warehouses that do as well, the lower gives.")
    address: AddressInput | None = None
    position: GeoPointInput | None = strawberry.field(
        default=None, description="What the way to buyers is measured from; without it countries are compared."
    )
    opening_hours: str | None = None
    time_zone: str | None = strawberry.field(default=None, description="A name of the IANA database; null for UTC.")
    handling: HandlingInput | None = None

    def to_domain(self) -> usecases.CreateWarehouse:
        return usecases.CreateWarehouse(
            parse_id(self.vendor_id, "vendor", VendorId), self.code, self.name, self.country, _patch(self)
        )


@strawberry.input(description="What becomes of a warehouse; null leaves something as it is.")
class WarehouseUpdateInput:
    id: strawberry.ID
    name: str | None = None
    country: CountryCode | None = None
    pickup: bool | None = None
    priority: int | None = None
    address: AddressInput | None = None
    position: GeoPointInput | None = None
    opening_hours: str | None = strawberry.field(default=None, description="An empty text for none.")
    time_zone: str | None = None
    handling: HandlingInput | None = None

    def to_domain(self) -> usecases.UpdateWarehouse:
        return usecases.UpdateWarehouse(parse_id(self.id, "warehouse", WarehouseId), _patch(self))


def _patch(told: Any) -> usecases.WarehousePatch:
    """What either input says."""
    return usecases.WarehousePatch(
        name=told.name,
        country=told.country,
        pickup=told.pickup,
        priority=told.priority,
        address=told.address.to_domain() if told.address else None,
        position=(told.position.latitude, told.position.longitude) if told.position else None,
        opening_hours=told.opening_hours,
        time_zone=told.time_zone,
        handling=told.handling.to_domain() if told.handling else None,
    )


@strawberry.type(description="The warehouse as it is now.")
class WarehouseCreatePayload(Payload):
    warehouse: Warehouse | None = resolve(description="The warehouse as it is now.")


@strawberry.type(description="The warehouse as it is now.")
class WarehouseUpdatePayload(Payload):
    warehouse: Warehouse | None = resolve(description="The warehouse as it is now.")


@strawberry.type
class WarehousesMutation:
    warehouse_create: WarehouseCreatePayload | None = mutation(
        warehouses.create,
        input=WarehouseCreateInput,
        payload=WarehouseCreatePayload,
        policy=KEEPERS,
        tags=["vendor", "admin"],
        description="Make a warehouse of a vendor; `stockAdjust` fills it.",
    )
    warehouse_update: WarehouseUpdatePayload | None = mutation(
        warehouses.update,
        input=WarehouseUpdateInput,
        payload=WarehouseUpdatePayload,
        policy=KEEPERS,
        tags=["vendor", "admin"],
        description="Change a warehouse. What is reserved or owed there stays so.",
    )
