"""A checkout with its prices, as buyers see it: its lines, the ways to deliver each group, its totals and its gaps."""

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime
from functools import cached_property

from domain.checkout.model import Checkout, CheckoutLine, CheckoutRequirement, Held
from domain.checkout.taxation.taxed import Taxed
from domain.fulfillment.delivery import (
    DeliveryEstimate,
    DeliveryOption,
)
from domain.fulfillment.places import PickupPlace
from domain.payments.model import Tender
from domain.payments.tendering import Share
from domain.pricing.context import RequestContext
from domain.pricing.coupons.model import PromoCodeState
from domain.pricing.discounts import DiscountAllocation
from domain.pricing.promoting.discounting import NOTHING_OFF, Discounted
from domain.pricing.quote import (
    Quote,
    QuotedFee,
    QuotedLine,
    Totals,
)
from domain.pricing.taxation.evidence import BuyersVatId
from domain.pricing.taxation.treatment import Collector, Ruling, Treatment
from domain.pricing.wrapping.model import GiftWrap
from domain.pricing.zones import Place
from domain.shared.address import Address
from domain.shared.delivery_kinds import DeliveryKind
from domain.shared.ids import (
    CartLineId,
    CheckoutId,
    CustomerId,
    DeliveryGroupId,
    DeliveryOptionId,
    OfferId,
    VendorId,
    WarehouseId,
)
from domain.shared.making import dataclass
from domain.shared.media import Image
from domain.shared.money import Money, TaxedMoney


@dataclass(frozen=True, slots=True)
class Carried:
    """The goods of one group, where they lie ready, and the place that was chosen to fetch them at."""

    demand: Mapping[OfferId, int]
    held: tuple[Held, ...]
    place: Place
    pickup: PickupPlace | None


@dataclass(frozen=True, slots=True)
class OptionPrice:
    """What a way of delivery costs with its tax, and what customs will ask of the buyer where that is estimated."""

    price: TaxedMoney
    duties: Money | None = None


@dataclass(frozen=True)
class PricedOption:
    """A delivery option with its tax, as it would be charged for this group; computed when somebody asks for it."""

    option: DeliveryOption
    quoted: Callable[[], OptionPrice] = field(repr=False, compare=False)
    carries: Carried | None = None
    """What it is offered for."""

    @cached_property
    def _quoted(self) -> OptionPrice:
        return self.quoted()

    @property
    def price(self) -> TaxedMoney:
        return self._quoted.price

    @property
    def duties(self) -> Money | None:
        """What customs will ask of the buyer (rule T13)."""
        return self._quoted.duties

    @property
    def id(self) -> DeliveryOptionId:
        return self.option.id

    @property
    def kind(self) -> DeliveryKind:
        return self.option.kind

    @property
    def name(self) -> str:
        return self.option.name

    @property
    def carrier(self) -> str | None:
        return self.option.carrier

    @property
    def estimate(self) -> DeliveryEstimate:
        return self.option.estimate


@dataclass(frozen=True, slots=True)
class PricedCheckoutLine:
    line: CheckoutLine
    quoted: QuotedLine
    ruling: Ruling
    fee: QuotedFee | None = None
    """What is charged for wrapping it."""

    @property
    def tax_treatment(self) -> Treatment:
        return self.ruling.treatment

    @property
    def tax_collector(self) -> Collector:
        return self.ruling.collector

    @property
    def id(self) -> CartLineId:
        return self.line.cart_line_id

    @property
    def title(self) -> str:
        return self.line.snapshot.title

    @property
    def sku(self) -> str:
        return self.line.snapshot.sku

    @property
    def image(self) -> Image | None:
        return self.line.snapshot.image

    @property
    def quantity(self) -> int:
        return self.line.quantity

    @property
    def gift_message(self) -> str | None:
        return self.line.gift_message

    @property
    def gift_wrap(self) -> GiftWrap | None:
        if self.line.wrap is None or self.fee is None:
            return None
        return GiftWrap(self.gift_message, self.line.wrap.per, self.fee.price)

    @property
    def is_gift(self) -> bool:
        return bool(self.line.gift_of)

    @property
    def unit_price(self) -> TaxedMoney:
        return self.quoted.unit_price

    @property
    def total(self) -> TaxedMoney:
        return self.quoted.total

    @property
    def discounts(self) -> tuple[DiscountAllocation, ...]:
        return self.quoted.discounts


@dataclass(frozen=True)
class PricedGroup:
    """`pickup` is the chosen place, `warehouses` where its goods are kept ready.

    `undeliverable_lines` are those because of which no way is left; none where nothing leads to the place anyhow. What
    a way costs is computed when somebody asks for it: most who want a total want no more than that.
    """

    id: DeliveryGroupId
    vendor_id: VendorId
    lines: tuple[PricedCheckoutLine, ...]
    ways: tuple[DeliveryOption, ...]
    chosen: DeliveryOption | None
    priced: Callable[[DeliveryOption], PricedOption] = field(repr=False, compare=False)
    """What one of the ways costs."""
    pickup: PickupPlace | None = None
    warehouses: tuple[WarehouseId, ...] = ()
    undeliverable_lines: tuple[PricedCheckoutLine, ...] = ()
    kept_back: tuple[PricedCheckoutLine, ...] = ()
    """Those because of which some way is not offered."""

    @cached_property
    def options(self) -> tuple[PricedOption, ...]:
        return tuple([self.priced(way) for way in self.ways])

    @cached_property
    def selected(self) -> PricedOption | None:
        chosen = self.chosen
        return None if chosen is None else next(option for option in self.options if option.id == chosen.id)


@dataclass(frozen=True, slots=True)
class PricedCheckout:
    """`missing` is empty exactly when completing can succeed; `shares` are what balances pay of the total."""

    id: CheckoutId
    version: int
    checkout: Checkout
    context: RequestContext
    lines: tuple[PricedCheckoutLine, ...]
    delivery_groups: tuple[PricedGroup, ...]
    tenders: tuple[Tender, ...]
    quote: Quote
    totals: Totals
    missing: tuple[CheckoutRequirement, ...]
    taxed: Taxed
    shares: tuple[Share, ...] = ()
    promoted: Discounted = NOTHING_OFF

    @property
    def promo_codes(self) -> tuple[PromoCodeState, ...]:
        return self.promoted.codes

    @property
    def expires_at(self) -> datetime:
        return self.checkout.expires_at

    @property
    def email(self) -> str | None:
        return self.checkout.email

    @property
    def shipping_address(self) -> Address | None:
        return self.checkout.shipping_address

    @property
    def billing_address(self) -> Address | None:
        return self.checkout.billing_address

    @property
    def po_number(self) -> str | None:
        return self.checkout.po_number

    @property
    def customer_id(self) -> CustomerId | None:
        return self.checkout.customer_id

    @property
    def vat_id(self) -> BuyersVatId | None:
        return self.taxed.evidence.buyers_vat_id
