"""A vendor's own business: its orders, offers and stock."""

from datetime import datetime

import strawberry

from domain.inventory import usecases as inventory
from domain.inventory.adjustment import Change
from domain.orders.rejecting.usecases import RejectVendorOrder
from domain.pricing import usecases as pricing
from domain.pricing.offer import OfferCondition, StockPolicy
from domain.pricing.ports import SupplyTerms
from domain.shared.ids import OfferId, VariantId, VendorId, VendorOrderId, WarehouseId
from resolvers import events, vendor_portal, vendors, webhooks
from resolvers.ids import parse_id
from schema.base import Connection, Payload, mutation, represents, resolve
from schema.money import MoneyInput
from schema.orders import VendorOrder
from schema.pricing import Offer, Warehouse
from schema.returns import Return
from schema.vendors import Vendor
from schema.webhooks import Webhook


@strawberry.federation.type(
    tags=["vendor"], description="What a vendor sees of its own business, and of nobody else's."
)
@represents(vendor_portal.VendorPortal)
class VendorPortal:
    vendor: Vendor = resolve(vendors.vendor_of, description="The vendor.")
    orders: Connection[VendorOrder] = resolve(
        vendor_portal.orders, description="Its parts of orders, the newest first, in any of the statuses."
    )
    returns: Connection[Return] = resolve(
        vendor_portal.returns, description="What comes back to it, the newest first, in any of the states."
    )
    offers: Connection[Offer] = resolve(
        vendor_portal.offers, description="Its offers, the newest first; `query` is part of a title, or a SKU."
    )
    warehouses: Connection[Warehouse] = resolve(
        vendor_portal.warehouses, description="Its warehouses, the newest first."
    )
    webhooks: Connection[Webhook] = resolve(
        webhooks.webhooks_of_vendor, description="Where it has its events posted to, the newest first."
    )
    live_cursor: str = resolve(
        events.live_cursor,
        description="Where the event log ends now: as `after` of `vendorOrderEvents` it misses nothing from now on.",
    )


@strawberry.input(description="How an offer is sold beyond its stock.")
class StockPolicyInput:
    policy: StockPolicy
    limit: int = strawberry.field(default=0, description="How many units at a time, 1 or more unless it is DENY.")
    available_from: datetime | None = strawberry.field(
        default=None, description="When it is released, which a PREORDER needs, or is expected."
    )

    def to_domain(self) -> SupplyTerms:
        return SupplyTerms(self.policy, self.limit, self.available_from)


@strawberry.input(description="On what terms a vendor sells a variant.")
class OfferUpsertInput:
    vendor_id: strawberry.ID
    variant_id: strawberry.ID
    price: MoneyInput = strawberry.field(
        description="Of one unit, as the market shows prices. It goes to the market of this currency: "
        "the context's if it sells in it, else the first that does."
    )
    condition: OfferCondition = strawberry.field(
        default=OfferCondition.NEW, description="A vendor has one offer per variant and condition."
    )
    min: int | None = strawberry.field(default=None, description="The least at once; null leaves it as it is.")
    max: int | None = strawberry.field(default=None, description="The most at once; null leaves it as it is.")
    step: int | None = strawberry.field(default=None, description="What quantities differ by; null leaves it as it is.")
    expected_version: int | None = strawberry.field(
        default=None, description="Of the offer as it was seen; another one is refused with VERSION_CONFLICT."
    )

    stock_policy: StockPolicyInput | None = strawberry.field(
        default=None, description="What happens when stock is used up; null leaves it as it is, which is DENY at first."
    )

    def to_domain(self) -> pricing.UpsertOffer:
        return pricing.UpsertOffer(
            vendor_id=parse_id(self.vendor_id, "vendor", VendorId),
            variant_id=parse_id(self.variant_id, "variant", VariantId),
            condition=self.condition,
            price=self.price.to_domain(),
            min_quantity=self.min,
            max_quantity=self.max,
            step=self.step,
            expected_version=self.expected_version,
            supply=self.stock_policy.to_domain() if self.stock_policy else None,
        )


@strawberry.type(description="The offer on its new terms.")
class OfferUpsertPayload(Payload):
    offer: Offer | None = resolve(description="The offer on its new terms.")


@strawberry.input(
    description="A correction of what a warehouse has: `delta`, or `set` with the `expected` count it replaces."
)
class StockAdjustInput:
    offer_id: strawberry.ID
    warehouse_id: strawberry.ID
    reason: str = strawberry.field(description="Why, in 1 to 200 characters.")
    idempotency_key: str = strawberry.field(description="The same key adjusts once, however often it is asked.")
    delta: int | None = strawberry.field(default=None, description="Units more, or fewer if negative.")
    set: int | None = strawberry.field(default=None, description="The new count, if `expected` is the present one.")
    expected: int | None = strawberry.field(default=None, description="The count that `set` replaces.")

    def to_domain(self) -> inventory.AdjustStock:
        return inventory.AdjustStock(
            offer_id=parse_id(self.offer_id, "offer", OfferId),
            warehouse_id=parse_id(self.warehouse_id, "warehouse", WarehouseId),
            change=Change(self.delta, self.set, self.expected),
            reason=self.reason,
            idempotency_key=self.idempotency_key,
        )


@strawberry.type(description="The offer with its new stock.")
class StockAdjustPayload(Payload):
    offer: Offer | None = resolve(description="The offer with its new stock.")


@strawberry.input(description="A vendor's part of an order that it will not send.")
class VendorOrderRejectInput:
    id: strawberry.ID
    reason: str = strawberry.field(description="Why, in 1 to 200 characters; the buyer can read it.")
    idempotency_key: str = strawberry.field(description="The same key rejects once, however often it is asked.")

    def to_domain(self) -> RejectVendorOrder:
        return RejectVendorOrder(parse_id(self.id, "vendor_order", VendorOrderId), self.reason, self.idempotency_key)


@strawberry.type(description="The part as rejected.")
class VendorOrderRejectPayload(Payload):
    vendor_order: VendorOrder | None = resolve(description="The part as rejected.")


@strawberry.type
class VendorPortalQuery:
    vendor_portal: VendorPortal | None = resolve(
        vendor_portal.vendor_portal,
        policy=[["vendor"]],
        tags=["vendor"],
        description="The vendor that the caller acts for; everything under it is that vendor's.",
    )


@strawberry.type
class VendorPortalMutation:
    offer_upsert: OfferUpsertPayload | None = mutation(
        vendor_portal.upsert_offer,
        input=OfferUpsertInput,
        payload=OfferUpsertPayload,
        policy=[["vendor"], ["staff", "scope:pricing:write"]],
        tags=["vendor", "admin"],
        description="Sell a variant, or change the terms of an offer.",
    )
    stock_adjust: StockAdjustPayload | None = mutation(
        vendor_portal.adjust_stock,
        input=StockAdjustInput,
        payload=StockAdjustPayload,
        policy=[["vendor"], ["staff", "scope:inventory:write"]],
        tags=["vendor", "admin"],
        description="Correct what a warehouse has of an offer.",
    )
    vendor_order_reject: VendorOrderRejectPayload | None = mutation(
        vendor_portal.reject_vendor_order,
        input=VendorOrderRejectInput,
        payload=VendorOrderRejectPayload,
        policy=[["vendor"]],
        tags=["vendor"],
        description="Turn down a new part of an order: the buyer gets its money back, and the rest goes on.",
    )
