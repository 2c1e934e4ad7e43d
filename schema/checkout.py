"""Checkouts, from held stock to an order."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry.scalars import JSON

from domain.checkout import model, priced
from domain.checkout.completion.outcome import Completion
from domain.payments import model as payments
from domain.payments import tendering
from domain.shared.delivery_kinds import DeliveryKind
from domain.shared.ids import CheckoutId
from resolvers import checkout
from resolvers import companies as business
from resolvers import delivery as deliveries
from resolvers.context import Info
from schema.addresses import Address
from schema.base import Node, Payload, enum, mutation, refusable, represents, resolve, stream
from schema.cart import Cart
from schema.checkout_inputs import (
    CheckoutCompleteInput,
    CheckoutStartInput,
    CheckoutUpdateInput,
    PaymentReceiveInput,
    TenderInput,
    TenderRemoveInput,
)
from schema.companies import Company
from schema.delivery import GeoPointInput, PickupPlace
from schema.discounts import DiscountAllocation, PromoCodeState
from schema.media import Image
from schema.money import Money, TaxedMoney
from schema.payment_methods import StoredPaymentMethod
from schema.pricing import DeliveryEstimate, RequestContext, Warehouse
from schema.taxes import VatIdCheck
from schema.totals import Totals
from schema.vendors import Vendor
from schema.wrapping import GiftWrap

if TYPE_CHECKING:
    from schema.orders import Order

enum(model.CheckoutRequirement)
enum(payments.TenderState)


@strawberry.type(description="A line of the cart at the price that stands until the checkout expires.")
@represents(priced.PricedCheckoutLine)
class CheckoutLine:
    id: strawberry.ID = resolve(description="The cart line it was made of.")
    title: str = resolve(description="What is bought, in the cart's language.")
    sku: str = resolve(description="The merchant's code.")
    image: Image | None = resolve(description="Its picture.")
    quantity: int = resolve(description="How many units are held.")
    gift_message: str | None = resolve(description="Words of the buyer to go with it.")
    is_gift: bool = resolve(description="Whether a promotion gives it.")
    gift_wrap: GiftWrap | None = resolve(description="How it is wrapped and what that costs; null if it is not.")
    unit_price: TaxedMoney = resolve(description="Of one unit.")
    total: TaxedMoney = resolve(description="Of the line, after discounts.")
    discounts: list[DiscountAllocation] = resolve(description="By which rules it is lowered, in their order.")


async def pickup_points(
    root: priced.PricedOption,
    info: Info,
    near: GeoPointInput | None = None,
    postal_code: str | None = None,
    first: int = 10,
) -> list[deliveries.OfferedPlace]:
    return await deliveries.pickup_places(root, info, near.to_domain() if near else None, postal_code, first)


@strawberry.type(description="A way to deliver one group of goods.")
@represents(priced.PricedOption)
class DeliveryOption:
    id: strawberry.ID = resolve(description="Names it in `checkoutUpdate(input: {deliveries})`.")
    kind: DeliveryKind = resolve(description="How the goods reach the buyer.")
    name: str = resolve(description="Its name, in the cart's language.")
    carrier: str | None = resolve(description="Who carries it.")
    price: TaxedMoney = resolve(description="What it costs, taxed as the goods are.")
    estimate: DeliveryEstimate = resolve(description="When the goods arrive.")
    pickup_point: Address | None = resolve(
        deliveries.address_of_pickup, description="Where the goods are fetched, once that is chosen."
    )
    pickup_points: list[PickupPlace] = resolve(
        pickup_points, description="Where the goods can be fetched: 50 at most, the nearest or most alike first."
    )
    duties: Money | None = resolve(
        description="An estimate of the duty and the tax that customs will ask of the buyer; null where none is made."
    )


@strawberry.type(description="What one vendor sends together.")
@represents(priced.PricedGroup)
class DeliveryGroup:
    id: strawberry.ID = resolve(description="Names it in `checkoutUpdate(input: {deliveries})`.")
    vendor: Vendor = resolve(checkout.vendor_of_group, description="Who sends it.")
    lines: list[CheckoutLine] = resolve(description="What is sent.")
    options: list[DeliveryOption] = resolve(description="The ways to deliver it to the address, as far as it is known.")
    selected: DeliveryOption | None = resolve(description="The way that was chosen, if it is still offered.")
    pickup: PickupPlace | None = resolve(
        deliveries.chosen_place, description="Where it is fetched, once that is chosen."
    )
    warehouse: Warehouse | None = resolve(
        deliveries.warehouse_of_group,
        description="Where all of it is kept ready; null if it comes from several, and for those who may not know.",
    )
    undeliverable_lines: list[CheckoutLine] = resolve(
        description="The lines because of which there is no way to deliver it; empty while there is one."
    )


@strawberry.type(description="What the buyer has to do before a payment can go on.")
@represents(payments.PaymentAction)
class PaymentAction:
    kind: str = resolve(description="`REDIRECT`: send the buyer to `url`, then complete again with the same key.")
    url: str | None = resolve(description="Where to send the buyer.")
    data: JSON = resolve(description="What the gateway's own client needs beside.")


@strawberry.type(description="A way to pay that is offered here.")
@represents(payments.PaymentMethod)
class PaymentMethodOption:
    id: strawberry.ID = resolve(description="Names it in `checkoutTenderAdd`.")
    kind: payments.PaymentKind = resolve(description="What it is.")
    name: str = resolve(description="Its name.")
    gateway: str = resolve(description="Who moves the money.")
    client_config: JSON = resolve(description="What a client needs to collect the token; nothing secret.")
    stored: StoredPaymentMethod | None = resolve(
        description="What the gateway keeps for the customer who buys: pass its id as `storedMethodId`."
    )


@strawberry.type(description="A means of payment that the buyer has offered.")
@represents(payments.Tender)
class Tender:
    id: strawberry.ID = resolve(description="Its id.")
    kind: payments.PaymentKind = resolve(description="What it is.")
    amount: Money | None = resolve(description="What it was asked to pay; null for whatever it can.")
    last4: str | None = resolve(checkout.last4_of_tender, description="The last letters of a gift card's code.")
    state: payments.TenderState = resolve(description="Where it stands.")
    action: PaymentAction | None = resolve(description="What the buyer has to do; set in state ACTION_REQUIRED.")


@strawberry.type(description="What a gift card, store credit or terms pay of the total.")
@represents(tendering.Share)
class TenderShare:
    tender: Tender = resolve(description="What pays it.")
    amount: Money = resolve(description="How much of the total.")


@strawberry.federation.type(
    keys=["id"],
    description="Begins when the buyer commits to buy: stock is held and prices stand until `expiresAt`.",
)
@represents(priced.PricedCheckout)
class Checkout(Node):
    loader = "checkout"

    version: int = resolve(description="Grows with each change; pass it as `expectedVersion`.")
    context: RequestContext = resolve(description="Where and in what it buys, as its cart does.")
    cart: Cart = resolve(checkout.cart_of_checkout, description="What it was started from.")
    expires_at: datetime = resolve(description="When the stock is let go; each `checkoutUpdate` renews it.")
    email: str | None = resolve(description="Where the confirmation goes.")
    shipping_address: Address | None = resolve(description="Where the goods go.")
    billing_address: Address | None = resolve(description="Where the invoice goes; null for the shipping address.")
    company: Company | None = resolve(business.company_of_checkout, description="For whom the customer buys.")
    po_number: str | None = resolve(description="What the buyer calls the order in their own books.")
    vat_id: VatIdCheck | None = resolve(description="The buyer's VAT number, if one was told.")
    lines: list[CheckoutLine] = resolve(description="What is bought.")
    delivery_groups: list[DeliveryGroup] = resolve(description="The same by who sends it.")
    tenders: list[Tender] = resolve(description="What the buyer has offered to pay with, the latest last.")
    shares: list[TenderShare] = resolve(
        description="What gift cards, credit and terms pay, one after another; what they leave is `totals.due`."
    )
    payment_methods: list[PaymentMethodOption] = resolve(
        checkout.payment_methods, description="What can be paid with here."
    )
    promo_codes: list[PromoCodeState] = resolve(description="The codes that were entered, and what comes of each.")
    totals: Totals = resolve(description="What it costs; pass `total.gross` as `expectedTotal`.")
    missing: list[model.CheckoutRequirement] = resolve(description="Empty exactly when it can be completed.")
    order: Annotated["Order", strawberry.lazy("schema.orders")] | None = resolve(
        checkout.order_of_checkout, description="What came of it."
    )


@strawberry.type(description="The checkout that holds the goods.")
class CheckoutStartPayload(Payload):
    checkout: Checkout | None = resolve(description="The checkout that holds the goods.")


@strawberry.type(description="The checkout as it is now.")
class CheckoutUpdatePayload(Payload):
    checkout: Checkout | None = resolve(description="The checkout as it is now.")


@strawberry.type(description="The checkout as it is now.")
class CheckoutTenderAddPayload(Payload):
    checkout: Checkout | None = resolve(description="The checkout as it is now.")


@strawberry.type(description="The order whose money has come.")
class PaymentReceivePayload(Payload):
    order: Annotated["Order", strawberry.lazy("schema.orders")] | None = resolve(
        description="Confirmed; canceled if its goods are gone, and then the money has to be sent back."
    )


@strawberry.type(description="The checkout as it is now.")
class CheckoutTenderRemovePayload(Payload):
    checkout: Checkout | None = resolve(description="The checkout as it is now.")


async def _completed(root: "CheckoutCompletePayload", info: Info) -> priced.PricedCheckout | None:
    return await checkout.completed(info, root.checkout_id, root.completion)


@strawberry.type(
    description="On success an order, or an action for the buyer; on refusal `checkout` is the fresh state."
)
class CheckoutCompletePayload(Payload):
    order: Annotated["Order", strawberry.lazy("schema.orders")] | None = resolve(description="What was placed.")
    action: PaymentAction | None = resolve(description="What the buyer has to do before anything is.")
    checkout: Checkout | None = resolve(_completed, description="The checkout as it is now.")
    checkout_id: strawberry.Private[CheckoutId]
    completion: strawberry.Private[Completion | None]


async def complete(info: Info, input: CheckoutCompleteInput) -> CheckoutCompletePayload:
    command = input.to_domain()
    completion, problems = await refusable(checkout.complete(info, command))
    info.context.refresh()
    return CheckoutCompletePayload(
        errors=problems,  # type: ignore[arg-type] # problems are what UserError shows
        order=await checkout.order_of(info, completion) if completion else None,  # type: ignore[arg-type]
        action=completion.action if completion else None,  # type: ignore[arg-type]
        checkout_id=command.checkout_id,
        completion=completion,
    )


@strawberry.type
class CheckoutQuery:
    checkout: Checkout | None = resolve(
        checkout.checkout, description="A guest's checkout to whoever holds its id, a customer's to that customer."
    )


@strawberry.type
class CheckoutMutation:
    checkout_start: CheckoutStartPayload | None = mutation(
        checkout.start_checkout,
        input=CheckoutStartInput,
        payload=CheckoutStartPayload,
        description="Hold stock and prices for all that is in a cart; it replaces a checkout started before.",
    )
    checkout_update: CheckoutUpdatePayload | None = mutation(
        checkout.update_checkout,
        input=CheckoutUpdateInput,
        payload=CheckoutUpdatePayload,
        description="Tell addresses, choices and consent: the whole patch, or nothing of it.",
    )
    checkout_tender_add: CheckoutTenderAddPayload | None = mutation(
        checkout.add_tender,
        input=TenderInput,
        payload=CheckoutTenderAddPayload,
        description="Offer a means of payment for what is due. Several gift cards and credit can be combined with one "
        "other method, which pays the rest.",
    )
    checkout_tender_remove: CheckoutTenderRemovePayload | None = mutation(
        checkout.remove_tender,
        input=TenderRemoveInput,
        payload=CheckoutTenderRemovePayload,
        description="Take an offered means of payment back; doing it twice changes nothing.",
    )
    payment_receive: PaymentReceivePayload | None = mutation(
        checkout.receive_payment,
        input=PaymentReceiveInput,
        payload=PaymentReceivePayload,
        requires_scopes=[["payments:write"]],
        tags=["admin"],
        description="Say that the money of a bank transfer has come to the shop's own account.",
    )
    checkout_complete: CheckoutCompletePayload | None = resolve(
        complete,
        description="Pay and place the order, exactly once for each checkout, however often it is called.",
    )


@strawberry.type
class CheckoutSubscription:
    checkout_changed: Checkout = stream(
        checkout.checkout_changed, description="The checkout as it is, then each time it changes."
    )
