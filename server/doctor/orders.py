"""Orders: whole, and the sums of their parts (rules M10 and V1)."""

from server.doctor.check import Check

ORDER_WITHOUT_PARTS = Check(
    "order-without-parts",
    "Every order has a part for a vendor, and lines.",
    """
    SELECT o.id FROM "order" o
    WHERE NOT EXISTS (SELECT FROM vendor_order v WHERE v.order_id = o.id)
       OR NOT EXISTS (SELECT FROM order_line l WHERE l.order_id = o.id)
    """,
)
PART_WITHOUT_LINES = Check(
    "vendor-order-without-lines",
    "Every vendor order has lines.",
    """
    SELECT v.id FROM vendor_order v WHERE NOT EXISTS (SELECT FROM order_line l WHERE l.vendor_order_id = v.id)
    """,
)
LINE_OF_ANOTHER = Check(
    "order-line-of-another",
    "An order line belongs to the order, the vendor and the currency of its vendor order.",
    """
    SELECT l.id FROM order_line l JOIN vendor_order v ON v.id = l.vendor_order_id
    WHERE (l.order_id, l.vendor_id, l.currency) IS DISTINCT FROM (v.order_id, v.vendor_id, v.currency)
    """,
)
PART_IN_ANOTHER_CURRENCY = Check(
    "vendor-order-currency",
    "A vendor order is in the currency of its order.",
    """
    SELECT v.id FROM vendor_order v JOIN "order" o ON o.id = v.order_id WHERE v.currency <> o.currency
    """,
)
ORDER_TOTALS = Check(
    "order-totals",
    "An order's total is its lines, shipping, fees and rounding, net, tax and gross (M10).",
    """
    SELECT id FROM "order"
    WHERE lines_net_minor + shipping_net_minor + fees_net_minor + rounding_minor <> total_net_minor
       OR lines_tax_minor + shipping_tax_minor + fees_tax_minor <> total_tax_minor
       OR lines_gross_minor + shipping_gross_minor + fees_gross_minor + rounding_minor <> total_gross_minor
    """,
)
ORDER_LINES_SUM = Check(
    "order-lines-sum",
    "What an order says of its lines and discounts is their sum (M10).",
    """
    SELECT o.id FROM "order" o LEFT JOIN LATERAL (
        SELECT coalesce(sum(total_net_minor), 0) AS net, coalesce(sum(total_tax_minor), 0) AS tax,
               coalesce(sum(total_gross_minor), 0) AS gross, coalesce(sum(discount_minor), 0) AS discount
        FROM order_line l WHERE l.order_id = o.id
    ) l ON true
    WHERE (l.net, l.tax, l.gross, l.discount)
       <> (o.lines_net_minor, o.lines_tax_minor, o.lines_gross_minor, o.discount_minor)
    """,
)
ORDER_TAXES_SUM = Check(
    "order-taxes-sum",
    "The taxes of an order, and of a vendor order, are the tax of its total.",
    """
    SELECT id FROM (
        SELECT id, taxes, total_tax_minor FROM "order" UNION ALL SELECT id, taxes, total_tax_minor FROM vendor_order
    ) document
    WHERE total_tax_minor <> (SELECT coalesce(sum((tax ->> 'amount')::bigint), 0) FROM jsonb_array_elements(taxes) tax)
    """,
)
PARTS_SUM = Check(
    "vendor-orders-sum",
    "The vendor orders of an order sum up to it (V1).",
    """
    SELECT o.id FROM "order" o JOIN LATERAL (
        SELECT sum(lines_net_minor) AS lines_net, sum(lines_gross_minor) AS lines_gross,
               sum(shipping_net_minor) AS shipping_net, sum(shipping_gross_minor) AS shipping_gross,
               sum(total_net_minor) AS total_net, sum(total_tax_minor) AS total_tax,
               sum(total_gross_minor) AS total_gross, sum(discount_minor) AS discount
        FROM vendor_order v WHERE v.order_id = o.id
    ) v ON true
    WHERE (v.lines_net, v.lines_gross, v.shipping_net, v.shipping_gross) IS DISTINCT FROM
          (o.lines_net_minor, o.lines_gross_minor, o.shipping_net_minor, o.shipping_gross_minor)
       OR (v.total_net, v.total_tax, v.total_gross, v.discount) IS DISTINCT FROM
          (o.total_net_minor, o.total_tax_minor, o.total_gross_minor, o.discount_minor)
    """,
)
PART_TOTALS = Check(
    "vendor-order-totals",
    "A vendor order's total is its own lines, shipping, fees and rounding (V1).",
    """
    SELECT v.id FROM vendor_order v JOIN LATERAL (
        SELECT coalesce(sum(total_net_minor), 0) AS net, coalesce(sum(total_tax_minor), 0) AS tax,
               coalesce(sum(total_gross_minor), 0) AS gross, coalesce(sum(discount_minor), 0) AS discount
        FROM order_line l WHERE l.vendor_order_id = v.id
    ) l ON true
    WHERE (l.net, l.tax, l.gross, l.discount)
       <> (v.lines_net_minor, v.lines_tax_minor, v.lines_gross_minor, v.discount_minor)
       OR v.lines_net_minor + v.shipping_net_minor + v.fees_net_minor + v.rounding_minor <> v.total_net_minor
       OR v.lines_tax_minor + v.shipping_tax_minor + v.fees_tax_minor <> v.total_tax_minor
       OR v.lines_gross_minor + v.shipping_gross_minor + v.fees_gross_minor + v.rounding_minor <> v.total_gross_minor
    """,
)

