"""`commerce import duty-rates` (rule T13)."""

from pathlib import Path

import pytest

from persistence.ids import new_id
from persistence.statement import Pool
from server.imports.duty_rates import read_duty_rates, write_duty_rates

HEADER = "customs_area,hs_prefix,rate,valid_from,valid_until\n"


def file(folder: Path, text: str) -> Path:
    path = folder / "duties.csv"
    path.write_text(text)
    return path


async def test_a_file_takes_the_place_of_all_that_was_known_of_its_areas(pool: Pool, tmp_path: Path) -> None:
    first = read_duty_rates(file(tmp_path, HEADER + "EU,,0.025,,\nEU,6109,0.12,2026-01-01,\nGB,,0.02,,\n"))
    second = read_duty_rates(file(tmp_path, HEADER + "EU,61,0.1,,\n"))

    async with pool.acquire() as connection:
        areas = [await write_duty_rates(connection, rates, new_id=new_id) for rates in (first, second, second)]

    rows = await pool.fetch("SELECT customs_area, hs_prefix, rate::float FROM duty_rate ORDER BY 1")
    assert areas == [2, 1, 1]
    assert [tuple(row) for row in rows] == [("EU", "61", 0.1), ("GB", "", 0.02)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "area,rate\nEU,0.1\n",
        HEADER + "Europe,,0.1,,\n",
        HEADER + "EU,61x,0.1,,\n",
        HEADER + "EU,61,ten,,\n",
        HEADER + "EU,61,-0.1,,\n",
        HEADER + "EU,61,0.1,soon,\n",
        HEADER + "EU,61,0.1,,9999-12-31\n",
    ],
)
def test_a_wrong_file_is_told_by_its_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match=r"line"):
        read_duty_rates(file(tmp_path, text))
