"""What is owed and what was sent."""

from server.doctor.check import Check

ALLOCATIONS_COVER = Check(
    "allocations-cover-lines",
    "Some warehouse owes each unit of an order line, as far as it is not canceled and does not wait for stock.",
    """
    SELECT l.id FROM order_line l JOIN "order" o ON o.id = l.order_id
    LEFT JOIN LATERAL (
        SELECT coalesce(sum(quantity - canceled), 0) AS quantity FROM allocation a WHERE a.order_line_id = l.id
    ) a ON true
    WHERE o.status IN ('CONFIRMED', 'COMPLETED') AND NOT l.is_download
      AND a.quantity <> l.quantity - l.canceled - l.backordered
    """,
)
ALLOCATED_OFFER = Check(
    "allocation-of-another-offer",
    "What a warehouse owes of an order line is of the line's offer.",
    """
    SELECT a.order_line_id FROM allocation a JOIN order_line l ON l.id = a.order_line_id WHERE a.offer_id <> l.offer_id
    """,
)
FULFILLED_COUNTS = Check(
    "fulfilled-counts",
    "The units of an order line that count as sent are those of its fulfillments, and of what its warehouses owed.",
    """
    SELECT l.id FROM order_line l
    LEFT JOIN LATERAL (
        SELECT coalesce(sum(f.quantity), 0) AS quantity
        FROM fulfillment_line f JOIN fulfillment ON fulfillment.id = f.fulfillment_id
        WHERE f.order_line_id = l.id AND fulfillment.state NOT IN ('FAILED', 'CANCELED')
    ) sent ON true
    LEFT JOIN LATERAL (
        SELECT coalesce(sum(a.fulfilled), 0) AS quantity FROM allocation a WHERE a.order_line_id = l.id
    ) owed ON true
    WHERE NOT l.is_download AND (l.fulfilled <> sent.quantity OR l.fulfilled <> owed.quantity)
    """,
)
DELIVERED_COUNTS = Check(
    "delivered-counts",
    "The units of an order line that count as delivered are those of its fulfillments that arrived.",
    """
    SELECT l.id FROM order_line l
    LEFT JOIN LATERAL (
        SELECT coalesce(sum(f.quantity), 0) AS quantity
        FROM fulfillment_line f JOIN fulfillment ON fulfillment.id = f.fulfillment_id
        WHERE f.order_line_id = l.id AND fulfillment.state = 'DELIVERED'
    ) arrived ON true
    WHERE NOT l.is_download AND l.delivered <> arrived.quantity
    """,
)
FULFILLMENT_BELONGS = Check(
    "fulfillment-of-another",
    "A fulfillment is of one vendor order, and so are its lines and its warehouse.",
    """
    SELECT f.id FROM fulfillment f
    JOIN vendor_order v ON v.id = f.vendor_order_id
    JOIN warehouse w ON w.id = f.warehouse_id
    WHERE (f.order_id, f.vendor_id) IS DISTINCT FROM (v.order_id, v.vendor_id)
       OR w.vendor_id <> f.vendor_id
       OR EXISTS (SELECT FROM fulfillment_line s JOIN order_line l ON l.id = s.order_line_id
                  WHERE s.fulfillment_id = f.id AND l.vendor_order_id <> f.vendor_order_id)
    """,
)
EMPTY_FULFILLMENT = Check(
    "fulfillment-without-lines",
    "There is something in every fulfillment.",
    """
    SELECT f.id FROM fulfillment f WHERE NOT EXISTS (SELECT FROM fulfillment_line l WHERE l.fulfillment_id = f.id)
    """,
)
PART_STATUS = Check(
    "vendor-order-status",
    "A vendor order counts as sent, in part or as a whole, exactly when its lines do.",
    """
    SELECT v.id FROM vendor_order v JOIN LATERAL (
        SELECT coalesce(sum(fulfilled), 0) AS fulfilled, coalesce(sum(quantity - canceled), 0) AS quantity
        FROM order_line l WHERE l.vendor_order_id = v.id
    ) l ON true
    WHERE CASE v.status
        WHEN 'SHIPPED' THEN l.fulfilled <> l.quantity
        WHEN 'DELIVERED' THEN l.fulfilled <> l.quantity
        WHEN 'PARTIALLY_SHIPPED' THEN l.fulfilled = 0 OR l.fulfilled = l.quantity
        WHEN 'REJECTED' THEN l.fulfilled <> 0 OR l.quantity <> 0
        WHEN 'CANCELED' THEN false
        ELSE l.fulfilled <> 0 END
    """,
)

CHECKS = (
    ALLOCATIONS_COVER,
    ALLOCATED_OFFER,
    FULFILLED_COUNTS,
    DELIVERED_COUNTS,
    FULFILLMENT_BELONGS,
    EMPTY_FULFILLMENT,
    PART_STATUS,
)
