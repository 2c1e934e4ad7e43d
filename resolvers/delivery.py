"""Delivery: where goods can be fetched, and the rules as staff reads and writes them."""

from collections.abc import Sequence
from datetime import date

from domain.checkout.priced import Carried, PricedGroup, PricedOption
from domain.fulfillment.delivery import DeliveryEstimate, DeliveryRate
from domain.fulfillment.managing import usecases
from domain.fulfillment.managing.checks import is_on_earth
from domain.fulfillment.places import PickupPlace, PickupPoint, Store, place_of
from domain.fulfillment.restrictions import Restriction
from domain.inventory.model import Warehouse
from domain.inventory.sourcing import haversine_km
from domain.orders.model import VendorOrder
from domain.pricing.tariff import TariffBasis
from domain.pricing.zones import Place, Point, Zone
from domain.shared.address import Address
from domain.shared.delivery_kinds import DeliveryKind
from domain.shared.errors import RequestFault
from domain.shared.ids import DeliveryRestrictionId, MarketId
from domain.shared.making import dataclass
from domain.shared.money import Money
from domain.shared.text import is_plain
from persistence.fulfillment import managing, pickup_points
from resolvers.access import may_see
from resolvers.context import Info

MAX_PLACES = 50
MAX_POSTAL_CODE = 20


@dataclass(frozen=True, slots=True)
class OfferedPlace:
    """A place that can be chosen. `is_in_stock`: whether all of the goods lie there now; points have no stock."""

    place: PickupPlace
    distance_km: float | None
    is_in_stock: bool | None


@dataclass(frozen=True, slots=True)
class ChosenDelivery:
    """How a part of an order is delivered, as it was promised."""

    kind: DeliveryKind
    name: str
    carrier: str | None
    estimate: DeliveryEstimate
    pickup: OfferedPlace | None


@dataclass(frozen=True, slots=True)
class ShownTier:
    """A row of a rate's table."""

    start: int
    price: Money
    further: Money


async def pickup_places(
    root: PricedOption, info: Info, near: Point | None = None, postal_code: str | None = None, first: int = 10
) -> list[OfferedPlace]:
    """The nearest first where it is said what to be near to."""
    if not 0 < first <= MAX_PLACES:
        raise RequestFault(f"Ask for 1 to {MAX_PLACES} places.")
    if near is not None and not is_on_earth(near):
        raise RequestFault("That is nowhere on earth.")
    if postal_code is not None and (len(postal_code) > MAX_POSTAL_CODE or not is_plain(postal_code)):
        raise RequestFault("That is no postal code.")
    if root.carries is None or not root.kind.is_fetched:
        return []
    if root.kind is DeliveryKind.PICKUP_STORE:
        return await _stores(root.option.stores, root.carries, info, near, first)
    found = await _points(root.carrier, root.carries.place, info, near, postal_code, first)
    return [OfferedPlace(point.place, _distance(point.place, near), None) for point in found]


async def _points(
    carrier: str | None, place: Place, info: Info, near: Point | None, postal_code: str | None, first: int
) -> list[PickupPoint]:
    database = info.context.pool
    if near is not None:
        return await pickup_points.pickup_points_near(database, place.country, carrier, near, limit=first)
    code = postal_code or place.postal_code or ""
    return await pickup_points.pickup_points_of_postal_code(database, place.country, carrier, code, limit=first)


async def _stores(
    stores: Sequence[Store], carries: Carried, info: Info, near: Point | None, first: int
) -> list[OfferedPlace]:
    levels = await info.context.loaders.stock_levels.load_many(list(carries.demand))
    stock = {(level.offer_id, level.warehouse_id): level.available for found in levels for level in found}
    for held in carries.held:
        key = held.offer_id, held.warehouse_id
        stock[key] = stock.get(key, 0) + held.quantity
    places = [
        OfferedPlace(
            store.place,
            _distance(store.place, near),
            all(stock.get((offer, store.warehouse_id), 0) >= asked for offer, asked in carries.demand.items()),
        )
        for store in stores
    ]
    return sorted(places, key=lambda item: (item.distance_km is None, item.distance_km or 0, item.place.id))[:first]


def _distance(place: PickupPlace, near: Point | None) -> float | None:
    if near is None or place.position is None:
        return None
    return round(haversine_km(near, place.position), 1)


async def place_id(root: OfferedPlace) -> str:
    return root.place.id


