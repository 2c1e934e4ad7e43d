"""How a sale is taxed, and who owes it: rules T8, T10, T12 and T14."""

from datetime import UTC, datetime
from typing import Any

import pytest

from domain.pricing.model import Territory
from domain.pricing.taxation.euro import euro_cents
from domain.pricing.taxation.facts import Certificate, Registration, Scheme, VatIdCheck
from domain.pricing.taxation.territory import place_of
from domain.pricing.taxation.treatment import (
    DISTANCE_SALES_LIMIT,
    Buyer,
    Collector,
    Ruling,
    Seller,
    Treatment,
    counted_sales,
    limit,
    ruling,
)

NOW = datetime(2026, 11, 21, tzinfo=UTC)
GERMAN = Registration("DE", Scheme.DOMESTIC, "DE123456789")
OSS = Registration("DE", Scheme.OSS, "DE123456789")
IOSS = Registration("IE", Scheme.IOSS, "IM3720000001")
VIENNA, BERLIN, NEW_YORK, LONDON = (
    place_of("AT", None, "1010", on=NOW),
    place_of("DE", None, "10115", on=NOW),
    place_of("US", "NY", "10001", on=NOW),
    place_of("GB", None, "SW1A 1AA", on=NOW),
)
AUSTRIAN = Buyer(vat_id=VatIdCheck("ATU12345678", valid=True, checked_at=NOW))


def ruled(seller: Seller, place: Any = VIENNA, buyer: Any = None, house: Seller | None = None, **facts: Any) -> Ruling:
    known: dict[str, Any] = {"tax_class": "standard", "is_service": False, "consignment": 10_000, "on": NOW}
    return ruling(seller, house or HOUSE, place, buyer or Buyer(), **(known | facts))


def seller(country: str = "DE", *registrations: Registration, sales: int = 0, is_house: bool = True) -> Seller:
    return Seller(country, is_house, registrations, sales)


HOUSE = seller("DE", GERMAN)


@pytest.mark.parametrize(
    ("sales", "consignment", "treatment"),
    [
        (0, 10_000, Treatment.ORIGIN),
        (9_900_00, 100_00, Treatment.ORIGIN),
        (9_900_00, 100_01, Treatment.DESTINATION),
        (10_000_01, 1, Treatment.DESTINATION),
    ],
)
def test_t8_a_small_seller_taxes_at_home_and_the_sale_that_crosses_ten_thousand_euro_is_taxed_at_destination(
    sales: int, consignment: int, treatment: Treatment
) -> None:
    assert ruled(seller("DE", GERMAN, sales=sales), consignment=consignment).treatment is treatment


def test_t8_at_home_means_by_the_rates_of_the_sellers_own_state() -> None:
    assert ruled(seller("DE", GERMAN)).territory == Territory("DE")
    assert ruled(seller("DE", GERMAN, sales=10_000_01)).territory == Territory("AT")


def test_t8_whoever_uses_the_one_stop_shop_taxes_at_destination_from_the_first_cent() -> None:
    found = ruled(seller("DE", GERMAN, OSS), consignment=1)

    assert (found.treatment, found.scheme) == (Treatment.DESTINATION, Scheme.OSS)


def test_t8_who_is_established_in_two_states_has_no_limit() -> None:
    french = Registration("FR", Scheme.DOMESTIC, "FR12345678901")

    assert ruled(seller("DE", GERMAN, french), consignment=1).treatment is Treatment.DESTINATION


def test_t8_a_registration_in_the_destination_taxes_there() -> None:
    austrian = Registration("AT", Scheme.DOMESTIC, "ATU12345678")
    found = ruled(seller("DE", GERMAN, austrian), consignment=1)

    assert (found.treatment, found.scheme) == (Treatment.DESTINATION, Scheme.DOMESTIC)


def test_t8_who_was_over_the_limit_last_year_is_over_it_this_year() -> None:
    assert counted_sales(10_000_01, 0, NOW) == 10_000_01
    assert counted_sales(10_000_00, 5, NOW) == 5


