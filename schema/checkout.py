"""Checkouts, from held stock to an order."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry.scalars import JSON

from domain.checkout import model, priced, usecases
from domain.checkout.awaiting.usecases import ReceivePayment
from domain.checkout.completion.usecases import CompleteCheckout
from domain.checkout.tendering.usecases import GIFT_CARD, AddTender, RemoveTender
from domain.fulfillment.places import PickupPlaceId
from domain.payments import model as payments
from domain.payments import tendering
from domain.shared.delivery_kinds import DeliveryKind
from domain.shared.ids import (
    CartId,
    CheckoutId,
    CompanyId,
    DeliveryGroupId,
    DeliveryOptionId,
    PaymentId,
    PickupPointId,
    StoredMethodId,
    TenderId,
    WarehouseId,
    prefix_of,
)
from resolvers import checkout
from resolvers import companies as business
from resolvers import delivery as deliveries
from resolvers.context import Info
from resolvers.ids import parse_id
from schema.addresses import Address, AddressInput
from schema.base import Node, Payload, enum, mutation, refusable, represents, resolve, stream
from schema.cart import Cart
from schema.companies import Company
from schema.delivery import GeoPointInput, PickupPlace
from schema.discounts import DiscountAllocation, PromoCodeState
from schema.media import Image
from schema.money import Money, MoneyInput, TaxedMoney
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


@strawberry.input(description="The cart to buy.")
class CheckoutStartInput:
    cart_id: strawberry.ID
    idempotency_key: str
    express: bool = strawberry.field(
        default=False,
        description="Fill in the saved address, the cheapest delivery and the stored method of a signed-in customer, "
        "as far as there are any; `missing` tells what is left to ask for.",
    )
    accept_terms: bool = strawberry.field(default=False, description="Whether the buyer accepts the terms of sale.")

    def to_domain(self) -> usecases.StartCheckout:
        cart_id = parse_id(self.cart_id, "cart", CartId)
        return usecases.StartCheckout(cart_id, self.idempotency_key, self.express, self.accept_terms)


@strawberry.input(description="The option chosen for a delivery group.")
class DeliveryChoiceInput:
    group_id: strawberry.ID
    option_id: strawberry.ID | None = strawberry.field(
        default=None, description="One of the group's `options`; null takes back what was chosen."
    )
    place_id: strawberry.ID | None = strawberry.field(
        default=None, description="One of the option's `pickupPoints`, where it is fetched."
    )

    def to_domain(self) -> tuple[DeliveryGroupId, DeliveryOptionId | None]:
        group = parse_id(self.group_id, "delivery_group", DeliveryGroupId)
        if self.option_id is None:
            return group, None
        return group, parse_id(self.option_id, "delivery_option", DeliveryOptionId)

    def place(self) -> tuple[DeliveryGroupId, PickupPlaceId] | None:
        """The group with the place that it is fetched at, if one is named."""
        if self.place_id is None:
            return None
        group = parse_id(self.group_id, "delivery_group", DeliveryGroupId)
        if prefix_of(self.place_id) == "warehouse":
            return group, parse_id(self.place_id, "warehouse", WarehouseId)
        return group, parse_id(self.place_id, "pickup_point", PickupPointId)


@strawberry.input(description="Whatever the buyer has told; what is left out or null stays as it is.")
class CheckoutUpdateInput:
    checkout_id: strawberry.ID
    expected_version: int | None = None
    email: str | None = None
    shipping_address: AddressInput | None = None
    billing_address: AddressInput | None = None
    deliveries: list[DeliveryChoiceInput] | None = None
    accept_terms: bool | None = None
    save_shipping_address: bool | None = strawberry.field(
        default=None,
        description="Whether a signed-in customer has the address in their address book once the order stands.",
    )
    save_billing_address: bool | None = strawberry.field(default=None, description="The same for billing.")
    vat_id: str | None = strawberry.field(
        default=None, description="A business's VAT number in the European Union, as in DE123456789; empty: none."
    )
    promo_codes: list[str] | None = strawberry.field(
        default=None, description="All codes, in the place of those of the cart; an empty list removes them."
    )
    company_id: strawberry.ID | None = strawberry.field(
        default=None, description="The company to buy for, whose member the customer is; empty: for oneself."
    )
    po_number: str | None = strawberry.field(
        default=None, description="What the buyer calls the order in their own books; an empty one removes it."
    )

    def to_domain(self) -> usecases.UpdateCheckout:
        return usecases.UpdateCheckout(
            checkout_id=parse_id(self.checkout_id, "checkout", CheckoutId),
            expected_version=self.expected_version,
            email=self.email,
            shipping_address=self.shipping_address.to_domain() if self.shipping_address else None,
            billing_address=self.billing_address.to_domain() if self.billing_address else None,
            deliveries=tuple(choice.to_domain() for choice in self.deliveries or ()),
            places=tuple(place for choice in self.deliveries or () if (place := choice.place()) is not None),
            accept_terms=self.accept_terms,
            save_shipping_address=self.save_shipping_address,
            save_billing_address=self.save_billing_address,
            vat_id=self.vat_id,
            promo_codes=None if self.promo_codes is None else tuple(self.promo_codes),
            company_id=parse_id(self.company_id, "company", CompanyId) if self.company_id else _nobody(self.company_id),
            po_number=self.po_number,
        )


def _nobody(told: str | None) -> CompanyId | None:
    """No company where an empty one was told; None where nothing was."""
    return None if told is None else CompanyId("")


@strawberry.input(
    description="A means of payment. Gift cards and credit pay first; another method takes the place of the one that "
    "was offered before, and pays the rest. Nothing is charged yet."
)
class TenderInput:
    checkout_id: strawberry.ID
    idempotency_key: str
    method_id: strawberry.ID | None = strawberry.field(
        default=None, description="One of `paymentMethods`; a gift card needs none."
    )
    token: str | None = strawberry.field(default=None, description="The gateway's token, never a card number.")
    amount: MoneyInput | None = strawberry.field(
        default=None, description="What a gift card or credit shall pay; without it as much as it can."
    )
    gift_card_code: str | None = strawberry.field(default=None, description="The code, however it is typed.")
    stored_method_id: strawberry.ID | None = strawberry.field(
        default=None, description="A method that is stored for the customer; it needs no `methodId` and no token."
    )
    save_method: bool = strawberry.field(
        default=False, description="Whether the gateway keeps the method for a signed-in customer once it has paid."
    )

    def to_domain(self) -> AddTender:
        stored = self.stored_method_id
        stored_method_id = None if stored is None else parse_id(stored, "stored_method", StoredMethodId)
        return AddTender(
            checkout_id=parse_id(self.checkout_id, "checkout", CheckoutId),
            method_id=self.method_id or (GIFT_CARD if self.gift_card_code is not None else ""),
            token=self.token,
            amount=self.amount.to_domain() if self.amount else None,
            idempotency_key=self.idempotency_key,
            gift_card_code=self.gift_card_code,
            stored_method_id=stored_method_id,
            saves_method=self.save_method,
        )


@strawberry.input(description="A means of payment that shall not be used after all.")
class TenderRemoveInput:
    checkout_id: strawberry.ID
    tender_id: strawberry.ID

    def to_domain(self) -> RemoveTender:
        checkout_id = parse_id(self.checkout_id, "checkout", CheckoutId)
        return RemoveTender(checkout_id, parse_id(self.tender_id, "tender", TenderId))


@strawberry.input(description="`expectedTotal` must be the present total, else PRICE_CHANGED and nothing is charged.")
class CheckoutCompleteInput:
    checkout_id: strawberry.ID
    expected_total: MoneyInput
    idempotency_key: str

    def to_domain(self) -> CompleteCheckout:
        checkout_id = parse_id(self.checkout_id, "checkout", CheckoutId)
        return CompleteCheckout(checkout_id, self.expected_total.to_domain(), self.idempotency_key)


@strawberry.type(description="The checkout that holds the goods.")
class CheckoutStartPayload(Payload):
    checkout: Checkout | None = resolve(description="The checkout that holds the goods.")


@strawberry.type(description="The checkout as it is now.")
class CheckoutUpdatePayload(Payload):
    checkout: Checkout | None = resolve(description="The checkout as it is now.")


@strawberry.type(description="The checkout as it is now.")
class CheckoutTenderAddPayload(Payload):
    checkout: Checkout | None = resolve(description="The checkout as it is now.")


@strawberry.input(description="A bank transfer whose money has come.")
class PaymentReceiveInput:
    payment_id: strawberry.ID
    idempotency_key: str

    def to_domain(self) -> ReceivePayment:
        return ReceivePayment(parse_id(self.payment_id, "payment", PaymentId), self.idempotency_key)


@strawberry.type(description="The order whose money has come.")
class PaymentReceivePayload(Payload):
    order: Annotated["Order", strawberry.lazy("schema.orders")] | None = resolve(
        description="Confirmed; canceled if its goods are gone, and then the money has to be sent back."
    )


@strawberry.type(description="The checkout as it is now.")
class CheckoutTenderRemovePayload(Payload):
    checkout: Checkout | None = resolve(description="The checkout as it is now.")


@strawberry.type(
    description="On success an order, or an action for the buyer; on refusal `checkout` is the fresh state."
)
class CheckoutCompletePayload(Payload):
    order: Annotated["Order", strawberry.lazy("schema.orders")] | None = resolve(description="What was placed.")
    action: PaymentAction | None = resolve(description="What the buyer has to do before anything is.")
    checkout: Checkout | None = resolve(description="The checkout as it is now.")


async def complete(info: Info, input: CheckoutCompleteInput) -> CheckoutCompletePayload:
    command = input.to_domain()
    completion, problems = await refusable(checkout.complete(info, command))
    info.context.refresh()
    return CheckoutCompletePayload(
        errors=problems,  # type: ignore[arg-type] # problems are what UserError shows
        order=await checkout.order_of(info, completion) if completion else None,  # type: ignore[arg-type]
        action=completion.action if completion else None,  # type: ignore[arg-type]
        checkout=await checkout.completed(info, command.checkout_id, completion),  # type: ignore[arg-type]
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
