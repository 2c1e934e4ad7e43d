"""Where a fulfillment may go on its way to the buyer, as plain rules."""

from dataclasses import replace

import pytest

from domain.fulfillment.model import (
    Fulfillment,
    FulfillmentLine,
    FulfillmentState,
    Parcel,
    check_change,
    moved,
)
from domain.shared.errors import Refused
from domain.shared.ids import FulfillmentId, OrderId, OrderLineId, VendorId, VendorOrderId, WarehouseId
from tests.factories.clock import present

WAYS = {
    ("PLANNED", "PICKED"),
    ("PLANNED", "SHIPPED"),
    ("PLANNED", "CANCELED"),
    ("PICKED", "SHIPPED"),
    ("PICKED", "CANCELED"),
    ("SHIPPED", "DELIVERED"),
    ("SHIPPED", "FAILED"),
    ("SHIPPED", "CANCELED"),
}
PAIRS = [(old, new) for old in FulfillmentState for new in FulfillmentState]


def fulfillment(state: FulfillmentState) -> Fulfillment:
    return Fulfillment(
        id=FulfillmentId("fulfillment"),
        order_id=OrderId("order"),
        vendor_order_id=VendorOrderId("part"),
        vendor_id=VendorId("vendor"),
        warehouse_id=WarehouseId("warehouse"),
        state=state,
        lines=(FulfillmentLine(OrderLineId("line"), 1),),
        parcels=(),
        created_at=present(),
        shipped_at=present(),
    )


@pytest.mark.parametrize(("old", "new"), PAIRS, ids=[f"{old.value}-{new.value}" for old, new in PAIRS])
def test_o2_a_fulfillment_goes_forward_and_every_other_pair_is_refused(old: FulfillmentState, new: FulfillmentState):
    if (old.value, new.value) in WAYS:
        delivered_at = present() if new is FulfillmentState.DELIVERED else None
        assert moved(fulfillment(old), new, now=present()) == replace(
            fulfillment(old), state=new, delivered_at=delivered_at
        )
        return

    with pytest.raises(Refused) as refusal:
        moved(fulfillment(old), new, now=present())

    assert [(problem.code.value, problem.path) for problem in refusal.value.problems] == [
        ("INVALID_TRANSITION", ("state",))
    ]


def test_all_that_is_wrong_with_a_change_is_told_at_once():
    with pytest.raises(Refused) as nothing:
        check_change(None, None, "")
    with pytest.raises(Refused) as wrong:
        check_change(FulfillmentState.FAILED, [Parcel(tracking_url="ftp://x")], "x" * 201)

    assert [(item.code.value, item.path) for item in nothing.value.problems] == [
        ("REQUIRED", ("state",)),
        ("INVALID", ("reason",)),
    ]
    assert [(item.code.value, item.path) for item in wrong.value.problems] == [
        ("INVALID", ("parcels", "0", "tracking_url")),
        ("INVALID", ("reason",)),
    ]
