"""What it costs and how long it takes to send one thing to a country: what an offer's landed price and date rest on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.shared.ids import MarketId, VendorId


@dataclass(frozen=True, slots=True)
class Transit:
    """One way of sending goods to a market's buyers, where its bounds are met: one vendor's, or everybody's.

    No countries means every country of the market.
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

    def serves(self, market_id: MarketId, country: str, currency: str) -> bool:
        return (
            self.market_id == market_id
            and self.currency == currency
            and (not self.countries or country in self.countries)
        )

    def carries(self, price_minor: int, weight_grams: int | None) -> bool:
        """Whether one thing of this price and weight may be sent so; what has no weight is light enough."""
        return (self.min_subtotal_minor is None or price_minor >= self.min_subtotal_minor) and (
            self.max_weight_grams is None or weight_grams is None or weight_grams <= self.max_weight_grams
        )


def ways_of(vendor_id: VendorId, ways: Iterable[Transit]) -> tuple[Transit, ...]:
    """How a vendor sends goods, the cheapest first, of two the faster."""
    usable = [way for way in ways if way.vendor_id in (None, vendor_id)]
    return tuple(sorted(usable, key=lambda way: (way.price_minor, way.max_days)))


def cheapest(ways: Sequence[Transit], price_minor: int, weight_grams: int | None) -> Transit | None:
    """The cheapest way to send one thing, given a vendor's `ways`; its own way of a name replaces everybody's."""
    fitting = [way for way in ways if way.carries(price_minor, weight_grams)]
    own = {way.name for way in fitting if way.vendor_id is not None}
    return next((way for way in fitting if way.vendor_id is not None or way.name not in own), None)
