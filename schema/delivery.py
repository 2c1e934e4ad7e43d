"""Delivery: places to fetch goods at, and for staff the zones, rates, restrictions and points."""

from collections.abc import Mapping

import strawberry
from strawberry.scalars import JSON

from domain.fulfillment import delivery, places, restrictions
from domain.fulfillment.managing import usecases
from domain.pricing import tariff, zones
from domain.shared.delivery_kinds import DeliveryKind
from domain.shared.errors import RequestFault
from domain.shared.ids import (
    CategoryId,
    DeliveryOptionId,
    DeliveryRestrictionId,
    DeliveryZoneId,
    MarketId,
    ProductId,
    VendorId,
)
from domain.shared.money import Money as Amount
from resolvers import delivery as resolvers
from resolvers.ids import parse_id
from schema.addresses import Address, AddressInput
from schema.base import Payload, enum, mutation, represents, resolve
from schema.money import Money, MoneyInput
from schema.pricing import DeliveryEstimate
from schema.scalars import CountryCode

enum(DeliveryKind)
enum(tariff.TariffBasis)

READ, WRITE = [["delivery:read"]], [["delivery:write"]]


@strawberry.federation.type(shareable=True, description="A position on earth, in degrees.")
@represents(zones.Point)
class GeoPoint:
    latitude: float = resolve(description="North of the equator.")
    longitude: float = resolve(description="East of Greenwich.")


@strawberry.input(description="A position on earth, in degrees.")
class GeoPointInput:
    latitude: float
    longitude: float

    def to_domain(self) -> zones.Point:
        return zones.Point(self.latitude, self.longitude)


@strawberry.type(description="A place where goods can be fetched: a vendor's store, or a carrier's point.")
@represents(resolvers.OfferedPlace)
class PickupPlace:
    id: strawberry.ID = resolve(resolvers.place_id, description="Names it in `checkoutUpdate(input: {deliveries})`.")
    name: str = resolve(resolvers.place_name, description="What it is called.")
    address: Address = resolve(resolvers.place_address, description="Where it is.")
    opening_hours: str | None = resolve(resolvers.place_hours, description="When it is open, in words.")
    position: GeoPoint | None = resolve(resolvers.place_position, description="Where it is on a map.")
    distance_km: float | None = resolve(description="How far it is from where the query says; as the crow flies.")
    is_in_stock: bool | None = resolve(
        description="Whether all of the goods lie in this store now; null for points of carriers, and once chosen."
    )


@strawberry.type(description="How a part of an order is delivered, as it was promised.")
@represents(resolvers.ChosenDelivery)
class ChosenDelivery:
    kind: DeliveryKind = resolve(description="How the goods reach the buyer.")
    name: str = resolve(description="Its name, in the order's language.")
    carrier: str | None = resolve(description="Who carries it.")
    estimate: DeliveryEstimate = resolve(description="When the goods arrive.")
    pickup: PickupPlace | None = resolve(description="Where they are fetched.")


@strawberry.federation.type(
    requires_scopes=READ, tags=["admin"], description="A country, or what lies in it: a region or postal codes."
)
@represents(zones.Area)
class DeliveryArea:
    country: CountryCode = resolve(description="The country.")
    region: str | None = resolve(description="Its subdivision, as addresses there write it.")
    postal_prefix: str | None = resolve(description="How the postal codes begin.")
    postal_from: str | None = resolve(description="The first of a range of postal codes.")
    postal_until: str | None = resolve(description="The last of the range.")


@strawberry.federation.type(
    requires_scopes=READ,
    tags=["admin"],
    description="Areas that are treated alike. Of zones that cover an address the most specific one counts.",
)
@represents(zones.Zone)
class DeliveryZone:
    id: strawberry.ID = resolve(description="Its id.")
    name: str = resolve(description="Its name to staff.")
    areas: list[DeliveryArea] = resolve(description="What it covers.")
    position: GeoPoint | None = resolve(description="What distances from warehouses are measured to.")


