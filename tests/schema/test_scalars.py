"""Leaf values as clients send and read them."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from graphql import GraphQLError

from domain.shared.money import MAX_MINOR
from schema.scalars import SCALARS, CountryCode, CurrencyCode, LanguageTag, MinorUnits, decimal_text, moment_text


def parse(scalar: object, value: Any) -> Any:
    parser = SCALARS[scalar].parse_value
    assert parser is not None
    return parser(value)


@pytest.mark.parametrize(
    ("scalar", "value", "parsed"),
    [
        (MinorUnits, MAX_MINOR, MAX_MINOR),
        (MinorUnits, -MAX_MINOR, -MAX_MINOR),
        (MinorUnits, 3_000_000_000, 3_000_000_000),
        (CurrencyCode, "KWD", "KWD"),
        (CountryCode, "DE", "DE"),
        (LanguageTag, "pt-BR", "pt-BR"),
        (datetime, "2026-11-21T10:30:00+01:00", datetime(2026, 11, 21, 9, 30, tzinfo=UTC)),
        (datetime, "2026-11-21T09:30:00Z", datetime(2026, 11, 21, 9, 30, tzinfo=UTC)),
        (date, "2028-02-29", date(2028, 2, 29)),
        (Decimal, "0.19", Decimal("0.19")),
    ],
)
def test_a_value_is_parsed(scalar: object, value: Any, parsed: Any):
    assert parse(scalar, value) == parsed


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        (MinorUnits, MAX_MINOR + 1),
        (MinorUnits, 1.0),
        (MinorUnits, True),
        (MinorUnits, "1"),
        (CurrencyCode, "eur"),
        (CurrencyCode, "XXX"),
        (CountryCode, "de"),
        (CountryCode, "DEU"),
        (CountryCode, "DE\n"),
        (LanguageTag, "p"),
        (LanguageTag, "en_US"),
        (LanguageTag, "e" * 1_000_000),
        (datetime, "2026-11-21T09:30:00"),
        (datetime, "2026-02-30T09:30:00Z"),
        (datetime, "0001-01-01T00:00:00+23:00"),
        (datetime, "0001-01-01T00:00:00Z"),
        (datetime, "9999-12-31T23:59:59.999999Z"),
        (datetime, 1),
        (date, "2027-02-29"),
        (date, "yesterday"),
        (date, "0001-01-01"),
        (date, "9999-12-31"),
        (Decimal, 0.19),
        (Decimal, "NaN"),
        (Decimal, "Infinity"),
        (Decimal, "9" * 1_000_000),
        (Decimal, "1e999999999"),
        (Decimal, ""),
    ],
)
def test_what_is_no_such_value_is_a_clear_error(scalar: object, value: Any):
    with pytest.raises(GraphQLError, match=SCALARS[scalar].name):
        parse(scalar, value)


def test_moments_are_written_in_utc():
    assert moment_text(datetime(2026, 11, 21, 10, 30, tzinfo=timezone(timedelta(hours=1)))) == "2026-11-21T09:30:00Z"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("0.190000"), "0.19"),
        (Decimal("1E+2"), "100"),
        (Decimal(100), "100"),
        (Decimal("0.000"), "0"),
        ("19.90", "19.90"),
    ],
)
def test_decimals_are_written_with_the_digits_that_matter(value: Any, text: str):
    assert decimal_text(value) == text
