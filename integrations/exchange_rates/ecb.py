"""The reference rates of the European Central Bank, from the files that it publishes.

Either `eurofxref.csv`, the rates of one day, or `eurofxref-hist.csv`, of which the latest day counts; also as the .zip
that each comes in. https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates/
"""

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Context, Decimal, InvalidOperation
from pathlib import Path
from zoneinfo import ZoneInfo

from domain.shared.making import dataclass

SOURCE = "ECB"
EURO = "EUR"
FIXED_AT = time(14, 10, tzinfo=ZoneInfo("Europe/Berlin"))
"""When central banks agree on the rates of a day, which are published some two hours later."""
DIGITS = 16
"""As many as a rate is given, in all and after the point."""
MAX_BYTES = 50_000_000

_CROSS = Context(prec=DIGITS)
_ABSENT = ("", "N/A")


@dataclass(frozen=True, slots=True)
class EcbRates:
    """What one euro was worth in other currencies at a moment."""

    at: datetime
    per_euro: Mapping[str, Decimal]

    def rate(self, base: str, currency: str) -> Decimal | None:
        """What one unit of `base` was worth in `currency`; None where the bank has no rate of either."""
        known = {**self.per_euro, EURO: Decimal(1)}
        if base not in known or currency not in known:
            return None
        rate = _CROSS.divide(known[currency], known[base])
        return round(rate, DIGITS) or None


def read(path: Path) -> EcbRates:
    """The rates of the latest day in a file. ValueError says what is wrong with one that is none of the bank's."""
    rows = list(csv.reader(io.StringIO(_text(path)), skipinitialspace=True))
    if len(rows) < 2 or rows[0][:1] != ["Date"]:
        raise ValueError("its first line must name the currencies, and another one a day")
    try:
        latest = max((row for row in rows[1:] if row), key=lambda row: _day(row[0]))
        return EcbRates(_moment(_day(latest[0])), _rates(rows[0], latest))
    except (InvalidOperation, ValueError, OverflowError):
        raise ValueError("a line is a day like 2026-11-20 or 20 November 2026, followed by decimal rates") from None


def _text(path: Path) -> str:
    if path.stat().st_size > MAX_BYTES:
        raise ValueError("it is larger than any file of the bank's")
    if not zipfile.is_zipfile(path):
        return path.read_text(encoding="utf-8-sig")
    with zipfile.ZipFile(path) as archive:
        (name,) = archive.namelist()
        if archive.getinfo(name).file_size > MAX_BYTES:
            raise ValueError("it is larger than any file of the bank's")
        return archive.read(name).decode("utf-8-sig")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return datetime.strptime(text, "%d %B %Y").replace(tzinfo=UTC).date()


def _moment(day: date) -> datetime:
    return datetime.combine(day, FIXED_AT).astimezone(UTC)


def _rates(header: Sequence[str], row: Sequence[str]) -> dict[str, Decimal]:
    pairs = zip(header[1:], row[1:], strict=False)
    rates = {currency: Decimal(rate) for currency, rate in pairs if currency and rate not in _ABSENT}
    if not all(rate.is_finite() and rate > 0 for rate in rates.values()):
        raise ValueError("a rate is above zero")
    return rates
