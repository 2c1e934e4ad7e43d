"""Returns: what of an order is to come back, came back, and was given back for it (rule O8)."""

from server.doctor.check import Check

REQUESTED = Check(
    "units-requested-back",
    "The units of an order line that are to come back are those outstanding of its open returns.",
    """
    SELECT l.id FROM order_line l LEFT JOIN LATERAL (
        SELECT coalesce(sum(r.quantity - r.received), 0) AS quantity
        FROM order_return_line r JOIN order_return o ON o.id = r.order_return_id
        WHERE r.order_line_id = l.id AND o.state IN ('REQUESTED', 'APPROVED', 'IN_TRANSIT')
    ) asked ON true
    WHERE l.return_requested <> asked.quantity
    """,
)
RETURNED = Check(
    "units-returned",
    "The units of an order line that came back are those of its returns and of their receipts.",
    """
    SELECT l.id FROM order_line l
    LEFT JOIN LATERAL (
        SELECT coalesce(sum(r.received), 0) AS quantity FROM order_return_line r WHERE r.order_line_id = l.id
    ) came ON true
    LEFT JOIN LATERAL (
        SELECT coalesce(sum(r.quantity), 0) AS quantity FROM return_receipt r WHERE r.order_line_id = l.id
    ) received ON true
    WHERE (l.returned, l.returned) IS DISTINCT FROM (came.quantity, received.quantity)
    """,
)
OF_ANOTHER = Check(
    "return-of-another",
    "A return is of one vendor order, and so are its lines.",
    """
    SELECT r.id FROM order_return r JOIN vendor_order v ON v.id = r.vendor_order_id
    WHERE (r.order_id, r.vendor_id) IS DISTINCT FROM (v.order_id, v.vendor_id)
       OR EXISTS (SELECT FROM order_return_line s JOIN order_line l ON l.id = s.order_line_id
                  WHERE s.order_return_id = r.id AND l.vendor_order_id <> r.vendor_order_id)
       OR NOT EXISTS (SELECT FROM order_return_line s WHERE s.order_return_id = r.id)
    """,
)
UNSETTLED = Check(
    "return-not-refunded",
    "What came back is refunded within 10 minutes: a worker runs, and what was paid for it was taken.",
    """
    SELECT DISTINCT order_return_id FROM return_receipt
    WHERE NOT is_settled AND received_at < now() - interval '10 minutes'
    """,
)
REFUND_OF_ANOTHER = Check(
    "return-refund-of-another",
    "What was refunded for a return is of its order.",
    """
    SELECT r.order_return_id FROM return_receipt r
    JOIN order_return o ON o.id = r.order_return_id JOIN refund f ON f.id = r.refund_id
    WHERE f.order_id <> o.order_id
    """,
)
OPEN_OF_COMPLETED = Check(
    "return-of-completed-order",
    "An order is not completed while something of it is to come back (O1).",
    """
    SELECT r.id FROM order_return r JOIN "order" o ON o.id = r.order_id
    WHERE r.closed_at IS NULL AND o.status NOT IN ('CONFIRMED', 'ON_HOLD')
    """,
)

CHECKS = (REQUESTED, RETURNED, OF_ANOTHER, UNSETTLED, REFUND_OF_ANOTHER, OPEN_OF_COMPLETED)
