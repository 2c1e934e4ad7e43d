"""Payments, what goes back of them, and what staff does with them."""

from datetime import datetime

import strawberry

from domain.orders.capturing import usecases as capturing
from domain.orders.model import Order
from domain.orders.refunding import model as refunding
from domain.orders.refunding import usecases
from domain.payments import model
from domain.shared.ids import OrderId, OrderLineId, PaymentId, RefundId
from resolvers import disputes, payments
from resolvers.context import Info
from resolvers.ids import parse_id
from schema.base import Node, enum, represents, resolve
from schema.disputes import Dispute
from schema.money import Money, MoneyInput, TaxedMoney, TaxLine

for state in (model.PaymentKind, model.PaymentState, refunding.RefundKind, refunding.RefundState):
    enum(state)

ORDERS_READ = [["orders:read"]]
PAYMENTS_WRITE = [["payments:write"]]
ONCE = "The same key does it once, however often it is asked."


@strawberry.federation.type(keys=["id"], description="One attempt to pay, and how far it got.")
@represents(model.Payment)
class Payment(Node):
    loader = "payment"

    kind: model.PaymentKind = resolve(description="By what means.")
    state: model.PaymentState = resolve(description="Where it stands with the gateway.")
    gateway: str = resolve(description="Who moves the money.")
    authorized: Money = resolve(description="What may be taken, and what was.")
    captured: Money = resolve(description="What was taken.")
    refunded: Money = resolve(description="What was given back, or is about to be.")
    capturable: Money = resolve(description="What can still be taken.")
    refundable: Money = resolve(description="What can still be given back.")
    authorization_expires_at: datetime | None = resolve(description="Until when it may be taken.")
    reference: str | None = resolve(
        requires_scopes=ORDERS_READ, tags=["admin"], description="What the gateway calls it."
    )
    disputes: list[Dispute] = resolve(
        disputes.of_payment,
        requires_scopes=ORDERS_READ,
        tags=["admin"],
        description="What the buyer's bank wants back of it, the oldest first.",
    )


@strawberry.type(description="A part of a refund, and by which way it goes back.")
@represents(refunding.RefundAllocation)
class RefundAllocation:
    payment: Payment | None = resolve(payments.payment, description="What was paid, and is given back.")
    amount: Money = resolve(description="How much of it.")
    to_store_credit: bool = resolve(description="Whether it becomes credit with the shop instead.")


@strawberry.federation.type(keys=["id"], description="Money that goes back to the buyer.")
@represents(refunding.Refund)
class Refund(Node):
    loader = "refund"

    kind: refunding.RefundKind = resolve(description="What it is for.")
    state: refunding.RefundState = resolve(description="Where it stands.")
    amount: Money = resolve(description="All of it: lines, shipping, fees, rounding and adjustment.")
    lines: TaxedMoney = resolve(description="The units that it is the price of, taxed as they were sold.")
    shipping: TaxedMoney = resolve(description="The delivery that it is the price of.")
    fees: TaxedMoney = resolve(description="The gift wrap that it is the price of.")
    adjustment: Money = resolve(description="What it is beside; negative where less was taken than that is worth.")
    clawback: Money = resolve(description="Taken off, as the goods that are kept no longer earn a discount.")
    rounding: Money = resolve(description="What it is rounded by, so that it can be paid in the market's currency.")
    credited: Money = resolve(
        description="Of what it is for: what does not go back since it pays for goods that were given in exchange."
    )
    taxes: list[TaxLine] = resolve(description="The taxes in lines, shipping and fees.")
    reason: str | None = resolve(description="Why.")
    created_at: datetime = resolve(description="When it was decided.")
    allocations: list[RefundAllocation] = resolve(
        payments.allocations, description="By which ways it goes back, the last means of payment first."
    )


