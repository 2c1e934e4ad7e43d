"""What it costs and how long it takes to send one thing to a country: what an offer's landed price and date rest on."""

from collections.abc import Iterable
from dataclasses import dataclass

from domain.shared.ids import MarketId, VendorId


@dataclass(frozen=True, slots=True)
class Transit:
    """One way of sending goods to a market's buyers, where its bounds are met; of one vendor, or of all without their own.

    No countries means every country of the market.
    """

    market_id: MarketId
    vendor_id: VendorId | None
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


def cheapest(
    ways: Iterable[Transit], vendor_id: VendorId, price_minor: int, weight_grams: int | None
) -> Transit | None:
    """The cheapest way to send one thing, of two the faster; a vendor with rates of its own has only those."""
    known = list(ways)
    own = [way for way in known if way.vendor_id == vendor_id]
    offered = own or [way for way in known if way.vendor_id is None]
    open_ways = [way for way in offered if way.carries(price_minor, weight_grams)]
    return min(open_ways, key=lambda way: (way.price_minor, way.max_days), default=None)
