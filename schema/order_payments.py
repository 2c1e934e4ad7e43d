"""Paying what orders cost more since they were edited: by a link that staff sends to the buyer."""

from datetime import datetime

import strawberry

from domain.checkout.paying import usecases as paying
from domain.shared.ids import OrderId
from resolvers import order_payments
from resolvers.ids import parse_id
from schema.base import Payload, mutation, represents, resolve
from schema.checkout import PaymentAction, PaymentMethodOption
from schema.money import Money, MoneyInput
from schema.payments import ONCE


@strawberry.type(description="What is due of an order, as the holder of its payment link sees it.")
@represents(paying.OrderDue)
class OrderDue:
    order_number: str = resolve(description="The order's number.")
    total: Money = resolve(description="What the order costs, without what was canceled.")
    due: Money = resolve(description="What is left to pay of it; zero once it is paid.")
    payment_methods: list[PaymentMethodOption] = resolve(description="What can be paid with; none if nothing is due.")
    expires_at: datetime = resolve(description="Until when the link is good.")


@strawberry.input(description="The order whose buyer shall pay.")
class OrderPaymentLinkCreateInput:
    order_id: strawberry.ID
    valid_days: int = strawberry.field(default=7, description="For how many days it is good, up to 90.")

    def to_domain(self) -> paying.SendOrderLink:
        return paying.SendOrderLink(parse_id(self.order_id, "order", OrderId), self.valid_days)


@strawberry.input(description="How what is due is paid.")
class OrderPayInput:
    token: str = strawberry.field(description="The payment link's.")
    method_id: str = strawberry.field(description="One of `orderDue.paymentMethods`.")
    expected_due: MoneyInput = strawberry.field(description="What the buyer saw to be due.")
    idempotency_key: str = strawberry.field(description=ONCE)
    payment_token: str | None = strawberry.field(
        default=None, description="What the gateway's client gave for the buyer's card; never a card number."
    )

    def to_domain(self) -> order_payments.Pay:
        return order_payments.Pay(
            self.token, self.method_id, self.payment_token, self.expected_due.to_domain(), self.idempotency_key
        )


@strawberry.type(description="A payment link. Whoever has the token can pay, so send it to the buyer alone.")
class OrderPaymentLinkCreatePayload(Payload):
    token: str | None = resolve(description="For `orderDue` and `orderPay`; told here and never again.")
    url: str | None = resolve(
        description="The storefront's page for it, where the shop has named one (`COMMERCE_PAYMENT_PAGE`)."
    )
    expires_at: datetime | None = resolve(description="Until when it is good.")


@strawberry.type(description="What came of the payment.")
class OrderPayPayload(Payload):
    due: OrderDue | None = resolve(description="What is still due.")
    action: PaymentAction | None = resolve(
        description="What the buyer has to do before it is paid; then pay again with the same key."
    )


@strawberry.type
class OrderPaymentsQuery:
    order_due: OrderDue | None = resolve(
        order_payments.order_due, description="What a payment link of an order is for; null once it is over."
    )


@strawberry.type
class OrderPaymentsMutation:
    order_payment_link_create: OrderPaymentLinkCreatePayload | None = mutation(
        order_payments.send_link,
        input=OrderPaymentLinkCreateInput,
        payload=OrderPaymentLinkCreatePayload,
        policy=[["staff", "scope:orders:write"]],
        tags=["admin"],
        description="Make a link by which the buyer pays what an order costs more since it was edited.",
    )
    order_pay: OrderPayPayload | None = mutation(
        order_payments.pay,
        input=OrderPayInput,
        payload=OrderPayPayload,
        description="Pay what is due of the order of a payment link.",
    )
