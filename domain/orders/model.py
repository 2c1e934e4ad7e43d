"""Orders: the contract between a buyer and one or more vendors, with every word and amount as it was when placed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from domain.catalog.snapshot import LineSnapshot
from domain.companies.model import NetTerms
from domain.orders.withdrawal import end_of_term
from domain.orders.wrapped import SoldWrap
from domain.pricing.discounts import DiscountAllocation
from domain.pricing.quote import TaxLine, Totals
from domain.pricing.taxation.evidence import NO_TAX_EVIDENCE, BuyersVatId, TaxEvidence, TaxFlag
from domain.pricing.taxation.facts import Scheme
from domain.pricing.taxation.treatment import Collector, Treatment
from domain.shared.address import Address
from domain.shared.ids import (
    CheckoutId,
    CompanyId,
    CustomerId,
    MarketId,
    OfferId,
    OrderId,
    OrderLineId,
    ProductId,
    PromotionId,
    VariantId,
    VendorId,
    VendorOrderId,
    WarehouseId,
)
from domain.shared.making import dataclass
from domain.shared.money import Money, TaxedMoney


class OrderStatus(Enum):
    """Where an order stands as a contract; payment and fulfillment have their own axes."""

    PENDING_PAYMENT = "PENDING_PAYMENT"
    ON_HOLD = "ON_HOLD"
    CONFIRMED = "CONFIRMED"
    COMPLETED = "COMPLETED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"


class PaymentStatus(Enum):
    """What has been paid, derived from the order's payments."""

    UNPAID = "UNPAID"
    AUTHORIZED = "AUTHORIZED"
    PARTIALLY_PAID = "PARTIALLY_PAID"
    PAID = "PAID"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"
    REFUNDED = "REFUNDED"
    VOIDED = "VOIDED"


class FulfillmentStatus(Enum):
    """What has been sent, derived from the order's lines and fulfillments."""

    UNFULFILLED = "UNFULFILLED"
    BACKORDERED = "BACKORDERED"
    PARTIALLY_FULFILLED = "PARTIALLY_FULFILLED"
    FULFILLED = "FULFILLED"
    DELIVERED = "DELIVERED"


class VendorOrderStatus(Enum):
    """Where one vendor's part of an order stands."""

    AWAITING_PAYMENT = "AWAITING_PAYMENT"
    NEW = "NEW"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    PARTIALLY_SHIPPED = "PARTIALLY_SHIPPED"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    CANCELED = "CANCELED"


@dataclass(frozen=True, slots=True)
class OrderLine:
    """Units of one offer, at the price and tax they were sold for. Counts are units; `total` is after discounts."""

    id: OrderLineId
    order_id: OrderId
    vendor_order_id: VendorOrderId
    vendor_id: VendorId
    position: int
    offer_id: OfferId
    variant_id: VariantId
    product_id: ProductId
    snapshot: LineSnapshot
    tax_class: str
    quantity: int
    unit_price: TaxedMoney
    total: TaxedMoney
    discount: Money
    taxes: tuple[TaxLine, ...]
    fulfilled: int = 0
    delivered: int = 0
    canceled: int = 0
    backordered: int = 0
    returned: int = 0
    tax_treatment: Treatment = Treatment.DESTINATION
    tax_collector: Collector = Collector.PLATFORM
    refunded: int = 0
    discounts: tuple[DiscountAllocation, ...] = ()
    return_requested: int = 0
    gift_message: str | None = None
    is_download: bool = False
    """Whether its units are files or keys, which no warehouse owes."""
    gift_wrap: SoldWrap | None = None
    is_gift: bool = False
    """Whether a promotion put it into the cart."""

    @property
    def gift_of(self) -> frozenset[PromotionId]:
        """The promotions that gave it."""
        return frozenset(PromotionId(taken.promotion.id) for taken in self.discounts) if self.is_gift else frozenset()

    @property
    def given_back(self) -> int:
        """Units that were canceled or refunded: all the state that the next one's amount needs (rule M8)."""
        return self.canceled + self.refunded

    @property
    def cancelable(self) -> int:
        """Units that were neither sent nor given back."""
        return self.quantity - max(self.fulfilled + self.canceled, self.given_back)

    @property
    def refundable(self) -> int:
        """Units whose price was not given back yet."""
        return self.quantity - self.given_back

    @property
    def returnable(self) -> int:
        """Units that arrived, that nobody asked to return yet, and whose price was not given back (rule O8)."""
        left = min(self.delivered - self.returned, self.refundable) - self.return_requested
        return max(0, left)

    @property
    def title(self) -> str:
        return self.snapshot.title

    @property
    def sku(self) -> str:
        return self.snapshot.sku