@pytest.mark.parametrize(
    ("consignment", "treatment", "scheme"),
    [
        (150_00, Treatment.DESTINATION, Scheme.IOSS),
        (150_01, Treatment.EXPORT, None),
        (None, Treatment.EXPORT, None),
    ],
)
def test_t8_goods_from_outside_the_union_are_taxed_at_checkout_up_to_150_euro(
    consignment: int | None, treatment: Treatment, scheme: Scheme | None
) -> None:
    american = seller("US", IOSS)
    found = ruled(american, consignment=consignment, house=american)

    assert (found.treatment, found.scheme) == (treatment, scheme)


def test_t8_without_any_registration_on_file_a_seller_is_taken_to_be_registered_where_it_sells() -> None:
    for country, place in (("DE", VIENNA), ("US", BERLIN), ("DE", NEW_YORK), ("JP", LONDON)):
        assert ruled(seller(country), place).treatment is Treatment.DESTINATION


@pytest.mark.parametrize(
    ("registration", "on", "treatment"),
    [
        (Registration("DE", Scheme.OSS, "x", valid_from=NOW), NOW, Treatment.DESTINATION),
        (Registration("DE", Scheme.OSS, "x", valid_until=NOW), NOW, Treatment.ORIGIN),
    ],
)
def test_t7_registrations_are_dated(registration: Registration, on: datetime, treatment: Treatment) -> None:
    assert ruled(seller("DE", GERMAN, registration), on=on).treatment is treatment


def test_t7_the_limits_are_dated() -> None:
    assert limit(DISTANCE_SALES_LIMIT, datetime(2021, 6, 30, tzinfo=UTC)) == 0
    assert limit(DISTANCE_SALES_LIMIT, datetime(2021, 7, 1, tzinfo=UTC)) == 10_000_00


def test_t8_limits_are_kept_in_the_money_of_states_that_have_their_own() -> None:
    assert euro_cents(99_680_00, "SEK") == 10_000_00
    assert euro_cents(42_00, "PLN") == 10_00
    assert euro_cents(1, "USD") is None


def test_t10_goods_for_a_business_of_another_state_are_an_intra_community_supply() -> None:
    found = ruled(HOUSE, buyer=AUSTRIAN)

    assert (found.treatment, found.home) == (Treatment.INTRA_COMMUNITY_SUPPLY, Territory("DE"))


def test_t10_services_for_a_business_of_another_state_are_reverse_charged() -> None:
    assert ruled(HOUSE, buyer=AUSTRIAN, is_service=True).treatment is Treatment.REVERSE_CHARGE


@pytest.mark.parametrize(
    "vat_id",
    [
        VatIdCheck("DE123456789", valid=True, checked_at=NOW),
        VatIdCheck("ATU12345678", valid=False, checked_at=NOW),
        VatIdCheck("ATU12345678", valid=False),
    ],
    ids=["of the seller's own state", "not valid", "not checked"],
)
def test_t10_the_tax_is_charged_to_any_other_number(vat_id: VatIdCheck) -> None:
    for is_service in (False, True):
        assert ruled(HOUSE, buyer=Buyer(vat_id=vat_id), is_service=is_service).treatment.is_taxed


def test_t10_goods_that_stay_in_the_sellers_state_are_taxed_there_whoever_buys() -> None:
    assert ruled(HOUSE, BERLIN, AUSTRIAN).treatment is Treatment.DESTINATION


def test_t10_a_greek_number_begins_with_el() -> None:
    greek = Buyer(vat_id=VatIdCheck("EL123456789", valid=True, checked_at=NOW))

    assert greek.member == "GR"
    assert ruled(seller("GR"), place_of("GR", on=NOW), greek).treatment is Treatment.DESTINATION


