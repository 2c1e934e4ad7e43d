"""Orders, as their buyers, vendors and staff read them."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from domain.orders import model, usecases
from domain.pricing.taxation import evidence, facts, treatment
from domain.returns.model import ReturnStatus
from domain.shared.ids import VendorOrderId
from resolvers import balances, digital, disputes, documents, orders, vendors, wrapping
from resolvers import companies as business
from resolvers import delivery as deliveries
from resolvers import payments as paying
from resolvers import returns as returning
from resolvers.ids import parse_id
from schema.addresses import Address
from schema.balances import GiftCard
from schema.base import Connection, Node, Payload, enum, mutation, represents, resolve
from schema.catalog import SelectedOption, Variant
from schema.companies import Company
from schema.delivery import ChosenDelivery
from schema.digital import DigitalDownload
from schema.discounts import DiscountAllocation
from schema.disputes import Dispute
from schema.documents import OrderDocument
from schema.fulfillment import Fulfillment
from schema.media import Image
from schema.money import Money, TaxedMoney, TaxLine
from schema.payments import Payment, Refund, RefundPreview, refund_preview
from schema.pricing import RequestContext
from schema.returns import Return, Withdrawal
from schema.taxes import VatIdCheck
from schema.totals import Totals
from schema.vendors import Vendor
from schema.wrapping import GiftWrap

if TYPE_CHECKING:
    from schema.customers import Customer
    from schema.events import EventConnection

for state in (
    model.OrderStatus,
    model.PaymentStatus,
    model.FulfillmentStatus,
    model.VendorOrderStatus,
):
    enum(state)

ORDERS_READ = [["orders:read"]]


@strawberry.federation.type(keys=["id"], description="What was bought: a snapshot that no later change of it touches.")
@represents(model.OrderLine)
class OrderLine(Node):
    loader = "order_line"

    title: str = resolve(description="What it was called.")
    sku: str = resolve(description="The number it had.")
    options: list[SelectedOption] = resolve(orders.options, description="What was chosen.")
    image: Image | None = resolve(orders.image, description="What it looked like.")
    vendor: Vendor = resolve(vendors.vendor_of, description="Who sold it.")
    variant: Variant | None = resolve(orders.variant, description="What is sold now in its place, if anything.")
    gift_message: str | None = resolve(description="Words of the buyer to go with it.")
    is_gift: bool = resolve(description="Whether a promotion gave it.")
    gift_wrap: GiftWrap | None = resolve(
        wrapping.of_order_line, description="How it is wrapped and what that cost; null if it is not."
    )
    quantity: int = resolve(description="Units bought.")
    fulfilled: int = resolve(description="Units sent.")
    delivered: int = resolve(description="Units that arrived.")
    canceled: int = resolve(description="Units that will not be sent.")
    backordered: int = resolve(description="Units that wait for stock.")
    returned: int = resolve(description="Units that came back.")
    refunded: int = resolve(description="Units that were paid back.")
    unit_price: TaxedMoney = resolve(description="What one unit cost, before discounts of the order.")
    total: TaxedMoney = resolve(description="What all units cost, after discounts.")
    discount: Money = resolve(description="What was taken off.")
    discounts: list[DiscountAllocation] = resolve(description="By which rules, in the order of their application.")
    taxes: list[TaxLine] = resolve(description="The taxes on it.")
    downloads: list[DigitalDownload] = resolve(
        digital.downloads, description="The files and keys of units that were paid for and kept; for their buyer alone."
    )
    tax_treatment: treatment.Treatment = resolve(description="Why it was taxed, or was not.")
    tax_collector: treatment.Collector = resolve(description="Who collects and owes the tax.", tags=["admin", "vendor"])


@strawberry.federation.type(
    keys=["id"], description="One vendor's part of an order; vendors see this and never the parent's other lines."
)
@represents(model.VendorOrder)
class VendorOrder(Node):
    loader = "vendor_order"

    number: str = resolve(description="For people.")
    vendor: Vendor = resolve(vendors.vendor_of, description="Who sells.")
    status: model.VendorOrderStatus = resolve(description="Where it stands.")
    lines: list[OrderLine] = resolve(orders.lines_of_part, description="What the vendor sold, and nothing else.")
    totals: Totals = resolve(description="What the part comes to; sums over all parts are the order's.")
    fulfillments: list[Fulfillment] = resolve(orders.fulfillments_of_part, description="What was sent.")
    documents: list[OrderDocument] = resolve(documents.documents_of_part, description="Its invoice and credit notes.")
    returns: list[Return] = resolve(returning.of_part, description="What goes back of it, the oldest first.")
    placed_at: datetime = resolve(description="When it was bought.")
    accept_by: datetime | None = resolve(description="By when its vendor accepts it, or it is rejected.")
    ship_by: datetime | None = resolve(description="By when it is to be sent.")
    shipping_address: Address | None = resolve(description="Where to send it.")
    delivery: ChosenDelivery | None = resolve(
        deliveries.delivery_of_part, description="How it is delivered; null where no way was chosen."
    )
    version: int = resolve(description="Grows with each change.")


@strawberry.federation.type(keys=["id"], description="A buyer's order.")
@represents(model.Order)
class Order(Node):
    loader = "order"

    number: str = resolve(description="For people; says nothing of how many orders there are.")
    placed_at: datetime = resolve(description="When it was placed.")
    status: model.OrderStatus = resolve(description="Where it stands as a contract.")
    payment_status: model.PaymentStatus = resolve(orders.payment_status, description="What has been paid.")
    fulfillment_status: model.FulfillmentStatus = resolve(orders.fulfillment_status, description="What has been sent.")
    return_status: ReturnStatus = resolve(returning.status, description="What came back of it.")
    email: str = resolve(description="Where messages about it go.")
    customer: Annotated["Customer", strawberry.lazy("schema.customers")] | None = resolve(
        orders.customer, description="Who bought; null for a guest, and for those who may not read customers."
    )
    company: Company | None = resolve(
        business.company_of_order, description="For whom they bought; null for those who may not see the company."
    )
    company_name: str | None = resolve(description="What the company was called when the order was placed.")
    po_number: str | None = resolve(description="What the buyer calls it in their own books.")
    context: RequestContext = resolve(orders.context, description="Where, and in what language and currency, it was.")
    lines: Connection[OrderLine] = resolve(orders.lines, description="What was bought, in the order of the cart.")
    vendor_orders: list[VendorOrder] = resolve(orders.vendor_orders, description="Its parts, one or more a vendor.")
    shipping_address: Address | None = resolve(description="Where it goes.")
    billing_address: Address | None = resolve(description="Whom it is billed to.")
    totals: Totals = resolve(orders.totals, description="What it comes to, and how much of it is paid for.")
    canceled: Money = resolve(description="What was taken off its total since, as units were canceled.")
    payments: list[Payment] = resolve(orders.payments, description="How it was paid.")
    refunds: list[Refund] = resolve(paying.refunds, description="What went back, the oldest first.")
    disputes: list[Dispute] = resolve(
        disputes.of_order,
        requires_scopes=ORDERS_READ,
        tags=["admin"],
        description="What the buyer's bank wants back of its payments.",
    )
    refund_preview: RefundPreview = resolve(
        refund_preview, description="The exact amounts a return of these units would give back, and by which ways."
    )
    payment_due_at: datetime | None = resolve(
        description="Until when a payment that settles later is waited for; set in status PENDING_PAYMENT."
    )
    gift_cards: list[GiftCard] = resolve(
        balances.gift_cards_of_order,
        description="The gift cards that were bought, once they are paid; `giftCardCodeReveal` shows their codes.",
    )
    fulfillments: list[Fulfillment] = resolve(orders.fulfillments, description="What was sent, by all vendors.")
    documents: list[OrderDocument] = resolve(
        documents.documents_of_order, description="The invoices and credit notes of all of its vendors."
    )
    returns: list[Return] = resolve(returning.of_order, description="What goes back of it, the oldest first.")
    withdrawal: Withdrawal | None = resolve(
        returning.withdrawal, description="Until when a consumer may withdraw; null where no law says so."
    )
    timeline: Annotated["EventConnection", strawberry.lazy("schema.events")] = resolve(
        orders.timeline, description="What happened to it, the oldest first."
    )
    vat_id: VatIdCheck | None = resolve(description="The buyer's VAT number, and what the register said of it.")
    tax_wording: list[str] = resolve(description="What its documents say of taxes that were not charged.")
    tax_schemes: list[facts.Scheme] = resolve(
        requires_scopes=ORDERS_READ, tags=["admin"], description="One-stop shops that its taxes are declared by."
    )
    tax_flags: list[evidence.TaxFlag] = resolve(
        requires_scopes=ORDERS_READ, tags=["admin"], description="What of its taxes somebody should look at."
    )
    internal_notes: list[str] = resolve(
        requires_scopes=ORDERS_READ, tags=["admin"], description="What staff wrote about it for themselves."
    )
    revision: int = resolve(description="Grows with each edit of what is bought.")
    version: int = resolve(description="Grows with each change.")


@strawberry.input(description="A vendor's part of an order that it takes on.")
class VendorOrderAcceptInput:
    id: strawberry.ID
    idempotency_key: str = strawberry.field(description="The same key accepts once, however often it is asked.")

    def to_domain(self) -> usecases.AcceptVendorOrder:
        return usecases.AcceptVendorOrder(parse_id(self.id, "vendor_order", VendorOrderId), self.idempotency_key)


@strawberry.type(description="The part as accepted.")
class VendorOrderAcceptPayload(Payload):
    vendor_order: VendorOrder | None = resolve(description="The part as accepted.")


@strawberry.type
class OrdersQuery:
    order: Order | None = resolve(
        orders.order,
        description="An order by its id: a guest's by whoever holds it, a customer's by the customer and staff.",
    )


@strawberry.type
class OrdersMutation:
    vendor_order_accept: VendorOrderAcceptPayload | None = mutation(
        orders.accept_vendor_order,
        input=VendorOrderAcceptInput,
        payload=VendorOrderAcceptPayload,
        policy=[["vendor"]],
        tags=["vendor"],
        description="Take on a new part of an order; from then on it can be sent.",
    )
