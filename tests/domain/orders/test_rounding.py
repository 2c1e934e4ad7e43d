"""What goes back of a rounded order is what was paid, in whatever steps it goes (rules M4 and M8)."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from domain.orders.rounding import GivenBack, canceled_rounding, is_rounded, refund_rounding
from domain.pricing.totals import WHOLE, Granularity, Totals
from domain.shared.money import Money, Rounding, TaxedMoney
from tests.domain.orders.orders import make_line, make_totals


def rounded_totals(exact: int, granularity: Granularity) -> Totals:
    line = make_line(exact, 0)
    return make_totals([line]).rounded(granularity)


def after_refund(totals: Totals, given_back: GivenBack, granularity: Granularity, amount: int) -> tuple[int, GivenBack]:
    rounding = refund_rounding(totals, given_back, granularity, Money(amount, "EUR"))
    after = replace(
        given_back,
        refunded=given_back.refunded + amount,
        refunded_rounding=given_back.refunded_rounding + rounding,
    )
    return amount + rounding, after


def after_cancellation(
    totals: Totals, given_back: GivenBack, granularity: Granularity, amount: int
) -> tuple[int, GivenBack]:
    counted = replace(given_back, canceled=given_back.canceled + amount)
    after = replace(counted, canceled_rounding=canceled_rounding(totals, counted, granularity))
    return amount + after.canceled_rounding - given_back.canceled_rounding, after


def test_m4_the_last_refund_of_an_order_rounded_down_is_less_by_what_it_was_rounded():
    step = Granularity(10)
    totals = rounded_totals(10_004, step)

    first, given_back = after_refund(totals, GivenBack(), step, 9_999)
    last, _ = after_refund(totals, given_back, step, 5)

    assert (totals.total.gross.minor, first, last) == (10_000, 9_990, 10)


def test_m4_an_order_that_was_not_rounded_needs_no_rounding():
    totals = make_totals([make_line()])

    assert not is_rounded(totals, WHOLE)
    assert is_rounded(totals, Granularity(5))
    assert is_rounded(replace(totals, rounding=Money(1, "EUR")), WHOLE)


def test_m4_a_market_whose_step_changed_gives_back_what_was_paid_nevertheless():
    totals = rounded_totals(10_004, Granularity(10))

    first, given_back = after_refund(totals, GivenBack(), Granularity(5), 5_003)
    last, _ = after_refund(totals, given_back, WHOLE, 5_001)

    assert first + last == 10_000


@given(
    st.integers(1, 10**7),
    st.sampled_from([1, 5, 10, 100]),
    st.sampled_from(list(Rounding)),
    st.lists(st.tuples(st.integers(0, 10**6), st.booleans()), max_size=20),
)
def test_m4_whatever_goes_back_in_whatever_steps_can_be_paid_and_comes_to_what_was_paid(exact, step, rounding, steps):
    granularity = Granularity(step, rounding)
    totals = rounded_totals(exact, granularity)
    left, given_back, amounts = exact, GivenBack(), []

    for asked, is_canceled in [*steps, (exact, False)]:
        act = after_cancellation if is_canceled else after_refund
        amount, given_back = act(totals, given_back, granularity, min(asked, left))
        left -= min(asked, left)
        amounts.append(amount)

    assert sum(amounts) == totals.total.gross.minor
    assert all(amount >= 0 and amount % step == 0 for amount in amounts)


def test_a_total_of_nothing_gives_nothing_back():
    totals = replace(make_totals([make_line()]), total=TaxedMoney.zero("EUR"), rounding=Money(0, "EUR"))

    assert refund_rounding(totals, GivenBack(), Granularity(10), Money(0, "EUR")) == 0
