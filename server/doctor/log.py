"""The event log has no gaps and tells of everything; what reads it keeps up.

Of the table `log`, `events` is the log itself, `search_index_prices` follows the clock, and `promotions`, `storefront`
and `product_lists` count changes.
"""

from server.doctor.check import Check

SEQUENCES = Check(
    "event-sequence",
    "The events of each subject are counted from 1 without gaps.",
    """
    SELECT subject_id FROM event GROUP BY subject_id HAVING min(sequence) <> 1 OR max(sequence) <> count(*)
    """,
)
POSITIONS = Check(
    "event-position",
    "The positions of the log are counted from 1 without gaps.",
    """
    SELECT 'position ' || coalesce(last, 0) || ' of ' || given FROM (
        SELECT min(position) AS first, max(position) AS last, count(position) AS placed,
               coalesce((SELECT position FROM log WHERE name = 'events'), 0) AS given
        FROM event
    ) places
    WHERE placed <> given OR placed > 0 AND (first <> 1 OR last <> given)
    """,
)
UNPLACED = Check(
    "event-unplaced",
    "Every event has its position within a minute: a worker runs.",
    """
    SELECT id FROM event WHERE position IS NULL AND recorded_at < now() - interval '1 minute'
    """,
)
OUT_OF_ORDER = Check(
    "event-order",
    "The events of each subject stand in the log in the order in which they happened.",
    """
    SELECT subject_id FROM (
        SELECT subject_id, position < lag(position) OVER (PARTITION BY subject_id ORDER BY sequence) AS is_early
        FROM event WHERE position IS NOT NULL
    ) told WHERE is_early GROUP BY subject_id
    """,
)
UNTOLD = Check(
    "event-missing",
    "The log tells once of every order, vendor order and fulfillment that was made.",
    """
    SELECT made.id FROM (
        SELECT id, 'ORDER_PLACED' AS type FROM "order"
        UNION ALL SELECT id, 'VENDOR_ORDER_CREATED' FROM vendor_order
        UNION ALL SELECT id, 'FULFILLMENT_CREATED' FROM fulfillment
    ) made
    WHERE 1 <> (SELECT count(*) FROM event e WHERE e.subject_id = made.id AND e.type = made.type)
    """,
)
OF_NOTHING = Check(
    "event-of-nothing",
    "No event tells of an order or vendor order that does not exist.",
    """
    SELECT e.id FROM event e
    WHERE e.order_id IS NOT NULL AND NOT EXISTS (SELECT FROM "order" o WHERE o.id = e.order_id)
       OR e.vendor_order_id IS NOT NULL AND NOT EXISTS (SELECT FROM vendor_order v WHERE v.id = e.vendor_order_id)
    """,
)
READERS = Check(
    "log-readers",
    "No reader of the log is ahead of it, or more than 10 minutes behind.",
    """
    SELECT reader.name FROM log reader
    WHERE reader.name NOT IN ('events', 'search_index_prices', 'promotions', 'storefront', 'product_lists')
      AND NOT starts_with(reader.name, 'outside_search') AND (
        reader.position > coalesce((SELECT position FROM log WHERE name = 'events'), 0)
        OR EXISTS (SELECT FROM event e WHERE e.position = reader.position + 1
                   AND e.recorded_at < now() - interval '10 minutes'))
    """,
)
SEARCH_INDEX = Check(
    "search-index",
    "Exactly the products that are active can be found, but for those that an import is about to index.",
    """
    SELECT coalesce(p.id, s.product_id) FROM (SELECT id FROM product WHERE status = 'ACTIVE') p
    FULL JOIN search_product s ON s.product_id = p.id
    WHERE (p.id IS NULL OR s.product_id IS NULL
           OR NOT EXISTS (SELECT FROM search_document d WHERE d.product_id = p.id))
      AND NOT EXISTS (SELECT FROM search_due due WHERE due.product_id = coalesce(p.id, s.product_id))
    """,
)

CHECKS = (SEQUENCES, POSITIONS, UNPLACED, OUT_OF_ORDER, UNTOLD, OF_NOTHING, READERS, SEARCH_INDEX)
