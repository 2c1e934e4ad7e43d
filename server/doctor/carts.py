"""Carts and checkouts: each ends in one order or none (rules I4 and O1), and what is asked once is done once."""

from server.doctor.check import Check

CART_ORDERED = Check(
    "cart-ordered",
    "A cart counts as ordered exactly when a checkout of it was completed.",
    """
    SELECT c.id FROM cart c
    WHERE (c.state = 'ORDERED') <> EXISTS (
        SELECT FROM checkout k WHERE k.cart_id = c.id AND k.state = 'COMPLETED')
    """,
)
CART_ORDERED_ONCE = Check(
    "cart-ordered-once",
    "A cart is ordered once.",
    """
    SELECT cart_id FROM checkout WHERE state = 'COMPLETED' GROUP BY cart_id HAVING count(*) > 1
    """,
)
COMPLETED_WITH_ORDER = Check(
    "checkout-order",
    "A checkout is completed exactly when it has an order, and the order is of that checkout.",
    """
    SELECT c.id FROM checkout c FULL JOIN "order" o ON o.checkout_id = c.id
    WHERE (c.state = 'COMPLETED') <> (o.id IS NOT NULL) OR c.order_id IS DISTINCT FROM o.id
    """,
)
CHECKOUT_LEFT_OPEN = Check(
    "checkout-expired",
    "A checkout is closed within 5 minutes of its expiry, unless a payment may still come of it: a worker runs.",
    """
    SELECT c.id FROM checkout c
    WHERE c.state IN ('OPEN', 'COMPLETING') AND c.expires_at < now() - interval '5 minutes'
      AND NOT EXISTS (SELECT FROM payment p WHERE p.checkout_id = c.id AND p.state = 'INTENDED')
    """,
)
COMPLETING = Check(
    "checkout-completing",
    "A checkout is being completed exactly while a payment of it is under way.",
    """
    SELECT c.id FROM checkout c WHERE c.state <> 'CLOSED' AND (c.state = 'COMPLETING') <> EXISTS (
        SELECT FROM payment p WHERE p.checkout_id = c.id AND p.state IN ('INTENDED', 'ACTION_REQUIRED'))
    """,
)
KEY_LEFT_RUNNING = Check(
    "idempotency-running",
    "What was begun under an idempotency key is done, unless it waits for a payment.",
    """
    SELECT operation || '@' || scope FROM idempotency
    WHERE state = 'RUNNING' AND NOT (operation = 'CompleteCheckout'
          AND EXISTS (SELECT FROM payment p WHERE p.checkout_id = scope))
    """,
)
KEY_KEPT_TOO_LONG = Check(
    "idempotency-kept",
    "Idempotency keys are forgotten after 3 days: a worker runs.",
    """
    SELECT operation || '@' || scope FROM idempotency WHERE created_at < now() - interval '3 days'
    """,
)

CHECKS = (
    CART_ORDERED,
    CART_ORDERED_ONCE,
    COMPLETED_WITH_ORDER,
    CHECKOUT_LEFT_OPEN,
    COMPLETING,
    KEY_LEFT_RUNNING,
    KEY_KEPT_TOO_LONG,
)
