"""Payments: each order is paid once, and no hold is forgotten (rules I4, S6 and Y1)."""

from server.doctor.check import Check

AMOUNTS = Check(
    "payment-amounts",
    "A payment is authorized for all of its amount that was not let go; captures and refunds stay within (Y1).",
    """
    SELECT id FROM payment LEFT JOIN LATERAL (
        SELECT coalesce(sum(CASE o.kind WHEN 'VOID' THEN o.amount_minor ELSE o.released_minor END), 0) AS minor
        FROM payment_operation o WHERE o.payment_id = payment.id AND o.kind <> 'REFUND' AND o.state = 'SUCCEEDED'
    ) released ON true
    WHERE authorized_minor <> CASE state WHEN 'AUTHORIZED' THEN amount_minor - released.minor ELSE 0 END
       OR NOT (0 <= refunded_minor AND refunded_minor <= captured_minor AND captured_minor <= authorized_minor)
    """,
)
ORDER_PAID = Check(
    "order-paid",
    "What a confirmed order cost when it was placed was authorized, to the last unit.",
    """
    SELECT o.id FROM "order" o
    WHERE o.status IN ('CONFIRMED', 'COMPLETED') AND o.revision = 1 AND o.total_gross_minor <> (
        SELECT coalesce(sum(amount_minor), 0) FROM (
            SELECT max(p.amount_minor) AS amount_minor FROM payment p
            WHERE p.order_id = o.id AND p.currency = o.currency AND (p.state = 'AUTHORIZED' OR EXISTS (
                SELECT FROM payment_operation v WHERE v.payment_id = p.id AND v.kind = 'VOID'))
            GROUP BY p.tender_id) tendered)
    """,
)
OVERPAID = Check(
    "order-overpaid",
    "What was taken for an order, less what cancellations gave back, is no more than it costs; what failed to go back"
    " stands in its refunds.",
    """
    SELECT o.id FROM "order" o
    JOIN LATERAL (SELECT sum(captured_minor) AS minor FROM payment p WHERE p.order_id = o.id) taken ON true
    LEFT JOIN LATERAL (
        SELECT coalesce(sum(r.amount_minor), 0) AS minor FROM refund r
        WHERE r.order_id = o.id AND r.kind = 'CANCELLATION'
    ) returned ON true
    WHERE taken.minor - returned.minor > CASE WHEN o.status IN ('CANCELED', 'EXPIRED') THEN 0
                                         ELSE o.total_gross_minor - o.canceled_gross_minor END
    """,
)
OPERATIONS = Check(
    "payment-operations",
    "What was given back of a payment, or is laid hold on, is what its operations say (Y1 and Y2).",
    """
    SELECT p.id FROM payment p LEFT JOIN LATERAL (
        SELECT coalesce(sum(o.amount_minor) FILTER (WHERE o.kind = 'REFUND' AND o.state <> 'FAILED'), 0) AS refunded,
               coalesce(sum(o.amount_minor + o.released_minor)
                        FILTER (WHERE o.kind <> 'REFUND' AND o.state IN ('INTENDED', 'PENDING')), 0) AS claimed,
               coalesce(sum(o.amount_minor) FILTER (WHERE o.kind = 'CAPTURE' AND o.state = 'SUCCEEDED'), 0) AS captured
        FROM payment_operation o WHERE o.payment_id = p.id
    ) done ON true
    WHERE (p.refunded_minor, p.claimed_minor) IS DISTINCT FROM (done.refunded, done.claimed)
       OR p.captured_minor < done.captured
    """,
)
OPERATION_LEFT_OPEN = Check(
    "operation-left-open",
    "Whether a gateway took on a capture, void or refund is known within 10 minutes: a worker runs and it answers.",
    """
    SELECT id FROM payment_operation WHERE state = 'INTENDED' AND updated_at < now() - interval '10 minutes'
    """,
)
PAID_ONCE = Check(
    "payment-twice",
    "What is held and taken for a checkout is no more than its order costs; before there is one, one gateway is asked.",
    """
    SELECT p.checkout_id FROM payment p LEFT JOIN "order" o ON o.checkout_id = p.checkout_id
    WHERE p.state IN ('INTENDED', 'ACTION_REQUIRED', 'AUTHORIZED') GROUP BY p.checkout_id, o.id
    HAVING sum(CASE p.state WHEN 'AUTHORIZED' THEN p.authorized_minor ELSE p.amount_minor END) > o.total_gross_minor
        OR o.id IS NULL AND count(*) FILTER (WHERE p.gateway <> 'balance') > 1
    """,
)
PAID_FOR = Check(
    "payment-without-order",
    "What is authorized belongs to the order of its checkout.",
    """
    SELECT p.id FROM payment p LEFT JOIN "order" o ON o.id = p.order_id
    WHERE (p.state = 'AUTHORIZED' OR p.order_id IS NOT NULL) AND o.checkout_id IS DISTINCT FROM p.checkout_id
    """,
)
LEFT_OPEN = Check(
    "payment-left-open",
    "What became of a payment, or of letting it go, is known within 10 minutes: a worker runs and the gateway answers.",
    """
    SELECT id FROM payment
    WHERE state IN ('INTENDED', 'VOID_INTENDED') AND updated_at < now() - interval '10 minutes'
    """,
)
TENDER_OF_PAYMENT = Check(
    "tender-of-payment",
    "A payment was offered in its own checkout, and its tender knows that it was authorized.",
    """
    SELECT p.id FROM payment p JOIN tender t ON t.id = p.tender_id
    WHERE t.checkout_id <> p.checkout_id OR p.state = 'AUTHORIZED' AND t.state <> 'AUTHORIZED'
    """,
)

CHECKS = (
    AMOUNTS,
    ORDER_PAID,
    OVERPAID,
    OPERATIONS,
    OPERATION_LEFT_OPEN,
    PAID_ONCE,
    PAID_FOR,
    LEFT_OPEN,
    TENDER_OF_PAYMENT,
)
