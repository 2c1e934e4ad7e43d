"""The rules of delivery as each process keeps them: rates with their zones, restrictions, and stores to fetch from.

Restrictions, stores and the hours of warehouses are all kept in memory: they are meant for hundreds of categories and
products, and for thousands of stores and vendors.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.fulfillment.calendar import Handling
from domain.fulfillment.delivery import DeliveryRate, DeliveryTerms
from domain.fulfillment.places import PickupPlace, Store
from domain.fulfillment.restrictions import Restriction, Restrictions
from domain.pricing.delivery import Transit
from domain.pricing.tariff import ONE_PRICE, Tariff, TariffBasis, Tier
from domain.pricing.zones import Area, Point, Zone
from domain.shared.address import Address
from domain.shared.delivery_kinds import DeliveryKind
from domain.shared.ids import (
    CategoryId,
    DeliveryOptionId,
    DeliveryRestrictionId,
    DeliveryZoneId,
    MarketId,
    ProductId,
    VendorId,
    WarehouseId,
)
from domain.shared.making import dataclass
from domain.shared.money import Money
from persistence.inventory.queries import handlings_of_vendors
from persistence.statement import Database, Record

_ZONES = "SELECT id, name, areas, latitude, longitude FROM delivery_zone ORDER BY id"
RATE_COLUMNS = """
id, market_id, vendor_id, countries, kind, name, translations, carrier, currency, price_minor, min_subtotal_minor,
max_weight_grams, min_days, max_days, position, min_weight_grams, basis, tiers, free_from_minor, zone_id, is_active
"""
_RATES = f"SELECT {RATE_COLUMNS} FROM delivery_rate WHERE is_active"  # noqa: S608 - made of constants
_RESTRICTIONS = "SELECT id, product_id, category_id, zone_id, kind FROM delivery_restriction"
_STORES = """
SELECT id, vendor_id, name, address, opening_hours, latitude, longitude FROM warehouse
WHERE is_pickup AND address IS NOT NULL ORDER BY priority, id
"""


@dataclass(frozen=True, slots=True)
class DeliveryFacts:
    """What a process knows of delivery."""

    terms: DeliveryTerms
    transits: Sequence[Transit]
    handlings: Mapping[VendorId, Handling]


async def read_delivery(database: Database) -> DeliveryFacts:
    """The rules as the database has them now."""
    zones = {DeliveryZoneId(row["id"]): zone_of_row(row) for row in await database.fetch(_ZONES)}
    rates = [rate_of(row, zones) for row in await database.fetch(_RATES)]
    restrictions = [restriction_of(row, zones) for row in await database.fetch(_RESTRICTIONS)]
    stores: dict[VendorId, list[Store]] = {}
    for store in map(_store, await database.fetch(_STORES)):
        stores.setdefault(store.vendor_id, []).append(store)
    return DeliveryFacts(
        DeliveryTerms(rates, Restrictions.of(restrictions), stores, tuple(zones.values())),
        [_transit(rate) for rate in rates if rate.kind is DeliveryKind.SHIP],
        await handlings_of_vendors(database),
    )


def zone_of_row(row: Record) -> Zone:
    return Zone(DeliveryZoneId(row["id"]), row["name"], tuple(Area(**area) for area in row["areas"]), point_of(row))


def point_of(row: Record) -> Point | None:
    """The position in the columns `latitude` and `longitude`, where it is known."""
    return None if row["latitude"] is None else Point(row["latitude"], row["longitude"])


def rate_of(row: Record, zones: Mapping[DeliveryZoneId, Zone]) -> DeliveryRate:
    currency, least = row["currency"], row["min_subtotal_minor"]
    return DeliveryRate(
        DeliveryOptionId(row["id"]),
        MarketId(row["market_id"]),
        VendorId(row["vendor_id"]) if row["vendor_id"] else None,
        tuple(row["countries"]),
        DeliveryKind(row["kind"]),
        row["name"],
        row["translations"],
        row["carrier"],
        Money(row["price_minor"], currency),
        None if least is None else Money(least, currency),
        row["max_weight_grams"],
        row["min_days"],
        row["max_days"],
        row["position"],
        row["min_weight_grams"],
        _tariff(row),
        zones[row["zone_id"]] if row["zone_id"] else None,
        row["is_active"],
    )


def _tariff(row: Record) -> Tariff:
    basis = TariffBasis(row["basis"])
    if basis is TariffBasis.FLAT and row["free_from_minor"] is None:
        return ONE_PRICE
    return Tariff(basis, tuple(Tier(*tier) for tier in row["tiers"]), row["free_from_minor"])


def restriction_of(row: Record, zones: Mapping[DeliveryZoneId, Zone]) -> Restriction:
    return Restriction(
        DeliveryRestrictionId(row["id"]),
        ProductId(row["product_id"]) if row["product_id"] else None,
        CategoryId(row["category_id"]) if row["category_id"] else None,
        zones[row["zone_id"]] if row["zone_id"] else None,
        DeliveryKind(row["kind"]) if row["kind"] else None,
    )


def _store(row: Record) -> Store:
    key, address = WarehouseId(row["id"]), stored_address(row["address"])
    return Store(
        key, VendorId(row["vendor_id"]), PickupPlace(key, row["name"], address, row["opening_hours"], point_of(row))
    )


def stored_address(document: Mapping[str, Any]) -> Address:
    """An address as documents hold it, whatever else stands beside."""
    return Address(**{name: document[name] for name in Address.__slots__ if document.get(name) is not None})


def _transit(rate: DeliveryRate) -> Transit:
    return Transit(
        rate.market_id,
        rate.vendor_id,
        rate.name,
        rate.countries,
        rate.price.currency,
        rate.price.minor,
        rate.min_subtotal.minor if rate.min_subtotal else None,
        rate.max_weight_grams,
        rate.min_days,
        rate.max_days,
        rate.min_weight_grams,
        rate.tariff,
        rate.zone,
    )
