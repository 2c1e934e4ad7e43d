"""Reads of what was sent."""

from collections.abc import Sequence

from domain.fulfillment.model import Fulfillment, FulfillmentLine, FulfillmentState, Parcel
from domain.shared.ids import FulfillmentId, OrderId, VendorOrderId
from persistence.statement import Database, Record

_SELECT = """
SELECT f.id, f.order_id, f.vendor_order_id, f.vendor_id, f.warehouse_id, f.state,
    (SELECT jsonb_agg(jsonb_build_array(l.order_line_id, l.quantity) ORDER BY l.order_line_id)
     FROM fulfillment_line l WHERE l.fulfillment_id = f.id) AS lines,
    (SELECT jsonb_agg(jsonb_build_array(p.carrier, p.tracking_number, p.tracking_url) ORDER BY p.position)
     FROM parcel p WHERE p.fulfillment_id = f.id) AS parcels,
    f.created_at, f.shipped_at, f.delivered_at
FROM fulfillment f
"""
_BY_ID = f"{_SELECT} WHERE f.id = ANY($1::text[])"
_OF_ORDERS = f"{_SELECT} WHERE f.order_id = ANY($1::text[]) ORDER BY f.id"
_OF_VENDOR_ORDERS = f"{_SELECT} WHERE f.vendor_order_id = ANY($1::text[]) ORDER BY f.id"


async def fulfillments_by_id(database: Database, ids: Sequence[FulfillmentId]) -> list[Fulfillment]:
    """Those that exist, in no order."""
    return [_fulfillment_of(row) for row in await database.fetch(_BY_ID, ids)]


async def fulfillments_of_orders(database: Database, order_ids: Sequence[OrderId]) -> list[Fulfillment]:
    """What was sent of the orders, each order's in the order it was sent."""
    return [_fulfillment_of(row) for row in await database.fetch(_OF_ORDERS, order_ids)]


async def fulfillments_of_vendor_orders(database: Database, ids: Sequence[VendorOrderId]) -> list[Fulfillment]:
    """What was sent of the vendors' parts, each part's in the order it was sent."""
    return [_fulfillment_of(row) for row in await database.fetch(_OF_VENDOR_ORDERS, ids)]


def _fulfillment_of(row: "Record") -> Fulfillment:
    return Fulfillment(
        id=row["id"],
        order_id=row["order_id"],
        vendor_order_id=row["vendor_order_id"],
        vendor_id=row["vendor_id"],
        warehouse_id=row["warehouse_id"],
        state=FulfillmentState(row["state"]),
        lines=tuple(FulfillmentLine(line_id, quantity) for line_id, quantity in row["lines"] or ()),
        parcels=tuple(Parcel(*parcel) for parcel in row["parcels"] or ()),
        created_at=row["created_at"],
        shipped_at=row["shipped_at"],
        delivered_at=row["delivered_at"],
    )