@pytest.mark.parametrize(
    ("vendor", "place", "buyer", "collector"),
    [
        (seller("CN", is_house=False), BERLIN, Buyer(), Collector.PLATFORM),
        (seller("CN", is_house=False), BERLIN, AUSTRIAN, Collector.VENDOR),
        (seller("FR", is_house=False), BERLIN, Buyer(), Collector.VENDOR),
        (seller("US", is_house=False), NEW_YORK, Buyer(), Collector.PLATFORM),
        (seller("US", is_house=False), place_of("US", "OR", on=NOW), Buyer(), Collector.VENDOR),
        (seller("GB", is_house=False), LONDON, Buyer(), Collector.VENDOR),
        (seller("DE"), BERLIN, Buyer(), Collector.PLATFORM),
    ],
    ids=["EU deemed supplier", "EU business", "EU vendor", "facilitator", "no sales tax", "elsewhere", "house"],
)
def test_t12_who_collects_and_owes_the_tax(vendor: Seller, place: Any, buyer: Buyer, collector: Collector) -> None:
    assert ruled(vendor, place, buyer).collector is collector


def test_t12_facilitator_laws_are_dated() -> None:
    missouri, vendor = place_of("US", "MO", on=NOW), seller("US", is_house=False)

    before = ruled(vendor, missouri, on=datetime(2022, 12, 31, tzinfo=UTC))
    after = ruled(vendor, missouri, on=datetime(2023, 1, 1, tzinfo=UTC))

    assert (before.collector, after.collector) == (Collector.VENDOR, Collector.PLATFORM)


def test_t12_a_deemed_supplier_taxes_by_its_own_registrations() -> None:
    chinese, platform = seller("CN", is_house=False), seller("DE", GERMAN, IOSS)

    small, large = (ruled(chinese, house=platform, consignment=cents) for cents in (150_00, 150_01))

    assert (small.treatment, small.scheme, small.collector) == (
        Treatment.DESTINATION,
        Scheme.IOSS,
        Collector.PLATFORM,
    )
    assert large.treatment is Treatment.EXPORT


def test_t12_the_platform_collects_for_a_vendor_in_a_facilitator_state_where_the_vendor_would_not() -> None:
    texan = Registration("US", Scheme.DOMESTIC, "TX-1", region="TX")
    small = seller("US", texan, is_house=False)

    assert ruled(small, NEW_YORK, house=seller("US", texan)).treatment is Treatment.DESTINATION
    assert ruled(seller("US", texan), NEW_YORK).treatment is Treatment.NOT_REGISTERED
    assert ruled(seller("US", texan), place_of("US", "TX", on=NOW)).treatment is Treatment.DESTINATION


def test_t14_a_voucher_is_untaxed_when_sold_to_whomever_and_wherever() -> None:
    for place in (BERLIN, VIENNA, NEW_YORK):
        found = ruled(seller("DE", GERMAN, OSS), place, AUSTRIAN, tax_class="voucher")
        assert (found.treatment, found.treatment.is_taxed) == (Treatment.VOUCHER, False)


@pytest.mark.parametrize(
    ("certificate", "treatment"),
    [
        (Certificate("E-1", "US"), Treatment.EXEMPT),
        (Certificate("E-1", "US", "NY"), Treatment.EXEMPT),
        (Certificate("E-1", "US", "TX"), Treatment.DESTINATION),
        (Certificate("E-1", "DE"), Treatment.DESTINATION),
        (Certificate("E-1", "US", valid_until=NOW), Treatment.DESTINATION),
    ],
)
def test_an_exemption_holds_in_its_territory_and_time(certificate: Certificate, treatment: Treatment) -> None:
    assert ruled(seller("US"), NEW_YORK, Buyer((certificate,))).treatment is treatment


def test_what_is_sent_where_the_seller_is_not_registered_is_an_export() -> None:
    assert ruled(seller("DE", GERMAN, OSS), LONDON).treatment is Treatment.EXPORT
    assert ruled(seller("DE", GERMAN, OSS), place_of("ES", None, "35001", on=NOW)).treatment is Treatment.EXPORT
