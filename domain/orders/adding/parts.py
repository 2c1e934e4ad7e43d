"""Which of a vendor's parts of an order takes goods that are added to it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from domain.orders.model import Order, OrderLine, VendorOrder, VendorOrderStatus
from domain.pricing.quote import Totals
from domain.shared.delivery_kinds import SENT_BY_NETWORK, DeliveryKind
from domain.shared.events import Event, EventType
from domain.shared.ids import VendorId, VendorOrderId
from domain.shared.money import Money, TaxedMoney

UNSENT = frozenset({VendorOrderStatus.NEW, VendorOrderStatus.ACCEPTED})
SHIP_WITHIN = timedelta(days=2)
DIGITAL = DeliveryKind.DIGITAL.value
_COPIED = ("option_id", "kind", "name", "carrier", "earliest", "latest", "pickup")


def open_part(parts: Sequence[VendorOrder], like: OrderLine, *, is_digital: bool) -> VendorOrder | None:
    """A part of the line's vendor, its own before others, of which nothing was sent, and that is sent as goods are."""
    own = [part for part in vendors_parts(parts, like, is_digital=is_digital) if part.status in UNSENT]
    return own[0] if own else None


def vendors_parts(parts: Sequence[VendorOrder], like: OrderLine, *, is_digital: bool) -> list[VendorOrder]:
    """The parts of the line's vendor that are delivered so, its own before others."""
    own = [part for part in parts if part.vendor_id == like.vendor_id and is_sent_by_network(part) == is_digital]
    return sorted(own, key=lambda part: part.id != like.vendor_order_id)


def is_sent_by_network(part: VendorOrder) -> bool:
    return part.delivery.get("kind") == DIGITAL


def new_part(
    order: Order, like: VendorOrder, *, is_digital: bool, part_id: VendorOrderId, number: str, now: datetime
) -> VendorOrder:
    """One more part for a vendor that has parts already: delivered as the one it is `like`, at no further cost."""
    delivery = _by_network(now) if is_digital else {key: like.delivery[key] for key in _COPIED if key in like.delivery}
    return VendorOrder(
        id=part_id,
        order_id=order.id,
        number=number,
        vendor_id=like.vendor_id,
        status=VendorOrderStatus.NEW,
        language=like.language,
        shipping_address=like.shipping_address,
        delivery={**delivery, "standard_minor": 0},
        totals=_nothing(order.currency),
        placed_at=now,
        ship_by=now + SHIP_WITHIN,
    )


def created_event(part: VendorOrder) -> Event:
    """The fact that a vendor has a part to send."""
    return Event(
        EventType.VENDOR_ORDER_CREATED,
        part.id,
        order_id=part.order_id,
        vendor_order_id=part.id,
        vendor_id=part.vendor_id,
        changes={"status": {"old": None, "new": part.status.value}},
    )


def is_taxed_alike(line: OrderLine, vendor_id: VendorId, tax_class: str) -> bool:
    return line.vendor_id == vendor_id and line.tax_class == tax_class


def _by_network(now: datetime) -> Mapping[str, Any]:
    day = now.date().isoformat()
    return {
        "option_id": SENT_BY_NETWORK,
        "kind": DIGITAL,
        "name": "Digital",
        "carrier": None,
        "earliest": day,
        "latest": day,
    }


def _nothing(currency: str) -> Totals:
    nothing, free = Money.zero(currency), TaxedMoney.zero(currency)
    return Totals(
        lines=free,
        discount=nothing,
        shipping=free,
        fees=free,
        rounding=nothing,
        taxes=(),
        total=free,
        tendered=nothing,
        due=nothing,
    )
