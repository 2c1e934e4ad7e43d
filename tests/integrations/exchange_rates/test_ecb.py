"""Files of the European Central Bank, as it publishes them."""

import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from currency_converter.currency_converter import CURRENCY_FILE

from integrations.exchange_rates import ecb
from integrations.exchange_rates.ecb import read

DAILY = "Date, USD, JPY, BGN, \n20 November 2026, 1.1172, 175.68, N/A, \n"
HISTORY = "Date,USD,JPY,CYP,\n2026-11-20,1.1172,175.68,N/A,\n2026-11-19,1.1,170,N/A,\n"
AT = datetime(2026, 11, 20, 13, 10, tzinfo=UTC)


def file(folder: Path, text: str) -> Path:
    path = folder / "eurofxref.csv"
    path.write_text(text)
    return path


@pytest.mark.parametrize("text", [pytest.param(DAILY, id="of a day"), pytest.param(HISTORY, id="history")])
def test_the_latest_day_of_a_file_counts(tmp_path: Path, text: str):
    rates = read(file(tmp_path, text))

    assert (rates.at, rates.per_euro) == (AT, {"USD": Decimal("1.1172"), "JPY": Decimal("175.68")})


def test_m9_rates_between_two_currencies_follow_from_those_of_the_euro(tmp_path: Path):
    rates = read(file(tmp_path, DAILY))

    assert rates.rate("EUR", "USD") == Decimal("1.1172")
    assert rates.rate("USD", "EUR") == Decimal("0.8950948800572861")
    assert rates.rate("USD", "JPY") == Decimal("157.2502685284640")
    assert rates.rate("USD", "BGN") is None
    assert rates.rate("XXX", "EUR") is None


def test_a_file_is_read_from_its_archive_too(tmp_path: Path):
    path = tmp_path / "eurofxref.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("eurofxref.csv", DAILY)

    assert read(path).at == AT


def test_the_whole_history_is_read():
    rates = read(Path(CURRENCY_FILE))

    assert rates.at == datetime(2026, 10, 30, 13, 10, tzinfo=UTC)
    assert (rates.per_euro["USD"], len(rates.per_euro) > 25) == (Decimal("1.1172"), True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Date, USD\n",
        "Day, USD\n2026-11-20, 1\n",
        "Date, USD\ntoday, 1\n",
        "Date, USD\n2026-11-20, one\n",
        "Date, USD\n2026-11-20, 0\n",
        "Date, USD\n2026-11-20, NaN\n",
    ],
)
def test_what_is_no_file_of_the_bank_is_refused(tmp_path: Path, text: str):
    with pytest.raises(ValueError, match=r"line"):
        read(file(tmp_path, text))


@pytest.mark.parametrize("name", ["eurofxref.csv", "eurofxref.zip"])
def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ecb, "MAX_BYTES", 1_000)
    path = tmp_path / name
    if name.endswith("zip"):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("eurofxref.csv", " " * 2_000)
    else:
        path.write_text(" " * 2_000)

    with pytest.raises(ValueError, match="larger"):
        read(path)