@strawberry.federation.type(requires_scopes=READ, tags=["admin"], description="A row of a rate's table.")
@represents(resolvers.ShownTier)
class DeliveryTier:
    start: int = resolve(description="From how many grams, milliliters or minor units on it holds.")
    price: Money = resolve(description="What it costs then.")
    further: Money = resolve(description="What each further kilogram or liter begun adds.")


@strawberry.federation.type(
    requires_scopes=READ, tags=["admin"], description="What it costs to deliver in one way, where its bounds are met."
)
@represents(delivery.DeliveryRate)
class DeliveryRate:
    id: strawberry.ID = resolve(description="The id of the option that buyers choose.")
    market_id: strawberry.ID = resolve(description="Whose buyers it is offered to.")
    vendor_id: strawberry.ID | None = resolve(description="Whose goods it delivers; null for everybody's.")
    zone: DeliveryZone | None = resolve(description="Where it leads; null for the whole market.")
    countries: list[CountryCode] = resolve(description="The countries it is bound to; empty for none.")
    kind: DeliveryKind = resolve(description="How the goods reach the buyer.")
    name: str = resolve(description="Its name; of rates with one name the cheapest that fits is offered.")
    carrier: str | None = resolve(description="Who carries it.")
    price: Money = resolve(description="What it costs, unless a table says it.")
    basis: tariff.TariffBasis = resolve(resolvers.basis, description="What its table goes by.")
    tiers: list[DeliveryTier] = resolve(resolvers.tiers, description="Its table, ascending.")
    free_from: Money | None = resolve(
        resolvers.free_from, description="From which value of goods on it costs nothing: after their own discounts."
    )
    min_subtotal: Money | None = resolve(description="From which value of goods on it is offered.")
    min_weight_grams: int | None = resolve(description="The least weight.")
    max_weight_grams: int | None = resolve(description="The most weight.")
    min_days: int = resolve(description="The least days from when the goods leave.")
    max_days: int = resolve(description="The most days from when the goods leave.")
    position: int = resolve(description="Its place in the list of options.")
    is_active: bool = resolve(description="Whether it is offered.")


@strawberry.federation.type(
    requires_scopes=READ, tags=["admin"], description="Goods that are not delivered to a zone, in a way, or both."
)
@represents(restrictions.Restriction)
class DeliveryRestriction:
    id: strawberry.ID = resolve(description="Its id.")
    product_id: strawberry.ID | None = resolve(description="The product it is about.")
    category_id: strawberry.ID | None = resolve(description="The category it is about, with all below it.")
    zone: DeliveryZone | None = resolve(description="Where they do not go; null for nowhere in this way.")
    kind: DeliveryKind | None = resolve(description="How they do not go; null for in no way.")


@strawberry.federation.type(
    requires_scopes=READ, tags=["admin"], description="A carrier's shop or locker, known by the carrier's code."
)
@represents(places.PickupPoint)
class PickupPoint:
    id: strawberry.ID = resolve(description="Its id.")
    code: str = resolve(description="The carrier's code.")
    carrier: str | None = resolve(resolvers.carrier_of_point, description="Whose it is.")
    name: str = resolve(resolvers.name_of_point, description="What it is called.")
    address: Address = resolve(resolvers.address_of_point, description="Where it is.")
    is_active: bool = resolve(description="Whether it can be chosen.")


@strawberry.input(description="A country; a region of it, or postal codes by their prefix or as a range.")
class DeliveryAreaInput:
    country: CountryCode
    region: str | None = None
    postal_prefix: str | None = None
    postal_from: str | None = None
    postal_until: str | None = None

    def to_domain(self) -> zones.Area:
        return zones.Area(self.country, self.region, self.postal_prefix, self.postal_from, self.postal_until)


