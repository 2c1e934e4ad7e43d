"""Carts."""

import strawberry
from strawberry.scalars import JSON

from domain.cart import priced, usecases
from domain.cart.model import LineChange, LineRequest
from domain.pricing.promotions import engine
from domain.shared.errors import ErrorCode
from domain.shared.ids import CartId, CartLineId, CompanyId, OfferId, VariantId
from resolvers import cart
from resolvers import companies as business
from resolvers.ids import parse_id
from schema.base import Connection, Node, Payload, mutation, represents, resolve, stream
from schema.companies import Company
from schema.discounts import DiscountAllocation, PromoCodeState, PromotionRef
from schema.money import TaxedMoney
from schema.pricing import Offer, RequestContext
from schema.totals import Totals
from schema.vendors import Vendor
from schema.wrapping import GiftWrap, GiftWrapOffer


@strawberry.type(description="What stands between a cart and a purchase.")
@represents(priced.CartProblem)
class CartProblem:
    code: ErrorCode = resolve(description="The reason, for programs.")
    message: str = resolve(description="For developers and as a fallback; clients word their own by `code`.")
    line_id: strawberry.ID | None = resolve(cart.line_of_problem, description="The line to blame, if one is.")


@strawberry.type(description="Units of one offer.")
@represents(priced.PricedLine)
class CartLine:
    id: strawberry.ID = resolve(description="Names the line in `cartUpdate`.")
    offer: Offer | None = resolve(cart.offer_of_line, description="What is bought; null once it is gone.")
    quantity: int = resolve(description="How many units.")
    unit_price: TaxedMoney | None = resolve(description="Of one unit at this quantity; null if it is not sold now.")
    total: TaxedMoney | None = resolve(description="Of the line; null if it is not sold now.")
    discounts: list[DiscountAllocation] = resolve(description="By which rules it is lowered, in their order.")
    gift_message: str | None = resolve(description="Words to go with it.")
    gift_wrap: GiftWrap | None = resolve(description="How it is wrapped and what that costs; null if it is not.")
    gift_wrap_offer: GiftWrapOffer | None = resolve(
        description="What wrapping would cost, or costs, each time; null if its vendor does not wrap it."
    )
    is_gift: bool = resolve(
        description="Whether a promotion gives it: it comes and goes by itself, and is declined by setting it to 0."
    )
    custom_fields: JSON | None = resolve(description="Whatever the client stored with the line.")
    problems: list[CartProblem] = resolve(description="Why the line could not be bought as it is.")


@strawberry.type(description="Lines that ship together from one vendor.")
@represents(priced.CartGroup)
class CartGroup:
    vendor: Vendor = resolve(cart.vendor_of_group, description="Who sends them.")
    lines: list[CartLine] = resolve(description="What is sent.")
    subtotal: TaxedMoney = resolve(description="The goods, without delivery.")


@strawberry.type(
    description="Units that cost nothing once they are in the cart. Gifts that leave no choice are added by themselves."
)
@represents(engine.Gift)
class CartGift:
    promotion: PromotionRef = resolve(description="What gives them.")
    offer: Offer | None = resolve(cart.offer_of_gift, description="What to add; null if it is gone.")
    offers: list[Offer] = resolve(cart.offers_of_gift, description="All that can be chosen from, one of them.")
    quantity: int = resolve(description="How many of them are still to be added.")


@strawberry.federation.type(
    keys=["id"], description="What a shopper means to buy. Its prices are those of now; a checkout makes them stand."
)
@represents(priced.PricedCart)
class Cart(Node):
    loader = "cart"

    version: int = resolve(description="Grows with each change; pass it as `expectedVersion`.")
    context: RequestContext = resolve(description="Where and in what it buys: fixed when the cart was made.")
    lines: Connection[CartLine] = resolve(cart.lines, description="What is in it, in the order it was added.")
    groups: list[CartGroup] = resolve(description="The same by vendor.")
    promo_codes: list[PromoCodeState] = resolve(description="The codes that were entered, and what comes of each.")
    gifts: list[CartGift] = resolve(
        description="What promotions give that is not in it: there is a choice, it was declined, or it is not here."
    )
    totals: Totals = resolve(description="What it costs, without the lines that cannot be bought and without delivery.")
    problems: list[CartProblem] = resolve(description="Why it could not be bought as it is; empty when it can.")
    company: Company | None = resolve(business.company_of_cart, description="For whom its customer buys.")
    note: str | None = resolve(description="The shopper's words to the merchant.")
    email: str | None = resolve(
        cart.email,
        policy=[["self"], ["scope:customers:read"]],
        description="Who may be reminded of it: its customer's, or what a guest has told in a checkout.",
    )
    is_draft: bool = resolve(description="Whether staff prepare it for somebody; only they change it then.")


