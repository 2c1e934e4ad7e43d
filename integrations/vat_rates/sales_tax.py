"""The rates of the world in the format of the data set sales-tax: by country, and by state where states add their own.

    {"CA": {"type": "gst", "rate": 0.05, "states": {"QC": {"type": "qst", "rate": 0.09975, "compound": false}}}}

Rates are fractions. `before` holds earlier rates under the moment that ended them. A state's rate comes on top of its
country's, as a tax of its own; a harmonized one (`hst`) is one tax together with it, and a negative one lowers it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from domain.pricing.model import TaxRate, Territory
from domain.shared.making import replace
from integrations.vat_rates.europe import EUROPE, vat_name

STANDARD, REDUCED = "standard", "reduced"

_NAMES = {"vat": "VAT", "gst": "GST", "hst": "HST", "pst": "PST", "qst": "QST", "igic": "IGIC"}
_NAMES_THERE = {"JP": "消費税", "US": "Sales tax"}
_SPECIAL = {
    ("ES", "GC"): Territory("IC"),
    ("ES", "CE"): Territory("EA", "CE"),
    ("ES", "ML"): Territory("EA", "ML"),
}
"""States of the data set that are territories of their own (rule T11)."""
_SAME = {("ES", "TF")}
"""States with the taxes of another one, under which both stand: there is one IGIC in both Canarian provinces."""
_REDUCED = {"JP": (Decimal("0.08"), "2019-09-30T15:00:00Z")}
"""Reduced rates outside of Europe, which the data set leaves out: Japan's on food and newspapers (since 2019-10-01)."""
_ZONES = {
    "AW": "America/Aruba",
    "BW": "Africa/Gaborone",
    "CA": "America/Halifax",
    "CH": "Europe/Zurich",
    "DE": "Europe/Berlin",
    "EE": "Europe/Tallinn",
    "FI": "Europe/Helsinki",
    "IE": "Europe/Dublin",
    "IL": "Asia/Jerusalem",
    "LU": "Europe/Luxembourg",
    "MV": "Indian/Maldives",
    "RO": "Europe/Bucharest",
    "SG": "Asia/Singapore",
    "SK": "Europe/Bratislava",
    "SR": "America/Paramaribo",
    "TH": "Asia/Bangkok",
    "UZ": "Asia/Tashkent",
}
"""Where the days of those countries begin whose rates have changed."""


def own_copy() -> Mapping[str, Any]:
    """The data set that comes with the product."""
    found: Mapping[str, Any] = json.loads(files(__package__).joinpath("sales_tax_rates.json").read_text(), **_EXACT)
    return found


def read(path: Path) -> Mapping[str, Any]:
    """A file of this format. ValueError says what is wrong with one that is not."""
    found = json.loads(path.read_text(encoding="utf-8"), **_EXACT)
    if not isinstance(found, dict) or not all(isinstance(row, dict) and "rate" in row for row in found.values()):
        raise ValueError("it is not an object of countries with a `rate` each")
    return found


def rates_of(document: Mapping[str, Any]) -> list[TaxRate]:
    """All rates of the document, those that are over and those to come among them.

    Reduced goods are taxed as all others where no reduced rate is known. Of Europe, the reduced rates are left to
    `europe`, which knows them.
    """
    return [rate for country, row in document.items() for rate in _of_country(country, row)]


def _of_country(country: str, row: Mapping[str, Any]) -> Iterator[TaxRate]:
    own = _name(country, row)
    yield from _classes(country, _taxes(_spans(country, row), Territory(country), own, country))
    for state, addition in row.get("states", {}).items():
        if (country, state) in _SAME:
            continue
        territory = _SPECIAL.get((country, state), Territory(country, state))
        yield from _classes(country, _with_state(country, row, state, addition, territory))


def _with_state(
    country: str, row: Mapping[str, Any], state: str, addition: Mapping[str, Any], territory: Territory
) -> list[TaxRate]:
    """The country's tax and the state's, as they are taken there."""
    added = _spans(country, addition)
    jurisdiction = f"{country}-{state}"
    if addition["type"] == "hst" or any(rate < 0 for _, _, rate in added):
        whole = [
            (since, until, rate + extra) for since, until, extra in added for _, _, rate in [_spans(country, row)[-1]]
        ]
        return _taxes(whole, territory, _name(country, addition), jurisdiction)
    name = _NAMES_THERE.get(country) or _name(country, addition)
    own = _taxes(_spans(country, row), territory, _name(country, row), country)
    extra = _taxes(added, territory, name, jurisdiction)
    return own + [replace(rate, position=1, compound=bool(addition.get("compound"))) for rate in extra]


def _taxes(
    spans: Sequence[tuple[datetime | None, datetime | None, Decimal]], place: Territory, name: str, jurisdiction: str
) -> list[TaxRate]:
    return [
        TaxRate(place, STANDARD, name, jurisdiction, rate, valid_from=since, valid_until=until)
        for since, until, rate in spans
        if rate
    ]


def _classes(country: str, standard: Sequence[TaxRate]) -> Iterator[TaxRate]:
    yield from standard
    if country in EUROPE:
        return
    lower = _REDUCED.get(country)
    if lower is None:
        yield from [replace(rate, tax_class=REDUCED) for rate in standard]
        return
    rate, since = lower
    for found in standard[-1:]:
        yield replace(found, tax_class=REDUCED, rate=rate, valid_from=datetime.fromisoformat(since), valid_until=None)


def _spans(country: str, row: Mapping[str, Any]) -> list[tuple[datetime | None, datetime | None, Decimal]]:
    """From when until when each rate was law, the oldest first."""
    earlier = sorted((_midnight(country, moment), past["rate"]) for moment, past in row.get("before", {}).items())
    ends = [None, *[moment for moment, _ in earlier], None]
    rates = [*[rate for _, rate in earlier], row["rate"]]
    return [(since, until, Decimal(rate)) for (since, until), rate in zip(pairwise(ends), rates, strict=True)]


def _midnight(country: str, moment: str) -> datetime:
    """The beginning of the day, there, that a moment of the data set is nearest to: it tells them to within hours."""
    local = datetime.fromisoformat(moment).astimezone(ZoneInfo(_ZONES.get(country, "UTC"))) + timedelta(hours=12)
    return local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


def _name(country: str, row: Mapping[str, Any]) -> str:
    if row["type"] == "vat":
        return _NAMES_THERE.get(country) or vat_name(country) or _NAMES["vat"]
    return _NAMES_THERE.get(country) or _NAMES.get(row["type"], "Tax")


_EXACT: dict[str, Any] = {"parse_float": Decimal, "parse_int": Decimal}
