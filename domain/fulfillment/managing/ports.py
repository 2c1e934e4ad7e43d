"""What managing delivery needs from outside."""

from collections.abc import Sequence
from enum import Enum
from typing import Protocol

from domain.fulfillment.delivery import DeliveryRate
from domain.fulfillment.places import PickupPoint
from domain.fulfillment.restrictions import Restriction
from domain.pricing.zones import Zone
from domain.shared.ids import DeliveryRestrictionId, DeliveryZoneId, PickupPointId
from domain.shared.transaction import Transaction


class Thing(Enum):
    """What rules of delivery refer to, by the name of its table."""

    MARKET = "market"
    VENDOR = "vendor"
    PRODUCT = "product"
    CATEGORY = "category"
    ZONE = "delivery_zone"
    RATE = "delivery_rate"
    RESTRICTION = "delivery_restriction"


class DeliveryRules(Protocol):
    async def exists(self, thing: Thing, key: str) -> bool: ...

    async def zone(self, zone_id: DeliveryZoneId) -> Zone | None: ...

    async def put_zone(self, zone: Zone) -> None:
        """Write a zone in the place of the one with its id, if there is one; so do the others."""
        ...

    async def put_rate(self, rate: DeliveryRate) -> None: ...

    async def put_restriction(self, restriction: Restriction) -> None: ...

    async def remove_restriction(self, restriction_id: DeliveryRestrictionId) -> bool:
        """Whether there was one."""
        ...


class PickupPointWriter(Protocol):
    async def upsert(self, points: Sequence[PickupPoint]) -> Sequence[PickupPointId]:
        """Write points by carrier and code; the ids they have then."""
        ...


class UnitOfWork(Transaction, Protocol):
    """The rules of delivery."""

    @property
    def delivery_rules(self) -> DeliveryRules: ...
    @property
    def pickup_points(self) -> PickupPointWriter: ...