@dataclass(frozen=True, slots=True)
class Allocation:
    """Units of an order line that one warehouse owes."""

    order_line_id: OrderLineId
    offer_id: OfferId
    warehouse_id: WarehouseId
    quantity: int
    fulfilled: int = 0
    canceled: int = 0

    @property
    def open(self) -> int:
        """Units still to be sent."""
        return self.quantity - self.fulfilled - self.canceled


@dataclass(frozen=True, slots=True)
class VendorOrder:
    """One vendor's part of an order: all that the vendor may know of it. `delivery` is the option as it was chosen.

    `shipping_given_back`: of its delivery, what was canceled or refunded, in minor units with tax.
    """

    id: VendorOrderId
    order_id: OrderId
    number: str
    vendor_id: VendorId
    status: VendorOrderStatus
    language: str
    shipping_address: Address | None
    delivery: Mapping[str, Any]
    totals: Totals
    placed_at: datetime
    ship_by: datetime | None = None
    accept_by: datetime | None = None
    shipping_given_back: int = 0
    version: int = 1


@dataclass(frozen=True, slots=True)
class OrderCompany:
    """The company that an order was placed for, as it was then; with its `terms` where the order is paid on those."""

    id: CompanyId
    name: str
    terms: NetTerms | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """A buyer's order. Amounts are in `currency`; `language` is what the buyer read.

    `payment_due_at`: until when the payment of one that is PENDING_PAYMENT is awaited. `canceled_minor`: what was taken
    off the total since, with tax, as goods were canceled.
    """

    id: OrderId
    number: str
    status: OrderStatus
    checkout_id: CheckoutId
    customer_id: CustomerId | None
    email: str
    market_id: MarketId
    country: str
    language: str
    currency: str
    shipping_address: Address | None
    billing_address: Address | None
    totals: Totals
    placed_at: datetime
    internal_notes: tuple[str, ...] = ()
    tax: TaxEvidence = NO_TAX_EVIDENCE
    version: int = 1
    payment_due_at: datetime | None = None
    canceled_minor: int = 0
    revision: int = 1
    company: OrderCompany | None = None
    po_number: str | None = None
    """What the buyer calls it in their own books."""

    @property
    def is_final(self) -> bool:
        """Whether it has ended for good: money that comes after that goes back (rule S6)."""
        return self.status in {OrderStatus.CANCELED, OrderStatus.EXPIRED}

    @property
    def vat_id(self) -> BuyersVatId | None:
        return self.tax.buyers_vat_id

    @property
    def tax_wording(self) -> tuple[str, ...]:
        return self.tax.wording

    @property
    def tax_schemes(self) -> tuple[Scheme, ...]:
        return self.tax.schemes

    @property
    def tax_flags(self) -> tuple[TaxFlag, ...]:
        return self.tax.flags

    @property
    def canceled(self) -> Money:
        return Money(self.canceled_minor, self.currency)

    @property
    def company_id(self) -> CompanyId | None:
        return self.company.id if self.company else None

    @property
    def company_name(self) -> str | None:
        return self.company.name if self.company else None

    @property
    def net_total(self) -> Money:
        """What the buyer owes for all that was not canceled, tax included."""
        return self.totals.total.gross - self.canceled


class CaptureAt(Enum):
    """When a market takes what buyers have authorized: as soon as the order stands, or as goods are sent."""

    PLACEMENT = "PLACEMENT"
    SHIPMENT = "SHIPMENT"


@dataclass(frozen=True, slots=True)
class SaleTerms:
    """What a market says of its orders: when their money is taken, and how long goods can be returned."""

    capture_at: CaptureAt = CaptureAt.SHIPMENT
    return_window: timedelta = timedelta(days=14)
    withdrawal_days: int | None = None
    """How long consumers may withdraw by law; None where no law says so."""
    time_zone: str = "UTC"

    def withdrawable_until(self, delivered_at: datetime) -> datetime | None:
        """When the term of withdrawal is over, if there is one (rule O7)."""
        days = self.withdrawal_days
        return None if days is None else end_of_term(delivered_at, days=days, time_zone=self.time_zone)

    def returnable_until(self, delivered_at: datetime) -> datetime:
        """When nothing can be sent back any more: after the market's window and the term of withdrawal."""
        until = delivered_at + self.return_window
        return max(until, self.withdrawable_until(delivered_at) or until)


