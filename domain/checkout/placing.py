"""Making the order of a checkout: one order, a part for each vendor, and every word and amount as they are now."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from domain.checkout.priced import PricedCheckout, PricedCheckoutLine, PricedGroup
from domain.fulfillment.places import place_document
from domain.inventory.sourcing import Pick
from domain.orders.model import (
    Allocation,
    Order,
    OrderCompany,
    OrderLine,
    OrderStatus,
    VendorOrder,
    VendorOrderStatus,
)
from domain.orders.wrapped import SoldWrap
from domain.pricing.discounts import DiscountAllocation
from domain.pricing.split import VendorGroup, VendorShare, split_by_vendor
from domain.shared.delivery_kinds import DeliveryKind
from domain.shared.events import Event, EventType
from domain.shared.ids import NewId, OrderId, OrderLineId, VendorOrderId
from domain.shared.making import dataclass

SHIP_WITHIN = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Placement:
    """All that is written when an order is placed."""

    order: Order
    vendor_orders: tuple[VendorOrder, ...]
    lines: tuple[OrderLine, ...]
    allocations: tuple[Allocation, ...]
    events: tuple[Event, ...]


def place(
    priced: PricedCheckout,
    picks: Sequence[Pick],
    *,
    new_id: NewId,
    new_number: Callable[[], str],
    now: datetime,
    payment_due_at: datetime | None = None,
) -> Placement:
    """The order of a checkout; `picks` are the units set aside for it, and those that it waits for.

    It is confirmed if it is paid or has nothing to pay. One whose money is awaited until `payment_due_at` owes no units
    yet, and its vendors are not told of it.
    """
    order = _order(priced, OrderId(new_id("order")), new_number(), now, payment_due_at)
    shares = split_by_vendor(
        priced.quote,
        [
            VendorGroup(group.id, group.vendor_id, tuple(item.line.cart_line_id for item in group.lines))
            for group in priced.delivery_groups
        ],
    )
    vendor_orders = tuple(
        _vendor_order(
            order,
            _delivery(group, priced.promoted.of_delivery(group.id)),
            share,
            VendorOrderId(new_id("vendor_order")),
            new_number(),
        )
        for group, share in zip(priced.delivery_groups, shares, strict=True)
    )
    parts = {group.id: part for group, part in zip(priced.delivery_groups, vendor_orders, strict=True)}
    waiting = {pick.offer_id: pick.quantity for pick in picks if pick.is_waiting}
    lines = tuple(
        _line(item, parts[item.line.group_id], OrderLineId(new_id("order_line")), waiting.get(item.line.offer_id, 0))
        for item in priced.lines
    )
    return Placement(
        order=order,
        vendor_orders=vendor_orders,
        lines=lines,
        allocations=_allocations(lines, picks),
        events=(_placed(order), *map(_part_created, vendor_orders if payment_due_at is None else ())),
    )


def _order(
    priced: PricedCheckout, order_id: OrderId, number: str, now: datetime, payment_due_at: datetime | None
) -> Order:
    checkout = priced.checkout
    assert checkout.email is not None, "an order is placed when nothing is missing"
    return Order(
        id=order_id,
        number=number,
        status=OrderStatus.CONFIRMED if payment_due_at is None else OrderStatus.PENDING_PAYMENT,
        checkout_id=checkout.id,
        customer_id=checkout.customer_id,
        email=checkout.email,
        market_id=checkout.market_id,
        country=checkout.delivery_country,
        language=checkout.language,
        currency=checkout.currency,
        shipping_address=checkout.shipping_address,
        billing_address=checkout.billing_address or checkout.shipping_address,
        totals=priced.totals,
        placed_at=now,
        payment_due_at=payment_due_at,
        tax=priced.taxed.evidence,
        company=_company(priced),
        po_number=checkout.po_number,
    )


def _company(priced: PricedCheckout) -> OrderCompany | None:
    """The company as it is now; with its terms if the order is paid on them."""
    company = priced.checkout.company
    if company is None:
        return None
    is_on_terms = any(share.is_on_terms for share in priced.shares)
    return OrderCompany(company.id, company.name, company.terms if is_on_terms else None)


def _vendor_order(
    order: Order, delivery: Mapping[str, Any], share: VendorShare, part_id: VendorOrderId, number: str
) -> VendorOrder:
    """A vendor's part. Its number says nothing of the order's or of how many other parts there are (rule V8)."""
    return VendorOrder(
        id=part_id,
        order_id=order.id,
        number=number,
        vendor_id=share.vendor_id,
        status=VendorOrderStatus.NEW if order.payment_due_at is None else VendorOrderStatus.AWAITING_PAYMENT,
        language=order.language,
        shipping_address=order.shipping_address,
        delivery=delivery,
        totals=share.totals,
        placed_at=order.placed_at,
        ship_by=order.placed_at + SHIP_WITHIN,
    )


def _delivery(group: PricedGroup, taken_off: Sequence[DiscountAllocation]) -> Mapping[str, Any]:
    option = group.chosen
    assert option is not None, "an order is placed when nothing is missing"
    pickup = {} if group.pickup is None else {"pickup": place_document(group.pickup)}
    return {
        "option_id": option.id,
        "kind": option.kind.value,
        "name": option.name,
        "carrier": option.carrier,
        "earliest": option.estimate.earliest.isoformat(),
        "latest": option.estimate.latest.isoformat(),
        "standard_minor": _standard(group, option.kind),
        **pickup,
        **({"discounts": [_discount_document(taken) for taken in taken_off]} if taken_off else {}),
    }


def _standard(group: PricedGroup, kind: DeliveryKind) -> int:
    """What the cheapest way of the kind would have cost, with tax: all that a withdrawal gives back of it (rule O7)."""
    return min([group.priced(way).price.gross.minor for way in group.ways if way.kind is kind])


def _discount_document(taken: DiscountAllocation) -> dict[str, Any]:
    """By which rule the delivery is lowered, of what, and who pays (rule P18), in minor units."""
    return {
        "promotion": {"id": taken.promotion.id, "name": taken.promotion.name},
        "code": taken.code,
        "base": taken.base.minor,
        "amount": taken.amount.minor,
        "funded_by": taken.funded_by.value,
    }


def _line(item: PricedCheckoutLine, part: VendorOrder, line_id: OrderLineId, waiting: int) -> OrderLine:
    line, quoted = item.line, item.quoted
    return OrderLine(
        id=line_id,
        order_id=part.order_id,
        vendor_order_id=part.id,
        vendor_id=part.vendor_id,
        position=line.position,
        offer_id=line.offer_id,
        variant_id=line.variant_id,
        product_id=line.product_id,
        snapshot=line.snapshot,
        tax_class=line.tax_class,
        quantity=line.quantity,
        unit_price=quoted.unit_price,
        total=quoted.total,
        discount=quoted.discount,
        taxes=quoted.taxes,
        backordered=waiting,
        tax_treatment=item.tax_treatment,
        tax_collector=item.tax_collector,
        discounts=quoted.discounts,
        gift_message=line.gift_message,
        is_download=line.is_download,
        gift_wrap=_wrap(item),
        is_gift=bool(line.gift_of),
    )


def _wrap(item: PricedCheckoutLine) -> SoldWrap | None:
    terms, fee = item.line.wrap, item.fee
    return SoldWrap(terms.per, fee.price, fee.taxes) if terms and fee else None


def _allocations(lines: Sequence[OrderLine], picks: Sequence[Pick]) -> tuple[Allocation, ...]:
    """One line per offer: what was picked of an offer is what its line is owed."""
    by_offer = {line.offer_id: line for line in lines}
    return tuple(
        Allocation(by_offer[pick.offer_id].id, pick.offer_id, pick.warehouse_id, pick.quantity)
        for pick in picks
        if not pick.is_waiting
    )


def _placed(order: Order) -> Event:
    changes = {
        "status": {"old": None, "new": order.status.value},
        "totalMinor": {"old": None, "new": order.totals.total.gross.minor},
        "currency": {"old": None, "new": order.currency},
    }
    return Event(EventType.ORDER_PLACED, order.id, order_id=order.id, changes=changes)


def _part_created(part: VendorOrder) -> Event:
    return Event(
        EventType.VENDOR_ORDER_CREATED,
        part.id,
        order_id=part.order_id,
        vendor_order_id=part.id,
        vendor_id=part.vendor_id,
        changes={"status": {"old": None, "new": part.status.value}},
    )
