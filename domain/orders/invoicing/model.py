"""Invoices and credit notes: what a vendor owes the buyer, and the tax office, in writing.

A document is written once, from what the order says at that moment, and never changes; what turns out otherwise is
corrected by a credit note (rule O5). It holds all of its words and amounts itself, so that it reads the same for ever.
"""

from collections.abc import Sequence
from datetime import date, datetime
from enum import Enum

from domain.orders.model import Order, OrderLine, VendorOrder
from domain.orders.refunding.model import RefundPlan, ShippingShare, UnitsShare, shipping_taxes
from domain.orders.shares import Share, share_between, wrap_left
from domain.pricing.quote import TaxLine
from domain.pricing.tax import merged
from domain.pricing.taxation.treatment import Treatment
from domain.shared.address import Address
from domain.shared.ids import DocumentId, OrderId, RefundId, VendorId, VendorOrderId
from domain.shared.making import dataclass, replace
from domain.shared.money import Money, TaxedMoney, sum_taxed


class DocumentKind(Enum):
    """What a document says: what is owed, or what of that is taken back."""

    INVOICE = "INVOICE"
    CREDIT_NOTE = "CREDIT_NOTE"


class DocumentLineKind(Enum):
    """What a line is for."""

    GOODS = "GOODS"
    DELIVERY = "DELIVERY"
    FEES = "FEES"
    GIFT_WRAP = "GIFT_WRAP"


@dataclass(frozen=True, slots=True)
class LegalEntity:
    """Who sells, as the law knows them. `tax_numbers` are those that were valid when the document was written."""

    name: str
    address: Address | None
    registration: str | None = None
    email: str | None = None
    tax_numbers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a document is written to; `name` is that of the company that bought."""

    address: Address | None
    email: str
    vat_id: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """Units of goods, or a charge; `unit_price` is that of the order, before discounts.

    `treatment`: why goods and their gift wrap were taxed, or were not; another charge goes with the goods.
    """

    kind: DocumentLineKind
    title: str
    sku: str | None
    options: tuple[tuple[str, str], ...]
    quantity: int
    unit_price: TaxedMoney | None
    amount: TaxedMoney
    taxes: tuple[TaxLine, ...]
    treatment: Treatment | None = None


@dataclass(frozen=True, slots=True)
class OrderDocument:
    """One vendor's document about its part of an order. `number` is gapless within the vendor's `series`.

    `due_on` is by when it is paid, where that was agreed, and `po_number` what the buyer calls the order. `rounding` is
    what the total is rounded by without tax, `corrects` the number of the invoice that a credit note takes from.
    Amounts of a credit note are positive.
    """

    id: DocumentId
    kind: DocumentKind
    vendor_id: VendorId
    order_id: OrderId
    vendor_order_id: VendorOrderId
    series: str
    number: str
    issued_at: datetime
    language: str
    currency: str
    time_zone: str
    prices_include_tax: bool
    seller: LegalEntity
    buyer: Recipient
    order_number: str
    ordered_at: datetime
    lines: tuple[DocumentLine, ...]
    rounding: Money
    wording: tuple[str, ...] = ()
    corrects: str | None = None
    refund_id: RefundId | None = None
    due_on: date | None = None
    po_number: str | None = None

    @property
    def total(self) -> TaxedMoney:
        return sum_taxed([line.amount for line in self.lines], self.currency)

    @property
    def taxes(self) -> tuple[TaxLine, ...]:
        return merged([tax for line in self.lines for tax in line.taxes])

    @property
    def payable(self) -> Money:
        return self.total.gross + self.rounding


def invoice_lines(part: VendorOrder, lines: Sequence[OrderLine]) -> tuple[DocumentLine, ...]:
    """What a vendor's part comes to, without what was canceled or refunded before; empty if nothing is left."""
    goods = [item for line in lines for item in _wrapped_goods(line)]
    charges = [
        _charge(DocumentLineKind.DELIVERY, str(part.delivery.get("name", "")), _delivery_left(part, lines)),
        _charge(DocumentLineKind.FEES, "", Share(_fees(part, lines))),
    ]
    return tuple(line for line in [*goods, *charges] if line.quantity and (line.sku or line.amount.gross.minor))


def credit_lines(part: VendorOrder, plan: RefundPlan) -> tuple[DocumentLine, ...]:
    """What a refund takes back of a vendor's part. An adjustment is no part of it: it corrects no sale."""
    units = [item for item in plan.units if item.line.vendor_order_id == part.id]
    goods = [line for item in units for line in (_returned(item), *_unwrapped(item))]
    deliveries = [_undelivered(part, item) for item in plan.deliveries if item.vendor_order_id == part.id]
    return (*goods, *deliveries)


def recipient_of(order: Order) -> Recipient:
    address = order.billing_address or order.shipping_address
    return Recipient(address, order.email, order.vat_id.vat_id if order.vat_id else None, order.company_name)


def _wrapped_goods(line: OrderLine) -> list[DocumentLine]:
    """What is left of the units of a line, and of their gift wrap."""
    goods = _goods(line, line.quantity - line.given_back, _left(line))
    return [goods, _wrap(line, wrap_left(line.gift_wrap))] if line.gift_wrap and line.gift_wrap.left else [goods]


def _unwrapped(item: UnitsShare) -> list[DocumentLine]:
    return [_wrap(item.line, item.wrap)] if item.wrap else []


def _wrap(line: OrderLine, share: Share) -> DocumentLine:
    charge = _charge(DocumentLineKind.GIFT_WRAP, line.title, share)
    return replace(charge, treatment=line.tax_treatment)


def _fees(part: VendorOrder, lines: Sequence[OrderLine]) -> TaxedMoney:
    """What the part has of charges for the order as a whole."""
    return part.totals.fees - sum_taxed(
        [line.gift_wrap.price for line in lines if line.gift_wrap], part.totals.fees.currency
    )


def _left(line: OrderLine) -> Share:
    return share_between(line.total, line.taxes, line.given_back, line.quantity, line.quantity)


def _delivery_left(part: VendorOrder, lines: Sequence[OrderLine]) -> Share:
    shipping = part.totals.shipping
    if not shipping.gross.minor:
        return Share(shipping)
    taxes = shipping_taxes(part, lines)
    return share_between(shipping, taxes, part.shipping_given_back, shipping.gross.minor, shipping.gross.minor)


def _goods(line: OrderLine, quantity: int, share: Share) -> DocumentLine:
    return DocumentLine(
        DocumentLineKind.GOODS,
        line.title,
        line.sku,
        line.snapshot.options,
        quantity,
        line.unit_price,
        share.amount,
        share.taxes,
        line.tax_treatment,
    )


def _returned(item: UnitsShare) -> DocumentLine:
    return _goods(item.line, item.quantity, item.share)


def _undelivered(part: VendorOrder, item: ShippingShare) -> DocumentLine:
    return _charge(DocumentLineKind.DELIVERY, str(part.delivery.get("name", "")), item.share)


def _charge(kind: DocumentLineKind, title: str, share: Share) -> DocumentLine:
    return DocumentLine(kind, title, None, (), 1, None, share.amount, share.taxes)
