"""The ways in which goods reach their buyers."""

from enum import Enum

from domain.shared.ids import DeliveryOptionId

SENT_BY_NETWORK = DeliveryOptionId(f"delivery_option_{'0' * 26}")
"""How digital goods are delivered where the market has no rate of its own for them."""


class DeliveryKind(Enum):
    """How goods reach the buyer."""

    SHIP = "SHIP"
    PICKUP_STORE = "PICKUP_STORE"
    PICKUP_POINT = "PICKUP_POINT"
    DIGITAL = "DIGITAL"

    @property
    def is_fetched(self) -> bool:
        """Whether the buyer comes to a place of their choice."""
        return self in (DeliveryKind.PICKUP_STORE, DeliveryKind.PICKUP_POINT)
