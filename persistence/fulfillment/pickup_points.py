"""Points of carriers: found near a position or a postal code, and written by their carrier's code."""

from collections.abc import Sequence
from typing import Any

from domain.fulfillment.places import PickupPlace, PickupPoint
from domain.pricing.zones import Point, plain
from domain.shared.ids import PickupPointId
from persistence.fulfillment.delivery import point_of, stored_address
from persistence.orders.documents import address_document
from persistence.statement import Connection, Database, Record

_READ = """
SELECT id, carrier, code, name, address, opening_hours, latitude, longitude, is_active FROM pickup_point
"""
_BY_ID = _READ + "WHERE id = ANY($1::text[])"
_SERVING = _READ + "WHERE country = $1 AND ($2::text IS NULL OR carrier = $2) AND is_active "
_NEAR = (
    _SERVING
    + """
AND latitude BETWEEN $3 - 1.0 AND $3 + 1.0
ORDER BY power(latitude - $3, 2) + power((longitude - $4) * cos(radians($3)), 2), id LIMIT $5
"""
)
_BY_POSTAL_CODE = f"""
{_SERVING}
AND ($3 = '' OR postal_code LIKE left($3, 2) || '%')
ORDER BY (SELECT count(*) FROM generate_series(1, length($3)) AS n WHERE left(postal_code, n) = left($3, n)) DESC,
         postal_code, id LIMIT $4
"""  # noqa: S608 - made of constants
_UPSERT = """
INSERT INTO pickup_point (id, carrier, code, name, country, postal_code, address, opening_hours, latitude, longitude,
                          is_active)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (carrier, code) DO UPDATE SET name = excluded.name, country = excluded.country,
    postal_code = excluded.postal_code, address = excluded.address, opening_hours = excluded.opening_hours,
    latitude = excluded.latitude, longitude = excluded.longitude, is_active = excluded.is_active
RETURNING id
"""


async def pickup_points_by_id(database: Database, ids: Sequence[PickupPointId]) -> list[PickupPoint]:
    """Those that exist, closed ones too, in no particular order."""
    return [_point(row) for row in await database.fetch(_BY_ID, list(ids))]


async def pickup_points_near(
    database: Database, country: str, carrier: str | None, near: Point, *, limit: int
) -> list[PickupPoint]:
    """The nearest first, of those within a degree of latitude (111 km to the north or south)."""
    rows = await database.fetch(_NEAR, country, carrier, near.latitude, near.longitude, limit)
    return [_point(row) for row in rows]


async def pickup_points_of_postal_code(
    database: Database, country: str, carrier: str | None, postal_code: str, *, limit: int
) -> list[PickupPoint]:
    """Those whose postal code begins like this one in two letters at least, the most alike first; all without one."""
    rows = await database.fetch(_BY_POSTAL_CODE, country, carrier, plain(postal_code), limit)
    return [_point(row) for row in rows]


class PickupPoints:
    """Implements `PickupPoints` of the checkout and of `domain.fulfillment.managing` within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def by_id(self, ids: Sequence[PickupPointId]) -> Sequence[PickupPoint]:
        return [point for point in await pickup_points_by_id(self._connection, ids) if point.is_active]

    async def upsert(self, points: Sequence[PickupPoint]) -> Sequence[PickupPointId]:
        """Write them by carrier and code; the ids they have then."""
        return [PickupPointId(await self._connection.fetchval(_UPSERT, *_values(point))) for point in points]


def _values(point: PickupPoint) -> tuple[Any, ...]:
    place = point.place
    return (
        point.id,
        place.carrier,
        point.code,
        place.name,
        place.address.country,
        plain(place.address.postal_code or ""),
        address_document(place.address),
        place.opening_hours,
        *(place.position or (None, None)),
        point.is_active,
    )


def _point(row: Record) -> PickupPoint:
    key, address = PickupPointId(row["id"]), stored_address(row["address"])
    place = PickupPlace(key, row["name"], address, row["opening_hours"], point_of(row), row["carrier"])
    return PickupPoint(key, row["code"], place, row["is_active"])
