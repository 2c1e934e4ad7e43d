"""How one thing is sent: what landed prices and dates rest on."""

from typing import Any

import pytest

from domain.pricing.delivery import Transit, cheapest, ways_of, ways_to
from domain.pricing.tariff import Tariff, TariffBasis, Tier
from domain.pricing.zones import Area, Place, Zone
from domain.shared.ids import DeliveryZoneId, MarketId, VendorId

ACME, OTHER = VendorId("vendor_acme"), VendorId("vendor_other")


def make_transit(price_minor: int, **facts: Any) -> Transit:
    known: dict[str, Any] = {
        "market_id": MarketId("market_de"),
        "vendor_id": None,
        "name": "Standard",
        "countries": (),
        "currency": "EUR",
        "min_subtotal_minor": None,
        "max_weight_grams": None,
        "min_days": 2,
        "max_days": 4,
    }
    return Transit(price_minor=price_minor, **(known | facts))


def test_of_two_ways_at_one_price_the_faster_is_taken():
    slow, fast, dear = make_transit(500, max_days=5), make_transit(500, max_days=3), make_transit(900, max_days=1)

    assert cheapest(ways_of(ACME, [dear, slow, fast]), 1000, None) == fast


@pytest.mark.parametrize(("price", "weight", "expected"), [(4999, 100, 490), (5000, 100, 0), (5000, 31_501, 4900)])
def test_bounds_of_value_and_weight_are_inclusive(price: int, weight: int, expected: int):
    ways = [
        make_transit(490, max_weight_grams=31_500),
        make_transit(0, min_subtotal_minor=5000, max_weight_grams=31_500),
        make_transit(4900, name="Freight"),
    ]

    found = cheapest(ways_of(ACME, ways), price, weight)

    assert found is not None
    assert found.price_minor == expected


def test_what_has_no_weight_is_light_enough():
    assert cheapest([make_transit(490, max_weight_grams=1)], 1000, None) is not None


def test_a_vendors_own_way_replaces_everybodys_of_that_name_and_no_other():
    everybodys, express = make_transit(490), make_transit(600, name="Express")
    own = make_transit(900, vendor_id=ACME)
    ways = [everybodys, express, own]

    assert cheapest(ways_of(ACME, ways), 1000, None) == express
    assert cheapest(ways_of(ACME, [everybodys, own]), 1000, None) == own
    assert cheapest(ways_of(OTHER, ways), 1000, None) == everybodys


def test_nothing_leads_where_no_bound_is_met():
    assert cheapest([make_transit(490, max_weight_grams=10)], 1000, 11) is None


@pytest.mark.parametrize(
    ("facts", "serves"),
    [
        ({}, True),
        ({"countries": ("DE", "AT")}, True),
        ({"countries": ("AT",)}, False),
        ({"currency": "CHF"}, False),
        ({"market_id": MarketId("market_us")}, False),
    ],
)
def test_a_way_serves_the_countries_of_its_market_in_its_currency(facts: dict[str, Any], serves: bool):
    assert make_transit(1, **facts).serves(MarketId("market_de"), "DE", "EUR") is serves


GERMANY = Zone(DeliveryZoneId("zone_germany"), "Germany", (Area("DE"),))
ISLANDS = Zone(DeliveryZoneId("zone_islands"), "Islands", (Area("DE", postal_prefix="27498"),))


@pytest.mark.parametrize(
    ("place", "expected"), [(Place("DE"), [490]), (Place("DE", postal_code="27498"), [1490]), (Place("AT"), [])]
)
def test_the_ways_of_the_most_specific_zone_lead_to_a_place(place: Place, expected: list[int]):
    ways = [make_transit(490, zone=GERMANY), make_transit(1490, zone=ISLANDS)]

    assert [way.price_minor for way in ways_to(ways, place, MarketId("market_de"), "EUR")] == expected


def test_of_one_name_the_way_of_a_zone_replaces_the_one_without():
    everywhere, here = make_transit(100), make_transit(490, zone=GERMANY)

    assert cheapest(ways_of(ACME, [everywhere, here]), 1000, None) == here


@pytest.mark.parametrize(("price", "weight", "expected"), [(4999, 1000, 500), (4999, 3500, 900), (5000, 9999, 0)])
def test_one_thing_costs_what_the_table_says_of_its_weight_or_nothing_from_a_value_on(
    price: int, weight: int, expected: int
):
    tariff = Tariff(TariffBasis.WEIGHT, (Tier(0, 500), Tier(2000, 700, 100)), free_from_minor=5000)

    found = cheapest([make_transit(490, tariff=tariff)], price, weight)

    assert found is not None
    assert found.price_minor == expected
