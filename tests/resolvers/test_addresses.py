"""Addresses as an envelope shows them."""

import pytest

from domain.shared.address import Address
from resolvers.addresses import formatted


@pytest.mark.parametrize(
    ("address", "lines"),
    [
        (
            Address("Hauptstr. 1", "Berlin", "DE", "Ada", "Lovelace", "Engines", "2. OG", None, "10115"),
            ["Ada Lovelace", "Engines", "Hauptstr. 1", "2. OG", "10115 BERLIN", "GERMANY"],
        ),
        (
            Address("1 Main St", "Springfield", "US", "Ada", None, None, None, "IL", "62701"),
            ["Ada", "1 Main St", "SPRINGFIELD, IL 62701", "UNITED STATES"],
        ),
        (Address("Somewhere 1", "Nowhere", "ZZ", postal_code="1"), ["Somewhere 1", "1 Nowhere", "ZZ"]),
    ],
    ids=["Germany", "United States", "a country that nobody knows"],
)
def test_the_lines_stand_as_the_country_writes_them(address: Address, lines: list[str]):
    assert formatted(address) == lines
