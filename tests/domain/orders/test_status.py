from dataclasses import replace
from itertools import product

import pytest

from domain.orders.model import ORDER_TRANSITIONS, OrderStatus
from domain.orders.status import INITIAL, moved, status_event
from domain.shared.errors import Refused
from tests.domain.orders.orders import make_order

ALLOWED = {
    ("PENDING_PAYMENT", "ON_HOLD"),
    ("PENDING_PAYMENT", "CONFIRMED"),
    ("PENDING_PAYMENT", "EXPIRED"),
    ("PENDING_PAYMENT", "CANCELED"),
    ("ON_HOLD", "CANCELED"),
    ("ON_HOLD", "CONFIRMED"),
    ("CONFIRMED", "CANCELED"),
    ("CONFIRMED", "ON_HOLD"),
    ("CONFIRMED", "COMPLETED"),
    ("COMPLETED", "CONFIRMED"),
}
"""The table of rule O1."""
PAIRS = list(product(OrderStatus, OrderStatus))


@pytest.mark.parametrize(("before", "after"), PAIRS, ids=lambda status: status.value)
def test_o1_only_the_transitions_of_the_table_are_possible(before: OrderStatus, after: OrderStatus):
    order = replace(make_order(), status=before, version=3)

    if (before.value, after.value) in ALLOWED:
        assert moved(order, after, is_shipped=False) == replace(order, status=after, version=4)
    else:
        with pytest.raises(Refused) as refused:
            moved(order, after, is_shipped=False)
        assert [(p.code.value, p.path) for p in refused.value.problems] == [("INVALID_TRANSITION", ("id",))]


def test_o1_an_order_begins_in_one_of_three_ways_and_ends_for_good_in_two():
    ends = {status for status, following in ORDER_TRANSITIONS.items() if not following}

    assert {status.value for status in INITIAL} == {"PENDING_PAYMENT", "CONFIRMED", "ON_HOLD"}
    assert {status.value for status in ends} == {"CANCELED", "EXPIRED"}
    assert all(replace(make_order(), status=status).is_final == (status in ends) for status in OrderStatus)


@pytest.mark.parametrize("after", [OrderStatus.ON_HOLD, OrderStatus.CANCELED], ids=lambda status: status.value)
def test_o1_what_was_sent_in_part_is_neither_held_nor_canceled(after: OrderStatus):
    with pytest.raises(Refused, match="sent"):
        moved(make_order(), after, is_shipped=True)


def test_reopening_is_told_as_such():
    completed = replace(make_order(), status=OrderStatus.COMPLETED)

    event = status_event(completed, moved(completed, OrderStatus.CONFIRMED, is_shipped=True), reason="late return")

    assert event.type.value == "ORDER_REOPENED"
    assert event.changes == {"status": {"old": "COMPLETED", "new": "CONFIRMED"}, "reason": "late return"}
