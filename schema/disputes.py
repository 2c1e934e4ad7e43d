"""Disputes: what buyers' banks want back. For staff alone."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from domain.payments import observing
from domain.payments.ports import DisputeState
from resolvers import disputes
from schema.base import enum, represents, resolve
from schema.money import Money

if TYPE_CHECKING:
    from schema.orders import Order
    from schema.payments import Payment

enum(DisputeState)


@strawberry.federation.type(tags=["admin"], description="A buyer's bank wants money of a payment back.")
@represents(observing.Dispute)
class Dispute:
    id: strawberry.ID = resolve(description="Its id; events name it.")
    payment: Annotated["Payment", strawberry.lazy("schema.payments")] | None = resolve(
        disputes.payment, description="The payment that it is about."
    )
    order: Annotated["Order", strawberry.lazy("schema.orders")] | None = resolve(
        disputes.order, description="What was paid for; null if it never became an order."
    )
    state: DisputeState = resolve(description="Where it stands.")
    reason: str = resolve(description="Why, as the gateway calls it.")
    amount: Money = resolve(description="What is wanted back; the vendor's share of it is kept until it is decided.")
    fee: Money | None = resolve(description="What the gateway keeps for the case; null where it does not say.")
    reference: str = resolve(description="What the gateway calls it.")
    opened_at: datetime = resolve(description="When it began.")
    evidence_due_by: datetime | None = resolve(description="Until when evidence can be handed in at the gateway.")
    closed_at: datetime | None = resolve(description="When it was decided; null while it is open.")
