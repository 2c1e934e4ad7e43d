"""Where a tax is due: rule T11."""

from datetime import UTC, datetime

import pytest

from domain.pricing.model import Territory
from domain.pricing.taxation.territory import member_of_prefix, place_of

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("country", "postal_code", "territory", "member"),
    [
        ("DE", "10115", Territory("DE"), "DE"),
        ("MC", "98000", Territory("FR"), "FR"),
        ("IM", "IM1 1AA", Territory("GB"), None),
        ("GB", "SW1A 1AA", Territory("GB"), None),
        ("GB", "BT1 1AA", Territory("GB"), "XI"),
        ("GB", "JE2 3AB", Territory("JE"), None),
        ("ES", "28001", Territory("ES"), "ES"),
        ("ES", "35001", Territory("IC"), None),
        ("ES", "38001", Territory("IC"), None),
        ("ES", "51001", Territory("EA", "CE"), None),
        ("ES", "52001", Territory("EA", "ML"), None),
        ("FI", "22100", Territory("AX"), None),
        ("FI", "00100", Territory("FI"), "FI"),
        ("IT", "23041", Territory("IT-LIVIGNO"), None),
        ("DE", "78266", Territory("DE-BUESINGEN"), None),
        ("DE", "27498", Territory("DE-HELIGOLAND"), None),
        ("GR", "630 86", Territory("GR-ATHOS"), None),
        ("FR", "97110", Territory("GP"), None),
        ("FR", "97133", Territory("BL"), None),
        ("FR", "97200", Territory("MQ"), None),
        ("FR", "97300", Territory("GF"), None),
        ("FR", "97400", Territory("RE"), None),
        ("FR", "97600", Territory("YT"), None),
        ("RE", "97400", Territory("RE"), None),
        ("FR", "75001", Territory("FR"), "FR"),
        ("PT", "9000-001", Territory("PT", "30"), "PT"),
        ("US", "10001", Territory("US"), None),
    ],
)
def test_t11_a_territory_is_matched_by_postal_code(
    country: str, postal_code: str, territory: Territory, member: str | None
) -> None:
    place = place_of(country, None, postal_code, on=NOW)

    assert (place.territory, place.member) == (territory, member)


@pytest.mark.parametrize(
    ("country", "region", "territory"),
    [
        ("ES", "Las Palmas", Territory("IC")),
        ("ES", "Santa Cruz de Tenerife", Territory("IC")),
        ("ES", "Ceuta", Territory("EA", "CE")),
        ("FI", "Åland", Territory("AX")),
        ("US", "NY", Territory("US", "NY")),
        ("CA", "QC", Territory("CA", "QC")),
    ],
)
def test_t11_or_by_region(country: str, region: str, territory: Territory) -> None:
    assert place_of(country, region, on=NOW).territory == territory


def test_t11_greece_writes_el_and_northern_ireland_xi() -> None:
    assert (member_of_prefix("EL"), member_of_prefix("XI"), member_of_prefix("DE")) == ("GR", "XI", "DE")


@pytest.mark.parametrize(
    ("country", "postal_code", "on", "member"),
    [
        ("GB", "SW1A 1AA", datetime(2020, 12, 31, tzinfo=UTC), "GB"),
        ("GB", "SW1A 1AA", datetime(2021, 1, 1, tzinfo=UTC), None),
        ("GB", "BT1 1AA", datetime(2020, 12, 31, tzinfo=UTC), "GB"),
        ("GB", "BT1 1AA", datetime(2021, 1, 1, tzinfo=UTC), "XI"),
        ("HR", "10000", datetime(2013, 6, 30, tzinfo=UTC), None),
        ("HR", "10000", datetime(2013, 7, 1, tzinfo=UTC), "HR"),
    ],
)
def test_t7_territories_are_dated(country: str, postal_code: str, on: datetime, member: str | None) -> None:
    assert place_of(country, None, postal_code, on=on).member == member


@pytest.mark.parametrize(
    ("country", "postal_code", "origin", "is_within"),
    [
        ("AT", "1010", "DE", True),
        ("ES", "35001", "DE", True),
        ("DE", "78266", "CH", True),
        ("DE", "27498", "DE", False),
        ("GB", "BT1 1AA", "IE", True),
        ("GB", "SW1A 1AA", "IE", False),
        ("DE", "10115", "US", False),
    ],
)
def test_t11_the_customs_area_is_not_the_tax_area(country: str, postal_code: str, origin: str, is_within: bool) -> None:
    assert place_of(country, None, postal_code, on=NOW).is_in_customs_area_of(origin, NOW) == is_within
