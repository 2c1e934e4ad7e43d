"""Amounts as people of a language write them."""

import pytest

from domain.shared.money import Money
from resolvers.money import MoneyStyle, money_text, number_text


@pytest.mark.parametrize(
    ("money", "language", "text"),
    [
        (Money(123456, "USD"), "en", "$1,234.56"),
        (Money(123456, "EUR"), "de", "1.234,56 €"),
        (Money(123456, "EUR"), "de-AT", "€ 1.234,56"),
        (Money(2986, "JPY"), "ja", "￥2,986"),
        (Money(-1999, "EUR"), "en", "-€19.99"),
        (Money(1000, "CHF"), "en", "CHF 10.00"),
        (Money(100, "EUR"), "xx", "€1.00"),
    ],
)
def test_an_amount_is_written_as_in_its_language(money: Money, language: str, text: str):
    assert money_text(money, language).replace("\N{NO-BREAK SPACE}", " ") == text


@pytest.mark.parametrize(
    ("currency", "minor", "text"),
    [("IQD", 5000, "IQD 5.000"), ("AFN", 5000, "AFN 50.00"), ("KWD", 6139, "KWD 6.139"), ("CLF", 12345, "CLF 1.2345")],
)
def test_m3_digits_are_those_of_the_currency_whatever_the_locale_says(currency: str, minor: int, text: str):
    assert money_text(Money(minor, currency), "en", MoneyStyle.ISO_CODE).replace("\N{NO-BREAK SPACE}", " ") == text


@pytest.mark.parametrize(
    ("style", "text"),
    [(MoneyStyle.STANDARD, "CA$10.00"), (MoneyStyle.ISO_CODE, "CAD 10.00"), (MoneyStyle.NARROW_SYMBOL, "$10.00")],
)
def test_the_style_says_how_the_currency_is_named(style: MoneyStyle, text: str):
    assert money_text(Money(1000, "CAD"), "en", style).replace("\N{NO-BREAK SPACE}", " ") == text


def test_large_amounts_keep_every_digit():
    assert money_text(Money(9_007_199_254_740_991, "EUR"), "en") == "€90,071,992,547,409.91"


@pytest.mark.parametrize(("value", "text"), [(1234.5678, "1.234,5678"), (3, "3"), (0.1, "0,1")])
def test_numbers_keep_their_digits(value: float, text: str):
    assert number_text(value, "de") == text
