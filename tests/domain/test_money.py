"""Exact money: rules M1 to M9."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from iso4217 import Currency

from domain.shared.money import (
    EXPONENTS,
    MAX_MINOR,
    AmountOutOfRangeError,
    CurrencyMismatchError,
    Money,
    PriceEnding,
    Rounding,
    TaxedMoney,
    allocate,
    convert,
    exponent_of,
    round_ratio,
    sum_money,
    sum_taxed,
    unit_share,
)

amounts = st.integers(min_value=-MAX_MINOR, max_value=MAX_MINOR)


@pytest.mark.parametrize(
    "compute",
    [
        lambda: Money(1, "EUR") + Money(1, "USD"),
        lambda: Money(1, "EUR") - Money(1, "USD"),
        lambda: Money(1, "EUR") < Money(2, "USD"),
        lambda: Money(1, "EUR") <= Money(2, "USD"),
        lambda: sum_money([Money(1, "USD")], "EUR"),
    ],
    ids=["sum", "difference", "less", "at most", "sum of many"],
)
def test_m1_two_currencies_never_meet(compute):
    with pytest.raises(CurrencyMismatchError, match="EUR and USD"):
        compute()


def test_m1_no_binary_float_multiplies_an_amount():
    with pytest.raises(TypeError):
        Money(1999, "EUR") * 1.5  # type: ignore[operator]  # mypy says so too


def test_money_is_reckoned_and_ordered_within_its_currency():
    price = Money(1999, "EUR")

    assert price + Money(1, "EUR") == Money(2000, "EUR")
    assert price - Money(2000, "EUR") == -Money(1, "EUR")
    assert 3 * price == price * 3 == Money(5997, "EUR")
    assert Money(1, "EUR") < Money(2, "EUR") <= Money(2, "EUR")
    assert Money(2, "EUR") > Money(1, "EUR") >= Money(1, "EUR")
    assert sum_money([price, price], "EUR") == Money(3998, "EUR")
    assert sum_money([], "EUR").is_zero


def test_m2_an_order_above_the_32_bit_limit_keeps_its_amount():
    total = Money.parse("3000000000", "VND")

    assert total == Money.checked(3_000_000_000, "VND")
    assert total.amount == "3000000000"


@pytest.mark.parametrize("minor", [MAX_MINOR + 1, -MAX_MINOR - 1])
def test_m2_an_amount_that_javascript_cannot_hold_does_not_enter(minor):
    with pytest.raises(AmountOutOfRangeError):
        Money.checked(minor, "JPY")
    with pytest.raises(AmountOutOfRangeError):
        Money.parse(str(minor), "JPY")


@pytest.mark.parametrize(
    ("currency", "exponent"),
    [("JPY", 0), ("EUR", 2), ("KWD", 3), ("CLF", 4), ("IQD", 3), ("AFN", 2), ("LBP", 2), ("IRR", 2), ("MGA", 2)],
)
def test_m3_exponents_are_those_of_iso_4217_and_not_of_locale_data(currency, exponent):
    assert exponent_of(currency) == Money.zero(currency).exponent == exponent


def test_m3_the_table_holds_every_active_currency():
    assert {code.code: code.exponent for code in Currency if code.exponent is not None} == EXPONENTS


@pytest.mark.parametrize("code", ["XXX", "XAU", "eur", "DEM", ""])
def test_m3_what_has_no_minor_units_is_refused(code):
    with pytest.raises(ValueError, match="not an active currency"):
        Money.checked(1, code)


@pytest.mark.parametrize(
    ("money", "amount"),
    [
        (Money(1990, "EUR"), "19.90"),
        (Money(5, "EUR"), "0.05"),
        (Money(-5, "EUR"), "-0.05"),
        (Money(0, "KWD"), "0.000"),
        (Money(2986, "JPY"), "2986"),
        (Money(-1, "CLF"), "-0.0001"),
    ],
    ids=str,
)
def test_an_amount_is_written_with_all_digits_of_its_currency_and_read_back(money, amount):
    assert money.amount == amount
    assert Money.parse(amount, money.currency) == money
    assert str(money) == f"{amount} {money.currency}"


@given(amounts, st.sampled_from(sorted(EXPONENTS)))
def test_every_amount_of_every_currency_survives_its_text(minor, currency):
    assert Money.parse(Money(minor, currency).amount, currency) == Money(minor, currency)


@pytest.mark.parametrize("text", ["19.999", "", "ten", "NaN", "Infinity", "1e999999999", "1e-999999999"])
def test_what_is_no_exact_amount_is_not_parsed(text):
    with pytest.raises(ValueError, match=r"EUR|decimal"):
        Money.parse(text, "EUR")


def test_m5_a_half_is_rounded_up_or_to_even_as_the_market_says():
    five_percent_of_two_fifty = (250 * 5, 100)

    assert round_ratio(*five_percent_of_two_fifty) == 13
    assert round_ratio(*five_percent_of_two_fifty, Rounding.HALF_EVEN) == 12
    assert round_ratio(27, 2, Rounding.HALF_EVEN) == 14


@given(amounts, st.integers(min_value=1, max_value=10**9), st.sampled_from(Rounding))
def test_m5_a_refund_mirrors_its_charge(numerator, denominator, rounding):
    assert round_ratio(-numerator, denominator, rounding) == -round_ratio(numerator, denominator, rounding)
    assert abs(2 * (round_ratio(numerator, denominator, rounding) * denominator - numerator)) <= denominator


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (1000, (1999, 549, 99), (755, 208, 37)),
        (100, (1, 1, 1), (34, 33, 33)),
        (-100, (1, 1, 1), (-34, -33, -33)),
        (100, (0, 5, 0), (0, 100, 0)),
        (0, (0, 0), (0, 0)),
        (0, (), ()),
    ],
)
def test_m7_the_largest_remainder_splits_an_amount(total, weights, parts):
    assert allocate(total, weights) == parts


@pytest.mark.parametrize(("total", "weights"), [(1, ()), (1, (0, 0)), (1, (2, -1)), (0, (-1, 1))])
def test_m7_what_cannot_be_split_is_refused(total, weights):
    with pytest.raises(ValueError, match="cannot be split"):
        allocate(total, weights)


@given(st.data(), st.lists(st.integers(min_value=0, max_value=10**12), min_size=1, max_size=30).filter(any))
def test_m7_parts_sum_to_the_whole_and_none_exceeds_its_weight(data, weights):
    total = data.draw(st.integers(min_value=0, max_value=sum(weights)))

    parts = allocate(total, weights)

    assert sum(parts) == total
    assert all(0 <= part <= weight for part, weight in zip(parts, weights, strict=True))
    assert all(
        abs(part * sum(weights) - total * weight) < sum(weights) for part, weight in zip(parts, weights, strict=True)
    )


def test_m8_units_share_a_line():
    assert [unit_share(10000, 3, unit) for unit in (1, 2, 3)] == [3333, 3334, 3333]


@pytest.mark.parametrize("unit", [0, 4])
def test_m8_there_is_no_unit_beyond_the_quantity(unit):
    with pytest.raises(ValueError, match=f"no unit {unit} of 3"):
        unit_share(10000, 3, unit)


@given(amounts, st.integers(min_value=1, max_value=60), st.sampled_from(Rounding))
def test_m8_all_units_together_are_the_line(total, quantity, rounding):
    shares = [unit_share(total, quantity, unit, rounding) for unit in range(1, quantity + 1)]

    assert sum(shares) == total
    assert max(shares) - min(shares) <= 2


@pytest.mark.parametrize(
    ("rate", "currency", "amount"), [("149.37", "JPY", "2986"), ("0.3071", "KWD", "6.139"), ("1", "USD", "19.99")]
)
def test_m9_a_conversion_rounds_once_at_the_exponent_of_the_target(rate, currency, amount):
    assert convert(Money(1999, "USD"), Decimal(rate), currency) == Money.parse(amount, currency)


def test_m9_a_conversion_rounds_as_the_market_does():
    assert convert(Money(25, "EUR"), Decimal("0.5"), "USD").minor == 13
    assert convert(Money(25, "EUR"), Decimal("0.5"), "USD", Rounding.HALF_EVEN).minor == 12


@pytest.mark.parametrize(
    ("price", "ending", "expected"),
    [
        (1937, PriceEnding(99, 100), 1899),
        (1949, PriceEnding(99, 100), 1999),
        (1962, PriceEnding(90, 100), 1990),
        (2986, PriceEnding(80, 100), 2980),
        (12, PriceEnding(99, 100), 99),
        (2, PriceEnding(0, 5), 5),
        (13, PriceEnding(0, 5), 15),
    ],
)
def test_m9_a_converted_price_takes_the_nearest_ending_of_its_market(price, ending, expected):
    assert convert(Money(price, "EUR"), Decimal(1), "EUR", ending=ending) == Money(expected, "EUR")


def test_m9_what_is_free_stays_free_under_any_ending():
    assert convert(Money(0, "EUR"), Decimal(2), "USD", ending=PriceEnding(99, 100)) == Money(0, "USD")


@pytest.mark.parametrize(("minor", "step"), [(100, 100), (-1, 100)])
def test_m9_an_ending_lies_within_its_step(minor, step):
    with pytest.raises(ValueError, match="No price ends"):
        PriceEnding(minor, step)


def test_taxed_money_is_reckoned_part_by_part():
    line = TaxedMoney.of_gross(1999, 319, "EUR")

    assert line == TaxedMoney.of_net(1680, 319, "EUR")
    assert line + line == TaxedMoney.of_gross(3998, 638, "EUR")
    assert line - line == TaxedMoney.zero("EUR")
    assert -line + line == TaxedMoney.zero("EUR")
    assert sum_taxed([line, line], "EUR") == line + line
    assert sum_taxed([], "JPY").currency == "JPY"


def test_m10_net_and_tax_that_are_not_the_gross_cannot_exist():
    with pytest.raises(ValueError, match=r"0\.16 EUR and 0\.03 EUR of tax are not 0\.20 EUR"):
        TaxedMoney(Money(16, "EUR"), Money(3, "EUR"), Money(20, "EUR"))


def test_m1_taxed_money_is_of_one_currency():
    with pytest.raises(ValueError, match=r"0\.03 USD of tax"):
        TaxedMoney(Money(16, "EUR"), Money(3, "USD"), Money(19, "EUR"))
