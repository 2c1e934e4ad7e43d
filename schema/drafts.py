"""Draft orders: staff prepare them, buyers pay by a link, or staff place them."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry

from domain.cart.drafting import usecases as preparing
from domain.checkout.drafting import usecases as finishing
from domain.shared.ids import CartId, CartLineId, CheckoutId, CompanyId, CustomerId
from resolvers import checkout as checkouts
from resolvers import drafts
from resolvers.context import Info
from resolvers.ids import parse_id
from schema.base import Payload, enum, mutation, refusable, resolve
from schema.cart import Cart, CartLineInput
from schema.checkout import Checkout
from schema.money import MoneyInput

if TYPE_CHECKING:
    from schema.orders import Order

WRITERS = [["staff", "orders:write"]]
enum(finishing.DraftPayment)


@strawberry.input(
    description="A discount by hand: `percent` of what promotions leave, or `amount`. 0 takes one back that was given."
)
class ManualDiscountInput:
    reason: str = strawberry.field(description="What the buyer is told, and documents say: 1 to 200 characters.")
    percent: Decimal | None = strawberry.field(default=None, description="`10` is 10 %.")
    amount: MoneyInput | None = strawberry.field(default=None, description="As the market displays prices.")

    def to_domain(self) -> preparing.Given:
        return preparing.Given(self.reason, self.percent, self.amount.to_domain() if self.amount else None)


@strawberry.input(description="What goes into a draft. A line with a price or discount by hand has no promotions.")
class DraftLineInput:
    line: CartLineInput
    unit_price: MoneyInput | None = strawberry.field(
        default=None, description="Of one unit, as the market's price lists say theirs: with or without tax."
    )
    discount: ManualDiscountInput | None = None

    def to_domain(self) -> preparing.DraftLine:
        price = self.unit_price.to_domain() if self.unit_price else None
        return preparing.DraftLine(self.line.to_domain(), price, self.discount.to_domain() if self.discount else None)


@strawberry.input(description="What to set for a line by hand; what is left out stays.")
class DraftLineByHandInput:
    line_id: strawberry.ID
    unit_price: MoneyInput | None = None
    discount: ManualDiscountInput | None = None
    at_list_price: bool = strawberry.field(default=False, description="Take a price by hand back.")

    def to_domain(self) -> preparing.LineByHand:
        return preparing.LineByHand(
            parse_id(self.line_id, "cart_line", CartLineId),
            self.unit_price.to_domain() if self.unit_price else None,
            self.discount.to_domain() if self.discount else None,
            self.at_list_price,
        )


@strawberry.input(description="A draft for a customer, or for whoever reads mail at `email`.")
class DraftOrderCreateInput:
    idempotency_key: str
    customer_id: strawberry.ID | None = None
    email: str | None = strawberry.field(default=None, description="Without it the customer's own.")
    company_id: strawberry.ID | None = strawberry.field(
        default=None, description="The company that the customer buys for, as a member who may."
    )
    lines: list[DraftLineInput] | None = None
    promo_codes: list[str] | None = None
    note: str | None = None
    discount: ManualDiscountInput | None = strawberry.field(default=None, description="Off the whole order.")
    with_promotions: bool = strawberry.field(default=True, description="Whether promotions and codes apply.")

    def to_domain(self) -> preparing.CreateDraft:
        return preparing.CreateDraft(
            customer_id=None if self.customer_id is None else parse_id(self.customer_id, "customer", CustomerId),
            email=self.email,
            lines=tuple(entry.to_domain() for entry in self.lines or ()),
            idempotency_key=self.idempotency_key,
            promo_codes=tuple(self.promo_codes or ()),
            note=self.note,
            discount=self.discount.to_domain() if self.discount else None,
            with_promotions=self.with_promotions,
            company_id=None if self.company_id is None else parse_id(self.company_id, "company", CompanyId),
        )


@strawberry.input(description="What is of drafts alone; `cartUpdate` changes the rest. What is left out stays.")
class DraftOrderUpdateInput:
    cart_id: strawberry.ID
    idempotency_key: str
    expected_version: int | None = None
    add: list[DraftLineInput] | None = None
    lines: list[DraftLineByHandInput] | None = None
    discount: ManualDiscountInput | None = strawberry.field(default=None, description="Off the whole order.")
    with_promotions: bool | None = None

    def to_domain(self) -> preparing.UpdateDraft:
        return preparing.UpdateDraft(
            cart_id=parse_id(self.cart_id, "cart", CartId),
            idempotency_key=self.idempotency_key,
            add=tuple(entry.to_domain() for entry in self.add or ()),
            lines=tuple(entry.to_domain() for entry in self.lines or ()),
            discount=self.discount.to_domain() if self.discount else None,
            with_promotions=self.with_promotions,
            expected_version=self.expected_version,
        )


@strawberry.input(description="The draft that somebody shall pay.")
class DraftOrderSendInput:
    cart_id: strawberry.ID
    valid_days: int = strawberry.field(default=7, description="How long the link is good: 1 to 90 days.")

    def to_domain(self) -> finishing.SendDraft:
        return finishing.SendDraft(parse_id(self.cart_id, "cart", CartId), self.valid_days)


@strawberry.input(description="The token of a payment link.")
class PaymentLinkOpenInput:
    token: str

    def to_domain(self) -> drafts.OpenLink:
        return drafts.OpenLink(self.token)


@strawberry.input(description="`expectedTotal` must be the present total, else PRICE_CHANGED and nothing is placed.")
class DraftOrderCompleteInput:
    checkout_id: strawberry.ID
    payment: finishing.DraftPayment
    expected_total: MoneyInput
    idempotency_key: str

    def to_domain(self) -> finishing.CompleteDraft:
        return finishing.CompleteDraft(
            parse_id(self.checkout_id, "checkout", CheckoutId),
            self.payment,
            self.expected_total.to_domain(),
            self.idempotency_key,
        )


@strawberry.type(description="The draft.")
class DraftOrderCreatePayload(Payload):
    cart: Cart | None = resolve(description="The draft; `checkoutStart` goes on from it.")


@strawberry.type(description="The draft as it is now.")
class DraftOrderUpdatePayload(Payload):
    cart: Cart | None = resolve(description="The draft as it is now.")


@strawberry.type(description="A payment link. Whoever has the token can pay, so send it to the buyer alone.")
class DraftOrderSendPayload(Payload):
    token: str | None = resolve(description="Opens the checkout by `paymentLinkOpen`; told here and never again.")
    url: str | None = resolve(
        description="The storefront's page for it, where the shop has named one (`COMMERCE_PAYMENT_PAGE`)."
    )
    expires_at: datetime | None = resolve(description="Until when it is good.")


@strawberry.type(description="The checkout that the link leads to.")
class PaymentLinkOpenPayload(Payload):
    checkout: Checkout | None = resolve(description="The checkout, to go on with by its id.")


@strawberry.type(description="On success an order; on refusal `checkout` is the fresh state.")
class DraftOrderCompletePayload(Payload):
    order: Annotated["Order", strawberry.lazy("schema.orders")] | None = resolve(description="What was placed.")
    checkout: Checkout | None = resolve(description="The checkout as it is now.")


async def complete(info: Info, input: DraftOrderCompleteInput) -> DraftOrderCompletePayload:
    command = input.to_domain()
    completion, problems = await refusable(drafts.complete_draft(info, command))
    info.context.refresh()
    return DraftOrderCompletePayload(
        errors=problems,  # type: ignore[arg-type] # problems are what UserError shows
        order=await checkouts.order_of(info, completion) if completion else None,  # type: ignore[arg-type]
        checkout=await checkouts.completed(info, command.checkout_id, completion),  # type: ignore[arg-type]
    )


@strawberry.type
class DraftsMutation:
    draft_order_create: DraftOrderCreatePayload | None = mutation(
        drafts.create_draft,
        input=DraftOrderCreateInput,
        payload=DraftOrderCreatePayload,
        requires_scopes=WRITERS,
        tags=["admin"],
        description="Prepare an order for somebody, in the market of this request.",
    )
    draft_order_update: DraftOrderUpdatePayload | None = mutation(
        drafts.update_draft,
        input=DraftOrderUpdateInput,
        payload=DraftOrderUpdatePayload,
        requires_scopes=WRITERS,
        tags=["admin"],
        description="Set prices and discounts of a draft by hand: the whole patch, or nothing of it.",
    )
    draft_order_send: DraftOrderSendPayload | None = mutation(
        drafts.send_draft,
        input=DraftOrderSendInput,
        payload=DraftOrderSendPayload,
        requires_scopes=WRITERS,
        tags=["admin"],
        description="Make a link by which the buyer pays the draft.",
    )
    draft_order_complete: DraftOrderCompletePayload | None = resolve(
        complete,
        requires_scopes=WRITERS,
        tags=["admin"],
        description="Place the order of a draft without asking a gateway: paid elsewhere, on terms, or to be paid.",
    )
    payment_link_open: PaymentLinkOpenPayload | None = mutation(
        drafts.open_link,
        input=PaymentLinkOpenInput,
        payload=PaymentLinkOpenPayload,
        description="Go to the checkout of a payment link: the one that it opened before, or a new one of the draft.",
    )