@strawberry.type(description="The exact amounts that a refund would come to now.")
@represents(refunding.RefundPreview)
class RefundPreview:
    lines: TaxedMoney = resolve(description="What the units cost.")
    shipping: TaxedMoney = resolve(description="What is left of the delivery, if it was asked for.")
    fees: TaxedMoney = resolve(description="What the gift wrap of the units cost.")
    clawback: Money = resolve(description="Taken off, as the goods that are kept no longer earn a discount.")
    rounding: Money = resolve(description="What it is rounded by, so that it can be paid in the market's currency.")
    taxes: list[TaxLine] = resolve(description="The taxes in all of them.")
    total: Money = resolve(description="What would go back.")
    allocations: list[RefundAllocation] = resolve(description="By which ways it would go back.")


@strawberry.input(description="Units of one order line.")
class RefundLineInput:
    order_line_id: strawberry.ID
    quantity: int

    def to_domain(self) -> refunding.Units:
        return refunding.Units(parse_id(self.order_line_id, "order_line", OrderLineId), self.quantity)


async def refund_preview(
    root: Order, info: Info, lines: list[RefundLineInput], refund_shipping: bool = False
) -> refunding.RefundPreview:
    """The argument is an input type, which only this layer knows."""
    asked = [line.to_domain() for line in lines]
    return await payments.refund_preview(root, info, asked, refund_shipping=refund_shipping)


@strawberry.input(description="What of a payment is taken. Without an amount: all that the order still costs.")
class PaymentCaptureInput:
    payment_id: strawberry.ID
    idempotency_key: str = strawberry.field(description=ONCE)
    amount: MoneyInput | None = None
    final: bool = strawberry.field(default=False, description="Whether the rest of what is held is let go.")

    def to_domain(self) -> capturing.CapturePayment:
        return capturing.CapturePayment(
            payment_id=parse_id(self.payment_id, "payment", PaymentId),
            amount=self.amount.to_domain() if self.amount else None,
            final=self.final,
            idempotency_key=self.idempotency_key,
        )


@strawberry.input(description="A payment of which what is held and was not taken is let go.")
class PaymentVoidInput:
    payment_id: strawberry.ID
    idempotency_key: str = strawberry.field(description=ONCE)

    def to_domain(self) -> capturing.VoidPayment:
        return capturing.VoidPayment(parse_id(self.payment_id, "payment", PaymentId), self.idempotency_key)


@strawberry.input(description="What goes back, and for what.")
class RefundCreateInput:
    order_id: strawberry.ID
    idempotency_key: str = strawberry.field(description=ONCE)
    lines: list[RefundLineInput] = strawberry.field(
        default_factory=list, description="Each line once; its units go back for exactly what they cost."
    )
    shipping: MoneyInput | None = strawberry.field(default=None, description="How much of the delivery, with tax.")
    adjustment: MoneyInput | None = strawberry.field(default=None, description="Whatever else goes back.")
    to_store_credit: bool = strawberry.field(
        default=False, description="As credit with the shop, if the buyer agrees; for customers only."
    )
    reason: str | None = strawberry.field(default=None, description="At most 500 characters.")

    def to_domain(self) -> usecases.CreateRefund:
        return usecases.CreateRefund(
            order_id=parse_id(self.order_id, "order", OrderId),
            lines=tuple(line.to_domain() for line in self.lines),
            shipping=self.shipping.to_domain() if self.shipping else None,
            adjustment=self.adjustment.to_domain() if self.adjustment else None,
            to_store_credit=self.to_store_credit,
            reason=self.reason,
            idempotency_key=self.idempotency_key,
        )


@strawberry.input(description="A refund that failed, to be tried again by whichever ways are left.")
class RefundRetryInput:
    refund_id: strawberry.ID
    idempotency_key: str = strawberry.field(description=ONCE)
    to_store_credit: bool = strawberry.field(default=False, description="As credit with the shop, if the buyer agrees.")

    def to_domain(self) -> usecases.RetryRefund:
        return usecases.RetryRefund(
            parse_id(self.refund_id, "refund", RefundId), self.to_store_credit, self.idempotency_key
        )
