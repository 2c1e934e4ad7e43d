"""Places where buyers fetch their goods: stores, and points of carriers."""

from collections.abc import Mapping
from typing import Any

from domain.pricing.zones import Point
from domain.shared.address import Address
from domain.shared.ids import PickupPointId, VendorId, WarehouseId
from domain.shared.making import dataclass

type PickupPlaceId = WarehouseId | PickupPointId


@dataclass(frozen=True, slots=True)
class PickupPlace:
    """A place as it is shown to buyers. `opening_hours` is text for people, `carrier` of a carrier's point."""

    id: PickupPlaceId
    name: str
    address: Address
    opening_hours: str | None = None
    position: Point | None = None
    carrier: str | None = None

    @property
    def is_store(self) -> bool:
        """Whether it is a vendor's own, so that goods have to lie there to be fetched."""
        return self.id.startswith("warehouse_")


@dataclass(frozen=True, slots=True)
class Store:
    """A vendor's warehouse where goods can be fetched."""

    warehouse_id: WarehouseId
    vendor_id: VendorId
    place: PickupPlace


@dataclass(frozen=True, slots=True)
class PickupPoint:
    """A shop or a locker of a carrier, known by the carrier's code."""

    id: PickupPointId
    code: str
    place: PickupPlace
    is_active: bool = True


def place_document(place: PickupPlace | None) -> dict[str, Any] | None:
    """How a chosen place is kept with a checkout and an order, as it was when it was chosen."""
    if place is None:
        return None
    address = {name: getattr(place.address, name) for name in Address.__slots__}
    known = {
        "id": place.id,
        "name": place.name,
        "address": {name: value for name, value in address.items() if value is not None},
        "opening_hours": place.opening_hours,
        "position": list(place.position) if place.position else None,
        "carrier": place.carrier,
    }
    return {name: value for name, value in known.items() if value is not None}


def place_of(document: Mapping[str, Any] | None) -> PickupPlace | None:
    """The place that `place_document` wrote down."""
    if not document:
        return None
    position = document.get("position")
    return PickupPlace(
        document["id"],
        document["name"],
        Address(**document["address"]),
        document.get("opening_hours"),
        Point(*position) if position else None,
        document.get("carrier"),
    )
