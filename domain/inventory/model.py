"""What lies where."""

from datetime import datetime

from domain.inventory.sourcing import available
from domain.shared.address import Address
from domain.shared.ids import OfferId, VendorId, WarehouseId
from domain.shared.making import dataclass

type Position = tuple[float, float]
"""Degrees of latitude and longitude."""


@dataclass(frozen=True, slots=True)
class Warehouse:
    """A place that goods are sent from, or picked up at.

    What is ordered before `cutoff_hour` in its `time_zone` is begun on the same day and takes `handling_days` more;
    a warehouse without that hour does not say how it works.
    """

    id: WarehouseId
    vendor_id: VendorId
    code: str
    name: str
    country: str
    pickup: bool
    priority: int
    address: Address | None = None
    position: Position | None = None
    opening_hours: str | None = None
    time_zone: str | None = None
    cutoff_hour: int | None = None
    handling_days: int = 0


@dataclass(frozen=True, slots=True)
class StockLevel:
    """What a warehouse holds of an offer. `reserved` counts reservations that are alive at the moment it was read."""

    offer_id: OfferId
    warehouse_id: WarehouseId
    on_hand: int
    reserved: int
    allocated: int
    incoming: int
    safety: int

    @property
    def available(self) -> int:
        """What can be promised (rule S1)."""
        return available(self.on_hand, self.reserved, self.allocated, self.safety)


@dataclass(frozen=True, slots=True)
class SoldAhead:
    """How an offer is sold beyond its stock, by the name of its policy, and how far it is.

    Of `limit` units orders are `waiting` for some, and checkouts hold `reserved` more until they expire.
    """

    offer_id: OfferId
    policy: str
    limit: int
    available_from: datetime | None
    reserved: int
    waiting: int

    @property
    def left(self) -> int:
        """How many more can be sold ahead under the limit."""
        return self.limit - self.reserved - self.waiting
