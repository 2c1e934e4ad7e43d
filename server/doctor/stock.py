"""Stock: every unit is explained, and none is held for nobody (rules S1, S4 and S8)."""

from server.doctor.check import Check

ON_HAND = Check(
    "stock-on-hand",
    "What is on hand is the sum of its movements (S8).",
    """
    SELECT offer_id || '@' || warehouse_id
    FROM (SELECT offer_id, warehouse_id, on_hand FROM stock_level WHERE on_hand <> 0) s
    FULL JOIN (SELECT offer_id, warehouse_id, sum(delta) AS moved FROM stock_movement GROUP BY 1, 2) m
        USING (offer_id, warehouse_id)
    WHERE coalesce(on_hand, 0) <> coalesce(moved, 0)
    """,
)
RESERVED = Check(
    "stock-reserved",
    "What counts as reserved is the sum of the reservations (S1).",
    """
    SELECT offer_id || '@' || warehouse_id
    FROM (SELECT offer_id, warehouse_id, reserved FROM stock_level WHERE reserved <> 0) s
    FULL JOIN (SELECT offer_id, warehouse_id, sum(quantity) AS held FROM reservation GROUP BY 1, 2) r
        USING (offer_id, warehouse_id)
    WHERE coalesce(reserved, 0) <> coalesce(held, 0)
    """,
)
ALLOCATED = Check(
    "stock-allocated",
    "What counts as allocated is what placed orders are still owed (S1).",
    """
    SELECT offer_id || '@' || warehouse_id
    FROM (SELECT offer_id, warehouse_id, allocated FROM stock_level WHERE allocated <> 0) s
    FULL JOIN (
        SELECT a.offer_id, a.warehouse_id, sum(a.quantity - a.fulfilled - a.canceled) AS owed
        FROM allocation a JOIN order_line l ON l.id = a.order_line_id JOIN "order" o ON o.id = l.order_id
        WHERE o.status NOT IN ('CANCELED', 'EXPIRED') AND a.fulfilled + a.canceled < a.quantity GROUP BY 1, 2
    ) a USING (offer_id, warehouse_id)
    WHERE coalesce(allocated, 0) <> coalesce(owed, 0)
    """,
)
CONSTRAINTS = Check(
    "constraints",
    "Every constraint of the database is enforced.",
    """
    SELECT coalesce(conrelid::regclass::text, 'type') || '@' || conname FROM pg_constraint
    WHERE connamespace = current_schema()::regnamespace AND NOT convalidated
    """,
)
HELD_FOR_NOBODY = Check(
    "reservation-of-ended-checkout",
    "Only a checkout that is open or being paid holds stock.",
    """
    SELECT DISTINCT r.checkout_id FROM reservation r JOIN checkout c ON c.id = r.checkout_id
    WHERE c.state NOT IN ('OPEN', 'COMPLETING')
    """,
)
HELD_TOO_LONG = Check(
    "reservation-expired",
    "Stock that was held is given back within 5 minutes of its expiry: a worker runs (S4).",
    """
    SELECT DISTINCT r.checkout_id FROM reservation r
    WHERE r.expires_at < now() - interval '5 minutes'
      AND NOT EXISTS (SELECT FROM payment p WHERE p.checkout_id = r.checkout_id AND p.state = 'INTENDED')
    """,
)
HELD_IN_FULL = Check(
    "reservation-in-full",
    "A checkout holds each unit of its lines until it expires.",
    """
    SELECT DISTINCT c.id FROM checkout c
    JOIN (
        SELECT checkout_id, offer_id, sum(quantity) AS quantity FROM checkout_line
        WHERE NOT coalesce((snapshot ->> 'is_download')::boolean, false) GROUP BY 1, 2) l
        ON l.checkout_id = c.id
    LEFT JOIN (
        SELECT checkout_id, offer_id, sum(quantity) AS quantity
        FROM (SELECT checkout_id, offer_id, quantity FROM reservation
              UNION ALL SELECT checkout_id, offer_id, quantity FROM supply_reservation) held GROUP BY 1, 2) r
        ON r.checkout_id = l.checkout_id AND r.offer_id = l.offer_id
    WHERE c.state IN ('OPEN', 'COMPLETING') AND c.expires_at > now() + interval '1 minute'
      AND coalesce(r.quantity, 0) <> l.quantity
    """,
)
AHEAD = Check(
    "stock-sold-ahead",
    "What counts as sold ahead of its supply is what checkouts hold and placed orders wait for (S7).",
    """
    SELECT offer_id FROM (SELECT offer_id, reserved, waiting FROM supply WHERE reserved + waiting > 0) s
    FULL JOIN (SELECT offer_id, sum(quantity) AS held FROM supply_reservation GROUP BY 1) r USING (offer_id)
    FULL JOIN (
        SELECT l.offer_id, sum(l.backordered) AS owed FROM order_line l JOIN "order" o ON o.id = l.order_id
        WHERE l.backordered > 0 AND o.status NOT IN ('CANCELED', 'EXPIRED') GROUP BY 1
    ) l USING (offer_id)
    WHERE coalesce(reserved, 0) <> coalesce(held, 0) OR coalesce(waiting, 0) <> coalesce(owed, 0)
    """,
)

CHECKS = (ON_HAND, RESERVED, ALLOCATED, AHEAD, CONSTRAINTS, HELD_FOR_NOBODY, HELD_TOO_LONG, HELD_IN_FULL)
