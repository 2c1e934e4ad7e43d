"""What has to be known of an offer to put it in a cart and price it: one read for a whole cart."""

from domain.catalog.snapshot import LineSnapshot
from domain.pricing.model import OfferPrice
from domain.pricing.promotions.selection import Goods
from domain.pricing.tiers import Bought, Sale, UnitPrices, unit_prices
from domain.pricing.wrapping.model import WrapTerms
from domain.shared.ids import OfferId, ProductId, VariantId, VendorId
from domain.shared.making import dataclass


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
    volume_ml: int | None = None
    is_download: bool = False
    """Whether its units are files or keys, of which there are always enough."""
    wrap: WrapTerms | None = None
    """On what terms its vendor wraps it, if it does."""

    @property
    def is_digital(self) -> bool:
        """Whether nothing is sent but data."""
        return self.is_service or self.is_gift_card

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

    def unit_prices(self, sale: Sale, bought: Bought) -> UnitPrices | None:
        """What its units cost, before that is displayed; None if the offer is not sold so."""
        return unit_prices(self.prices, sale, bought) if self.is_sold else None

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
