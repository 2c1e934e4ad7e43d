"""Base prices by rule P1, tax rates by rule T7."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from domain.pricing.model import OfferPrice, PriceList, RateTable, TaxRate, Territory, base_price, rates_at
from domain.shared.ids import MarketId, PriceListId
from tests.factories.pricing import make_market, make_rate

NOW = datetime(2026, 6, 1, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
GERMANY = MarketId("market_de")
DEFAULT = PriceList(PriceListId("price_list_default"), "Default", "EUR")
MARKET = replace(DEFAULT, id=PriceListId("price_list_market"), market_id=GERMANY)
GROUP = replace(DEFAULT, id=PriceListId("price_list_group"), customer_group="trade")
CONTRACT = replace(DEFAULT, id=PriceListId("price_list_contract"), company_id="company_1")


def chosen(*prices: OfferPrice, quantity=1, now=NOW, market_id=GERMANY, currency="EUR", **buyer) -> int | None:
    found = base_price(prices, quantity=quantity, now=now, market_id=market_id, currency=currency, **buyer)
    return found.minor if found else None


def test_a_market_begins_with_its_defaults():
    market = make_market(countries=("DE", "AT"), currencies=("EUR", "CHF"), languages=("de", "en"))

    assert (market.default_country, market.default_currency, market.default_language) == ("DE", "EUR", "de")


@pytest.mark.parametrize(
    ("buyer", "expected"),
    [
        ({"customer_group": "trade", "company_id": "company_1"}, 100),
        ({"customer_group": "trade"}, 200),
        ({"customer_group": "press"}, 300),
        ({}, 300),
        ({"market_id": MarketId("market_fr")}, 400),
    ],
    ids=["company contract", "customer group", "another group", "market", "default"],
)
def test_p1_the_most_specific_list_decides_even_when_it_is_dearer(buyer, expected):
    prices = [OfferPrice(DEFAULT, 400), OfferPrice(MARKET, 300), OfferPrice(GROUP, 200), OfferPrice(CONTRACT, 100)]

    assert chosen(*prices, **buyer) == expected
    assert chosen(*reversed(prices), **buyer) == expected


def test_p1_a_list_for_a_group_in_one_market_goes_before_one_for_the_group_anywhere():
    here = replace(GROUP, id=PriceListId("price_list_here"), market_id=GERMANY, priority=9)

    assert chosen(OfferPrice(GROUP, 200), OfferPrice(here, 250), customer_group="trade") == 250
    assert chosen(OfferPrice(GROUP, 200), OfferPrice(here, 250), customer_group="trade", market_id=MarketId("m")) == 200


def test_p1_of_equally_specific_lists_the_lower_priority_number_goes_first_then_the_id():
    later = replace(MARKET, id=PriceListId("price_list_a"), priority=2)
    first = replace(MARKET, id=PriceListId("price_list_z"), priority=1)
    twin = replace(MARKET, id=PriceListId("price_list_y"), priority=1)

    assert chosen(OfferPrice(later, 100), OfferPrice(first, 200)) == 200
    assert chosen(OfferPrice(first, 200), OfferPrice(twin, 300)) == 300


@pytest.mark.parametrize(("quantity", "expected"), [(1, 1000), (9, 1000), (10, 900), (49, 900), (50, 800)])
def test_p1_the_deepest_tier_reached_decides(quantity, expected):
    tiers = [OfferPrice(DEFAULT, 900, 10), OfferPrice(DEFAULT, 1000), OfferPrice(DEFAULT, 800, 50)]

    assert chosen(*tiers, quantity=quantity) == expected


def test_p1_a_list_whose_tiers_are_not_reached_leaves_it_to_the_next():
    assert chosen(OfferPrice(MARKET, 100, 10), OfferPrice(DEFAULT, 200), quantity=9) == 200


def test_p1_in_one_tier_the_latest_start_wins_then_the_lower_price():
    old = OfferPrice(DEFAULT, 100)
    new = OfferPrice(DEFAULT, 200, starts_at=NOW - HOUR)
    newest = OfferPrice(DEFAULT, 300, starts_at=NOW)

    assert chosen(old, new) == 200
    assert chosen(old, newest, new) == 300
    assert chosen(newest, replace(newest, minor=299)) == 299


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "is_sold"),
    [
        (NOW, None, True),
        (NOW + HOUR, None, False),
        (None, NOW, False),
        (None, NOW + HOUR, True),
    ],
    ids=["from now", "from later", "until now", "until later"],
)
def test_p1_prices_and_lists_hold_from_their_start_until_just_before_their_end(starts_at, ends_at, is_sold):
    dated = OfferPrice(DEFAULT, 100, starts_at=starts_at, ends_at=ends_at)
    in_dated_list = OfferPrice(replace(DEFAULT, starts_at=starts_at, ends_at=ends_at), 100)

    assert (chosen(dated) is not None) is is_sold
    assert (chosen(in_dated_list) is not None) is is_sold


def test_p1_what_has_no_price_here_is_not_sold_and_what_costs_nothing_is():
    assert chosen() is None
    assert chosen(OfferPrice(DEFAULT, 100), currency="USD") is None
    assert chosen(OfferPrice(DEFAULT, 0)) == 0


CHANGE = datetime(2026, 7, 1, tzinfo=UTC)
BEFORE = make_rate("0.19", valid_until=CHANGE)
AFTER = make_rate("0.16", valid_from=CHANGE)


@pytest.mark.parametrize(
    ("on", "expected"),
    [(CHANGE - timedelta(microseconds=1), "0.19"), (CHANGE, "0.16")],
    ids=["the last instant of the old law", "the first of the new"],
)
def test_t7_the_rate_is_the_one_in_force_at_the_tax_point(on, expected):
    assert [rate.rate for rate in rates_at([AFTER, BEFORE], "standard", Territory("DE"), on)] == [Decimal(expected)]


def test_t7_a_refund_by_its_orders_tax_point_uses_the_old_rate_after_the_law_changed():
    placed_at = CHANGE - HOUR

    assert rates_at([BEFORE, AFTER], "standard", Territory("DE"), placed_at) == (BEFORE,)


def test_t7_rates_belong_to_their_class_and_country():
    assert rates_at([BEFORE], "reduced", Territory("DE"), NOW) == ()
    assert rates_at([BEFORE], "standard", Territory("AT"), NOW) == ()


def test_a_region_with_rates_of_its_own_lists_them_all_in_order_and_another_is_taxed_as_its_country():
    quebec = Territory("CA", "QC")
    federal = TaxRate(Territory("CA"), "standard", "GST", "CA", Decimal("0.05"))
    gst = replace(federal, territory=quebec, position=1)
    qst = TaxRate(quebec, "standard", "QST", "CA-QC", Decimal("0.09975"), position=2)

    assert rates_at([qst, federal, gst], "standard", quebec, NOW) == (gst, qst)
    assert rates_at([qst, federal, gst], "standard", Territory("CA", "AB"), NOW) == (federal,)
    assert rates_at([qst, federal, gst], "standard", Territory("CA"), NOW) == (federal,)


def test_t7_a_table_of_rates_answers_as_the_list_of_them_does():
    rates = [
        make_rate("0.19", valid_until=NOW),
        make_rate("0.16", valid_from=NOW),
        make_rate("0.07", tax_class="reduced"),
        make_rate("0.20", territory=Territory("AT")),
        make_rate("0.08", territory=Territory("DE", "BY")),
    ]
    table = RateTable(rates)

    assert list(table) == rates
    for territory in (Territory("DE"), Territory("DE", "BY"), Territory("DE", "BE"), Territory("AT"), Territory("FR")):
        for tax_class in ("standard", "reduced", "other"):
            for on in (NOW - timedelta(days=1), NOW):
                assert rates_at(table, tax_class, territory, on) == rates_at(rates, tax_class, territory, on)
