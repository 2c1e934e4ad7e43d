"""Prices that follow those of another list (rule M9)."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.pricing.deriving.model import (
    Derivation,
    DerivationCounts,
    DerivedList,
    ExchangeRate,
    ListedPrice,
    derive,
)
from domain.pricing.model import OfferPrice, PriceList, base_price
from domain.pricing.price_lists.ports import PriceRow
from domain.shared.ids import MarketId, OfferId, PriceListId
from domain.shared.money import MAX_MINOR, Money, PriceEnding, Rounding

NOW = datetime(2026, 11, 21, tzinfo=UTC)
YESTERDAY = datetime(2026, 11, 20, tzinfo=UTC)
BASE, OWN = PriceListId("price_list_base"), PriceListId("price_list_own")
OFFER = OfferId("offer_one")


def make_derived(
    rate: str = "149.37",
    currency: str = "JPY",
    *,
    percent: str = "0",
    granularity: int = 1,
    rounding: Rounding = Rounding.HALF_UP,
    ending: PriceEnding | None = None,
) -> DerivedList:
    exchange = ExchangeRate(Decimal(rate), NOW, "ECB")
    return DerivedList(
        PriceList(OWN, "Yen", currency, ending=ending),
        PriceList(BASE, "Dollars", "USD"),
        Derivation(BASE, exchange, Decimal(percent), granularity),
        rounding,
    )


def make_price(minor: int, **values: Any) -> ListedPrice:
    return replace(ListedPrice(OFFER, minor), **values)


def derived_price(minor: int, **values: Any) -> ListedPrice:
    """One that stands in the list already, at the rate of now."""
    known: dict[str, Any] = {"derived_from": BASE, "rate": Decimal("149.37"), "rate_at": NOW}
    return make_price(minor, **(known | values))


@pytest.mark.parametrize(
    ("rate", "currency", "minor"),
    [pytest.param("149.37", "JPY", 2_986, id="JPY"), pytest.param("0.3071", "KWD", 6_139, id="KWD")],
)
def test_m9_a_price_is_rounded_once_at_the_exponent_of_the_target(rate: str, currency: str, minor: int):
    assert make_derived(rate, currency).price(1_999) == minor


def test_m9_the_ending_comes_after_the_conversion():
    derived = make_derived(ending=PriceEnding(80, 100))
    (row,) = derive(derived, [make_price(1_999)], []).put

    asked = base_price(
        [OfferPrice(derived.price_list, row.minor or 0)], quantity=1, now=NOW, market_id=MarketId("m"), currency="JPY"
    )

    assert (row.minor, asked.minor if asked else None) == (2_986, 2_980)


def test_m9_an_adjustment_is_part_of_the_one_rounding():
    """19.99 x 149.37 x 1.10 = 3284.4969 is 3284; of 2,986 rounded before it would be 3285."""
    assert make_derived(percent="10").price(1_999) == 3_284


def test_m9_steps_are_part_of_the_one_rounding():
    """6.1349 in steps of 0.010 is 6.130; of 6.135 rounded before it would be 6.140."""
    assert make_derived("0.30689845", "KWD", granularity=10).price(1_999) == 6_130


@pytest.mark.parametrize(("rounding", "minor"), [(Rounding.HALF_UP, 13), (Rounding.HALF_EVEN, 12)])
def test_m5_a_derived_price_is_rounded_as_its_market_rounds(rounding: Rounding, minor: int):
    assert make_derived("0.125", "EUR", rounding=rounding).price(100) == minor


def test_what_costs_something_never_becomes_free_and_what_is_free_stays_so():
    tiny = make_derived("0.0001", "KWD", granularity=10)

    assert (tiny.price(1), tiny.price(0)) == (10, 0)


def test_p1_a_price_beyond_what_an_amount_can_hold_is_not_sold():
    derived = make_derived("999999999999")

    plan = derive(derived, [make_price(MAX_MINOR)], [derived_price(5)])

    assert (plan.put, plan.gone, plan.repriced) == ([], [PriceRow(OFFER, None, 1, None, None)], {OFFER})
    assert plan.counts == DerivationCounts(removed=1, out_of_range=1)


def test_tiers_and_windows_are_those_of_the_base():
    later = datetime(2026, 12, 1, tzinfo=UTC)
    base = [make_price(1_999), make_price(1_000, min_quantity=10), make_price(500, starts_at=NOW, ends_at=later)]

    plan = derive(make_derived(), base, [])

    assert plan.put == [
        PriceRow(OFFER, 2_986, 1, None, None),
        PriceRow(OFFER, 1_494, 10, None, None),
        PriceRow(OFFER, 747, 1, NOW, later),
    ]
    assert plan.counts == DerivationCounts(created=3)


def test_a_price_that_somebody_has_set_stays():
    plan = derive(make_derived(), [make_price(1_999)], [make_price(1)])

    assert (plan.put, plan.gone, plan.counts) == ([], [], DerivationCounts(overridden=1))


def test_a_price_without_a_base_is_taken_off_unless_somebody_has_set_it():
    own = [derived_price(2_986), make_price(7, min_quantity=10)]

    plan = derive(make_derived(), [], own)

    assert plan.gone == [PriceRow(OFFER, None, 1, None, None)]
    assert plan.counts == DerivationCounts(removed=1)


def test_m9_a_new_rate_of_the_same_price_is_stored_with_it_and_nothing_is_repriced():
    plan = derive(make_derived(), [make_price(1_999)], [derived_price(2_986, rate_at=YESTERDAY)])

    assert plan.put == [PriceRow(OFFER, 2_986, 1, None, None)]
    assert (plan.repriced, plan.counts) == (set(), DerivationCounts(unchanged=1))


def test_what_is_as_it_should_be_is_not_written():
    plan = derive(make_derived(), [make_price(1_999)], [derived_price(2_986)])

    assert (plan.put, plan.gone, plan.repriced) == ([], [], set())


RATES = st.decimals("0.0001", "9999", places=6)
PERCENTS = st.decimals("-99", "500", places=2)


@given(st.integers(1, 10**9), RATES, PERCENTS, st.sampled_from(["JPY", "EUR", "KWD"]), st.sampled_from([1, 5, 10]))
def test_m9_a_derived_price_is_the_payable_one_nearest_to_the_exact_one(
    minor: int, rate: Decimal, percent: Decimal, currency: str, granularity: int
):
    derived = make_derived(str(rate), currency, percent=str(percent), granularity=granularity)

    price = derived.price(minor)

    exact = Fraction(minor) * derived.derivation.factor * 10 ** Money(0, currency).exponent / 100
    assert price is not None
    assert price % granularity == 0
    assert price > 0
    assert abs(price - exact) * 2 <= granularity or (price == granularity and exact < granularity)


@given(st.lists(st.integers(0, 10**7), max_size=6), st.sets(st.integers(0, 5)))
def test_m9_deriving_again_changes_nothing(minors: list[int], by_hand: set[int]):
    base = [make_price(minor, min_quantity=at + 1) for at, minor in enumerate(minors)]
    set_by_hand = [make_price(77, min_quantity=at + 1) for at in by_hand]
    first = derive(make_derived(), base, set_by_hand)
    written = [derived_price(row.minor or 0, min_quantity=row.min_quantity) for row in first.put]

    again = derive(make_derived(), base, [*set_by_hand, *written])

    assert (again.put, again.gone) == ([], [])
    assert again.counts.unchanged == first.counts.created