@strawberry.input(description="A zone, whole; with an `id` it replaces all that one says.")
class DeliveryZoneInput:
    name: str
    areas: list[DeliveryAreaInput]
    id: strawberry.ID | None = None
    position: GeoPointInput | None = strawberry.field(
        default=None, description="What distances from warehouses are measured to; without it countries are compared."
    )

    def to_domain(self) -> usecases.UpsertZone:
        return usecases.UpsertZone(
            None if self.id is None else parse_id(self.id, "delivery_zone", DeliveryZoneId),
            self.name,
            tuple(area.to_domain() for area in self.areas),
            self.position.to_domain() if self.position else None,
        )


@strawberry.input(description="A row of a rate's table, in minor units of the rate's currency.")
class DeliveryTierInput:
    start: int = strawberry.field(description="Grams, milliliters, or minor units of the goods' value.")
    price_minor: int
    further_minor: int = strawberry.field(default=0, description="For each further kilogram or liter begun.")

    def to_domain(self) -> tariff.Tier:
        return tariff.Tier(self.start, self.price_minor, self.further_minor)


@strawberry.input(description="A rate, whole; with an `id` it replaces all that one says. Money is in one currency.")
class DeliveryRateInput:
    market_id: strawberry.ID
    name: str
    price: MoneyInput = strawberry.field(description="What it costs, unless `tiers` say it.")
    min_days: int
    max_days: int
    id: strawberry.ID | None = None
    vendor_id: strawberry.ID | None = None
    zone_id: strawberry.ID | None = None
    countries: list[CountryCode] = strawberry.field(default_factory=list)
    kind: DeliveryKind = DeliveryKind.SHIP
    translations: JSON | None = strawberry.field(default=None, description='Names: `{"de": "Standardversand"}`.')
    carrier: str | None = None
    basis: tariff.TariffBasis = tariff.TariffBasis.FLAT
    tiers: list[DeliveryTierInput] = strawberry.field(default_factory=list)
    free_from_minor: int | None = None
    min_subtotal_minor: int | None = None
    min_weight_grams: int | None = None
    max_weight_grams: int | None = None
    position: int = 0
    is_active: bool = True

    def to_domain(self) -> usecases.UpsertRate:
        price = self.price.to_domain()
        least = self.min_subtotal_minor
        zone_id = None if self.zone_id is None else parse_id(self.zone_id, "delivery_zone", DeliveryZoneId)
        rate = delivery.DeliveryRate(
            id=usecases.NEW_RATE if self.id is None else parse_id(self.id, "delivery_option", DeliveryOptionId),
            market_id=parse_id(self.market_id, "market", MarketId),
            vendor_id=None if self.vendor_id is None else parse_id(self.vendor_id, "vendor", VendorId),
            countries=tuple(self.countries),
            kind=self.kind,
            name=self.name,
            translations=_names(self.translations),
            carrier=self.carrier,
            price=price,
            min_subtotal=None if least is None else Amount(least, price.currency),
            max_weight_grams=self.max_weight_grams,
            min_days=self.min_days,
            max_days=self.max_days,
            position=self.position,
            min_weight_grams=self.min_weight_grams,
            tariff=tariff.Tariff(self.basis, tuple(tier.to_domain() for tier in self.tiers), self.free_from_minor),
            is_active=self.is_active,
        )
        return usecases.UpsertRate(rate, zone_id)


def _names(translations: object) -> Mapping[str, str]:
    """Names by language."""
    if translations is None:
        return {}
    if not isinstance(translations, dict) or not all(isinstance(name, str) for name in translations.values()):
        raise RequestFault("Translations are names by language.")
    return translations


@strawberry.input(description="A restriction, whole; with an `id` it replaces all that one says.")
class DeliveryRestrictionInput:
    id: strawberry.ID | None = None
    product_id: strawberry.ID | None = None
    category_id: strawberry.ID | None = None
    zone_id: strawberry.ID | None = None
    kind: DeliveryKind | None = None

    def to_domain(self) -> usecases.UpsertRestriction:
        return usecases.UpsertRestriction(
            None if self.id is None else parse_id(self.id, "delivery_restriction", DeliveryRestrictionId),
            None if self.product_id is None else parse_id(self.product_id, "product", ProductId),
            None if self.category_id is None else parse_id(self.category_id, "category", CategoryId),
            None if self.zone_id is None else parse_id(self.zone_id, "delivery_zone", DeliveryZoneId),
            self.kind,
        )


