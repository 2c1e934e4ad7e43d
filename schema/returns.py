"""Goods that go back to their vendors."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from domain.returns import model, usecases
from domain.shared.ids import OrderId, OrderLineId, ReturnId, WarehouseId
from resolvers import returns
from resolvers.ids import parse_id
from schema.base import Node, Payload, enum, mutation, represents, resolve
from schema.order_inputs import OrderAddedInput
from schema.payments import ONCE, Refund
from schema.pricing import Offer, Warehouse

if TYPE_CHECKING:
    from schema.orders import OrderLine, VendorOrder

enum(model.ReturnState)
enum(model.ReturnStatus)

DECIDERS = [["vendor"], ["staff", "scope:orders:write"]]


@strawberry.type(description="The right to withdraw from a sale, where the law gives consumers one.")
@represents(returns.Withdrawal)
class Withdrawal:
    days: int = resolve(description="How many days after the last of the goods arrived.")
    until: datetime | None = resolve(description="When it is over; null while something is to arrive.")
    text: str | None = resolve(description="What the market says of it, in the order's language.")


@strawberry.type(description="Units that came back together.")
@represents(model.Receipt)
class ReturnReceipt:
    quantity: int = resolve(description="How many.")
    condition: str = resolve(description="In what condition.")
    restocked_to: Warehouse | None = resolve(
        returns.restocked_to, description="The warehouse that has them again; null for those who may not know."
    )
    received_at: datetime = resolve(description="When they came.")


@strawberry.type(description="Units of one order line that go back.")
@represents(model.ReturnLine)
class ReturnLine:
    line: Annotated["OrderLine", strawberry.lazy("schema.orders")] | None = resolve(
        returns.line, description="What they are units of; null for those who may not read it."
    )
    quantity: int = resolve(description="How many were asked for.")
    received: int = resolve(description="How many of them came.")
    reason: str = resolve(description="Why they go back.")
    comment: str | None = resolve(description="What the buyer wrote of it.")
    image_urls: list[str] = resolve(description="Pictures of it.")
    condition: str | None = resolve(description="In what condition the last of them came.")
    restock: bool | None = resolve(description="Whether any of them was put into stock again; null until one came.")
    receipts: list[ReturnReceipt] = resolve(description="What came, the first first.")


@strawberry.type(description="Units that the buyer wants in exchange for what goes back.")
@represents(model.Replacement)
class ReturnReplacement:
    offer: Offer | None = resolve(
        returns.offer_of_replacement, description="What is wanted; null if it is not sold any more."
    )
    quantity: int = resolve(description="How many units.")
    line: Annotated["OrderLine", strawberry.lazy("schema.orders")] | None = resolve(
        returns.line_of_replacement, description="The line of the order that was given for it; null until it was."
    )


@strawberry.type(description="What the goods are sent back with.")
@represents(model.ReturnLabel)
class ReturnLabel:
    url: str | None = resolve(description="Where to print it from.")
    carrier: str | None = resolve(description="Who takes it.")
    tracking_number: str | None = resolve(description="What the carrier calls it.")


@strawberry.federation.type(keys=["id"], description="Goods of one vendor's part of an order that go back to it.")
@represents(model.Return)
class Return(Node):
    loader = "order_return"

    state: model.ReturnState = resolve(description="Where it stands.")
    vendor_order: Annotated["VendorOrder", strawberry.lazy("schema.orders")] | None = resolve(
        returns.vendor_order, description="The part of the order that it is of."
    )
    lines: list[ReturnLine] = resolve(description="What goes back.")
    is_withdrawal: bool = resolve(description="Whether the buyer withdrew within the term of the law.")
    to_store_credit: bool = resolve(description="Whether its money becomes credit with the shop, as the buyer wished.")
    exchange: list[ReturnReplacement] = resolve(description="What the buyer wants for it; empty to have money back.")
    label: ReturnLabel | None = resolve(description="What to send it back with; null until the vendor gives one.")
    decision: str | None = resolve(description="What the vendor said of it.")
    refund: Refund | None = resolve(
        returns.refund, description="What was given back for it last; null for those who may not read the order."
    )
    refunds: list[Refund] = resolve(returns.refunds, description="All that was given back for it, as its goods came.")
    refund_due_at: datetime | None = resolve(description="By when the law wants a withdrawal refunded.")
    requested_at: datetime = resolve(description="When it was asked for.")
    decided_at: datetime | None = resolve(description="When it was approved or rejected.")
    received_at: datetime | None = resolve(description="When the last of it came.")
    closed_at: datetime | None = resolve(description="When it ended.")
    version: int = resolve(description="Grows with each change.")


@strawberry.input(description="Units of one order line that are to go back.")
class ReturnLineInput:
    order_line_id: strawberry.ID
    quantity: int
    reason: str = strawberry.field(description="1 to 200 characters.")
    comment: str | None = strawberry.field(default=None, description="At most 2000 characters.")
    image_urls: list[str] = strawberry.field(default_factory=list, description="At most 10, https.")

    def to_domain(self) -> model.RequestedUnits:
        return model.RequestedUnits(
            parse_id(self.order_line_id, "order_line", OrderLineId),
            self.quantity,
            self.reason,
            self.comment,
            tuple(self.image_urls),
        )


@strawberry.input(description="What of one vendor's part of an order is to go back.")
class ReturnRequestInput:
    order_id: strawberry.ID
    lines: list[ReturnLineInput] = strawberry.field(description="Each line once, all of one vendor order.")
    idempotency_key: str = strawberry.field(description=ONCE)
    to_store_credit: bool = strawberry.field(
        default=False, description="As credit with the shop, for customers who want that."
    )
    exchange_for: list[OrderAddedInput] = strawberry.field(
        default_factory=list,
        description="Offers of the same vendor that are wanted instead: they join the order once all of the goods came,"
        " and the difference is due or goes back.",
    )

    def to_domain(self) -> usecases.RequestReturn:
        return usecases.RequestReturn(
            order_id=parse_id(self.order_id, "order", OrderId),
            lines=tuple(line.to_domain() for line in self.lines),
            to_store_credit=self.to_store_credit,
            idempotency_key=self.idempotency_key,
            exchange_for=tuple(item.to_domain() for item in self.exchange_for),
        )


@strawberry.input(description="A label for a return that was approved: an address, a tracking number, or both.")
class ReturnLabelSetInput:
    return_id: strawberry.ID
    idempotency_key: str = strawberry.field(description=ONCE)
    url: str | None = strawberry.field(default=None, description="Where the buyer prints it from, https.")
    carrier: str | None = strawberry.field(default=None, description="At most 200 characters.")
    tracking_number: str | None = strawberry.field(default=None, description="At most 200 characters.")

    def to_domain(self) -> usecases.LabelReturn:
        return usecases.LabelReturn(
            parse_id(self.return_id, "return", ReturnId),
            model.ReturnLabel(self.url, self.carrier, self.tracking_number),
            self.idempotency_key,
        )


@strawberry.input(description="A return that the buyer does not send after all.")
class ReturnCancelInput:
    return_id: strawberry.ID
    idempotency_key: str = strawberry.field(description=ONCE)

    def to_domain(self) -> usecases.CancelReturn:
        return usecases.CancelReturn(parse_id(self.return_id, "return", ReturnId), self.idempotency_key)


@strawberry.input(description="Units that came back in one condition.")
class ReturnReceiptInput:
    order_line_id: strawberry.ID
    quantity: int
    condition: str = strawberry.field(description="1 to 200 characters.")
    restock_to: strawberry.ID | None = strawberry.field(
        default=None, description="The vendor's warehouse that has them for sale again; null if they are not."
    )

    def to_domain(self) -> model.ReceivedUnits:
        to = self.restock_to
        return model.ReceivedUnits(
            parse_id(self.order_line_id, "order_line", OrderLineId),
            self.quantity,
            self.condition,
            None if to is None else parse_id(to, "warehouse", WarehouseId),
        )


@strawberry.input(
    description="What becomes of a return: APPROVED, REJECTED with a reason, IN_TRANSIT, RECEIVED with the lines that "
    "came, or CLOSED when no more of it will come."
)
class ReturnDecideInput:
    return_id: strawberry.ID
    state: model.ReturnState
    idempotency_key: str = strawberry.field(description=ONCE)
    lines: list[ReturnReceiptInput] = strawberry.field(
        default_factory=list, description="With RECEIVED: what came, all of it or a part. It is refunded at once."
    )
    reason: str | None = strawberry.field(default=None, description="At most 500 characters; the buyer can read it.")

    def to_domain(self) -> usecases.DecideReturn:
        return usecases.DecideReturn(
            return_id=parse_id(self.return_id, "return", ReturnId),
            state=self.state,
            lines=tuple(line.to_domain() for line in self.lines),
            reason=self.reason,
            idempotency_key=self.idempotency_key,
        )


@strawberry.type(description="The return as it is then.")
class ReturnPayload(Payload):
    return_: Return | None = resolve(name="return", description="The return as it is then.")


@strawberry.type
class ReturnsMutation:
    return_request: ReturnPayload | None = mutation(
        returns.request_return,
        input=ReturnRequestInput,
        payload=ReturnPayload,
        description="Ask to send units back that arrived: a customer's own, a guest's by the id of the order.",
    )
    return_cancel: ReturnPayload | None = mutation(
        returns.cancel_return,
        input=ReturnCancelInput,
        payload=ReturnPayload,
        description="Keep the goods after all, as long as they are not on their way.",
    )
    return_label_set: ReturnPayload | None = mutation(
        returns.label_return,
        input=ReturnLabelSetInput,
        payload=ReturnPayload,
        policy=DECIDERS,
        tags=["vendor", "admin"],
        description="Give the buyer of an approved return what to send it with, in the place of what was given before.",
    )
    return_decide: ReturnPayload | None = mutation(
        returns.decide_return,
        input=ReturnDecideInput,
        payload=ReturnPayload,
        policy=DECIDERS,
        tags=["vendor", "admin"],
        description="Approve or reject a return, and take what came of it.",
    )
