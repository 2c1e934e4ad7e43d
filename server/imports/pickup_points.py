"""Points of carriers into the database, from JSON Lines: new ones, and what has changed of those with a known code.

A row is `{"carrier": "DHL", "code": "4711", "name": ..., "address": {"line1", "city", "postal_code", "country"},
"opening_hours": ..., "latitude": ..., "longitude": ..., "is_active": true}`; the last four may be left out.
"""

from collections.abc import Iterator
from itertools import batched
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from domain.fulfillment.places import PickupPlace, PickupPoint
from domain.pricing.zones import Point
from domain.shared.address import Address
from domain.shared.ids import PickupPointId
from persistence.fulfillment.pickup_points import PickupPoints
from persistence.ids import new_id
from persistence.statement import Pool
from server.imports.rows import Row
from server.imports.store import AddressRow
from server.imports.text import Code, Text, Word
from server.settings import SettingsError

BATCH = 1000


class PickupPointRow(Row):
    carrier: Word
    code: Code
    name: Word
    address: AddressRow
    opening_hours: Text | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    is_active: bool = True

    def to_domain(self) -> PickupPoint:
        key = PickupPointId(new_id("pickup_point"))
        position = None
        if self.latitude is not None and self.longitude is not None:
            position = Point(self.latitude, self.longitude)
        address = Address(**self.address.model_dump())
        place = PickupPlace(key, self.name, address, self.opening_hours, position, self.carrier)
        return PickupPoint(key, self.code, place, self.is_active)


async def import_pickup_points(pool: Pool, file: Path) -> int:
    """How many points the file has; all are written, or none if a row is wrong, which SettingsError tells."""
    points = list(_points(file))
    async with pool.acquire() as connection, connection.transaction():
        for batch in batched(points, BATCH):
            await PickupPoints(connection).upsert(batch)
    return len(points)


def _points(file: Path) -> Iterator[PickupPoint]:
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                try:
                    yield PickupPointRow.model_validate_json(line).to_domain()
                except ValidationError as error:
                    raise SettingsError(f"{file}, line {number}: {error.errors()[0]['msg']}") from None
