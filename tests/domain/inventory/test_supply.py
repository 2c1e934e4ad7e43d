"""Dividing a demand between stock and what comes later, and what comes between those who wait (rule S7)."""

from hypothesis import given
from hypothesis import strategies as st

from domain.inventory.sourcing import NO_WAREHOUSE, Level, Pick
from domain.inventory.supply import Served, Shelf, Supply, Waiting, serve, sourced
from domain.shared.ids import OfferId, OrderLineId, WarehouseId

A, B = OfferId("offer_a"), OfferId("offer_b")
W1, W2 = WarehouseId("warehouse_1"), WarehouseId("warehouse_2")
ONE, TWO = OrderLineId("line_1"), OrderLineId("line_2")


def shelf(warehouse_id: WarehouseId, units: int, *, country: str = "DE", priority: int = 0) -> Shelf:
    return Shelf(Level(A, warehouse_id, units, priority), country)


def test_s7_of_five_units_three_are_in_stock_and_two_wait():
    found = sourced({A: 5}, [Level(A, W1, 3)], [Supply(A, left=10)], {})

    assert found.picks == (Pick(A, W1, 3), Pick(A, NO_WAREHOUSE, 2))
    assert found.short is None


def test_s7_what_others_wait_for_is_not_sold():
    found = sourced({A: 2}, [Level(A, W1, 4)], [Supply(A, left=0, waiting=3)], {})

    assert found.short == {A: 1}


def test_s7_nothing_that_is_unreleased_comes_out_of_stock():
    found = sourced({A: 2}, [Level(A, W1, 4)], [Supply(A, left=5, is_unreleased=True)], {})

    assert found.picks == (Pick(A, NO_WAREHOUSE, 2),)


def test_s7_what_is_fetched_is_not_sold_ahead():
    found = sourced({A: 2}, [Level(A, W1, 1), Level(A, W2, 5)], [Supply(A, left=5)], {A: W1})

    assert found.short == {A: 1}


def test_s3_all_that_falls_short_is_told_and_nothing_is_picked():
    found = sourced({A: 5, B: 1}, [Level(A, W1, 3)], [Supply(A, left=1)], {})

    assert (found.picks, found.short) == ((), {A: 4, B: 0})


def test_s7_four_units_that_come_serve_the_first_whole_and_the_second_in_part():
    served = serve([Waiting(ONE, 3, "DE"), Waiting(TWO, 2, "DE")], [shelf(W1, 4)])

    assert served == [Served(ONE, W1, 3), Served(TWO, W1, 1)]


def test_a_line_is_served_near_its_buyer_and_from_one_warehouse_if_one_has_all():
    shelves = [shelf(W1, 5, country="FR"), shelf(W2, 5, country="DE", priority=9)]

    assert serve([Waiting(ONE, 5, "DE")], shelves) == [Served(ONE, W2, 5)]


def test_a_line_that_is_fetched_waits_for_its_store_and_holds_up_nobody():
    served = serve([Waiting(ONE, 2, "DE", W2), Waiting(TWO, 1, "DE")], [shelf(W1, 3)])

    assert served == [Served(TWO, W1, 1)]


@given(
    wanted=st.lists(st.integers(1, 9), max_size=6),
    stock=st.lists(st.integers(0, 9), min_size=1, max_size=4),
)
def test_s7_as_much_as_there_is_goes_to_those_who_wait_the_first_first(wanted: list[int], stock: list[int]):
    lines = [Waiting(OrderLineId(f"line_{at}"), units, "DE") for at, units in enumerate(wanted)]
    shelves = [shelf(WarehouseId(f"warehouse_{at}"), units) for at, units in enumerate(stock)]

    served = serve(lines, shelves)

    got = [sum(item.quantity for item in served if item.order_line_id == line.order_line_id) for line in lines]
    left = sum(stock)
    for units, given_to in zip(wanted, got, strict=True):
        assert given_to == min(units, left)
        left -= given_to
    for place in shelves:
        taken = sum(item.quantity for item in served if item.warehouse_id == place.level.warehouse_id)
        assert taken <= place.level.available


@given(
    asked=st.integers(1, 20),
    stock=st.integers(0, 20),
    left=st.integers(0, 20),
    waiting=st.integers(0, 20),
    is_unreleased=st.booleans(),
)
def test_s7_a_demand_is_met_whole_or_told_what_there_is(
    asked: int, stock: int, left: int, waiting: int, is_unreleased: bool
):
    found = sourced({A: asked}, [Level(A, W1, stock)], [Supply(A, left, waiting, is_unreleased)], {})

    free = 0 if is_unreleased else max(0, stock - waiting)
    if asked <= free + left:
        assert sum(pick.quantity for pick in found.picks) == asked
        assert sum(pick.quantity for pick in found.picks if not pick.is_waiting) == min(asked, free)
    else:
        assert (found.picks, found.short) == ((), {A: free + left})
