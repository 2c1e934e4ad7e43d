"""A vendor's part of an order: the ways it may go, and where its units say that it stands."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.orders.model import FulfillmentStatus, OrderLine, VendorOrder, VendorOrderStatus, fulfillment_status
from domain.orders.parts import moved, status_by_units
from domain.shared.address import Address
from domain.shared.errors import Refused
from domain.shared.ids import OrderId, VendorId, VendorOrderId
from tests.factories.clock import present
from tests.factories.orders import make_line, make_totals

WAYS = {
    ("AWAITING_PAYMENT", "NEW"),
    ("AWAITING_PAYMENT", "CANCELED"),
    ("NEW", "ACCEPTED"),
    ("NEW", "REJECTED"),
    ("NEW", "CANCELED"),
    ("ACCEPTED", "PARTIALLY_SHIPPED"),
    ("ACCEPTED", "SHIPPED"),
    ("ACCEPTED", "CANCELED"),
    ("PARTIALLY_SHIPPED", "SHIPPED"),
    ("SHIPPED", "DELIVERED"),
}
PAIRS = [(old, new) for old in VendorOrderStatus for new in VendorOrderStatus]


def part(status: VendorOrderStatus) -> VendorOrder:
    return VendorOrder(
        id=VendorOrderId("part"),
        order_id=OrderId("order"),
        number="1",
        vendor_id=VendorId("vendor"),
        status=status,
        language="de",
        shipping_address=Address("Hauptstraße 1", "Berlin", "DE"),
        delivery={},
        totals=make_totals([make_line("offer")]),
        placed_at=present(),
        version=3,
    )


@pytest.mark.parametrize(("old", "new"), PAIRS, ids=[f"{old.value}-{new.value}" for old, new in PAIRS])
def test_o2_a_part_goes_the_ways_of_the_rule_and_every_other_pair_is_refused(
    old: VendorOrderStatus, new: VendorOrderStatus
):
    if (old.value, new.value) in WAYS:
        assert moved(part(old), new) == replace(part(old), status=new, version=4)
        return

    with pytest.raises(Refused) as refusal:
        moved(part(old), new)

    assert [(problem.code.value, problem.path) for problem in refusal.value.problems] == [
        ("INVALID_TRANSITION", ("id",))
    ]


def line(quantity: int, *, canceled: int = 0, fulfilled: int = 0, delivered: int = 0) -> OrderLine:
    return replace(make_line("offer", quantity=quantity), canceled=canceled, fulfilled=fulfilled, delivered=delivered)


@pytest.mark.parametrize(
    ("lines", "of_part", "of_order"),
    [
        ([line(2), line(3)], "ACCEPTED", "UNFULFILLED"),
        ([line(2, fulfilled=2), line(3)], "PARTIALLY_SHIPPED", "PARTIALLY_FULFILLED"),
        ([line(2, fulfilled=2, delivered=2), line(3)], "PARTIALLY_SHIPPED", "PARTIALLY_FULFILLED"),
        ([line(2, fulfilled=2), line(3, fulfilled=3)], "SHIPPED", "FULFILLED"),
        ([line(2, fulfilled=2), line(3, canceled=3)], "SHIPPED", "FULFILLED"),
        ([line(2, fulfilled=2), line(3, canceled=2)], "PARTIALLY_SHIPPED", "PARTIALLY_FULFILLED"),
        ([line(2, fulfilled=2, delivered=2), line(3, fulfilled=3)], "SHIPPED", "FULFILLED"),
        ([line(2, fulfilled=2, delivered=2), line(3, fulfilled=3, delivered=3)], "DELIVERED", "DELIVERED"),
        ([line(2, fulfilled=2, delivered=2), line(3, canceled=3)], "DELIVERED", "DELIVERED"),
        ([line(2, canceled=2), line(3, canceled=3)], "ACCEPTED", "UNFULFILLED"),
    ],
    ids=[
        "none",
        "one line",
        "one line arrived",
        "all",
        "all that was not canceled",
        "a unit is left",
        "one of two arrived",
        "all arrived",
        "all that was not canceled arrived",
        "all canceled",
    ],
)
def test_o3_canceled_units_are_left_out_of_the_count(lines: list[OrderLine], of_part: str, of_order: str):
    assert status_by_units(lines) is VendorOrderStatus(of_part)
    assert fulfillment_status(lines) is FulfillmentStatus(of_order)


COUNTS = st.tuples(st.integers(1, 9), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))


@given(st.lists(COUNTS, min_size=1, max_size=6))
def test_o3_a_part_and_an_order_are_sent_exactly_when_each_unit_that_was_not_canceled_is(
    counts: list[tuple[int, int, int, int]],
):
    lines = []
    for quantity, canceled, sent, arrived in counts:
        fulfilled = min(sent, quantity - min(canceled, quantity))
        lines.append(
            line(quantity, canceled=min(canceled, quantity), fulfilled=fulfilled, delivered=min(arrived, fulfilled))
        )
    sent_some = any(item.fulfilled for item in lines)
    is_sent = sent_some and all(item.fulfilled == item.quantity - item.canceled for item in lines)
    is_delivered = is_sent and all(item.delivered == item.fulfilled for item in lines)

    assert (status_by_units(lines) is VendorOrderStatus.DELIVERED) == is_delivered
    assert (fulfillment_status(lines) is FulfillmentStatus.DELIVERED) == is_delivered
    assert (status_by_units(lines) in {VendorOrderStatus.SHIPPED, VendorOrderStatus.DELIVERED}) == is_sent
    assert (fulfillment_status(lines) in {FulfillmentStatus.FULFILLED, FulfillmentStatus.DELIVERED}) == is_sent
