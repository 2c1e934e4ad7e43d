"""Amounts as Stripe counts them (rule M4)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.shared.money import EXPONENTS, Money
from integrations.stripe.double.faults import StripeFault
from integrations.stripe.double.units import check_amount
from integrations.stripe.units import money_of, stripe_amount


@pytest.mark.parametrize(
    ("amount", "sent"),
    [
        pytest.param(Money(1999, "EUR"), 1999, id="EUR 19.99"),
        pytest.param(Money(500, "JPY"), 500, id="JPY 500"),
        pytest.param(Money(500, "ISK"), 50000, id="500 ISK goes as 50000"),
        pytest.param(Money(500, "UGX"), 50000, id="500 UGX goes as 50000"),
        pytest.param(Money(50000, "MGA"), 500, id="500.00 MGA goes as 500"),
        pytest.param(Money(50001, "MGA"), None, id="500.01 MGA cannot go"),
        pytest.param(Money(5120, "KWD"), 5120, id="5.120 KWD"),
        pytest.param(Money(5124, "KWD"), None, id="5.124 KWD cannot go"),
        pytest.param(Money(12345, "CLF"), None, id="CLF is not Stripe's"),
    ],
)
def test_m4_amounts_are_sent_as_stripe_counts_them_or_not_at_all(amount: Money, sent: int | None):
    assert stripe_amount(amount) == sent


@given(st.integers(1, 10**9), st.sampled_from(sorted(EXPONENTS)))
def test_m4_what_is_sent_comes_back_as_it_was(minor: int, currency: str):
    amount = Money(minor, currency)

    sent = stripe_amount(amount)

    assert sent is None or money_of(sent, currency.lower()) == amount


@given(st.integers(10**5, 10**7), st.sampled_from(sorted(EXPONENTS)))
def test_m4_stripe_takes_whatever_is_sent(minor: int, currency: str):
    sent = stripe_amount(Money(minor, currency))

    if sent is not None and sent > 10**4:
        check_amount(sent, currency.lower())


@pytest.mark.parametrize(("units", "currency"), [(5124, "kwd"), (50001, "isk"), (49, "eur")])
def test_m4_the_double_refuses_what_stripe_would_refuse(units: int, currency: str):
    with pytest.raises(StripeFault):
        check_amount(units, currency)
