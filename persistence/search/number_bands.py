"""Bands of numbers: what measures alike stands together in the index of words and places, so that ranges narrow a
search.

Of a number its thousandths count, in whole decimal digits. It stands in the band of all that have as many digits and
begin with the same one, and in that of those which begin with the same two: a weight of 420.5, or 420500 thousandths,
in `weight/6/4` and `weight/6/42`. So a range is made of some dozens of bands, narrow ones at its ends and wide ones
between. What stands in a band that lies in the range as a whole is known to pass; only in the two at its ends the
number has to be looked at. Bands of three digits would leave less to look at, but with each change of a product all of
its bands are sorted in. Negative numbers, which are rare, have one more band for all of them, `weight/-`.

A band stands in the index as 64 bits of the hash of its name. That of two names one passes for the other is as likely
as not once there are five billion.
"""

from collections.abc import Iterator
from fractions import Fraction
from hashlib import sha256
from math import ceil, floor
from typing import NamedTuple

from domain.catalog.search import MAX_VALUE_LENGTH, Filter

DIGITS, LEADING = 12, 2
MOST = 10**DIGITS - 1
"""Thousandths. All greater numbers count as this one."""
NOT_TOLD = 0
"""The band of a product of which the index does not know the numbers yet: every range has to look at them."""


class Passed(NamedTuple):
    """The bands that lie in a range as a whole, and those of which it has a part."""

    whole: list[int]
    partly: list[int]


def places(attributes: str) -> str:
    """SQL: the bands of the numbers among a product's attributes (an SQL expression of `jsonb`)."""
    told = f"CASE jsonb_typeof(value) WHEN 'number' THEN value::numeric END AS number FROM jsonb_each({attributes})"
    sign = "CASE WHEN number < 0 THEN '-' END"
    name = f"concat(key, '/', {sign}, CASE WHEN begun > 0 THEN concat(length(digits), '/', left(digits, begun)) END)"
    return (
        f"ARRAY(SELECT ('x' || left(encode(sha256(convert_to({name}, 'UTF8')), 'hex'), 16))::bit(64)::bigint "  # noqa: S608
        f"FROM (SELECT key, {told}) AS told "
        f"CROSS JOIN CAST(trunc(least(abs(number) * 1000, {MOST})) AS text) AS digits "
        f"CROSS JOIN generate_series((number >= 0)::int, least(length(digits), {LEADING})) AS begun "
        f"WHERE number IS NOT NULL AND length(key) <= {MAX_VALUE_LENGTH} ORDER BY key, begun)"
    )


def passed(entry: Filter) -> Passed:
    """The bands of all numbers that a range of an attribute lets through."""
    # Exactly: decimal arithmetic would round what has very many digits.
    low, high = (None if bound is None else Fraction(bound) * 1000 for bound in (entry.min, entry.max))
    bands = []
    if low is None and (high is None or high >= 0):
        bands.append(("-", True))
    elif low is None or low < 0:
        nearest = Fraction(0) if high is None else max(-high, Fraction(0))
        bands += [(f"-{name}", is_whole) for name, is_whole in _within(nearest, None if low is None else -low)]
    if high is None or high >= 0:
        bands += _within(max(low or Fraction(0), Fraction(0)), high)
    whole, partly = (
        [_hashed(f"{entry.attribute}/{name}") for name, is_whole in bands if is_whole is wanted]
        for wanted in (True, False)
    )
    return Passed(whole, [NOT_TOLD, *partly])


def _within(low: Fraction, high: Fraction | None) -> Iterator[tuple[str, bool]]:
    """The bands from one number of thousandths to another, neither below zero; whether each lies there as a whole."""
    at, end = min(floor(low), MOST), MOST if high is None else min(floor(high), MOST)
    first, last = ceil(low), MOST if high is None else end - 1
    while at <= end:
        digits = str(at)
        for leading in range(1, min(len(digits), LEADING) + 1):
            width = 10 ** (len(digits) - leading)
            begin = int(digits[:leading]) * width
            is_whole = first <= begin == at and begin + width - 1 <= last
            if is_whole:
                break
        yield f"{len(digits)}/{digits[:leading]}", is_whole
        at = begin + width


def _hashed(name: str) -> int:
    return int.from_bytes(sha256(name.encode()).digest()[:8], "big", signed=True)
