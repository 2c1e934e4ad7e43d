"""Means of payment that gateways keep for customers."""

from datetime import date

import strawberry

import schema.payments  # noqa: F401 - imported for the enums it registers
from domain.payments import stored
from domain.payments.forgetting import usecases as forgetting
from domain.payments.model import PaymentKind
from domain.shared.ids import StoredMethodId
from resolvers import payment_methods
from resolvers.ids import parse_id
from schema.base import Payload, mutation, represents, resolve


@strawberry.type(description="A means of payment that a gateway keeps for a customer, to be paid with again.")
@represents(stored.StoredMethod)
class StoredPaymentMethod:
    id: strawberry.ID = resolve(description="Names it in `checkoutTenderAdd`.")
    kind: PaymentKind = resolve(description="What it is.")
    brand: str | None = resolve(description="Whose card it is, as the gateway calls it.")
    last4: str | None = resolve(description="The last digits of its number.")
    expires_on: date | None = resolve(description="From when it cannot be charged any more.")


@strawberry.input(description="A stored method that shall never be charged again.")
class PaymentMethodForgetInput:
    id: strawberry.ID

    def to_domain(self) -> forgetting.ForgetMethod:
        return forgetting.ForgetMethod(parse_id(self.id, "stored_method", StoredMethodId))


@strawberry.type(description="What is left of the stored methods.")
class PaymentMethodForgetPayload(Payload):
    payment_methods: list[StoredPaymentMethod] | None = resolve(description="What is still stored.")


@strawberry.type
class PaymentMethodsMutation:
    payment_method_forget: PaymentMethodForgetPayload | None = mutation(
        payment_methods.forget_method,
        input=PaymentMethodForgetInput,
        payload=PaymentMethodForgetPayload,
        authenticated=True,
        policy=[["self"]],
        description="Have the gateway forget a stored method; doing it twice changes nothing.",
    )
