"""What has to be known of an offer to put it in a cart and price it: one read for a whole cart."""

from dataclasses import dataclass
from datetime import datetime

from domain.catalog.snapshot import LineSnapshot
from domain.pricing.model import OfferPrice, base_price
from domain.pricing.promotions.selection import Goods
from domain.shared.ids import MarketId, OfferId, ProductId, VariantId, VendorId
from domain.shared.money import Money


@dataclass(frozen=True, slots=True)
class OfferFacts:
    """An offer as a buyer meets it. `available` counts units that can be promised now; prices are as lists say them."""

    offer_id: OfferId
    variant_id: VariantId
    product_id: ProductId
    vendor_id: VendorId
    is_sold: bool
    tax_class: str
    weight_grams: int | None
    min_quantity: int
    max_quantity: int | None
    step: int
    available: int
    snapshot: LineSnapshot
    prices: tuple[OfferPrice, ...]
    vendor_country: str = ""
    is_service: bool = False
    hs_code: str | None = None
    brand_id: str | None = None
    categories: frozenset[str] = frozenset()
    collections: frozenset[str] = frozenset()
    is_gift_card: bool = False

    @property
    def goods(self) -> Goods:
        """What promotions look at to tell whether they touch it."""
        return Goods(
            self.product_id,
            self.variant_id,
            self.offer_id,
            self.vendor_id,
            self.brand_id,
            self.categories,
            self.collections,
            self.is_gift_card,
        )

    def unit_price(self, *, quantity: int, now: datetime, market_id: MarketId, currency: str) -> Money | None:
        """The price of one unit when buying `quantity`, before it is displayed; None if the offer is not sold here."""
        if not self.is_sold:
            return None
        found = base_price(self.prices, quantity=quantity, now=now, market_id=market_id, currency=currency)
        return Money(found.minor, currency) if found else None

    def allows(self, quantity: int) -> bool:
        """Whether minimum, maximum and step permit this quantity (rule B4)."""
        return (
            quantity >= self.min_quantity
            and (self.max_quantity is None or quantity <= self.max_quantity)
            and (quantity - self.min_quantity) % self.step == 0
        )

    def nearest(self, quantity: int) -> tuple[int, ...]:
        """The permitted quantities around one that is not: 10 with minimum 6 and step 6 gives 6 and 12."""
        steps = max(0, (quantity - self.min_quantity) // self.step)
        below = self.min_quantity + steps * self.step
        candidates = (below, below + self.step) if quantity > self.min_quantity else (self.min_quantity,)
        top = self.max_quantity
        if top is not None and candidates[-1] > top:
            candidates = (self.min_quantity + (top - self.min_quantity) // self.step * self.step,)
        return candidates

    def largest(self, quantity: int) -> int:
        """The largest permitted quantity up to this one; the minimum if there is none."""
        top = quantity if self.max_quantity is None else min(quantity, self.max_quantity)
        return self.min_quantity + max(0, top - self.min_quantity) // self.step * self.step