@strawberry.input(description="Which restriction holds no more.")
class DeliveryRestrictionRemoveInput:
    id: strawberry.ID

    def to_domain(self) -> DeliveryRestrictionId:
        return parse_id(self.id, "delivery_restriction", DeliveryRestrictionId)


@strawberry.input(description="A carrier's point, whole; the one with its code is replaced.")
class PickupPointInput:
    carrier: str
    code: str
    name: str
    address: AddressInput
    opening_hours: str | None = None
    position: GeoPointInput | None = None
    is_active: bool = True

    def to_domain(self) -> places.PickupPoint:
        key, position = usecases.NEW_POINT, self.position.to_domain() if self.position else None
        address = self.address.to_domain()
        place = places.PickupPlace(key, self.name, address, self.opening_hours, position, self.carrier)
        return places.PickupPoint(key, self.code, place, self.is_active)


@strawberry.type(description="The zone as it is now.")
class DeliveryZoneUpsertPayload(Payload):
    zone: DeliveryZone | None = resolve(description="The zone as it is now.")


@strawberry.type(description="The rate as it is now.")
class DeliveryRateUpsertPayload(Payload):
    rate: DeliveryRate | None = resolve(description="The rate as it is now.")


@strawberry.type(description="The restriction as it is now.")
class DeliveryRestrictionUpsertPayload(Payload):
    restriction: DeliveryRestriction | None = resolve(description="The restriction as it is now.")


@strawberry.type(description="The restriction that holds no more.")
class DeliveryRestrictionRemovePayload(Payload):
    id: strawberry.ID | None = resolve(description="The restriction that holds no more.")


@strawberry.type(description="The point as it is now.")
class PickupPointUpsertPayload(Payload):
    pickup_point: PickupPoint | None = resolve(description="The point as it is now.")


@strawberry.type
class DeliveryMutation:
    delivery_zone_upsert: DeliveryZoneUpsertPayload | None = mutation(
        resolvers.upsert_zone,
        input=DeliveryZoneInput,
        payload=DeliveryZoneUpsertPayload,
        requires_scopes=WRITE,
        tags=["admin"],
        description="Write a zone.",
    )
    delivery_rate_upsert: DeliveryRateUpsertPayload | None = mutation(
        resolvers.upsert_rate,
        input=DeliveryRateInput,
        payload=DeliveryRateUpsertPayload,
        requires_scopes=WRITE,
        tags=["admin"],
        description="Write a rate. Carts and checkouts see it with their next price.",
    )
    delivery_restriction_upsert: DeliveryRestrictionUpsertPayload | None = mutation(
        resolvers.upsert_restriction,
        input=DeliveryRestrictionInput,
        payload=DeliveryRestrictionUpsertPayload,
        requires_scopes=WRITE,
        tags=["admin"],
        description="Keep goods from a zone, a way of delivery, or both.",
    )
    delivery_restriction_remove: DeliveryRestrictionRemovePayload | None = mutation(
        resolvers.remove_restriction,
        input=DeliveryRestrictionRemoveInput,
        payload=DeliveryRestrictionRemovePayload,
        requires_scopes=WRITE,
        tags=["admin"],
        description="Let goods go again where and how a restriction kept them from.",
    )
    pickup_point_upsert: PickupPointUpsertPayload | None = mutation(
        resolvers.upsert_pickup_point,
        input=PickupPointInput,
        payload=PickupPointUpsertPayload,
        requires_scopes=WRITE,
        tags=["admin"],
        description="Write a carrier's point; `commerce import pickup-points` brings many at once.",
    )