ORDER_TRANSITIONS: Mapping[OrderStatus, frozenset[OrderStatus]] = {
    OrderStatus.PENDING_PAYMENT: frozenset(
        {OrderStatus.ON_HOLD, OrderStatus.CONFIRMED, OrderStatus.EXPIRED, OrderStatus.CANCELED}
    ),
    OrderStatus.ON_HOLD: frozenset({OrderStatus.CONFIRMED, OrderStatus.CANCELED}),
    OrderStatus.CONFIRMED: frozenset({OrderStatus.ON_HOLD, OrderStatus.CANCELED, OrderStatus.COMPLETED}),
    OrderStatus.COMPLETED: frozenset({OrderStatus.CONFIRMED}),
    OrderStatus.CANCELED: frozenset(),
    OrderStatus.EXPIRED: frozenset(),
}
"""Which status may follow which (rule O1)."""

VENDOR_ORDER_TRANSITIONS: Mapping[VendorOrderStatus, frozenset[VendorOrderStatus]] = {
    VendorOrderStatus.AWAITING_PAYMENT: frozenset({VendorOrderStatus.NEW, VendorOrderStatus.CANCELED}),
    VendorOrderStatus.NEW: frozenset(
        {VendorOrderStatus.ACCEPTED, VendorOrderStatus.REJECTED, VendorOrderStatus.CANCELED}
    ),
    VendorOrderStatus.ACCEPTED: frozenset(
        {VendorOrderStatus.PARTIALLY_SHIPPED, VendorOrderStatus.SHIPPED, VendorOrderStatus.CANCELED}
    ),
    VendorOrderStatus.PARTIALLY_SHIPPED: frozenset({VendorOrderStatus.SHIPPED}),
    VendorOrderStatus.SHIPPED: frozenset({VendorOrderStatus.DELIVERED}),
    VendorOrderStatus.DELIVERED: frozenset(),
    VendorOrderStatus.REJECTED: frozenset(),
    VendorOrderStatus.CANCELED: frozenset(),
}
"""Which status of a vendor's part may follow which (rule O2)."""


def fulfillment_status(lines: Iterable[OrderLine]) -> FulfillmentStatus:
    """How far the order has been sent; canceled units are left out of the count (rule O3)."""
    lines = list(lines)
    sent = sum(line.fulfilled for line in lines)
    if sent and sent == sum(line.quantity - line.canceled for line in lines):
        is_delivered = sent == sum(line.delivered for line in lines)
        return FulfillmentStatus.DELIVERED if is_delivered else FulfillmentStatus.FULFILLED
    if sent:
        return FulfillmentStatus.PARTIALLY_FULFILLED
    if any(line.backordered for line in lines):
        return FulfillmentStatus.BACKORDERED
    return FulfillmentStatus.UNFULFILLED


@dataclass(frozen=True, slots=True)
class Paid:
    """Sums over an order's payments, in minor units of its currency."""

    authorized: int = 0
    captured: int = 0
    refunded: int = 0
    voided: int = 0
    returned: int = 0
    """Of what was refunded: what went back because goods were canceled, which the order does not cost any more."""
    credited: int = 0
    """What goods that came back are worth, as far as it pays for others that were given in exchange."""

    @property
    def covered(self) -> int:
        """What is held for what the order costs, or was taken for it."""
        return self.authorized - self.returned + self.credited


def payment_status(total: Money, paid: Paid) -> PaymentStatus:
    """What has been paid, by comparing what was captured and refunded with the total (rules O3 and Y8).

    The total is net of what was canceled.
    """
    if paid.refunded:
        return PaymentStatus.REFUNDED if paid.refunded >= paid.captured else PaymentStatus.PARTIALLY_REFUNDED
    if paid.captured:
        is_whole = paid.captured + paid.credited >= total.minor
        return PaymentStatus.PAID if is_whole else PaymentStatus.PARTIALLY_PAID
    if paid.authorized:
        return PaymentStatus.AUTHORIZED
    if paid.voided:
        return PaymentStatus.VOIDED
    return PaymentStatus.UNPAID if total.minor else PaymentStatus.PAID


def units(lines: Sequence[OrderLine]) -> int:
    return sum(line.quantity for line in lines)
