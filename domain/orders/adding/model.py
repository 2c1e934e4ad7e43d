"""Goods that are added to an order, and the order that they come to."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.orders.model import Order, OrderLine, VendorOrder
from domain.shared.ids import OfferId


@dataclass(frozen=True, slots=True)
class Added:
    """So many units of an offer."""

    offer_id: OfferId
    quantity: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A locked order as it is, and what of it stays: how many units of which line."""

    order: Order
    parts: Sequence[VendorOrder]
    lines: Sequence[OrderLine]
    kept: Sequence[tuple[OrderLine, int]]
