"""What is done to orders after they were placed: by their buyers, and by staff."""

import strawberry

from domain.orders.canceling import usecases as canceling
from domain.orders.editing import usecases as editing
from domain.orders.holding import usecases as holding
from domain.shared.ids import OrderId, VendorOrderId
from resolvers import order_operations, payments
from resolvers.ids import parse_id
from schema.base import Payload, mutation, resolve
from schema.order_inputs import OrderAddedInput
from schema.orders import Order
from schema.payments import (
    ONCE,
    PAYMENTS_WRITE,
    PaymentCaptureInput,
    PaymentVoidInput,
    RefundCreateInput,
    RefundLineInput,
    RefundRetryInput,
)

STAFF = [["staff", "scope:orders:write"]]


@strawberry.input(description="What of an order is canceled: some lines, or one vendor's part; without either, all.")
class OrderCancelInput:
    id: strawberry.ID
    idempotency_key: str = strawberry.field(description=ONCE)
    lines: list[RefundLineInput] = strawberry.field(default_factory=list, description="Each line once.")
    vendor_order_id: strawberry.ID | None = strawberry.field(default=None, description="One vendor's part alone.")
    reason: str | None = strawberry.field(default=None, description="At most 500 characters.")

    def to_domain(self) -> canceling.CancelOrder:
        part = self.vendor_order_id
        return canceling.CancelOrder(
            order_id=parse_id(self.id, "order", OrderId),
            lines=tuple(line.to_domain() for line in self.lines),
            vendor_order_id=None if part is None else parse_id(part, "vendor_order", VendorOrderId),
            reason=self.reason,
            idempotency_key=self.idempotency_key,
        )


@strawberry.input(description="An order that is stopped until somebody has looked at it.")
class OrderHoldInput:
    id: strawberry.ID
    idempotency_key: str = strawberry.field(description=ONCE)
    reason: str | None = strawberry.field(default=None, description="At most 500 characters.")

    def to_domain(self) -> holding.HoldOrder:
        return holding.HoldOrder(parse_id(self.id, "order", OrderId), self.reason, self.idempotency_key)


@strawberry.input(description="An order on hold that goes on.")
class OrderReleaseInput:
    id: strawberry.ID
    idempotency_key: str = strawberry.field(description=ONCE)
    reason: str | None = strawberry.field(default=None, description="At most 500 characters.")

    def to_domain(self) -> holding.ReleaseOrder:
        return holding.ReleaseOrder(parse_id(self.id, "order", OrderId), self.reason, self.idempotency_key)


@strawberry.input(description="What staff writes about an order for themselves.")
class OrderNoteAddInput:
    id: strawberry.ID
    note: str = strawberry.field(description="1 to 2000 characters.")
    idempotency_key: str = strawberry.field(description=ONCE)

    def to_domain(self) -> holding.AddNote:
        return holding.AddNote(parse_id(self.id, "order", OrderId), self.note, self.idempotency_key)


@strawberry.input(description="What changes of an order before it is sent: all of it, or nothing.")
class OrderEditInput:
    id: strawberry.ID
    idempotency_key: str = strawberry.field(description=ONCE)
    set: list[RefundLineInput] = strawberry.field(
        default_factory=list, description="How many units of these lines are wanted; 0 removes one."
    )
    add: list[OrderAddedInput] = strawberry.field(
        default_factory=list,
        description="Offers at their present prices, under the order's own promotions, of vendors that are in it.",
    )
    reason: str | None = strawberry.field(default=None, description="At most 500 characters.")
    expected_version: int | None = strawberry.field(default=None, description="The order's, as it was read.")

    def to_domain(self) -> editing.EditOrder:
        return editing.EditOrder(
            order_id=parse_id(self.id, "order", OrderId),
            set=tuple(line.to_domain() for line in self.set),
            add=tuple(item.to_domain() for item in self.add),
            reason=self.reason,
            expected_version=self.expected_version,
            idempotency_key=self.idempotency_key,
        )


@strawberry.type(description="The order as it is then.")
class OrderPayload(Payload):
    order: Order | None = resolve(description="The order as it is then.")


@strawberry.type
class OrderOperationsMutation:
    order_cancel: OrderPayload | None = mutation(
        order_operations.cancel_order,
        input=OrderCancelInput,
        payload=OrderPayload,
        policy=[["self"], *STAFF],
        description="Cancel what was not sent: its stock, and what was taken for it, go back.",
    )
    order_edit: OrderPayload | None = mutation(
        order_operations.edit_order,
        input=OrderEditInput,
        payload=OrderPayload,
        policy=STAFF,
        tags=["admin"],
        description="Change what is bought before it is sent; the difference is due, or goes back.",
    )
    order_hold: OrderPayload | None = mutation(
        order_operations.hold_order,
        input=OrderHoldInput,
        payload=OrderPayload,
        policy=STAFF,
        tags=["admin"],
        description="Stop an order of which nothing was sent.",
    )
    order_release: OrderPayload | None = mutation(
        order_operations.release_order,
        input=OrderReleaseInput,
        payload=OrderPayload,
        policy=STAFF,
        tags=["admin"],
        description="Let an order on hold go on.",
    )
    order_note_add: OrderPayload | None = mutation(
        order_operations.add_note,
        input=OrderNoteAddInput,
        payload=OrderPayload,
        policy=STAFF,
        tags=["admin"],
        description="Write down something that only staff reads.",
    )
    payment_capture: OrderPayload | None = mutation(
        payments.capture_payment,
        input=PaymentCaptureInput,
        payload=OrderPayload,
        requires_scopes=PAYMENTS_WRITE,
        tags=["admin"],
        description="Take what a payment holds, at most what the order costs.",
    )
    payment_void: OrderPayload | None = mutation(
        payments.void_payment,
        input=PaymentVoidInput,
        payload=OrderPayload,
        requires_scopes=PAYMENTS_WRITE,
        tags=["admin"],
        description="Let go of what a payment holds.",
    )
    refund_create: OrderPayload | None = mutation(
        payments.create_refund,
        input=RefundCreateInput,
        payload=OrderPayload,
        requires_scopes=PAYMENTS_WRITE,
        tags=["admin"],
        description="Give money back, the last means of payment first.",
    )
    refund_retry: OrderPayload | None = mutation(
        payments.retry_refund,
        input=RefundRetryInput,
        payload=OrderPayload,
        requires_scopes=PAYMENTS_WRITE,
        tags=["admin"],
        description="Try again what of a refund did not go back.",
    )
