"""Which warehouse gives which units, and what can be promised."""

from hypothesis import given
from hypothesis import strategies as st

from domain.inventory.sourcing import Level, Pick, available, shortages, source, summed
from domain.shared.ids import OfferId, WarehouseId

A, B = OfferId("offer_a"), OfferId("offer_b")
W1, W2 = WarehouseId("warehouse_1"), WarehouseId("warehouse_2")


def test_s1_what_is_reserved_owed_or_kept_for_safety_is_not_promised():
    assert available(on_hand=10, reserved=2, allocated=3, safety=1) == 4
    assert available(on_hand=3, reserved=2, allocated=1, safety=5) == 0


def test_s2_two_lines_of_one_offer_ask_for_their_sum():
    assert shortages(summed([(A, 1), (A, 1)]), [Level(A, W1, 1)]) == {A: 1}


def test_s3_every_offer_that_falls_short_is_told():
    assert shortages({A: 2, B: 1}, [Level(A, W1, 1)]) == {A: 1, B: 0}


def test_s9_the_warehouse_that_can_send_everything_does():
    levels = [Level(A, W1, 2), Level(A, W2, 2), Level(B, W2, 1)]

    assert source({A: 2, B: 1}, levels) == [Pick(A, W2, 2), Pick(B, W2, 1)]


def test_s9_of_equals_the_lower_priority_goes_first_then_the_id():
    assert source({A: 1}, [Level(A, W1, 1, priority=2), Level(A, W2, 1, priority=1)]) == [Pick(A, W2, 1)]
    assert source({A: 1}, [Level(A, W2, 1), Level(A, W1, 1)]) == [Pick(A, W1, 1)]


STOCK = st.dictionaries(
    st.tuples(st.sampled_from([A, B]), st.sampled_from([W1, W2])), st.integers(0, 5), min_size=1, max_size=4
)


@given(stock=STOCK, wanted=st.dictionaries(st.sampled_from([A, B]), st.integers(1, 10), min_size=1))
def test_picks_meet_the_demand_and_take_no_more_than_there_is(
    stock: dict[tuple[OfferId, WarehouseId], int], wanted: dict[OfferId, int]
):
    levels = [Level(offer, warehouse, units) for (offer, warehouse), units in stock.items()]
    if shortages(wanted, levels):
        return

    picks = source(wanted, levels)

    assert summed([(pick.offer_id, pick.quantity) for pick in picks]) == wanted
    assert all(0 < pick.quantity <= stock[pick.offer_id, pick.warehouse_id] for pick in picks)
    assert source(wanted, list(reversed(levels))) == picks
