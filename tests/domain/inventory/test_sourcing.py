"""Which warehouse gives which units, and what can be promised."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.inventory.sourcing import (
    EXACT_UP_TO,
    FAR_AWAY_KM,
    Destination,
    Level,
    Pick,
    available,
    haversine_km,
    shortages,
    source,
    summed,
)
from domain.shared.ids import OfferId, WarehouseId

A, B = OfferId("offer_a"), OfferId("offer_b")
C, D, E = OfferId("offer_c"), OfferId("offer_d"), OfferId("offer_e")
W1, W2, W3 = WarehouseId("warehouse_1"), WarehouseId("warehouse_2"), WarehouseId("warehouse_3")
BERLIN, MUNICH, VIENNA = (52.52, 13.405), (48.137, 11.575), (48.208, 16.373)


def test_s1_what_is_reserved_owed_or_kept_for_safety_is_not_promised():
    assert available(on_hand=10, reserved=2, allocated=3, safety=1) == 4
    assert available(on_hand=3, reserved=2, allocated=1, safety=5) == 0


def test_s2_two_lines_of_one_offer_ask_for_their_sum():
    assert shortages(summed([(A, 1), (A, 1)]), [Level(A, W1, 1)]) == {A: 1}


def test_s3_every_offer_that_falls_short_is_told():
    assert shortages({A: 2, B: 1}, [Level(A, W1, 1)]) == {A: 1, B: 0}


def test_s9_two_a_and_one_b_come_all_from_the_warehouse_that_has_both():
    levels = [Level(A, W1, 2), Level(A, W2, 2), Level(B, W2, 1)]

    assert source({A: 2, B: 1}, levels) == [Pick(A, W2, 2), Pick(B, W2, 1)]


def test_s9_of_equals_the_lower_priority_goes_first_then_the_id():
    assert source({A: 1}, [Level(A, W1, 1, priority=2), Level(A, W2, 1, priority=1)]) == [Pick(A, W2, 1)]
    assert source({A: 1}, [Level(A, W2, 1), Level(A, W1, 1)]) == [Pick(A, W1, 1)]


def test_s9_the_nearest_goes_before_the_one_with_the_better_priority_but_not_before_fewer_shipments():
    near = Level(A, W1, 1, priority=9, distance_km=10)
    far = [Level(A, W2, 1, priority=0, distance_km=500), Level(B, W2, 1, priority=0, distance_km=500)]

    assert source({A: 1}, [near, *far]) == [Pick(A, W1, 1)]
    assert source({A: 1, B: 1}, [near, *far]) == [Pick(A, W2, 1), Pick(B, W2, 1)]


def test_s9_of_equally_few_shipments_those_with_the_least_way_in_all_are_taken():
    levels = [Level(A, W1, 1, distance_km=100), Level(A, W2, 1, distance_km=10), Level(A, W3, 1, distance_km=20)]

    assert source({A: 2}, levels) == [Pick(A, W2, 1), Pick(A, W3, 1)]


def test_s9_fewer_shipments_are_found_where_the_warehouse_with_most_lines_leads_astray():
    """W1 gives three lines whole, but then two more are needed; W2 and W3 do it alone."""
    levels = [
        *[Level(offer, W1, 1) for offer in (A, B, C)],
        *[Level(offer, W2, 1) for offer in (A, D)],
        *[Level(offer, W3, 1) for offer in (B, C, E)],
    ]

    picks = source(dict.fromkeys((A, B, C, D, E), 1), levels)

    assert {pick.warehouse_id for pick in picks} == {W2, W3}


def test_s9_goods_that_share_no_warehouse_are_sourced_apart():
    """Twelve vendors with two warehouses each: each sends from its better one, and no 2^24 choices are compared."""
    vendors = [(OfferId(f"offer_{at}"), WarehouseId(f"w_{at}_x"), WarehouseId(f"w_{at}_y")) for at in range(12)]
    levels = [
        level for offer, dear, good in vendors for level in (Level(offer, dear, 5, priority=2), Level(offer, good, 5))
    ]

    assert source({offer: 1 for offer, _, _ in vendors}, levels) == [Pick(offer, good, 1) for offer, _, good in vendors]


def test_s9_beyond_the_bound_of_the_search_a_greedy_choice_still_meets_the_demand():
    levels = [Level(A, WarehouseId(f"w_{at:02}"), 1, distance_km=at) for at in range(EXACT_UP_TO + 4)]

    picks = source({A: 10}, levels)

    assert [pick.warehouse_id for pick in picks] == [f"w_{at:02}" for at in range(10)]


@pytest.mark.parametrize(("one", "other", "kilometers"), [(BERLIN, MUNICH, 504), (MUNICH, VIENNA, 355)])
def test_distances_are_those_over_the_ground(one: tuple[float, float], other: tuple[float, float], kilometers: int):
    assert haversine_km(one, other) == pytest.approx(kilometers, abs=2)
    assert haversine_km(one, one) == 0


def test_without_positions_a_warehouse_in_the_country_is_near_and_one_abroad_far():
    assert Destination("DE").distance_km("DE", BERLIN) == 0
    assert Destination("DE").distance_km("AT", VIENNA) == FAR_AWAY_KM
    assert Destination("DE", MUNICH).distance_km("AT", VIENNA) < Destination("DE", MUNICH).distance_km("DE", BERLIN)


STOCK = st.dictionaries(
    st.tuples(st.sampled_from([A, B]), st.sampled_from([W1, W2, W3])), st.integers(0, 5), min_size=1, max_size=6
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


@given(stock=STOCK, wanted=st.dictionaries(st.sampled_from([A, B]), st.integers(1, 10), min_size=1))
def test_s9_no_smaller_set_of_warehouses_has_everything(
    stock: dict[tuple[OfferId, WarehouseId], int], wanted: dict[OfferId, int]
):
    levels = [Level(offer, warehouse, units) for (offer, warehouse), units in stock.items()]
    if shortages(wanted, levels):
        return

    used = {pick.warehouse_id for pick in source(wanted, levels)}

    for smaller in combinations([W1, W2, W3], len(used) - 1):
        assert shortages(wanted, [level for level in levels if level.warehouse_id in smaller])
