"""What choosing a delivery needs from outside."""

from collections.abc import Sequence
from typing import Protocol

from domain.fulfillment.places import PickupPoint
from domain.shared.ids import PickupPointId


class PickupPoints(Protocol):
    async def by_id(self, ids: Sequence[PickupPointId]) -> Sequence[PickupPoint]:
        """Those that exist and are open for business, in no particular order."""
        ...
