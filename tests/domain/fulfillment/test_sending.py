"""What may be sent, as plain rules."""

from dataclasses import replace

import pytest

from domain.fulfillment.model import (
    MAX_LINES,
    MAX_PARCELS,
    FulfillmentLine,
    Parcel,
    check_owed,
    check_shape,
)
from domain.orders.model import Allocation, OrderLine
from domain.shared.errors import Refused
from domain.shared.ids import OfferId, OrderLineId, WarehouseId
from tests.factories.orders import make_line

HERE, THERE = WarehouseId("here"), WarehouseId("there")


def problems(asked: list[FulfillmentLine], parcels: list[Parcel] | None = None) -> list[tuple[str, tuple[str, ...]]]:
    with pytest.raises(Refused) as refusal:
        check_shape(asked, parcels or [])
    return [(problem.code.value, problem.path) for problem in refusal.value.problems]


def line(name: str, quantity: int = 1) -> FulfillmentLine:
    return FulfillmentLine(OrderLineId(name), quantity)


def order_line(name: str, quantity: int, fulfilled: int = 0) -> OrderLine:
    return replace(make_line("offer", quantity=quantity), id=OrderLineId(name), fulfilled=fulfilled)


def allocation(name: str, warehouse: WarehouseId, quantity: int, fulfilled: int = 0) -> Allocation:
    return Allocation(OrderLineId(name), OfferId("offer"), warehouse, quantity, fulfilled)


def owes(asked: list[FulfillmentLine], allocations: list[Allocation]) -> bool:
    lines = {item.order_line_id: order_line(item.order_line_id, 10) for item in allocations}
    try:
        check_owed(asked, lines, allocations, HERE)
    except Refused:
        return False
    return True


def test_nothing_and_too_much_are_no_fulfillment():
    assert problems([]) == [("REQUIRED", ("lines",))]
    assert problems([line(str(at)) for at in range(MAX_LINES + 1)]) == [("INVALID", ("lines",))]
    assert problems([line("a")], [Parcel()] * (MAX_PARCELS + 1)) == [("INVALID", ("parcels",))]


def test_a_line_is_named_once():
    assert problems([line("a"), line("b"), line("a")]) == [("INVALID", ("lines", "2", "order_line_id"))]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "ftp://x", "https://x\n", "", "https://" + "x" * 2000])
def test_a_tracking_address_is_one_of_the_web(url: str):
    assert problems([line("a")], [Parcel(tracking_url=url)]) == [("INVALID", ("parcels", "0", "tracking_url"))]


def test_a_warehouse_sends_what_is_left_of_its_own_allocation():
    allocations = [allocation("a", HERE, 3, fulfilled=1), allocation("a", THERE, 5)]

    assert owes([line("a", 2)], allocations)
    assert not owes([line("a", 3)], allocations)


def test_all_that_is_not_owed_is_told_at_once():
    lines = {OrderLineId("a"): order_line("a", 2)}

    with pytest.raises(Refused) as refusal:
        check_owed([line("a", 3), line("b")], lines, [allocation("a", HERE, 2)], HERE)

    assert [(problem.code.value, problem.path) for problem in refusal.value.problems] == [
        ("QUANTITY_LIMIT", ("lines", "0", "quantity")),
        ("NOT_FOUND", ("lines", "1", "order_line_id")),
    ]
