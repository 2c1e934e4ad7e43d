"""What delivery costs and how long it takes: the rates of zones, laid upon what is to be delivered."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from domain.fulfillment.places import Store
from domain.fulfillment.restrictions import NO_RESTRICTIONS, Restrictions
from domain.inventory.sourcing import Destination
from domain.pricing.promotions.selection import Goods
from domain.pricing.tariff import ONE_PRICE, Load, Tariff
from domain.pricing.zones import Place, Zone, zone_of
from domain.shared.delivery_kinds import SENT_BY_NETWORK, DeliveryKind
from domain.shared.ids import CartLineId, DeliveryOptionId, DeliveryZoneId, MarketId, VendorId
from domain.shared.making import dataclass
from domain.shared.money import Money


@dataclass(frozen=True, slots=True)
class DeliveryRate:
    """A row of a rate table: its price holds for what meets all of its bounds. No countries and no zone: everywhere.

    `price` holds unless the tariff says otherwise. `min_subtotal` is compared with the merchandise value of rule P6;
    weights are grams; days are calendar days from the day on which the goods leave.
    """

    id: DeliveryOptionId
    market_id: MarketId
    vendor_id: VendorId | None
    countries: tuple[str, ...]
    kind: DeliveryKind
    name: str
    translations: Mapping[str, str]
    carrier: str | None
    price: Money
    min_subtotal: Money | None
    max_weight_grams: int | None
    min_days: int
    max_days: int
    position: int
    min_weight_grams: int | None = None
    tariff: Tariff = ONE_PRICE
    zone: Zone | None = None
    is_active: bool = True

    def price_of(self, load: Load) -> Money | None:
        """What it costs to send the load so; None if it may not be."""
        weight = load.weight_grams or 0
        if self.min_subtotal is not None and load.value_minor < self.min_subtotal.minor:
            return None
        if self.max_weight_grams is not None and weight > self.max_weight_grams:
            return None
        if self.min_weight_grams is not None and weight < self.min_weight_grams:
            return None
        minor = self.tariff.price_of(load, self.price.minor)
        return None if minor is None else Money(minor, self.price.currency)


@dataclass(frozen=True, slots=True)
class DeliveryEstimate:
    earliest: date
    latest: date


@dataclass(frozen=True, slots=True)
class DeliveryOption:
    """A way to deliver one group of goods; `price` is as the market displays prices. `stores` are where to fetch it."""

    id: DeliveryOptionId
    kind: DeliveryKind
    name: str
    carrier: str | None
    price: Money
    estimate: DeliveryEstimate
    stores: tuple[Store, ...] = ()


@dataclass(frozen=True, slots=True)
class Consignment:
    """What is to be delivered: goods of one vendor for one place."""

    market_id: MarketId
    vendor_id: VendorId
    place: Place
    load: Load
    currency: str
    goods: Sequence[tuple[CartLineId, Goods]] = ()
    is_digital: bool = False


@dataclass(frozen=True, slots=True)
class DeliveryTerms:
    """The rules of delivery: rates, what is kept from whom, and the stores where goods can be fetched."""

    rates: Sequence[DeliveryRate]
    restrictions: Restrictions = NO_RESTRICTIONS
    stores: Mapping[VendorId, Sequence[Store]] | None = None

    zones: Sequence[Zone] = ()

    def destination(self, place: Place) -> Destination:
        """What distances to a place are measured from: the position of the most specific zone that has one."""
        located = zone_of(place, [zone for zone in self.zones if zone.position is not None])
        return Destination(place.country, located.position if located else None)

    def stores_of(self, vendor_id: VendorId, country: str) -> tuple[Store, ...]:
        """Where a vendor's goods can be fetched in a country."""
        known = (self.stores or {}).get(vendor_id, ())
        return tuple([store for store in known if store.place.address.country == country])


@dataclass(frozen=True, slots=True)
class Deliverable:
    """The ways to deliver a consignment, and the lines that stand in the way of others."""

    options: tuple[DeliveryOption, ...]
    kept_back: tuple[CartLineId, ...] = ()
    """Lines because of which a way is not offered."""

    @property
    def blamed(self) -> tuple[CartLineId, ...]:
        """The lines because of which there is no way at all; empty where nothing leads there anyhow."""
        return () if self.options else self.kept_back


