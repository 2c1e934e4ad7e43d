"""What the public data sets say: rules T4, T7 and T11."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from domain.pricing.model import TaxLevel, TaxRate, Territory, rates_at
from domain.pricing.tax import Taxable, rate_group, taxes_of
from domain.pricing.taxation.territory import place_of
from domain.shared.money import Rounding
from integrations.vat_rates import europe, sales_tax
from tests.factories.pricing import make_market

NOW = datetime(2026, 11, 21, tzinfo=UTC)
SHARED = Path(__file__).parents[4] / "shared" / "data" / "tax" / "sales_tax_rates.json"
WORLD = sales_tax.rates_of(sales_tax.own_copy())


def taxes(country: str, region: str | None = None, on: datetime = NOW) -> list[tuple[str, str, str]]:
    found = rates_at(WORLD, "standard", Territory(country, region), on)
    return [(rate.name, rate.jurisdiction, str(rate.rate)) for rate in found]


def test_the_file_of_the_data_folder_is_read_as_our_own_copy_is() -> None:
    if not SHARED.exists():
        pytest.skip(f"{SHARED.name} is not at hand")

    assert sales_tax.rates_of(sales_tax.read(SHARED)) == WORLD


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("QC", [("GST", "CA", "0.05"), ("QST", "CA-QC", "0.09975")]),
        ("BC", [("GST", "CA", "0.05"), ("PST", "CA-BC", "0.07")]),
        ("ON", [("HST", "CA-ON", "0.13")]),
        ("AB", [("GST", "CA", "0.05")]),
    ],
)
def test_t4_a_province_has_parallel_taxes_or_a_harmonized_one(
    region: str, expected: list[tuple[str, str, str]]
) -> None:
    assert taxes("CA", region) == expected


def test_t4_quebec_by_the_imported_rates() -> None:
    net = make_market(prices_include_tax=False)
    quebec = rate_group(rates_at(WORLD, "standard", Territory("CA", "QC"), NOW), net)

    assert taxes_of([Taxable(1010, quebec)], TaxLevel.LINE, Rounding.HALF_UP) == [(51, 101)]


def test_t4_a_state_may_say_that_its_tax_is_compound() -> None:
    document = {
        "CA": {
            "type": "gst",
            "rate": Decimal("0.05"),
            "states": {"QC": {"type": "qst", "rate": Decimal("0.095"), "compound": True}},
        }
    }

    own, added = rates_at(sales_tax.rates_of(document), "standard", Territory("CA", "QC"), NOW)

    assert (own.compound, added.compound) == (False, True)


@pytest.mark.parametrize(("region", "expected"), [("NY", "0.04"), ("TX", "0.0625"), ("OR", None)])
def test_states_of_the_usa_levy_the_only_tax_or_none(region: str, expected: str | None) -> None:
    assert taxes("US", region) == ([("Sales tax", f"US-{region}", expected)] if expected else [])


@pytest.mark.parametrize(
    ("on", "rate"),
    [
        (datetime(2020, 6, 30, 21, 59, tzinfo=UTC), "0.19"),
        (datetime(2020, 6, 30, 22, 0, tzinfo=UTC), "0.16"),
        (datetime(2020, 12, 31, 22, 59, tzinfo=UTC), "0.16"),
        (datetime(2020, 12, 31, 23, 0, tzinfo=UTC), "0.19"),
    ],
)
def test_t7_a_rate_changes_at_midnight_where_it_is_law(on: datetime, rate: str) -> None:
    assert taxes("DE", on=on) == [("Mehrwertsteuer", "DE", rate)]


def test_t7_nova_scotia_lowered_its_part_in_april_2025() -> None:
    assert taxes("CA", "NS", datetime(2025, 3, 31, 12, tzinfo=UTC)) == [("HST", "CA-NS", "0.15")]
    assert taxes("CA", "NS", datetime(2025, 4, 1, 12, tzinfo=UTC)) == [("HST", "CA-NS", "0.14")]


@pytest.mark.parametrize(
    ("country", "postal_code", "expected"),
    [
        ("ES", "35001", [("IGIC", "ES-GC", "0.07")]),
        ("ES", "38001", [("IGIC", "ES-GC", "0.07")]),
        ("ES", "51001", []),
        ("FI", "22100", []),
        ("IT", "23041", []),
        ("DE", "27498", []),
        ("MC", "98000", [("Taxe sur la valeur ajoutée", "FR", "0.2")]),
        ("IM", "IM1 1AA", [("Value Added Tax", "GB", "0.2")]),
    ],
)
def test_t11_no_territory_is_taxed_by_its_country_code_alone(
    country: str, postal_code: str, expected: list[tuple[str, str, str]]
) -> None:
    territory = place_of(country, None, postal_code, on=NOW).territory

    assert taxes(territory.country, territory.region) == expected


def european(tax_class: str, country: str, region: str | None = None) -> list[Decimal]:
    return [rate.rate for rate in rates_at(europe.rates(), tax_class, Territory(country, region), NOW)]


@pytest.mark.parametrize(
    ("country", "tax_class", "percent"),
    [
        ("DE", "standard", "19"),
        ("DE", "reduced", "7"),
        ("AT", "reduced", "10"),
        ("AT", "reduced_13", "13"),
        ("FR", "reduced_5.5", "5.5"),
        ("FR", "super_reduced", "2.1"),
        ("FI", "standard", "25.5"),
        ("IE", "reduced", "13.5"),
        ("DK", "reduced", "25"),
        ("GB", "reduced", "5"),
    ],
)
def test_each_of_europes_rates_has_a_class(country: str, tax_class: str, percent: str) -> None:
    assert european(tax_class, country) == [Decimal(percent) / 100]


def test_t11_islands_have_rates_of_their_own_and_fall_back_to_their_country() -> None:
    assert european("standard", "PT", "20") == [Decimal("0.16")]
    assert european("reduced", "PT", "20") == [Decimal("0.06")]
    assert european("standard", "RE") == [Decimal("0.085")]


def test_every_jurisdiction_of_the_package_has_a_standard_and_a_reduced_rate() -> None:
    classes = {(rate.territory.country, rate.tax_class) for rate in europe.rates() if rate.territory.region is None}

    assert {country for country in europe.EUROPE if (country, "standard") not in classes} == set()
    assert {country for country in europe.EUROPE if (country, "reduced") not in classes} == set()


def test_rates_are_exact() -> None:
    found: list[TaxRate] = [*WORLD, *europe.rates()]

    assert {rate.rate for rate in found if rate.rate.as_tuple().exponent < -6} == set()  # type: ignore[operator] # finite


@pytest.mark.parametrize("text", ["[]", '{"DE": 19}', '{"DE": {"type": "vat"}}', "no json"])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "rates.json"
    file.write_text(text)

    with pytest.raises(ValueError, match=r"rate|Expecting"):
        sales_tax.read(file)


def test_our_copy_is_the_data_set_itself() -> None:
    assert len(json.loads(json.dumps(sales_tax.own_copy(), default=str))) == 128