async def place_name(root: OfferedPlace) -> str:
    return root.place.name


async def place_address(root: OfferedPlace) -> Address:
    return root.place.address


async def place_hours(root: OfferedPlace) -> str | None:
    return root.place.opening_hours


async def place_position(root: OfferedPlace) -> Point | None:
    return root.place.position


async def chosen_place(root: PricedGroup) -> OfferedPlace | None:
    return None if root.pickup is None else OfferedPlace(root.pickup, None, None)


async def address_of_pickup(root: PricedOption) -> Address | None:
    pickup = root.carries.pickup if root.carries else None
    return pickup.address if pickup else None


async def delivery_of_part(root: VendorOrder) -> ChosenDelivery | None:
    """The delivery as it was chosen when the order was placed, if one was."""
    chosen = root.delivery
    if "earliest" not in chosen:
        return None
    place = place_of(chosen.get("pickup"))
    return ChosenDelivery(
        DeliveryKind(chosen["kind"]),
        chosen["name"],
        chosen.get("carrier"),
        DeliveryEstimate(date.fromisoformat(chosen["earliest"]), date.fromisoformat(chosen["latest"])),
        None if place is None else OfferedPlace(place, None, None),
    )


async def warehouse_of_group(root: PricedGroup, info: Info) -> Warehouse | None:
    """The one warehouse that all of it comes from, for those who may know it."""
    if len(root.warehouses) != 1:
        return None
    found = await info.context.loaders.warehouse.load(root.warehouses[0])
    return found if found is not None and may_see(info.context.actor, found) else None


async def zones(info: Info) -> Sequence[Zone]:
    return await managing.delivery_zones(info.context.pool)


async def rates(info: Info, market: str | None = None) -> Sequence[DeliveryRate]:
    """Those of a market, by its handle, or all."""
    known = {found.handle: found.id for found in info.context.services.markets}
    market_id = None if market is None else known.get(market, MarketId(""))
    return await managing.delivery_rates(info.context.pool, market_id=market_id)


async def restrictions(info: Info) -> Sequence[Restriction]:
    return await managing.delivery_restrictions(info.context.pool)


async def upsert_zone(info: Info, command: usecases.UpsertZone) -> Zone:
    zone_id = await usecases.upsert_zone(info.context.unit_of_work(), command)
    _take_up(info)
    return next(zone for zone in await zones(info) if zone.id == zone_id)


async def upsert_rate(info: Info, command: usecases.UpsertRate) -> DeliveryRate:
    rate_id = await usecases.upsert_rate(info.context.unit_of_work(), command)
    _take_up(info)
    (written,) = await managing.delivery_rates(info.context.pool, rate_id=rate_id)
    return written


async def upsert_restriction(info: Info, command: usecases.UpsertRestriction) -> Restriction:
    restriction_id = await usecases.upsert_restriction(info.context.unit_of_work(), command)
    _take_up(info)
    (written,) = await managing.delivery_restrictions(info.context.pool, restriction_id)
    return written


async def remove_restriction(info: Info, restriction_id: DeliveryRestrictionId) -> DeliveryRestrictionId:
    removed = await usecases.remove_restriction(info.context.unit_of_work(), restriction_id)
    _take_up(info)
    return removed


async def upsert_pickup_point(info: Info, point: PickupPoint) -> PickupPoint:
    (point_id,) = await usecases.upsert_pickup_points(info.context.unit_of_work(), [point])
    (written,) = await pickup_points.pickup_points_by_id(info.context.pool, [point_id])
    return written


def _take_up(info: Info) -> None:
    """This process delivers by the new rules from now on, others when what they know has grown old."""
    info.context.services.reference.forget()


async def tiers(root: DeliveryRate) -> list[ShownTier]:
    currency = root.price.currency
    return [
        ShownTier(tier.start, Money(tier.price_minor, currency), Money(tier.further_minor, currency))
        for tier in root.tariff.tiers
    ]


async def basis(root: DeliveryRate) -> TariffBasis:
    return root.tariff.basis


async def carrier_of_point(root: PickupPoint) -> str | None:
    return root.place.carrier


async def name_of_point(root: PickupPoint) -> str:
    return root.place.name


async def address_of_point(root: PickupPoint) -> Address:
    return root.place.address


async def free_from(root: DeliveryRate) -> Money | None:
    minor = root.tariff.free_from_minor
    return None if minor is None else Money(minor, root.price.currency)
