"""Leaf values with a meaning of their own. `SCALARS` goes into the schema's configuration."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import NewType

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

from domain.shared.moments import YEARS
from domain.shared.money import EXPONENTS, MAX_MINOR

MinorUnits = NewType("MinorUnits", int)
CurrencyCode = NewType("CurrencyCode", str)
CountryCode = NewType("CountryCode", str)
LanguageTag = NewType("LanguageTag", str)

COUNTRY = re.compile("[A-Z]{2}")
LANGUAGE = re.compile("[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}")
MAX_DECIMAL_LENGTH = 40


def _minor_units(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MAX_MINOR:
        raise GraphQLError(f"MinorUnits is a whole number within ±{MAX_MINOR}.")
    return value


def _currency(value: object) -> str:
    if not isinstance(value, str) or value not in EXPONENTS:
        raise GraphQLError("CurrencyCode is the code of an active currency of ISO 4217, such as EUR.")
    return value


def _country(value: object) -> str:
    if not isinstance(value, str) or not COUNTRY.fullmatch(value):
        raise GraphQLError("CountryCode is two capital letters of ISO 3166-1, such as DE.")
    return value


def _language(value: object) -> str:
    if not isinstance(value, str) or not LANGUAGE.fullmatch(value):
        raise GraphQLError("LanguageTag is a tag of BCP 47, such as pt-BR.")
    return value


def _moment(value: object) -> datetime:
    message = (
        "DateTime is a moment of RFC 3339 with its offset, such as 2026-11-21T09:30:00Z, of the years 1900 to 9998."
    )
    return _parsed(_utc, value, message)


def _utc(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("no offset")
    return _dated(moment.astimezone(UTC))


def _day(value: object) -> date:
    message = "Date is a day of ISO 8601, such as 2026-11-21, of the years 1900 to 9998."
    return _parsed(lambda text: _dated(date.fromisoformat(text)), value, message)


def _dated[Day: date](day: Day) -> Day:
    if day.year not in YEARS:
        raise ValueError("too far away")
    return day


def _decimal(value: object) -> Decimal:
    message = 'Decimal is an exact decimal number as a string, such as "0.19".'
    if isinstance(value, str) and len(value) > MAX_DECIMAL_LENGTH:
        raise GraphQLError(message)
    number = _parsed(Decimal, value, message)
    if not number.is_finite() or abs(number.adjusted()) > MAX_DECIMAL_LENGTH:
        raise GraphQLError(message)
    return number


def _parsed[Value](parse: Callable[[str], Value], value: object, message: str) -> Value:
    if not isinstance(value, str):
        raise GraphQLError(message)
    try:
        return parse(value)
    except (ValueError, OverflowError, InvalidOperation):
        raise GraphQLError(message) from None


def moment_text(value: datetime) -> str:
    """RFC 3339 in UTC."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def decimal_text(value: "Decimal | str") -> str:
    """All digits that matter, without an exponent; a text is exact already."""
    if isinstance(value, str):
        return value
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


SCALARS: dict[object, ScalarDefinition] = {
    MinorUnits: strawberry.scalar(
        name="MinorUnits",
        description="Integer count of the currency's ISO 4217 minor unit; JSON integer within ±(2^53 - 1).",
        parse_value=_minor_units,
    ),
    CurrencyCode: strawberry.scalar(
        name="CurrencyCode",
        description="ISO 4217 alphabetic code. A scalar, not an enum: adding a currency is data, not a schema change.",
        specified_by_url="https://www.iso.org/iso-4217-currency-codes.html",
        parse_value=_currency,
    ),
    CountryCode: strawberry.scalar(
        name="CountryCode",
        description="ISO 3166-1 alpha-2.",
        specified_by_url="https://www.iso.org/iso-3166-country-codes.html",
        parse_value=_country,
    ),
    LanguageTag: strawberry.scalar(
        name="LanguageTag",
        description="BCP 47, e.g. pt-BR.",
        specified_by_url="https://www.rfc-editor.org/info/bcp47",
        parse_value=_language,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="RFC 3339 instant, always UTC on output; of the years 1900 to 9998 on input.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        serialize=moment_text,
        parse_value=_moment,
    ),
    date: strawberry.scalar(
        name="Date", description="A calendar day: ISO 8601.", serialize=date.isoformat, parse_value=_day
    ),
    Decimal: strawberry.scalar(
        name="Decimal",
        description='Exact decimal as a string, e.g. a tax rate "0.19".',
        serialize=decimal_text,
        parse_value=_decimal,
    ),
}
