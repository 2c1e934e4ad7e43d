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
    "What a confirmed order costs is authorized, to the last unit.",
    """
    SELECT o.id FROM "order" o
    WHERE o.status IN ('CONFIRMED', 'COMPLETED') AND o.total_gross_minor <> (
        SELECT coalesce(sum(p.amount_minor), 0) FROM payment p
        WHERE p.order_id = o.id AND p.state = 'AUTHORIZED' AND p.currency = o.currency)
    """,
)
PAID_ONCE = Check(
    "payment-twice",
    "A checkout has at most one payment that is under way or authorized.",
    """
    SELECT checkout_id FROM payment WHERE state IN ('INTENDED', 'ACTION_REQUIRED', 'AUTHORIZED')
    GROUP BY checkout_id HAVING count(*) > 1
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

CHECKS = (AMOUNTS, ORDER_PAID, PAID_ONCE, PAID_FOR, LEFT_OPEN, TENDER_OF_PAYMENT)
