"""Counting the uses of promotions and codes, and the units of capped sales.

Each act first locks the rows that it counts by, in the order of their ids and after any stock rows; a second statement,
which sees what earlier holders of the locks have written, changes them under conditions that say the limit once more.
What has no limit is neither locked nor counted in its row: orders under a sale for all do not wait for one another.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from domain.pricing.coupons.model import Coupon
from domain.pricing.coupons.usage import NOTHING_COUNTED, Counts, PromotionCounts, PromotionUse, UnitsWanted
from domain.shared.ids import CheckoutId, OrderId
from persistence.statement import Connection, Database

_IS_LIMITED = "(p.usage_limit IS NOT NULL OR p.per_customer_limit IS NOT NULL OR p.budget_minor IS NOT NULL)"
_IS_EXHAUSTED = "(coalesce(p.used >= p.usage_limit, false) OR coalesce(p.spent_minor >= p.budget_minor, false))"
_USES_OF_CUSTOMER = """
    (SELECT count(*) FROM promotion_use u
     WHERE u.promotion_id = p.id AND u.customer_key = $3 AND u.released_at IS NULL)
"""

_COUNTS = f"""
WITH opened AS (
    SELECT c.code, c.promotion_id, c.usage_limit, c.used FROM coupon_code c WHERE c.code = ANY($1::text[])
)
SELECT o.code, o.promotion_id, o.usage_limit, o.used, NULL::boolean, NULL::bigint, NULL::bigint FROM opened o
UNION ALL
SELECT NULL, p.id, NULL, NULL,
       {_IS_EXHAUSTED} OR CASE WHEN p.per_customer_limit IS NULL THEN false
                               ELSE {_USES_OF_CUSTOMER} >= p.per_customer_limit END,
       CASE WHEN p.unit_cap IS NOT NULL OR p.unit_cap_per_customer IS NOT NULL THEN greatest(0, least(
           CASE WHEN p.unit_cap IS NOT NULL THEN p.unit_cap - p.units_taken + (
               SELECT coalesce(sum(h.quantity), 0) FROM promotion_hold h
               WHERE h.promotion_id = p.id AND h.order_id IS NULL AND h.expires_at <= $4) END,
           CASE WHEN p.unit_cap_per_customer IS NOT NULL THEN p.unit_cap_per_customer - (
               SELECT coalesce(sum(h.quantity), 0) FROM promotion_hold h
               WHERE h.promotion_id = p.id AND h.customer_key = $3
                 AND (h.order_id IS NOT NULL OR h.expires_at > $4)) END)) END,
       CASE WHEN p.budget_minor IS NOT NULL THEN greatest(0, p.budget_minor - p.spent_minor) END
FROM promotion p
WHERE p.id = ANY($2::text[]) OR p.id IN (SELECT promotion_id FROM opened)
"""  # noqa: S608 - made of constants

_LOCK_COUNTERS = f"""
WITH codes AS (
    SELECT code FROM coupon_code WHERE code = ANY($1::text[]) AND usage_limit IS NOT NULL
    ORDER BY code FOR NO KEY UPDATE
), promotions AS (
    SELECT p.id FROM promotion p WHERE p.id = ANY($2::text[]) AND {_IS_LIMITED}
    ORDER BY p.id FOR NO KEY UPDATE
)
SELECT (SELECT count(*) FROM codes), (SELECT count(*) FROM promotions)
"""  # noqa: S608 - made of constants

_JUDGED = f"""
WITH wanted AS (
    SELECT * FROM unnest($1::text[], $2::text[], $4::bigint[]) AS w (promotion_id, code, amount_minor)
), judged AS (
    SELECT w.promotion_id, c.code, w.code AS asked, w.amount_minor, p.per_customer_limit,
           {_IS_EXHAUSTED}
           OR coalesce(p.currency = $5 AND p.spent_minor + w.amount_minor > p.budget_minor, false)
           OR coalesce(c.used >= c.usage_limit, false) OR (w.code IS NOT NULL AND c.code IS NULL)
           OR coalesce({_USES_OF_CUSTOMER} >= p.per_customer_limit, false) AS is_exhausted
    FROM wanted w JOIN promotion p ON p.id = w.promotion_id LEFT JOIN coupon_code c ON c.code = w.code
)
"""  # noqa: S608 - made of constants
_EXHAUSTED = "SELECT promotion_id, asked, amount_minor FROM judged WHERE is_exhausted"
_CHECK = _JUDGED + _EXHAUSTED
_USE = f"""
{_JUDGED}, fitting AS (
    SELECT * FROM judged WHERE NOT EXISTS (SELECT FROM judged j WHERE j.is_exhausted)
), counted AS (
    UPDATE promotion p SET used = p.used + 1,
           spent_minor = p.spent_minor + CASE WHEN p.currency = $5 THEN f.amount_minor ELSE 0 END
    FROM fitting f WHERE p.id = f.promotion_id AND {_IS_LIMITED} AND (p.usage_limit IS NULL OR p.used < p.usage_limit)
), unlocked AS (
    UPDATE coupon_code c SET used = c.used + 1
    FROM fitting f WHERE c.code = f.code AND c.used < c.usage_limit
), written AS (
    INSERT INTO promotion_use (order_id, promotion_id, code, customer_key, n, amount_minor, currency)
    SELECT $6, f.promotion_id, f.code, $3,
           (SELECT min(free.n) FROM generate_series(1, f.per_customer_limit) AS free (n)
            WHERE NOT EXISTS (SELECT FROM promotion_use u WHERE u.promotion_id = f.promotion_id
                              AND u.customer_key = $3 AND u.n = free.n AND u.released_at IS NULL)),
           f.amount_minor, $5
    FROM fitting f
)
{_EXHAUSTED}
"""  # noqa: S608 - made of constants

_RELEASE_USES = f"""
WITH codes AS (
    SELECT c.code FROM coupon_code c
    WHERE c.code IN (SELECT code FROM promotion_use WHERE order_id = $1 AND released_at IS NULL)
    ORDER BY c.code FOR NO KEY UPDATE
), promotions AS (
    SELECT p.id FROM promotion p
    WHERE p.id IN (SELECT promotion_id FROM promotion_use WHERE order_id = $1 AND released_at IS NULL)
    ORDER BY p.id FOR NO KEY UPDATE
), locked AS (
    SELECT (SELECT count(*) FROM codes), (SELECT count(*) FROM promotions)
), released AS (
    UPDATE promotion_use u SET released_at = now() FROM locked
    WHERE u.order_id = $1 AND u.released_at IS NULL
    RETURNING u.promotion_id, u.code, u.amount_minor, u.currency
), given_back AS (
    UPDATE coupon_code c SET used = c.used - 1
    FROM released r WHERE c.code = r.code AND c.usage_limit IS NOT NULL AND c.used > 0
)
UPDATE promotion p SET used = p.used - 1,
       spent_minor = greatest(0, p.spent_minor - CASE WHEN p.currency = r.currency THEN r.amount_minor ELSE 0 END)
