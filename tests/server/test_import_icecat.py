"""Products of Open Icecat as rows of ours. The products here are made up in its form."""

from functools import cache
from typing import Any

import pytest

from server.imports.icecat import MARKETS, STORE, Icecat
from server.imports.icecat_categories import RULES, UNCATEGORIZED, category_of
from server.imports.rows import ProductRow


def make_product(**fields: Any) -> dict[str, Any]:
    return {
        "id": "1189742",
        "mpn": "Tray 5",
        "title": "Acme Replacement Toner Cartridge Black",
        "brand": "Acme",
        "ean": ["4006381333931", "4006381333932"],
        "short_description": "Black toner<br />2,500 pages",
        "price_minor": 4795,
        "released": "2007-08-09",
        "image_url": "http://images.example/1.jpg",
        "attributes": {"black_toner_page_yield": 2500, "package_weight": 1179, "recycled": True, "color": "Black"},
    } | fields


@cache
def icecat() -> Icecat:
    """One for all tests: it reads the rates of 27 years."""
    return Icecat()


def row_of(**fields: Any) -> ProductRow:
    return ProductRow.model_validate(icecat().row(make_product(**fields)))


def test_a_product_becomes_a_valid_row():
    row = row_of()

    assert row.external_id == "icecat-1189742"
    assert row.category == ("Printing", "Printing Supplies", "Toner Cartridges")
    assert row.description == "<p>Black toner<br>2,500 pages</p>"
    assert row.variants[0].mpn == "Tray 5"
    assert row.variants[0].weight_grams == 1179


def test_a_wrong_ean_is_kept_to_be_found_by():
    variant = row_of().variants[0]

    assert (variant.gtins, variant.identifiers) == (("4006381333931",), ("4006381333932",))


def test_facts_keep_the_kind_of_their_values():
    facts = {key: fact.value for key, fact in row_of().attributes.items()}

    assert facts == {"black_toner_page_yield": 2500, "package_weight": 1179, "recycled": True, "color": "Black"}


def test_m9_prices_of_every_market_are_converted_exactly_and_rounded_once():
    prices = {price.market: (price.currency, price.minor) for price in row_of().variants[0].offers[0].prices}

    rates = icecat().rates
    assert prices.keys() == MARKETS.keys()
    assert prices["us"] == ("USD", 4795)
    for market, (currency, minor) in prices.items():
        exact = 4795 * rates[currency] / (100 if currency == "JPY" else 1)
        assert abs(minor - exact) <= 0.5, market


def test_the_same_product_is_always_the_same_row():
    assert icecat().row(make_product()) == icecat().row(make_product())


def test_vendors_and_stock_are_spread_over_the_products():
    offers = [row_of(id=str(number)).variants[0].offers[0] for number in range(200)]

    assert {offer.vendor for offer in offers} == {vendor.slug for vendor in STORE.vendors}
    sold_out = sum(offer.stock[0].on_hand == 0 for offer in offers)
    assert 2 <= sold_out <= 40


@pytest.mark.parametrize(
    ("title", "leaf"),
    [
        ("Acme 5m Cat5e Snagless Patch Cable Blue", "Network Cables"),
        ('Acme notebook case 15.6" Sleeve Black', "Bags & Cases"),
        ("Acme EliteBook 8440p Notebook PC 35.8 cm 1440 x 900 pixels", "Notebooks"),
        ("Acme LaserJet 5000 fuser kit", "Printer Parts & Maintenance"),
        ("Acme LaserJet 5000 Printer", "Printers"),
        ("Acme Xeon E5504 processor 2 GHz", "Processors"),
        ("Acme Smart-UPS 1500VA uninterruptible power supply (UPS)", "Uninterruptible Power Supplies"),
        ("Acme In-Ear Headphones", "Headphones & Headsets"),
        ("Acme DVD-R 4.7GB 16X 50pk Spindle", "Media & Tape"),
        ("Acme Xylophonium", "Other"),
    ],
)
def test_what_a_thing_is_for_stands_above_the_thing_itself(title, leaf):
    assert category_of(title, "Acme", "", {})[-1] == leaf


def test_facts_tell_where_words_do_not():
    assert category_of("Acme X1", "Acme", "", {"processor_family": "Intel"})[-1] == "Desktops & Workstations"
    assert category_of("Acme X1", "Acme", "", {}) == UNCATEGORIZED


def test_every_rule_names_a_category_of_two_or_three_levels():
    assert {len(path) for path, _ in RULES} <= {2, 3}
    assert 40 <= len({path for path, _ in RULES}) <= 90


@pytest.mark.parametrize("missing", ["id", "ean", "attributes", "price_minor"])
def test_a_product_without_a_field_does_not_fit(missing):
    product = make_product()
    del product[missing]

    with pytest.raises(KeyError):
        icecat().row(product)
