"""Gift cards, store credit and credit limits."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from domain.orders.giftcards import usecases as sold
from domain.payments.balances import model, usecases
from domain.shared.ids import BalanceId, CustomerId, OrderId
from resolvers import balances
from resolvers.ids import parse_id
from schema.base import Node, Payload, mutation, represents, resolve
from schema.money import Money, MoneyInput

if TYPE_CHECKING:
    from schema.customers import Customer

BALANCES_WRITE = [["balances:write"]]


@strawberry.federation.type(
    keys=["id"],
    description="Stored money for whoever knows its code: a means of payment, never a discount. "
    "Staff read it by its id, everybody else by its code.",
)
@represents(model.Balance)
class GiftCard(Node):
    loader = "gift_card"

    last4: str | None = resolve(description="The last letters of its code; null until its buyer has asked for that.")
    balance: Money = resolve(balances.usable, description="What can be paid with it: nothing once it has expired.")
    expires_at: datetime | None = resolve(description="When it ends; null for never.")
    granted: Money = resolve(
        requires_scopes=[["balances:read"]], tags=["admin"], description="All that was ever put on it."
    )
    version: int = resolve(description="Grows with each change.")


@strawberry.type(description="How much a customer may owe in one currency.")
@represents(model.Balance)
class CreditTerms:
    limit: Money = resolve(balances.limit, description="How much may be owed in all.")
    owed: Money = resolve(description="What was bought on invoice and is not paid yet.")
    available: Money = resolve(balances.usable, description="What more can be bought on invoice.")


@strawberry.input(description="A gift card to be given out.")
class GiftCardIssueInput:
    amount: MoneyInput
    idempotency_key: str
    expires_at: datetime | None = strawberry.field(default=None, description="Without it the card never expires.")
    note: str | None = strawberry.field(default=None, description="Why, for staff; at most 500 characters.")

    def to_domain(self) -> usecases.IssueGiftCard:
        return usecases.IssueGiftCard(self.amount.to_domain(), self.expires_at, self.note, self.idempotency_key)


@strawberry.input(description="A change of what is left on a gift card.")
class GiftCardAdjustInput:
    gift_card_id: strawberry.ID
    amount: MoneyInput = strawberry.field(description="What is added; below zero what is taken off.")
    idempotency_key: str
    note: str | None = strawberry.field(default=None, description="Why, for staff; at most 500 characters.")

    def to_domain(self) -> usecases.AdjustGiftCard:
        card = parse_id(self.gift_card_id, "gift_card", BalanceId)
        return usecases.AdjustGiftCard(card, self.amount.to_domain(), self.note, self.idempotency_key)


@strawberry.input(description="A gift card whose code was lost.")
class GiftCardCodeRenewInput:
    gift_card_id: strawberry.ID
    idempotency_key: str

    def to_domain(self) -> usecases.RenewGiftCardCode:
        return usecases.RenewGiftCardCode(parse_id(self.gift_card_id, "gift_card", BalanceId), self.idempotency_key)


@strawberry.input(description="A gift card of an order of one's own.")
class GiftCardCodeRevealInput:
    order_id: strawberry.ID
    gift_card_id: strawberry.ID
    idempotency_key: str

    def to_domain(self) -> sold.RevealGiftCardCode:
        return sold.RevealGiftCardCode(
            parse_id(self.order_id, "order", OrderId),
            parse_id(self.gift_card_id, "gift_card", BalanceId),
            self.idempotency_key,
        )


@strawberry.input(description="Credit for a customer.")
class StoreCreditGrantInput:
    customer_id: strawberry.ID
    amount: MoneyInput
    idempotency_key: str
    expires_at: datetime | None = strawberry.field(
        default=None, description="Until when all credit of this currency lasts at least; without it for ever."
    )
    note: str | None = strawberry.field(default=None, description="Why, for staff; at most 500 characters.")

    def to_domain(self) -> usecases.GrantStoreCredit:
        return usecases.GrantStoreCredit(
            parse_id(self.customer_id, "customer", CustomerId),
            self.amount.to_domain(),
            self.expires_at,
            self.note,
            self.idempotency_key,
        )


@strawberry.input(description="How much a customer may owe in a currency.")
class CreditLimitSetInput:
    customer_id: strawberry.ID
    limit: MoneyInput = strawberry.field(description="0 ends buying on invoice; what is owed stays owed.")
    idempotency_key: str
    note: str | None = strawberry.field(default=None, description="Why, for staff; at most 500 characters.")

    def to_domain(self) -> usecases.SetCreditLimit:
        customer = parse_id(self.customer_id, "customer", CustomerId)
        return usecases.SetCreditLimit(customer, self.limit.to_domain(), self.note, self.idempotency_key)


@strawberry.type(description="A gift card and its code.")
class GiftCardCodePayload(Payload):
    gift_card: GiftCard | None = resolve(description="The card.")
    code: str | None = resolve(
        description="The code, shown here and never again: null when the same key is used a second time."
    )


@strawberry.type(description="A new gift card.")
class GiftCardIssuePayload(GiftCardCodePayload): ...


@strawberry.type(description="The card with a new code.")
class GiftCardCodeRenewPayload(GiftCardCodePayload): ...


@strawberry.type(description="The card with its code.")
class GiftCardCodeRevealPayload(GiftCardCodePayload): ...


@strawberry.type(description="The card as changed.")
class GiftCardAdjustPayload(Payload):
    gift_card: GiftCard | None = resolve(description="The card as changed.")


@strawberry.type(description="The customer's credit.")
class StoreCreditGrantPayload(Payload):
    customer: Annotated["Customer", strawberry.lazy("schema.customers")] | None = resolve(
        description="Whose credit it is."
    )


@strawberry.type(description="The customer's terms.")
class CreditLimitSetPayload(Payload):
    customer: Annotated["Customer", strawberry.lazy("schema.customers")] | None = resolve(
        description="Whose terms they are."
    )


@strawberry.type
class BalancesQuery:
    gift_card: GiftCard | None = resolve(
        balances.gift_card,
        description="What is left on the card of a code, however it is typed; null if there is none. "
        "Ten wrong codes within a minute are answered with RATE_LIMITED.",
    )


@strawberry.type
class BalancesMutation:
    gift_card_issue: GiftCardIssuePayload | None = mutation(
        balances.issue_gift_card,
        input=GiftCardIssueInput,
        payload=GiftCardIssuePayload,
        requires_scopes=BALANCES_WRITE,
        tags=["admin"],
        description="Give out a gift card.",
    )
    gift_card_adjust: GiftCardAdjustPayload | None = mutation(
        balances.adjust_gift_card,
        input=GiftCardAdjustInput,
        payload=GiftCardAdjustPayload,
        requires_scopes=BALANCES_WRITE,
        tags=["admin"],
        description="Put something on a gift card or take it off, down to nothing.",
    )
    gift_card_code_renew: GiftCardCodeRenewPayload | None = mutation(
        balances.renew_gift_card_code,
        input=GiftCardCodeRenewInput,
        payload=GiftCardCodeRenewPayload,
        requires_scopes=BALANCES_WRITE,
        tags=["admin"],
        description="Replace the code of a gift card; the one before no longer works.",
    )
    gift_card_code_reveal: GiftCardCodeRevealPayload | None = mutation(
        balances.reveal_gift_card_code,
        input=GiftCardCodeRevealInput,
        payload=GiftCardCodeRevealPayload,
        description="The code of a gift card that one has bought: once, to whoever may read the order.",
    )
    store_credit_grant: StoreCreditGrantPayload | None = mutation(
        balances.grant_store_credit,
        input=StoreCreditGrantInput,
        payload=StoreCreditGrantPayload,
        requires_scopes=BALANCES_WRITE,
        tags=["admin"],
        description="Give a customer credit to buy with.",
    )
    credit_limit_set: CreditLimitSetPayload | None = mutation(
        balances.set_credit_limit,
        input=CreditLimitSetInput,
        payload=CreditLimitSetPayload,
        requires_scopes=BALANCES_WRITE,
        tags=["admin"],
        description="Let a customer buy on invoice, up to a limit.",
    )