def options_for(consignment: Consignment, terms: DeliveryTerms, *, language: str, leaves_on: date) -> Deliverable:
    """The ways to deliver it: the rates of the most specific zone, and those that have no zone.

    Of rates with one name a vendor's own go before everybody's, those with a zone before those without, then the
    cheapest. Digital goods go by rates of that kind alone, or for nothing where the market has none.
    """
    serving = _of_nearest_zone(consignment, terms.rates)
    forbidden = {kind: _forbidden(consignment, terms.restrictions, kind) for kind in {rate.kind for rate in serving}}
    stores = terms.stores_of(consignment.vendor_id, consignment.place.country)
    priced: dict[str, tuple[DeliveryRate, Money]] = {}
    for rate in serving:
        price = rate.price_of(consignment.load)
        if price is None or forbidden[rate.kind] or (rate.kind is DeliveryKind.PICKUP_STORE and not stores):
            continue
        standing = priced.get(rate.name)
        if standing is None or _rank(rate, price) < _rank(*standing):
            priced[rate.name] = rate, price
    chosen = sorted(priced.values(), key=lambda item: (item[0].position, item[0].id))
    found = tuple([_option(rate, price, language, leaves_on, stores) for rate, price in chosen])
    kept_back = tuple(dict.fromkeys([line for lines in forbidden.values() for line in lines]))
    if consignment.is_digital and not serving:
        return _sent_by_network(consignment, terms.restrictions, leaves_on)
    return Deliverable(found, kept_back)


def _of_nearest_zone(consignment: Consignment, rates: Iterable[DeliveryRate]) -> list[DeliveryRate]:
    """The rates that serve the place and this kind of goods.

    Of rates with zones those of the most specific one that covers the place: everybody's zones and a vendor's are told
    apart.
    """
    serving = [rate for rate in rates if _serves(rate, consignment)]
    zones: dict[VendorId | None, dict[DeliveryZoneId, Zone]] = {}
    for rate in serving:
        if rate.zone is not None:
            zones.setdefault(rate.vendor_id, {})[rate.zone.id] = rate.zone
    nearest = {vendor_id: zone_of(consignment.place, known.values()) for vendor_id, known in zones.items()}
    return [rate for rate in serving if rate.zone is None or rate.zone == nearest[rate.vendor_id]]


def _serves(rate: DeliveryRate, consignment: Consignment) -> bool:
    return (
        rate.market_id == consignment.market_id
        and rate.price.currency == consignment.currency
        and rate.vendor_id in (None, consignment.vendor_id)
        and (not rate.countries or consignment.place.country in rate.countries)
        and (rate.kind is DeliveryKind.DIGITAL) == consignment.is_digital
    )


def _forbidden(consignment: Consignment, restrictions: Restrictions, kind: DeliveryKind) -> list[CartLineId]:
    """The lines that may not reach the place in this way."""
    return [line for line, goods in consignment.goods if restrictions.forbid(goods, kind, consignment.place)]


def _rank(rate: DeliveryRate, price: Money) -> tuple[bool, bool, int, str]:
    return (rate.vendor_id is None, rate.zone is None, price.minor, rate.id)


def _option(
    rate: DeliveryRate, price: Money, language: str, leaves_on: date, stores: tuple[Store, ...]
) -> DeliveryOption:
    return DeliveryOption(
        id=rate.id,
        kind=rate.kind,
        name=rate.translations.get(language, rate.name),
        carrier=rate.carrier,
        price=price,
        estimate=_estimate(leaves_on, rate.min_days, rate.max_days),
        stores=stores if rate.kind is DeliveryKind.PICKUP_STORE else (),
    )


def _estimate(leaves_on: date, min_days: int, max_days: int) -> DeliveryEstimate:
    return DeliveryEstimate(leaves_on + timedelta(days=min_days), leaves_on + timedelta(days=max_days))


def _sent_by_network(consignment: Consignment, restrictions: Restrictions, day: date) -> Deliverable:
    kind = DeliveryKind.DIGITAL
    forbidden = tuple(_forbidden(consignment, restrictions, kind))
    option = DeliveryOption(
        SENT_BY_NETWORK, kind, "Digital", None, Money(0, consignment.currency), _estimate(day, 0, 0)
    )
    return Deliverable(() if forbidden else (option,), forbidden)
