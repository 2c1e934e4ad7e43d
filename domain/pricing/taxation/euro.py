"""What an amount is worth in euro, where a limit of the Union's law is written in it."""

from fractions import Fraction

from domain.shared.money import exponent_of, round_ratio

_OF_TEN_THOUSAND_EURO = {"EUR": 10_000, "DKK": 74_415, "PLN": 42_000, "RON": 46_337, "SEK": 99_680}
"""What member states with a currency of their own set EUR 10,000 equal to: article 59c (3) of Directive 2006/112/EC."""


def euro_cents(minor: int, currency: str) -> int | None:
    """An amount in euro cents; None for a currency in which the Union's limits are not expressed."""
    units = _OF_TEN_THOUSAND_EURO.get(currency)
    if units is None:
        return None
    cents = Fraction(minor * 10_000 * 100, units * 10 ** exponent_of(currency))
    return round_ratio(cents.numerator, cents.denominator)
