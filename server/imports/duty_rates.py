"""Rates of customs duty from a CSV file: `customs_area,hs_prefix,rate,valid_from,valid_until`.

An area is `EU` or a country, a prefix begins a customs tariff number (empty for all goods), a rate is a fraction;
dates may be empty. What the file says of an area takes the place of all that was known of it.
"""

import csv
import re
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from pathlib import Path

from domain.pricing.taxation.landed import DutyRate
from domain.shared.ids import NewId
from persistence.changes import count_storefront
from persistence.statement import Connection
from server.imports.text import dated

COLUMNS = ("customs_area", "hs_prefix", "rate", "valid_from", "valid_until")
_AREA, _PREFIX = re.compile(r"[A-Z]{2}"), re.compile(r"\d{0,10}")

_DELETE = "DELETE FROM duty_rate WHERE customs_area = ANY($1::text[])"
_ADD = """
INSERT INTO duty_rate (id, customs_area, hs_prefix, rate, valid_from, valid_until) VALUES ($1, $2, $3, $4, $5, $6)
"""


def read_duty_rates(path: Path) -> list[DutyRate]:
    """The rates of a file. ValueError names the first line that is wrong, and why."""
    with path.open(newline="", encoding="utf-8-sig") as lines:
        rows = csv.DictReader(lines)
        if tuple(rows.fieldnames or ()) != COLUMNS:
            raise ValueError(f"its first line must be {','.join(COLUMNS)}")
        return [_rate(row, number) for number, row in enumerate(rows, start=2)]


async def write_duty_rates(connection: Connection, rates: list[DutyRate], *, new_id: NewId) -> int:
    """Replace all that is known of the areas in `rates`, in one transaction; how many areas."""
    areas = sorted({found.customs_area for found in rates})
    async with connection.transaction():
        await connection.execute(_DELETE, areas)
        await connection.executemany(_ADD, [(new_id("duty_rate"), *_values(found)) for found in rates])
        await count_storefront(connection)
    return len(areas)


def _values(found: DutyRate) -> tuple[object, ...]:
    return (found.customs_area, found.hs_prefix, found.rate, found.valid_from, found.valid_until)


def _rate(row: dict[str, str], number: int) -> DutyRate:
    area, prefix = row["customs_area"], row["hs_prefix"]
    if not _AREA.fullmatch(area) or not _PREFIX.fullmatch(prefix):
        raise ValueError(f"line {number}: {area!r} and {prefix!r} are no area and beginning of a tariff number")
    try:
        rate = Decimal(row["rate"])
        window = (_day(row["valid_from"]), _day(row["valid_until"]))
    except (InvalidOperation, ValueError):
        raise ValueError(f"line {number}: a rate is a fraction like 0.047, a day like 2026-01-01") from None
    if not 0 <= rate < 100:
        raise ValueError(f"line {number}: {rate} is no rate of a duty")
    return DutyRate(area, prefix, rate, *window)


def _day(text: str) -> datetime | None:
    return datetime.combine(dated(date.fromisoformat(text)), time(), UTC) if text else None
