"""Points of carriers from a file."""

from pathlib import Path

import pytest

from persistence.fulfillment.pickup_points import pickup_points_of_postal_code
from persistence.statement import Pool
from server.imports.pickup_points import import_pickup_points
from server.settings import SettingsError

ROW = (
    '{"carrier": "DHL", "code": "4711", "name": "%s", "latitude": 52.5, "longitude": 13.4,'
    ' "address": {"line1": "Weg 1", "city": "Berlin", "postal_code": "10115", "country": "DE"}}\n'
)


async def test_points_are_written_once_by_their_code_however_often_they_are_imported(pool: Pool, tmp_path: Path):
    file = tmp_path / "points.jsonl"
    file.write_text(ROW % "Kiosk")
    first = await import_pickup_points(pool, file)
    file.write_text(ROW % "Kiosk, renamed" + "\n")

    again = await import_pickup_points(pool, file)

    found = await pickup_points_of_postal_code(pool, "DE", "DHL", "10115", limit=10)
    assert (first, again) == (1, 1)
    assert [(point.code, point.place.name, point.place.position) for point in found] == [
        ("4711", "Kiosk, renamed", (52.5, 13.4))
    ]


async def test_a_wrong_row_is_told_and_nothing_of_its_file_is_written(pool: Pool, tmp_path: Path):
    file = tmp_path / "points.jsonl"
    file.write_text(ROW % "Kiosk" + '{"carrier": "DHL"}\n')

    with pytest.raises(SettingsError, match="line 2"):
        await import_pickup_points(pool, file)

    assert await pool.fetchval("SELECT count(*) FROM pickup_point") == 0
