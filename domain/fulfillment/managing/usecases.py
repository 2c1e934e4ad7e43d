"""What staff with `delivery:write` decide of delivery; a process takes it up at once, the others within seconds."""

from collections.abc import Mapping, Sequence

from domain.fulfillment.delivery import DeliveryRate
from domain.fulfillment.managing.checks import area_problems, point_problems, rate_problems
from domain.fulfillment.managing.ports import Thing, UnitOfWork
from domain.fulfillment.places import PickupPoint
from domain.fulfillment.restrictions import Restriction
from domain.pricing.zones import Area, Point, Zone
from domain.shared.delivery_kinds import DeliveryKind
from domain.shared.errors import ErrorCode, Problem, Refused, refuse
from domain.shared.ids import (
    CategoryId,
    DeliveryOptionId,
    DeliveryRestrictionId,
    DeliveryZoneId,
    PickupPointId,
    ProductId,
)
from domain.shared.making import dataclass, replace
from domain.shared.news import STOREFRONT

NEW_RATE, NEW_POINT = DeliveryOptionId(""), PickupPointId("")
"""The ids of what is to be made."""


@dataclass(frozen=True, slots=True)
class UpsertZone:
    """A zone, whole: a new one without an `id`."""

    id: DeliveryZoneId | None
    name: str
    areas: tuple[Area, ...]
    position: Point | None


@dataclass(frozen=True, slots=True)
class UpsertRate:
    """A rate, whole: a new one with the id `NEW_RATE`. Its zone is named by `zone_id`."""

    rate: DeliveryRate
    zone_id: DeliveryZoneId | None


@dataclass(frozen=True, slots=True)
class UpsertRestriction:
    """A product or a category that is not delivered to a zone, in a way, or both; or at all."""

    id: DeliveryRestrictionId | None
    product_id: ProductId | None
    category_id: CategoryId | None
    zone_id: DeliveryZoneId | None
    kind: DeliveryKind | None


async def upsert_zone(uow: UnitOfWork, command: UpsertZone) -> DeliveryZoneId:
    """A zone's areas and position in the place of those it had."""
    _raise(area_problems(command.name, command.areas, command.position))
    zone_id = command.id or DeliveryZoneId(uow.new_id("delivery_zone"))
    async with uow:
        await _must_exist(uow, {"id": (Thing.ZONE, command.id)})
        await uow.delivery_rules.put_zone(Zone(zone_id, command.name, command.areas, command.position))
        uow.tell(STOREFRONT)
        await uow.commit()
    return zone_id


async def upsert_rate(uow: UnitOfWork, command: UpsertRate) -> DeliveryOptionId:
    """A rate as it holds from now on; carts and checkouts see it with their next price."""
    is_new = command.rate.id == NEW_RATE
    rate = replace(command.rate, id=DeliveryOptionId(uow.new_id("delivery_option"))) if is_new else command.rate
    _raise(rate_problems(rate))
    async with uow:
        known = {
            "id": (Thing.RATE, None if is_new else rate.id),
            "market_id": (Thing.MARKET, rate.market_id),
            "vendor_id": (Thing.VENDOR, rate.vendor_id),
            "zone_id": (Thing.ZONE, command.zone_id),
        }
        await _must_exist(uow, known)
        zone = await uow.delivery_rules.zone(command.zone_id) if command.zone_id else None
        await uow.delivery_rules.put_rate(replace(rate, zone=zone))
        uow.tell(STOREFRONT)
        await uow.commit()
    return rate.id


async def upsert_restriction(uow: UnitOfWork, command: UpsertRestriction) -> DeliveryRestrictionId:
    """From now on these goods are kept from where or how it says."""
    if (command.product_id is None) == (command.category_id is None):
        raise refuse(ErrorCode.INVALID, "Name either a product or a category.", "product_id")
    restriction_id = command.id or DeliveryRestrictionId(uow.new_id("delivery_restriction"))
    async with uow:
        known = {
            "id": (Thing.RESTRICTION, command.id),
            "product_id": (Thing.PRODUCT, command.product_id),
            "category_id": (Thing.CATEGORY, command.category_id),
            "zone_id": (Thing.ZONE, command.zone_id),
        }
        await _must_exist(uow, known)
        zone = await uow.delivery_rules.zone(command.zone_id) if command.zone_id else None
        restriction = Restriction(restriction_id, command.product_id, command.category_id, zone, command.kind)
        await uow.delivery_rules.put_restriction(restriction)
        uow.tell(STOREFRONT)
        await uow.commit()
    return restriction_id


async def remove_restriction(uow: UnitOfWork, restriction_id: DeliveryRestrictionId) -> DeliveryRestrictionId:
    """Nothing is kept back by it any more."""
    async with uow:
        if not await uow.delivery_rules.remove_restriction(restriction_id):
            raise refuse(ErrorCode.NOT_FOUND, "No such restriction.", "id")
        uow.tell(STOREFRONT)
        await uow.commit()
    return restriction_id


async def upsert_pickup_points(uow: UnitOfWork, points: Sequence[PickupPoint]) -> Sequence[PickupPointId]:
    """Points by carrier and code: new ones, and what has changed of those that are known."""
    _raise([problem for point in points for problem in point_problems(point)])
    async with uow:
        ids = await uow.pickup_points.upsert([_with_id(uow, point) for point in points])
        await uow.commit()
    return ids


async def _must_exist(uow: UnitOfWork, known: Mapping[str, tuple[Thing, str | None]]) -> None:
    problems = [
        Problem(ErrorCode.NOT_FOUND, f"No such {thing.name.lower()}.", (path,))
        for path, (thing, key) in known.items()
        if key is not None and not await uow.delivery_rules.exists(thing, key)
    ]
    _raise(problems)


def _with_id(uow: UnitOfWork, point: PickupPoint) -> PickupPoint:
    return replace(point, id=PickupPointId(uow.new_id("pickup_point"))) if point.id == NEW_POINT else point


def _raise(problems: Sequence[Problem]) -> None:
    if problems:
        raise Refused(*problems)
