"""What it costs and how long it takes to send one thing somewhere: what an offer's landed price and date rest on."""

from collections.abc import Iterable, Sequence

from domain.pricing.tariff import ONE_PRICE, Load, Tariff
from domain.pricing.zones import Place, Zone, zone_of
from domain.shared.ids import DeliveryZoneId, MarketId, VendorId
from domain.shared.making import dataclass, replace


@dataclass(frozen=True, slots=True)
class Transit:
    """One way of sending goods to a market's buyers, where its bounds are met: one vendor's, or everybody's.

    No countries and no zone means every country of the market. `price_minor` holds unless the tariff says otherwise.
    """

    market_id: MarketId
    vendor_id: VendorId | None
    name: str
    countries: tuple[str, ...]
    currency: str
    price_minor: int
    min_subtotal_minor: int | None
    max_weight_grams: int | None
    min_days: int
    max_days: int
    min_weight_grams: int | None = None
    tariff: Tariff = ONE_PRICE
    zone: Zone | None = None

    def serves(self, market_id: MarketId, country: str, currency: str) -> bool:
        return (
            self.market_id == market_id
            and self.currency == currency
            and (not self.countries or country in self.countries)
        )

    def carries(self, price_minor: int, weight_grams: int | None) -> bool:
        """Whether one thing of this price and weight may be sent so; what has no weight is within all bounds."""
        return (self.min_subtotal_minor is None or price_minor >= self.min_subtotal_minor) and (
            weight_grams is None
            or (
                (self.max_weight_grams is None or weight_grams <= self.max_weight_grams)
                and (self.min_weight_grams is None or weight_grams >= self.min_weight_grams)
            )
        )

    def priced(self, price_minor: int, weight_grams: int | None) -> "Transit | None":
        """The same at what it costs for one thing; None if that may not be sent so."""
        if not self.carries(price_minor, weight_grams):
            return None
        if self.tariff is ONE_PRICE:
            return self
        costs = self.tariff.price_of(Load(price_minor, weight_grams), self.price_minor)
        return None if costs is None else replace(self, price_minor=costs)


def ways_to(ways: Iterable[Transit], place: Place, market_id: MarketId, currency: str) -> list[Transit]:
    """The ways that lead to a place: of those with zones the ones of the most specific zone that covers it.

    Whose they are is told apart: where the most specific zone of a vendor is says nothing of everybody's ways.
    """
    serving = [way for way in ways if way.serves(market_id, place.country, currency)]
    zones: dict[VendorId | None, dict[DeliveryZoneId, Zone]] = {}
    for way in serving:
        if way.zone is not None:
            zones.setdefault(way.vendor_id, {})[way.zone.id] = way.zone
    if not zones:
        return serving
    nearest = {vendor_id: zone_of(place, known.values()) for vendor_id, known in zones.items()}
    return [way for way in serving if way.zone is None or way.zone == nearest[way.vendor_id]]


def ways_of(vendor_id: VendorId, ways: Iterable[Transit]) -> tuple[Transit, ...]:
    """How a vendor sends goods, its own ways and everybody's."""
    return tuple([way for way in ways if way.vendor_id in (None, vendor_id)])


def cheapest(ways: Sequence[Transit], price_minor: int, weight_grams: int | None) -> Transit | None:
    """The cheapest way to send one thing, of two the faster, given a vendor's `ways`.

    A vendor's own way of a name replaces everybody's, and a way with a zone those of its name without.
    """
    fitting = [priced for way in ways if (priced := way.priced(price_minor, weight_grams))]
    ranks: dict[str, tuple[bool, bool]] = {}
    for way in fitting:
        ranks[way.name] = min(ranks.get(way.name, (True, True)), _rank(way))
    best = [way for way in fitting if _rank(way) == ranks[way.name]]
    return min(best, key=lambda way: (way.price_minor, way.max_days), default=None)


def _rank(way: Transit) -> tuple[bool, bool]:
    return way.vendor_id is None, way.zone is None