FROM released r WHERE p.id = r.promotion_id AND {_IS_LIMITED} AND p.used > 0
"""  # noqa: S608 - made of constants

_RETURN_UNITS = """
WITH running AS (
    SELECT p.id FROM promotion p
    WHERE p.id IN (SELECT promotion_id FROM promotion_hold WHERE order_id = $1) AND EXISTS (
        SELECT FROM promotion_version v
        WHERE v.promotion_id = p.id AND v.until_revision IS NULL AND (v.ends_at IS NULL OR v.ends_at > now()))
    ORDER BY p.id FOR NO KEY UPDATE
), gone AS (
    DELETE FROM promotion_hold h USING running WHERE h.order_id = $1 AND h.promotion_id = running.id
    RETURNING h.promotion_id, h.quantity
)
UPDATE promotion p SET units_taken = greatest(0, p.units_taken - gone.quantity) FROM gone WHERE p.id = gone.promotion_id
"""

_FREE_UNITS = """
WITH locked AS (
    SELECT p.id FROM promotion p
    WHERE p.id = ANY($1::text[]) OR p.id IN (SELECT promotion_id FROM promotion_hold WHERE checkout_id = $3)
    ORDER BY p.id FOR NO KEY UPDATE
), gone AS (
    DELETE FROM promotion_hold h USING locked
    WHERE h.promotion_id = locked.id AND h.order_id IS NULL AND (h.expires_at <= $2 OR h.checkout_id = $3)
    RETURNING h.promotion_id, h.quantity
), freed AS (
    SELECT promotion_id, sum(quantity)::int AS quantity FROM gone GROUP BY promotion_id
)
UPDATE promotion p SET units_taken = greatest(0, p.units_taken - freed.quantity)
FROM freed WHERE p.id = freed.promotion_id
"""

_HOLD_UNITS = """
WITH wanted AS (
    SELECT * FROM unnest($1::text[], $2::int[]) AS w (promotion_id, quantity)
), taken AS (
    UPDATE promotion p SET units_taken = p.units_taken + w.quantity
    FROM wanted w
    WHERE p.id = w.promotion_id AND (p.unit_cap IS NULL OR p.units_taken + w.quantity <= p.unit_cap)
      AND (p.unit_cap_per_customer IS NULL OR w.quantity + (
          SELECT coalesce(sum(h.quantity), 0) FROM promotion_hold h
          WHERE h.promotion_id = p.id AND h.customer_key = $3) <= p.unit_cap_per_customer)
    RETURNING p.id, w.quantity
), held AS (
    INSERT INTO promotion_hold (checkout_id, promotion_id, customer_key, quantity, expires_at)
    SELECT $4, id, $3, quantity, $5 FROM taken
)
SELECT promotion_id FROM wanted WHERE promotion_id NOT IN (SELECT id FROM taken)
"""

_LOCK_HELD = """
SELECT p.id FROM promotion p WHERE p.id IN (SELECT promotion_id FROM promotion_hold WHERE checkout_id = $1)
ORDER BY p.id FOR NO KEY UPDATE
"""
_NAME_HOLDER = "UPDATE promotion_hold SET customer_key = $2 WHERE checkout_id = $1"
_TOO_MANY = """
SELECT p.id FROM promotion p
WHERE p.id IN (SELECT promotion_id FROM promotion_hold WHERE checkout_id = $1)
  AND p.unit_cap_per_customer < (
      SELECT sum(h.quantity) FROM promotion_hold h WHERE h.promotion_id = p.id AND h.customer_key = $2)
