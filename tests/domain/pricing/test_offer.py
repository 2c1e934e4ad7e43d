"""What an offer is shown as, and which of several goes first."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.pricing.context import RequestContext
from domain.pricing.delivery import Transit
from domain.pricing.model import OfferPrice, PriceList
from domain.pricing.offer import (
    Assortment,
    AvailabilityState,
    OfferCondition,
    QuantityLimits,
    StoredOffer,
    Storefront,
    assortment,
    availability_of,
)
from domain.shared.ids import MarketId, OfferId, PriceListId, ProductId, VariantId, VendorId
from domain.shared.money import Money, TaxedMoney
from tests.factories.pricing import make_market

NOW = datetime(2026, 11, 21, tzinfo=UTC)
GENERAL = PriceList(PriceListId("price_list_general"), "All", "EUR")
GERMAN = PriceList(PriceListId("price_list_de"), "Germany", "EUR", MarketId("market_de"))
VARIANT = VariantId("variant_1")


def make_stored(name: str = "a", *prices: OfferPrice, **facts: Any) -> StoredOffer:
    """An offer of its own vendor, at 10.00 unless prices are given."""
    known: dict[str, Any] = {
        "variant_id": VARIANT,
        "product_id": ProductId("product_1"),
        "vendor_id": VendorId(f"vendor_{name}"),
        "condition": OfferCondition.NEW,
        "limits": QuantityLimits(),
        "version": 1,
        "is_public": True,
        "tax_class": "standard",
        "weight_grams": None,
        "available": 50,
        "prices": prices or (OfferPrice(GERMAN, 1000),),
    }
    return StoredOffer(OfferId(f"offer_{name}"), **(known | facts))


def make_storefront(*, now: datetime = NOW, transits: dict[str, Transit] | None = None, **market: Any) -> Storefront:
    """Where a tenth of what is shown is tax."""
    context = RequestContext(make_market(**market), "DE", "de", "EUR")

    def taxed(minor: int, tax_class: str) -> TaxedMoney:
        return TaxedMoney.of_gross(minor, minor // 10, "EUR")

    def transit(vendor_id: VendorId, price_minor: int, weight_grams: int | None) -> Transit | None:
        return (transits or {}).get(vendor_id)

    return Storefront(context, now, taxed, transit)


def make_transit(price_minor: int, max_days: int = 3) -> Transit:
    return Transit(MarketId("market_de"), None, "Standard", (), "EUR", price_minor, None, None, 1, max_days)


def sold(*stored: StoredOffer, **facts: Any) -> Assortment:
    return assortment(stored, make_storefront(**facts))


def names(found: Assortment) -> list[str]:
    return [offer.id.removeprefix("offer_") for offer in found.of(VARIANT)]


@pytest.mark.parametrize(
    ("available", "least", "state", "quantity"),
    [
        (0, 1, AvailabilityState.OUT_OF_STOCK, 0),
        (1, 1, AvailabilityState.LOW_STOCK, 1),
        (9, 1, AvailabilityState.LOW_STOCK, 9),
        (10, 1, AvailabilityState.IN_STOCK, None),
        (5, 6, AvailabilityState.OUT_OF_STOCK, 5),
        (15, 20, AvailabilityState.OUT_OF_STOCK, None),
    ],
)
def test_the_count_is_told_below_the_threshold_only(
    available: int, least: int, state: AvailabilityState, quantity: int | None
):
    shown = availability_of(available, least)

    assert (shown.state, shown.quantity) == (state, quantity)


def test_p1_the_most_specific_list_gives_the_price_and_the_tiers():
    general = [OfferPrice(GENERAL, 900), OfferPrice(GENERAL, 700, min_quantity=5)]
    german = [OfferPrice(GERMAN, 1000), OfferPrice(GERMAN, 800, min_quantity=10)]

    price = make_storefront().show(make_stored("a", *general, *german)).price

    assert price is not None
    assert (price.current.gross, price.price_list) == (Money(1000, "EUR"), GERMAN)
    assert [(tier.min_quantity, tier.unit_price.gross.minor) for tier in price.tiers] == [(10, 800)]


def test_the_price_is_that_of_the_least_quantity_that_can_be_bought():
    stored = make_stored(
        "a", OfferPrice(GERMAN, 1000), OfferPrice(GERMAN, 800, min_quantity=6), limits=QuantityLimits(min=6, step=6)
    )

    price = make_storefront().show(stored).price

    assert price is not None
    assert (price.current.gross.minor, list(price.tiers)) == (800, [])


def test_p14_a_price_that_has_not_begun_is_no_price():
    stored = make_stored("a", OfferPrice(GERMAN, 1000, starts_at=NOW))

    before = make_storefront(now=NOW - timedelta(microseconds=1)).show(stored)
    from_then_on = make_storefront(now=NOW).show(stored)

    assert (before.price, before.availability.state) == (None, AvailabilityState.NOT_SOLD_HERE)
    assert from_then_on.availability.state is AvailabilityState.IN_STOCK


def test_v10_what_is_in_stock_goes_first_then_the_landed_price_then_delivery_then_the_id():
    transits = {
        "vendor_cheap": make_transit(500),
        "vendor_near": make_transit(100, max_days=1),
        "vendor_far": make_transit(100, max_days=9),
    }
    offers = [
        make_stored("sold-out", OfferPrice(GERMAN, 1), available=0),
        make_stored("cheap", OfferPrice(GERMAN, 700)),
        make_stored("far", OfferPrice(GERMAN, 1000)),
        make_stored("near", OfferPrice(GERMAN, 1000)),
        make_stored("twin-b", OfferPrice(GERMAN, 1100)),
        make_stored("twin-a", OfferPrice(GERMAN, 1100)),
    ]

    assert names(sold(*offers, transits=transits)) == ["near", "far", "twin-a", "twin-b", "cheap", "sold-out"]
    assert names(sold(*reversed(offers), transits=transits)) == names(sold(*offers, transits=transits))


def test_what_is_hidden_or_has_no_price_is_not_in_the_assortment():
    found = sold(
        make_stored("hidden", is_public=False),
        make_stored("elsewhere", OfferPrice(PriceList(PriceListId("p"), "CH", "CHF"), 1)),
    )

    assert found.offers == {}
    assert (found.price_range, found.availability) == (None, AvailabilityState.NOT_SOLD_HERE)
    assert found.buy_box(VARIANT) is None


def test_the_range_spans_what_each_variant_costs_as_the_market_shows_prices():
    stored = [
        make_stored("a", OfferPrice(GERMAN, 1000), variant_id=VariantId("variant_1")),
        make_stored("dear", OfferPrice(GERMAN, 9000), variant_id=VariantId("variant_1")),
        make_stored("b", OfferPrice(GERMAN, 2000), variant_id=VariantId("variant_2")),
    ]

    with_tax = sold(*stored).price_range
    without = sold(*stored, prices_include_tax=False).price_range

    assert with_tax is not None
    assert without is not None
    assert (with_tax.min.minor, with_tax.max.minor) == (1000, 2000)
    assert (without.min.minor, without.max.minor) == (900, 1800)


def test_a_product_is_as_available_as_its_best_variant():
    found = sold(
        make_stored("a", available=0, variant_id=VariantId("variant_1")),
        make_stored("b", available=3, variant_id=VariantId("variant_2")),
    )

    assert found.availability is AvailabilityState.LOW_STOCK
    assert not found.can_be_bought(VariantId("variant_1"))
    assert found.can_be_bought(VariantId("variant_2"))
