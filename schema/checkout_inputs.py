"""What buyers send to check out: the cart, what they tell, how they pay, and the total that they agree to."""

import strawberry

from domain.checkout import usecases
from domain.checkout.awaiting.usecases import ReceivePayment
from domain.checkout.completion.usecases import CompleteCheckout
from domain.checkout.tendering.usecases import GIFT_CARD, AddTender, RemoveTender
from domain.fulfillment.places import PickupPlaceId
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
from resolvers.ids import parse_id
from schema.addresses import AddressInput
from schema.money import MoneyInput


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


@strawberry.input(description="A bank transfer whose money has come.")
class PaymentReceiveInput:
    payment_id: strawberry.ID
    idempotency_key: str

    def to_domain(self) -> ReceivePayment:
        return ReceivePayment(parse_id(self.payment_id, "payment", PaymentId), self.idempotency_key)
