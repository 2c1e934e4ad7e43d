"""What was sent, and sending it."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from domain.fulfillment import model, usecases
from domain.fulfillment.following.usecases import UpdateFulfillment
from domain.shared.ids import FulfillmentId, OrderLineId, VendorOrderId, WarehouseId
from resolvers import fulfillment
from resolvers.ids import parse_id
from schema.base import Node, Payload, enum, mutation, represents, resolve
from schema.pricing import Warehouse

if TYPE_CHECKING:
    from schema.orders import OrderLine

enum(model.FulfillmentState)


@strawberry.type(description="One box, and how to follow it.")
@represents(model.Parcel)
class Parcel:
    carrier: str | None = resolve(description="Who carries it.")
    tracking_number: str | None = resolve(description="The carrier's number.")
    tracking_url: str | None = resolve(description="Where to see where it is.")


@strawberry.type(description="Units of one order line that were sent together.")
@represents(model.FulfillmentLine)
class FulfillmentLine:
    line: Annotated["OrderLine", strawberry.lazy("schema.orders")] | None = resolve(
        fulfillment.line, description="What they are units of; null for those who may not read it."
    )
    quantity: int = resolve(description="How many.")


@strawberry.federation.type(keys=["id"], description="What one warehouse sent of a vendor's part of an order.")
@represents(model.Fulfillment)
class Fulfillment(Node):
    loader = "fulfillment"

    warehouse: Warehouse | None = resolve(
        fulfillment.warehouse, description="Where it was sent from; null for those who may not know."
    )
    lines: list[FulfillmentLine] = resolve(description="What is in it.")
    parcels: list[Parcel] = resolve(description="The boxes it travels in.")
    state: model.FulfillmentState = resolve(description="Where it stands.")
    carrier: str | None = resolve(description="Who carries the first parcel.")
    tracking_number: str | None = resolve(description="The number of the first parcel.")
    tracking_url: str | None = resolve(description="Where to follow the first parcel.")
    packing_slip_url: str = resolve(
        fulfillment.packing_slip_url,
        policy=[["vendor"], ["staff"]],
        tags=["vendor", "admin"],
        description="What to put into the parcel, as PDF without prices, for a day; below this server's address.",
    )
    created_at: datetime = resolve(description="When it was made.")
    shipped_at: datetime | None = resolve(description="When it left the warehouse.")
    delivered_at: datetime | None = resolve(description="When it arrived.")


@strawberry.input(description="Units of one order line to be sent.")
class FulfillmentLineInput:
    order_line_id: strawberry.ID
    quantity: int

    def to_domain(self) -> model.FulfillmentLine:
        return model.FulfillmentLine(parse_id(self.order_line_id, "order_line", OrderLineId), self.quantity)


@strawberry.input(description="One box, and how to follow it.")
class ParcelInput:
    carrier: str | None = strawberry.field(default=None, description="At most 100 characters.")
    tracking_number: str | None = strawberry.field(default=None, description="At most 100 characters.")
    tracking_url: str | None = strawberry.field(default=None, description="A web address.")

    def to_domain(self) -> model.Parcel:
        return model.Parcel(self.carrier, self.tracking_number, self.tracking_url)


@strawberry.input(description="What leaves a warehouse: some or all of what it owes of a vendor order.")
class FulfillmentCreateInput:
    vendor_order_id: strawberry.ID
    warehouse_id: strawberry.ID
    lines: list[FulfillmentLineInput] = strawberry.field(description="Each order line once; 500 at most.")
    idempotency_key: str = strawberry.field(description="The same key sends once, however often it is asked.")
    parcels: list[ParcelInput] = strawberry.field(default_factory=list, description="50 at most.")

    def to_domain(self) -> usecases.CreateFulfillment:
        return usecases.CreateFulfillment(
            vendor_order_id=parse_id(self.vendor_order_id, "vendor_order", VendorOrderId),
            warehouse_id=parse_id(self.warehouse_id, "warehouse", WarehouseId),
            lines=tuple(line.to_domain() for line in self.lines),
            parcels=tuple(parcel.to_domain() for parcel in self.parcels),
            idempotency_key=self.idempotency_key,
        )


@strawberry.type(description="What was sent.")
class FulfillmentCreatePayload(Payload):
    fulfillment: Fulfillment | None = resolve(description="What was sent.")


@strawberry.input(
    description="What became of what was sent: a new state, the parcels as they are by now, or both. "
    "From SHIPPED to DELIVERED; to FAILED, when the goods came back; to CANCELED, when they never left after all."
)
class FulfillmentUpdateInput:
    id: strawberry.ID
    idempotency_key: str = strawberry.field(description="The same key changes it once, however often it is asked.")
    state: model.FulfillmentState | None = strawberry.field(
        default=None, description="Where it stands now; null leaves it. FAILED and CANCELED units are owed again."
    )
    parcels: list[ParcelInput] | None = strawberry.field(
        default=None, description="The boxes in place of those it has, 50 at most; null leaves them."
    )
    reason: str | None = strawberry.field(default=None, description="Why, in at most 200 characters.")

    def to_domain(self) -> UpdateFulfillment:
        return UpdateFulfillment(
            fulfillment_id=parse_id(self.id, "fulfillment", FulfillmentId),
            state=self.state,
            parcels=None if self.parcels is None else tuple(parcel.to_domain() for parcel in self.parcels),
            reason=self.reason,
            idempotency_key=self.idempotency_key,
        )


@strawberry.type(description="What was sent, as it is by now.")
class FulfillmentUpdatePayload(Payload):
    fulfillment: Fulfillment | None = resolve(description="What was sent, as it is by now.")


@strawberry.type
class FulfillmentMutation:
    fulfillment_create: FulfillmentCreatePayload | None = mutation(
        fulfillment.create_fulfillment,
        input=FulfillmentCreateInput,
        payload=FulfillmentCreatePayload,
        policy=[["vendor"], ["staff", "scope:orders:write"]],
        tags=["vendor", "admin"],
        description="Send units of an accepted vendor order from a warehouse that owes them.",
    )
    fulfillment_update: FulfillmentUpdatePayload | None = mutation(
        fulfillment.update_fulfillment,
        input=FulfillmentUpdateInput,
        payload=FulfillmentUpdatePayload,
        policy=[["vendor"], ["staff", "scope:orders:write"]],
        tags=["vendor", "admin"],
        description="Say what became of what was sent: that it arrived, came back, or how to follow it.",
    )
