"""Rates of taxes into the database, as dated facts (rule T7): a rate that changes ends, and another one begins.

Safe to repeat. What a merchant has entered by hand is never touched, nor is what the data of Europe have written by
those of the world, which know less of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum

from domain.pricing.model import TaxRate, Territory
from domain.shared.ids import NewId
from domain.shared.making import dataclass, replace
from persistence.changes import count_storefront
from persistence.statement import Connection, Record

TAXES_LOCK = 5_310_927_745


class Source(Enum):
    """Which import a rate came from."""

    EUROPE = "eu-vat-rates-data"
    WORLD = "sales-tax"


@dataclass(frozen=True, slots=True)
class RatesReport:
    """What came of an import. `kept`: territories and classes that another source, or a merchant, decides on."""

    created: int = 0
    ended: int = 0
    unchanged: int = 0
    kept: int = 0

    def __add__(self, other: "RatesReport") -> "RatesReport":
        return RatesReport(
            self.created + other.created,
            self.ended + other.ended,
            self.unchanged + other.unchanged,
            self.kept + other.kept,
        )


@dataclass(frozen=True, slots=True)
class _Stored:
    id: str
    rate: TaxRate
    source: str | None


type _Group = tuple[Territory, str]
"""A territory and a class of goods: its taxes are one set, which changes as a whole."""

_READ = """
SELECT id, source, country, region, tax_class, name, jurisdiction, rate, is_compound, position, valid_from, valid_until
FROM tax_rate
"""
_END = "UPDATE tax_rate SET valid_until = $2 WHERE id = $1"
_DELETE = "DELETE FROM tax_rate WHERE id = $1"
_ADD = """
INSERT INTO tax_rate (id, source, country, region, tax_class, name, jurisdiction, rate, is_compound, position,
                      valid_from, valid_until)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""


async def write_tax_rates(
    connection: Connection, source: Source, rates: Iterable[TaxRate], *, effective: datetime, new_id: NewId
) -> RatesReport:
    """Bring what the database has of these territories and classes to what the source says, in one transaction.

    A change that the source gives no date for holds from `effective` on; what was law before stays on record.
    """
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", TAXES_LOCK)
        stored = _grouped(await connection.fetch(_READ))
        report = RatesReport()
        plan = _Plan(source, effective)
        for group, wanted in _by_group(rates).items():
            report += plan.add(stored.get(group, ()), wanted)
        await connection.executemany(_DELETE, [(item.id,) for item in plan.deleted])
        await connection.executemany(_END, [(item.id, until) for item, until in plan.ended])
        await connection.executemany(_ADD, [_row(new_id("tax_rate"), source, rate) for rate in plan.created])
        await count_storefront(connection)
    return report


class _Plan:
    """What has to be written."""

    def __init__(self, source: Source, effective: datetime) -> None:
        self._source = source
        self._effective = effective
        self.created: list[TaxRate] = []
        self.ended: list[tuple[_Stored, datetime]] = []
        self.deleted: list[_Stored] = []

    def add(self, stored: Sequence[_Stored], wanted: Sequence[TaxRate]) -> RatesReport:
        """Take in one group of rates."""
        if not stored:
            self.created += wanted
            return RatesReport(created=len(wanted))
        if not all(self._may_change(item) for item in stored):
            return RatesReport(kept=1)
        present = [item for item in stored if item.rate.valid_until is None]
        coming = [rate for rate in wanted if rate.valid_until is None]
        if {_terms(item.rate) for item in present} == {_terms(rate) for rate in coming}:
            return RatesReport(unchanged=1)
        return self._change(present, coming)

    def _may_change(self, item: _Stored) -> bool:
        is_better_known = item.source == Source.EUROPE.value and self._source is Source.WORLD
        return item.source is not None and not is_better_known

    def _change(self, present: Sequence[_Stored], coming: Sequence[TaxRate]) -> RatesReport:
        """End the whole set where the new one begins."""
        begins = max((rate.valid_from for rate in coming if rate.valid_from), default=self._effective)
        for item in present:
            if item.rate.valid_from is not None and item.rate.valid_from >= begins:
                self.deleted.append(item)
            else:
                self.ended.append((item, begins))
        self.created += [replace(rate, valid_from=begins) for rate in coming]
        return RatesReport(created=len(coming), ended=len(present))


def _terms(rate: TaxRate) -> tuple[str, Decimal, bool]:
    return (rate.jurisdiction, rate.rate, rate.compound)


def _by_group(rates: Iterable[TaxRate]) -> Mapping[_Group, list[TaxRate]]:
    found: dict[_Group, list[TaxRate]] = {}
    for rate in rates:
        found.setdefault((rate.territory, rate.tax_class), []).append(rate)
    return found


def _grouped(rows: Sequence[Record]) -> Mapping[_Group, list[_Stored]]:
    found: dict[_Group, list[_Stored]] = {}
    for key, source, country, region, *rest in rows:
        rate = TaxRate(Territory(country, region), *rest)
        found.setdefault((rate.territory, rate.tax_class), []).append(_Stored(key, rate, source))
    return found


def _row(rate_id: str, source: Source, rate: TaxRate) -> tuple[object, ...]:
    place = rate.territory
    return (
        rate_id,
        source.value,
        place.country,
        place.region,
        rate.tax_class,
        rate.name,
        rate.jurisdiction,
        rate.rate,
        rate.compound,
        rate.position,
        rate.valid_from,
        rate.valid_until,
    )
