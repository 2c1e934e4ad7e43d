"""The rates of value added tax of 45 European jurisdictions, from the package `eu-vat-rates-data`.

Those of the Union are the Commission's own (TEDB). Each rate has a tax class: `standard`; `reduced`, the one that most
of a country's reduced goods have; `reduced_5.5` and the like for each of several; `super_reduced`; `parking`.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

from eu_vat_rates_data import VatRate, dataset, get_all_rates, get_rate

from domain.pricing.model import TaxRate, Territory

EUROPE = frozenset(get_all_rates()) - {"MC", "XI"}
"""The countries that the package knows; Monaco and Northern Ireland are taxed as France and the United Kingdom are."""

_MAIN_REDUCED = {
    "AD": "1", "AL": "6", "AT": "10", "BE": "6", "CH": "2.6", "CY": "5", "EE": "9", "FI": "13.5", "FR": "5.5",
    "GR": "13", "HR": "13", "HU": "5", "IE": "13.5", "IT": "10", "LI": "2.6", "LT": "12", "LU": "8", "LV": "12",
    "ME": "7", "MK": "5", "MT": "5", "NO": "15", "PL": "8", "PT": "6", "SE": "12", "SI": "9.5", "SK": "19", "TR": "10",
    "UA": "7",
}  # fmt: skip
"""Which of a country's several reduced rates `reduced` means, or the nearest to it."""

_ELSEWHERE = {
    Territory("PT", "20"): ("PT", {"standard": "16"}),
    Territory("PT", "30"): ("PT", {"standard": "22"}),
    Territory("GP"): ("FR", {"standard": "8.5", "reduced": "2.1"}),
    Territory("MQ"): ("FR", {"standard": "8.5", "reduced": "2.1"}),
    Territory("RE"): ("FR", {"standard": "8.5", "reduced": "2.1"}),
}
"""Parts of a country with rates of their own: Azores, Madeira, Guadeloupe, Martinique, Réunion."""


def released() -> datetime:
    """The day that the package's data are of."""
    return datetime.fromisoformat(dataset["version"]).replace(tzinfo=UTC)


def vat_name(country: str) -> str | None:
    """What the country calls its value added tax."""
    found = get_rate(country)
    return found["vat_name"] if found else None


def rates() -> list[TaxRate]:
    """All of them, as they are now."""
    return [*[rate for country in sorted(EUROPE) for rate in _of_country(country)], *_elsewhere()]


def _of_country(country: str) -> Iterator[TaxRate]:
    row = get_rate(country)
    assert row is not None, "EUROPE lists what there is"
    for tax_class, percent in _classes(country, row).items():
        yield _rate(Territory(country), country, row, tax_class, percent)


def _classes(country: str, row: VatRate) -> dict[str, Decimal]:
    """The percentage of each tax class; a country without a reduced rate taxes reduced goods as all others."""
    standard, reduced = _exact(row["standard"]), [_exact(percent) for percent in row["reduced"]]
    main = Decimal(_MAIN_REDUCED.get(country, 0))
    found = {"standard": standard, "reduced": min(reduced, key=lambda percent: abs(percent - main), default=standard)}
    if len(reduced) > 1:
        found |= {f"reduced_{percent.normalize():f}": percent for percent in reduced}
    if row["super_reduced"] is not None:
        found["super_reduced"] = _exact(row["super_reduced"])
    if row["parking"] is not None:
        found["parking"] = _exact(row["parking"])
    return found


def _elsewhere() -> Iterator[TaxRate]:
    for territory, (country, classes) in _ELSEWHERE.items():
        row = get_rate(country)
        assert row is not None, "member states are in the package"
        for tax_class, percent in classes.items():
            yield _rate(territory, territory.country, row, tax_class, Decimal(percent))


def _rate(territory: Territory, jurisdiction: str, row: VatRate, tax_class: str, percent: Decimal) -> TaxRate:
    place = f"{jurisdiction}-{territory.region}" if territory.region else jurisdiction
    return TaxRate(territory, tax_class, row["vat_name"], place, percent / 100)


def _exact(percent: float) -> Decimal:
    """The number that was written: 25.5, not the binary fraction nearest to it."""
    return Decimal(str(percent))