@strawberry.input(description="`offerId` wins; with `variantId` alone the offer of its buy box is taken and fixed.")
class CartLineInput:
    quantity: int
    offer_id: strawberry.ID | None = None
    variant_id: strawberry.ID | None = None
    gift_message: str | None = None
    gift_wrap: bool | None = strawberry.field(
        default=None, description="Whether to wrap the line; null leaves what stands in the cart as it is."
    )

    def to_domain(self) -> LineRequest:
        return LineRequest(
            quantity=self.quantity,
            offer_id=None if self.offer_id is None else parse_id(self.offer_id, "offer", OfferId),
            variant_id=None if self.variant_id is None else parse_id(self.variant_id, "variant", VariantId),
            gift_message=self.gift_message,
            gift_wrap=self.gift_wrap,
        )


@strawberry.input(description="A line at a new quantity; 0 removes it.")
class CartLineQuantityInput:
    line_id: strawberry.ID
    quantity: int
    gift_message: str | None = strawberry.field(
        default=None, description="An empty one removes what stood; null leaves it."
    )
    gift_wrap: bool | None = strawberry.field(
        default=None, description="Whether to wrap the line; null leaves that as it is."
    )

    def to_domain(self) -> LineChange:
        line_id = parse_id(self.line_id, "cart_line", CartLineId)
        return LineChange(line_id, self.quantity, self.gift_message, self.gift_wrap)


@strawberry.input(description="A cart, and what is in it from the start.")
class CartCreateInput:
    idempotency_key: str
    lines: list[CartLineInput] | None = None
    promo_codes: list[str] | None = None
    company_id: strawberry.ID | None = strawberry.field(
        default=None, description="The company to buy for, whose member the customer is and more than a VIEWER."
    )

    def to_domain(self) -> usecases.CreateCart:
        lines = tuple(line.to_domain() for line in self.lines or ())
        company_id = None if self.company_id is None else parse_id(self.company_id, "company", CompanyId)
        return usecases.CreateCart(lines, self.idempotency_key, tuple(self.promo_codes or ()), company_id)


@strawberry.input(description="Everything a shopper may change at once; what is left out stays.")
class CartUpdateInput:
    cart_id: strawberry.ID
    idempotency_key: str
    expected_version: int | None = None
    add: list[CartLineInput] | None = None
    set: list[CartLineQuantityInput] | None = None
    note: str | None = strawberry.field(default=None, description="An empty note removes it.")
    promo_codes: list[str] | None = strawberry.field(
        default=None, description="All codes of the cart; an empty list removes them. Entering one uses nothing up."
    )

    def to_domain(self) -> usecases.UpdateCart:
        return usecases.UpdateCart(
            cart_id=parse_id(self.cart_id, "cart", CartId),
            add=tuple(line.to_domain() for line in self.add or ()),
            set=tuple(line.to_domain() for line in self.set or ()),
            note=self.note,
            expected_version=self.expected_version,
            idempotency_key=self.idempotency_key,
            promo_codes=None if self.promo_codes is None else tuple(self.promo_codes),
        )


@strawberry.input(description="A guest's cart, and the signed-in customer's that takes it in.")
class CartMergeInput:
    source: strawberry.ID
    target: strawberry.ID
    idempotency_key: str

    def to_domain(self) -> usecases.MergeCarts:
        source, target = parse_id(self.source, "cart", CartId), parse_id(self.target, "cart", CartId)
        return usecases.MergeCarts(source, target, self.idempotency_key)


@strawberry.type(description="The new cart.")
class CartCreatePayload(Payload):
    cart: Cart | None = resolve(description="The new cart.")


@strawberry.type(description="The cart as it is now.")
class CartUpdatePayload(Payload):
    cart: Cart | None = resolve(description="The cart as it is now.")


@strawberry.type(description="The cart that took the other in.")
class CartMergePayload(Payload):
    cart: Cart | None = resolve(description="The cart that took the other in.")


@strawberry.type
class CartQuery:
    cart: Cart | None = resolve(
        cart.cart, description="A guest's cart to whoever holds its unguessable id, a customer's to that customer."
    )


@strawberry.type
class CartMutation:
    cart_create: CartCreatePayload | None = mutation(
        cart.create_cart,
        input=CartCreateInput,
        payload=CartCreatePayload,
        description="Make a cart in the context of this request.",
    )
    cart_update: CartUpdatePayload | None = mutation(
        cart.update_cart,
        input=CartUpdateInput,
        payload=CartUpdatePayload,
        description="Add, change and remove lines at once: the whole patch, or nothing of it.",
    )
    cart_merge: CartMergePayload | None = mutation(
        cart.merge_carts,
        input=CartMergeInput,
        payload=CartMergePayload,
        authenticated=True,
        description="Put what is in a guest's cart into one's own; merging twice changes nothing.",
    )


@strawberry.type
class CartSubscription:
    cart_changed: Cart = stream(cart.cart_changed, description="The cart as it is, then each time it changes.")