"""

_EXTEND_UNITS = "UPDATE promotion_hold SET expires_at = $2 WHERE checkout_id = $1 AND order_id IS NULL"

_TAKE_UNITS = "UPDATE promotion_hold SET order_id = $2, expires_at = NULL WHERE checkout_id = $1 AND order_id IS NULL"


class PromotionUsageCounters:
    """Implements `domain.pricing.coupons.usage.PromotionUsage` within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def counts(
        self, codes: Sequence[str], promotions: Sequence[str], customer_key: str | None, *, now: datetime
    ) -> Counts:
        return await counts(self._connection, codes, promotions, customer_key, now=now)

    async def use(
        self, order_id: OrderId, customer_key: str, uses: Sequence[PromotionUse], *, currency: str
    ) -> Sequence[PromotionUse]:
        """Count all uses of an order, or none: those that are exhausted come back."""
        rows = await self._connection.fetch(_USE, *_columns(uses, customer_key), currency, order_id)
        return [PromotionUse(*row) for row in rows]

    async def lock(self, customer_key: str, uses: Sequence[PromotionUse], *, currency: str) -> Sequence[PromotionUse]:
        """Lock what counts these uses; those that are exhausted, as a second statement sees it under the locks."""
        codes = [use.code for use in uses if use.code]
        await self._connection.execute(_LOCK_COUNTERS, codes, [use.promotion_id for use in uses])
        rows = await self._connection.fetch(_CHECK, *_columns(uses, customer_key), currency)
        return [PromotionUse(*row) for row in rows]

    async def release_uses(self, order_id: OrderId) -> None:
        """Give back what an order used, once; capped units too while their sale runs by the database's clock."""
        await self._connection.execute(_RELEASE_USES, order_id)
        await self._connection.execute(_RETURN_UNITS, order_id)

    async def hold_units(
        self,
        checkout_id: CheckoutId,
        customer_key: str,
        wanted: Sequence[UnitsWanted],
        *,
        now: datetime,
        until: datetime,
        replacing: CheckoutId | None = None,
    ) -> Sequence[str]:
        """Hold units of capped sales; the promotions that have too few left, of which none are held."""
        promotions = [item.promotion_id for item in wanted]
        await self._connection.execute(_FREE_UNITS, promotions, now, replacing or checkout_id)
        quantities = [item.quantity for item in wanted]
        rows = await self._connection.fetch(_HOLD_UNITS, promotions, quantities, customer_key, checkout_id, until)
        return [row["promotion_id"] for row in rows]

    async def extend_units(self, checkout_id: CheckoutId, until: datetime) -> None:
        await self._connection.execute(_EXTEND_UNITS, checkout_id, until)

    async def name_holder(self, checkout_id: CheckoutId, customer_key: str) -> Sequence[str]:
        """Count the units that a checkout holds for this customer; the promotions of which that makes too many."""
        await self._connection.execute(_LOCK_HELD, checkout_id)
        await self._connection.execute(_NAME_HOLDER, checkout_id, customer_key)
        return [row[0] for row in await self._connection.fetch(_TOO_MANY, checkout_id, customer_key)]

    async def take_units(self, checkout_id: CheckoutId, order_id: OrderId) -> None:
        """What the checkout held belongs to its order."""
        await self._connection.execute(_TAKE_UNITS, checkout_id, order_id)


def _columns(uses: Sequence[PromotionUse], customer_key: str) -> tuple[Any, ...]:
    """The first four arguments of the statements about uses."""
    codes, amounts = [use.code for use in uses], [use.amount for use in uses]
    return ([use.promotion_id for use in uses], codes, customer_key, amounts)


async def counts(
    database: Database, codes: Sequence[str], promotions: Sequence[str], customer_key: str | None, *, now: datetime
) -> Counts:
    """How codes and promotions stand now, in one statement; none if neither is asked for."""
    if not codes and not promotions:
        return NOTHING_COUNTED
    rows = await database.fetch(_COUNTS, list(codes), list(promotions), customer_key, now)
    return Counts(
        {row[0]: Coupon(row[0], row[1], row[2], row[3]) for row in rows if row[0] is not None},
        {row[1]: PromotionCounts(*row[4:]) for row in rows if row[0] is None},
    )
