"""Corrections of stock, as plain rules."""

from hypothesis import given
from hypothesis import strategies as st

from domain.inventory.adjustment import MAX_ON_HAND, Change, delta_on
from domain.inventory.ports import Shelf
from domain.shared.errors import Refused, StockProblem
from domain.shared.ids import OfferId

OFFER = OfferId("offer")
SHELVES = st.integers(0, MAX_ON_HAND).flatmap(
    lambda on_hand: st.builds(Shelf, on_hand=st.just(on_hand), bound=st.integers(0, on_hand))
)


@given(SHELVES, st.integers(-MAX_ON_HAND, MAX_ON_HAND))
def test_s1_a_delta_is_taken_exactly_when_what_is_bound_stays_covered(shelf: Shelf, delta: int):
    fits = shelf.bound <= shelf.on_hand + delta <= MAX_ON_HAND

    try:
        taken = delta_on(shelf, Change(delta=delta), OFFER)
    except Refused:
        assert not fits
    else:
        assert fits
        assert taken == delta


@given(SHELVES, st.integers(0, MAX_ON_HAND))
def test_s8_a_set_that_expects_what_is_there_leads_to_the_count_it_names(shelf: Shelf, count: int):
    change = Change(set=count, expected=shelf.on_hand)

    try:
        delta = delta_on(shelf, change, OFFER)
    except Refused as refusal:
        [problem] = refusal.problems
        assert isinstance(problem, StockProblem)
        assert problem.available == shelf.on_hand - shelf.bound
        assert count < shelf.bound
    else:
        assert shelf.on_hand + delta == count
