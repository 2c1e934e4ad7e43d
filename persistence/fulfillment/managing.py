"""The rules of delivery as staff reads and writes them."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from domain.fulfillment.delivery import DeliveryRate
from domain.fulfillment.managing.ports import Thing
from domain.fulfillment.restrictions import Restriction
from domain.pricing.zones import Area, Zone
from domain.shared.ids import DeliveryOptionId, DeliveryRestrictionId, DeliveryZoneId, MarketId
from persistence.fulfillment.delivery import RATE_COLUMNS, rate_of, restriction_of, zone_of_row
from persistence.statement import Connection, Database

LISTED = 500
"""How many zones, rates and restrictions staff is shown at once."""

_ZONES = "SELECT id, name, areas, latitude, longitude FROM delivery_zone "
_ZONE = _ZONES + "WHERE id = $1"
_ALL_ZONES = _ZONES + "ORDER BY name, id"
_RATES = f"""
SELECT {RATE_COLUMNS} FROM delivery_rate
WHERE ($1::text IS NULL OR market_id = $1) AND ($2::text IS NULL OR id = $2)
ORDER BY market_id, position, name, id LIMIT {LISTED}
"""  # noqa: S608 - made of constants
_RESTRICTIONS = f"""
SELECT id, product_id, category_id, zone_id, kind FROM delivery_restriction
WHERE $1::text IS NULL OR id = $1 ORDER BY id DESC LIMIT {LISTED}
"""  # noqa: S608 - made of constants
_EXISTS = {thing: f"SELECT EXISTS (SELECT FROM {thing.value} WHERE id = $1)" for thing in Thing}  # noqa: S608
_PUT_ZONE = """
INSERT INTO delivery_zone (id, name, areas, latitude, longitude) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (id) DO UPDATE SET name = $2, areas = $3, latitude = $4, longitude = $5
"""
_PUT_RATE = f"""
INSERT INTO delivery_rate ({RATE_COLUMNS})
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
ON CONFLICT (id) DO UPDATE SET market_id = $2, vendor_id = $3, countries = $4, kind = $5, name = $6, translations = $7,
    carrier = $8, currency = $9, price_minor = $10, min_subtotal_minor = $11, max_weight_grams = $12, min_days = $13,
    max_days = $14, position = $15, min_weight_grams = $16, basis = $17, tiers = $18, free_from_minor = $19,
    zone_id = $20, is_active = $21
"""  # noqa: S608 - made of constants
_PUT_RESTRICTION = """
INSERT INTO delivery_restriction (id, product_id, category_id, zone_id, kind) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (id) DO UPDATE SET product_id = $2, category_id = $3, zone_id = $4, kind = $5
"""
_REMOVE_RESTRICTION = "DELETE FROM delivery_restriction WHERE id = $1"


async def delivery_zones(database: Database) -> list[Zone]:
    """All zones, by their names."""
    return [zone_of_row(row) for row in await database.fetch(_ALL_ZONES)]


async def delivery_rates(
    database: Database, *, market_id: MarketId | None = None, rate_id: DeliveryOptionId | None = None
) -> list[DeliveryRate]:
    """The first 500 rates of a market, of all, or the one with this id; those that do not hold any more too."""
    zones = await _by_id(database)
    return [rate_of(row, zones) for row in await database.fetch(_RATES, market_id, rate_id)]


async def delivery_restrictions(
    database: Database, restriction_id: DeliveryRestrictionId | None = None
) -> list[Restriction]:
    """The newest 500 restrictions, or the one with this id."""
    zones = await _by_id(database)
    return [restriction_of(row, zones) for row in await database.fetch(_RESTRICTIONS, restriction_id)]


async def _by_id(database: Database) -> Mapping[DeliveryZoneId, Zone]:
    return {zone.id: zone for zone in await delivery_zones(database)}


class DeliveryRules:
    """Implements `domain.fulfillment.managing.ports.DeliveryRules` within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def exists(self, thing: Thing, key: str) -> bool:
        return bool(await self._connection.fetchval(_EXISTS[thing], key))

    async def zone(self, zone_id: DeliveryZoneId) -> Zone | None:
        row = await self._connection.fetchrow(_ZONE, zone_id)
        return None if row is None else zone_of_row(row)

    async def put_zone(self, zone: Zone) -> None:
        areas = [_area_document(area) for area in zone.areas]
        await self._connection.execute(_PUT_ZONE, zone.id, zone.name, areas, *(zone.position or (None, None)))

    async def put_rate(self, rate: DeliveryRate) -> None:
        await self._connection.execute(
            _PUT_RATE,
            rate.id,
            rate.market_id,
            rate.vendor_id,
            list(rate.countries),
            rate.kind.value,
            rate.name,
            dict(rate.translations),
            rate.carrier,
            rate.price.currency,
            rate.price.minor,
            rate.min_subtotal.minor if rate.min_subtotal else None,
            rate.max_weight_grams,
            rate.min_days,
            rate.max_days,
            rate.position,
            rate.min_weight_grams,
            rate.tariff.basis.value,
            [list(tier) for tier in rate.tariff.tiers],
            rate.tariff.free_from_minor,
            rate.zone.id if rate.zone else None,
            rate.is_active,
        )

    async def put_restriction(self, restriction: Restriction) -> None:
        await self._connection.execute(
            _PUT_RESTRICTION,
            restriction.id,
            restriction.product_id,
            restriction.category_id,
            restriction.zone.id if restriction.zone else None,
            restriction.kind.value if restriction.kind else None,
        )

    async def remove_restriction(self, restriction_id: DeliveryRestrictionId) -> bool:
        status = await self._connection.execute(_REMOVE_RESTRICTION, restriction_id)
        return bool(status.endswith(" 1"))


def _area_document(area: Area) -> dict[str, Any]:
    return {name: value for name, value in asdict(area).items() if value is not None}
