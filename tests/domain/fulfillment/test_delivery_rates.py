"""Zones, tables of rates, restrictions and days: what is offered where, for how much, and when it arrives."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.fulfillment.calendar import Handling, is_business_day, leaving
from domain.fulfillment.delivery import (
    Consignment,
    Deliverable,
    DeliveryRate,
    DeliveryTerms,
    options_for,
)
from domain.fulfillment.places import PickupPlace, Store, place_document, place_of
from domain.fulfillment.restrictions import Restriction, Restrictions
from domain.pricing.promotions.selection import Goods
from domain.pricing.tariff import Load, Tariff, TariffBasis, Tier
from domain.pricing.zones import Area, Place, Point, Zone, zone_of
from domain.shared.address import Address
from domain.shared.delivery_kinds import SENT_BY_NETWORK, DeliveryKind
from domain.shared.ids import (
    CartLineId,
    CategoryId,
    DeliveryOptionId,
    DeliveryRestrictionId,
    DeliveryZoneId,
    MarketId,
    OfferId,
    ProductId,
    VariantId,
    VendorId,
    WarehouseId,
)
from domain.shared.money import Money

ACME = VendorId("vendor_acme")
GERMANY = Zone(DeliveryZoneId("zone_germany"), "Germany", (Area("DE"),))
BERLIN = Zone(DeliveryZoneId("zone_berlin"), "Berlin", (Area("DE", postal_prefix="10"),))
ISLANDS = Zone(
    DeliveryZoneId("zone_islands"),
    "Islands",
    (Area("DE", postal_from="25846", postal_until="25849"), Area("DE", postal_prefix="27498")),
)
ALASKA = Zone(DeliveryZoneId("zone_alaska"), "Alaska", (Area("US", "AK"),))
PARIS_NOON = datetime(2026, 11, 20, 11, tzinfo=UTC)
"""A Friday."""
LAMP = (
    CartLineId("line_lamp"),
    Goods(ProductId("product_lamp"), VariantId("v"), OfferId("o"), ACME, categories=frozenset(["category_light"])),
)
CLOTH = (CartLineId("line_cloth"), Goods(ProductId("product_cloth"), VariantId("w"), OfferId("p"), ACME))


def make_rate(name: str = "Standard", price: int = 490, **facts: Any) -> DeliveryRate:
    known: dict[str, Any] = {
        "id": DeliveryOptionId(f"delivery_option_{name}_{price}_{facts.get('zone', GERMANY).name}"),
        "market_id": MarketId("market_de"),
        "vendor_id": None,
        "countries": (),
        "kind": DeliveryKind.SHIP,
        "name": name,
        "translations": {"de": "Standardversand"},
        "carrier": None,
        "price": Money(price, "EUR"),
        "min_subtotal": None,
        "max_weight_grams": None,
        "min_days": 2,
        "max_days": 4,
        "position": 0,
    }
    return DeliveryRate(**(known | facts))


def make_consignment(**facts: Any) -> Consignment:
    known: dict[str, Any] = {
        "market_id": MarketId("market_de"),
        "vendor_id": ACME,
        "place": Place("DE", postal_code="10115"),
        "load": Load(4000, 1000, 2000),
        "currency": "EUR",
        "goods": (LAMP, CLOTH),
    }
    return Consignment(**(known | facts))


def offered(
    *rates: DeliveryRate, terms: dict[str, Any] | None = None, handlings: Sequence[Handling] = (), **facts: Any
) -> Deliverable:
    return options_for(
        make_consignment(**facts),
        DeliveryTerms(rates, **(terms or {})),
        language="en",
        leaves_on=leaving(handlings, PARIS_NOON, "Europe/Berlin"),
    )


def prices(found: Deliverable) -> dict[str, int]:
    return {option.name: option.price.minor for option in found.options}


@pytest.mark.parametrize(
    ("place", "zone"),
    [
        (Place("DE", postal_code="80331"), GERMANY),
        (Place("DE", postal_code="10115"), BERLIN),
        (Place("DE"), GERMANY),
        (Place("DE", postal_code="25849"), ISLANDS),
        (Place("DE", postal_code="25850"), GERMANY),
        (Place("DE", postal_code="2749 8"), ISLANDS),
        (Place("US", "AK"), ALASKA),
        (Place("US", "CA"), None),
    ],
)
def test_the_most_specific_zone_covers_a_place(place: Place, zone: Zone | None):
    assert zone_of(place, [GERMANY, BERLIN, ISLANDS, ALASKA]) == zone
    assert zone_of(place, [ALASKA, ISLANDS, BERLIN, GERMANY]) == zone


def test_a_range_of_outward_codes_holds_all_that_begin_so():
    london = Area("GB", postal_from="N1", postal_until="N2")

    assert london.covers(Place("GB", postal_code="n1 9gu"))
    assert not london.covers(Place("GB", postal_code="N3 1AA"))
    assert not london.covers(Place("GB"))


def test_rates_of_the_most_specific_zone_are_offered_and_not_those_of_wider_ones():
    rates = [
        make_rate(zone=GERMANY),
        make_rate("Express", 1290, zone=GERMANY),
        make_rate(price=1490, zone=ISLANDS),
        make_rate("Everywhere", 900),
    ]

    assert prices(offered(*rates)) == {"Everywhere": 900, "Standard": 490, "Express": 1290}
    assert prices(offered(*rates, place=Place("DE", postal_code="25849"))) == {"Everywhere": 900, "Standard": 1490}
    assert prices(offered(*rates, place=Place("AT"))) == {"Everywhere": 900}


def test_a_vendors_own_rate_of_a_name_goes_before_everybodys_whatever_their_zones():
    own = make_rate(price=790, vendor_id=ACME, zone=GERMANY)

    assert prices(offered(make_rate(zone=BERLIN), own)) == {"Standard": 790}


@pytest.mark.parametrize(
    ("basis", "load", "price"),
    [
        (TariffBasis.WEIGHT, Load(0, 1999, 0), 500),
        (TariffBasis.WEIGHT, Load(0, 2000, 0), 700),
        (TariffBasis.WEIGHT, Load(0, 2001, 0), 800),
        (TariffBasis.WEIGHT, Load(0, 4000, 0), 900),
        (TariffBasis.WEIGHT, Load(0, None, None), 500),
        (TariffBasis.VOLUME, Load(0, 9999, 3500), 900),
        (TariffBasis.VALUE, Load(1999, 0, 0), 500),
        (TariffBasis.VALUE, Load(9000, 0, 0), 700),
        (TariffBasis.FLAT, Load(9000, 9000, 9000), 490),
    ],
)
def test_a_table_goes_by_weight_volume_or_value_and_by_further_kilograms_and_liters_begun(
    basis: TariffBasis, load: Load, price: int
):
    tariff = Tariff(basis, (Tier(0, 500), Tier(2000, 700, 100)) if basis is not TariffBasis.FLAT else ())

    assert prices(offered(make_rate(tariff=tariff), load=load)) == {"Standard": price}


def test_what_is_lighter_than_the_first_tier_or_beyond_the_bounds_has_no_price():
    by_weight = Tariff(TariffBasis.WEIGHT, (Tier(1000, 500),))

    assert prices(offered(make_rate(tariff=by_weight), load=Load(0, 999))) == {}
    assert prices(offered(make_rate(max_weight_grams=1000, min_weight_grams=500), load=Load(0, 1001))) == {}
    assert prices(offered(make_rate(max_weight_grams=1000, min_weight_grams=500), load=Load(0, 499))) == {}
    assert prices(offered(make_rate(max_weight_grams=1000, min_weight_grams=500), load=Load(0, 500))) != {}


@pytest.mark.parametrize(("value", "price"), [(4999, 490), (5000, 0)])
def test_p6_delivery_is_free_from_a_value_on(value: int, price: int):
    assert prices(offered(make_rate(tariff=Tariff(free_from_minor=5000)), load=Load(value))) == {"Standard": price}


@given(grams=st.integers(0, 200_000), more=st.integers(0, 50_000))
def test_more_weight_never_costs_less_where_tiers_ascend_in_price(grams: int, more: int):
    tariff = Tariff(TariffBasis.WEIGHT, (Tier(0, 500), Tier(5000, 900, 50), Tier(30_000, 5000, 120)))

    one, other = tariff.price_of(Load(0, grams), 0), tariff.price_of(Load(0, grams + more), 0)

    assert one is not None
    assert other is not None
    assert one <= other


def make_restriction(**facts: Any) -> Restriction:
    return Restriction(DeliveryRestrictionId("delivery_restriction_1"), **facts)


@pytest.mark.parametrize(
    ("facts", "blamed"),
    [
        ({"product_id": ProductId("product_lamp")}, ("line_lamp",)),
        ({"category_id": CategoryId("category_light")}, ("line_lamp",)),
        ({"product_id": ProductId("product_lamp"), "kind": DeliveryKind.SHIP}, ("line_lamp",)),
        ({"product_id": ProductId("product_lamp"), "zone": BERLIN}, ("line_lamp",)),
        ({"product_id": ProductId("product_lamp"), "zone": ISLANDS}, None),
        ({"product_id": ProductId("product_lamp"), "kind": DeliveryKind.PICKUP_STORE}, None),
        ({"product_id": ProductId("product_other")}, None),
    ],
)
def test_restricted_goods_keep_back_a_delivery_and_are_named(facts: dict[str, Any], blamed: tuple[str, ...] | None):
    restrictions = Restrictions.of([make_restriction(**facts)])

    found = offered(make_rate(), terms={"restrictions": restrictions})

    assert (found.blamed or None) == blamed
    assert bool(found.options) == (blamed is None)


def test_nobody_is_blamed_where_nothing_leads_anyhow():
    assert offered(make_rate(), place=Place("DE"), currency="CHF") == Deliverable(())


def test_a_store_in_the_country_makes_fetching_possible():
    address = Address("Musterweg 8", "Fulda", "DE")
    store = Store(WarehouseId("warehouse_1"), ACME, PickupPlace(WarehouseId("warehouse_1"), "Fulda", address))
    rate = make_rate("Store", 0, kind=DeliveryKind.PICKUP_STORE)

    assert offered(rate).options == ()
    assert [option.stores for option in offered(rate, terms={"stores": {ACME: [store]}}).options] == [(store,)]
    assert offered(rate, terms={"stores": {ACME: [store]}}, place=Place("AT")).options == ()


def test_digital_goods_are_sent_by_rates_of_their_kind_or_for_nothing():
    download = make_rate("Download", 100, kind=DeliveryKind.DIGITAL)

    assert prices(offered(make_rate(), download, is_digital=True)) == {"Download": 100}
    assert prices(offered(make_rate(), download)) == {"Standard": 490}
    assert [(found.id, found.price.minor) for found in offered(make_rate(), is_digital=True).options] == [
        (SENT_BY_NETWORK, 0)
    ]


@pytest.mark.parametrize(
    ("now", "handling", "day"),
    [
        (datetime(2026, 11, 20, 12, 59, tzinfo=UTC), Handling("DE", "Europe/Berlin", 14), date(2026, 11, 20)),
        (datetime(2026, 11, 20, 13, 0, tzinfo=UTC), Handling("DE", "Europe/Berlin", 14), date(2026, 11, 23)),
        (datetime(2026, 11, 20, 9, 0, tzinfo=UTC), Handling("DE", "Europe/Berlin", 14, 2), date(2026, 11, 24)),
        (datetime(2026, 12, 24, 18, 0, tzinfo=UTC), Handling("DE", "Europe/Berlin", 14), date(2026, 12, 28)),
        (datetime(2026, 11, 19, 20, 0, tzinfo=UTC), Handling("SA", "Asia/Riyadh", 14), date(2026, 11, 22)),
        (datetime(2026, 11, 20, 3, 0, tzinfo=UTC), Handling("JP", "Asia/Tokyo", 14), date(2026, 11, 20)),
    ],
    ids=["before the cut-off", "after it", "handling", "holidays", "another weekend", "another time zone"],
)
def test_goods_leave_on_business_days_of_their_warehouse(now: datetime, handling: Handling, day: date):
    assert handling.leaves_on(now) == day
    assert is_business_day(day, handling.country)


def test_the_last_warehouse_decides_and_without_hours_goods_leave_today():
    slow, fast = Handling("DE", "Europe/Berlin", 14, 3), Handling("DE", "Europe/Berlin", 14)

    assert leaving([slow, fast], PARIS_NOON, "Europe/Berlin") == date(2026, 11, 25)
    assert leaving([], PARIS_NOON, "Europe/Berlin") == date(2026, 11, 20)
    assert offered(make_rate(), handlings=[slow]).options[0].estimate.earliest == date(2026, 11, 27)


def test_distances_are_measured_to_the_most_specific_zone_that_has_a_position():
    located = Zone(GERMANY.id, "Germany", GERMANY.areas, Point(51.0, 10.0))
    terms = DeliveryTerms((), zones=(located, BERLIN))

    assert terms.destination(Place("DE", postal_code="10115")).position == (51.0, 10.0)
    assert terms.destination(Place("AT")).position is None


def test_a_chosen_place_is_kept_word_for_word():
    address = Address("Musterweg 8", "Fulda", "DE", postal_code="36037")
    place = PickupPlace(WarehouseId("warehouse_1"), "Fulda", address, "Mon to Fri", Point(50.5, 9.7), "DHL")

    assert place_of(place_document(place)) == place
    assert place_of(place_document(None)) is None
