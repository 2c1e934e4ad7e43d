"""The axes of an order: which status may follow which, and what is derived."""

from dataclasses import replace

import pytest

from domain.orders.access import may_read_order
from domain.orders.model import (
    ORDER_TRANSITIONS,
    FulfillmentStatus,
    OrderStatus,
    Paid,
    PaymentStatus,
    fulfillment_status,
    payment_status,
)
from domain.shared.actor import GUEST, Actor
from domain.shared.ids import CustomerId, MarketId, OfferId, VendorId, WarehouseId
from domain.shared.money import Money
from tests.factories.orders import Seller, Shop, make_line, make_order, staff

SELLER = Seller(VendorId("vendor"), WarehouseId("warehouse"), (OfferId("offer"),))
SHOP = Shop(MarketId("market"), "price_list", (SELLER, SELLER))
TOTAL = Money(1000, "EUR")

LAWFUL = {
    ("PENDING_PAYMENT", "ON_HOLD"),
    ("PENDING_PAYMENT", "CONFIRMED"),
    ("PENDING_PAYMENT", "EXPIRED"),
    ("PENDING_PAYMENT", "CANCELED"),
    ("ON_HOLD", "CONFIRMED"),
    ("ON_HOLD", "CANCELED"),
    ("CONFIRMED", "ON_HOLD"),
    ("CONFIRMED", "CANCELED"),
    ("CONFIRMED", "COMPLETED"),
    ("COMPLETED", "CONFIRMED"),
}


def test_o1_an_order_goes_the_ways_of_the_rule_and_no_other():
    assert {(old.value, new.value) for old, ways in ORDER_TRANSITIONS.items() for new in ways} == LAWFUL
    assert set(ORDER_TRANSITIONS) == set(OrderStatus)


@pytest.mark.parametrize(
    ("fulfilled", "backordered", "status"),
    [
        ((0, 0), 0, FulfillmentStatus.UNFULFILLED),
        ((0, 0), 1, FulfillmentStatus.BACKORDERED),
        ((1, 0), 0, FulfillmentStatus.PARTIALLY_FULFILLED),
        ((2, 0), 1, FulfillmentStatus.PARTIALLY_FULFILLED),
        ((2, 3), 0, FulfillmentStatus.FULFILLED),
    ],
)
def test_o3_fulfillment_is_derived_from_the_lines(
    fulfilled: tuple[int, int], backordered: int, status: FulfillmentStatus
):
    lines = [
        replace(make_line("offer", quantity=2), fulfilled=fulfilled[0]),
        replace(make_line("offer", quantity=3), fulfilled=fulfilled[1], backordered=backordered),
    ]

    assert fulfillment_status(lines) is status


@pytest.mark.parametrize(
    ("paid", "status"),
    [
        (Paid(), PaymentStatus.UNPAID),
        (Paid(voided=1000), PaymentStatus.VOIDED),
        (Paid(authorized=1000), PaymentStatus.AUTHORIZED),
        (Paid(authorized=1000, captured=400), PaymentStatus.PARTIALLY_PAID),
        (Paid(authorized=1000, captured=1000), PaymentStatus.PAID),
        (Paid(authorized=1000, captured=1000, refunded=1), PaymentStatus.PARTIALLY_REFUNDED),
        (Paid(authorized=1000, captured=1000, refunded=1000), PaymentStatus.REFUNDED),
    ],
    ids=lambda value: value.value if isinstance(value, PaymentStatus) else "",
)
def test_o3_payment_is_derived_by_comparing_with_the_total(paid: Paid, status: PaymentStatus):
    assert payment_status(TOTAL, paid) is status


def test_y8_a_total_of_nothing_is_paid_without_a_payment():
    assert payment_status(Money.zero("EUR"), Paid()) is PaymentStatus.PAID


def test_an_order_is_read_by_its_customer_by_staff_with_the_scope_and_a_guests_by_its_holder():
    ada, grace = Actor(customer_id=CustomerId("ada")), Actor(customer_id=CustomerId("grace"))
    of_guest = make_order(SHOP, [make_line("offer")])
    of_ada = replace(of_guest, customer_id=CustomerId("ada"))

    assert all(may_read_order(actor, of_guest) for actor in (GUEST, ada, grace))
    assert [may_read_order(actor, of_ada) for actor in (ada, staff("orders:read"))] == [True, True]
    assert not any(may_read_order(actor, of_ada) for actor in (GUEST, grace, SELLER.actor, staff("orders:write")))