GIFT_WRAP = Check(
    "gift-wrap-fees",
    "The gift wrap of a vendor order's lines is among its fees, and what went back of it is what its refunds say.",
    """
    SELECT v.id FROM vendor_order v JOIN LATERAL (
        SELECT sum(gift_wrap_gross_minor) AS gross, sum(gift_wrap_tax_minor) AS tax,
               sum(gift_wrap_refunded_gross_minor) AS refunded
        FROM order_line l WHERE l.vendor_order_id = v.id
    ) wraps ON true
    WHERE wraps.gross > v.fees_gross_minor OR wraps.tax > v.fees_tax_minor
       OR wraps.refunded <> (
        SELECT coalesce(sum(r.gift_wrap_gross_minor), 0)
        FROM refund_line r JOIN refund ON refund.id = r.refund_id JOIN order_line l ON l.id = r.order_line_id
        WHERE l.vendor_order_id = v.id AND refund.kind = 'RETURN')
    """,
)
GIFTS = Check(
    "gifts-cost-nothing",
    "What a promotion put into a cart costs nothing, and says which one it was (P18).",
    "SELECT id FROM order_line WHERE is_gift AND (total_gross_minor <> 0 OR discounts = '[]')",
)
CANCELED_SUM = Check(
    "order-canceled-sum",
    "What was taken off an order is what was canceled of its lines, their gift wrap and deliveries, and of its fees if"
    " nothing is left;"
    " what a vendor rejects within 10 minutes: a worker runs.",
    """
    SELECT o.id FROM "order" o JOIN LATERAL (
        SELECT (SELECT coalesce(sum(canceled_gross_minor + gift_wrap_canceled_gross_minor), 0)
                FROM order_line l WHERE l.order_id = o.id)
             + (SELECT coalesce(sum(shipping_canceled_gross_minor), 0) FROM vendor_order v WHERE v.order_id = o.id)
               AS minor
    ) parts ON true
    WHERE o.canceled_gross_minor - o.canceled_rounding_minor NOT IN (parts.minor, parts.minor + o.fees_gross_minor
          - (SELECT sum(gift_wrap_gross_minor) FROM order_line l WHERE l.order_id = o.id))
      AND NOT EXISTS (SELECT FROM event e WHERE e.order_id = o.id AND e.type = 'VENDOR_ORDER_REJECTED'
                      AND e.recorded_at > now() - interval '10 minutes')
    """,
)
GIVEN_BACK = Check(
    "order-line-given-back",
    "The units of a line that were canceled and refunded come to no more than the line, and all of them to all of it"
    " (M8).",
    """
    SELECT id FROM order_line
    WHERE canceled_gross_minor + refunded_gross_minor > total_gross_minor
       OR canceled + refunded = quantity
          AND (canceled_gross_minor + refunded_gross_minor, canceled_tax_minor + refunded_tax_minor)
              <> (total_gross_minor, total_tax_minor)
       OR canceled + refunded = 0 AND canceled_gross_minor + refunded_gross_minor <> 0
    """,
)
REFUNDED_UNITS = Check(
    "refunded-units",
    "The units of a line that count as refunded are those of its refunds.",
    """
    SELECT l.id FROM order_line l LEFT JOIN LATERAL (
        SELECT coalesce(sum(r.quantity), 0) AS quantity, coalesce(sum(r.amount_gross_minor), 0) AS gross
        FROM refund_line r JOIN refund ON refund.id = r.refund_id
        WHERE r.order_line_id = l.id AND refund.kind = 'RETURN'
    ) given ON true
    WHERE (l.refunded, l.refunded_gross_minor) IS DISTINCT FROM (given.quantity, given.gross)
    """,
)

CHECKS = (
    ORDER_WITHOUT_PARTS,
    PART_WITHOUT_LINES,
    LINE_OF_ANOTHER,
    PART_IN_ANOTHER_CURRENCY,
    ORDER_TOTALS,
    ORDER_LINES_SUM,
    ORDER_TAXES_SUM,
    PARTS_SUM,
    PART_TOTALS,
    GIFT_WRAP,
    GIFTS,
    CANCELED_SUM,
    GIVEN_BACK,
    REFUNDED_UNITS,
)
