"""Promotions and their codes: read as one book by every process, written as one more revision of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from domain.pricing.coupons.model import Coupon, folded
from domain.pricing.discounts import Funding
from domain.pricing.promoting.book import PromotionBook, PromotionVersion
from domain.pricing.promoting.ports import StoredPromotion
from domain.pricing.promotions.forms import read_action, read_conditions, write_action, write_conditions
from domain.pricing.promotions.model import Promotion, ReturnRule, Stacking, UnitCap
from domain.shared.ids import OfferId, PromotionId, VendorId
from domain.shared.page import Edge, Page, PageRequest
from persistence.paging import cut, decode_cursor, encode_cursor
from persistence.statement import Connection, Database, Record

BOOK = "promotions"
CODES = "codes"
BEHIND_ALL = "\U0010ffff"
REMEMBERED = timedelta(days=2)
"""How long what was edited or ended is kept in mind: longer than any checkout holds a price."""
HISTORY = timedelta(days=400)
"""The same for public prices of goods, which the prior price of a reduction may rest on (rule P15)."""

_COLUMNS = """
v.promotion_id, v.name, v.translations, v.starts_at, v.ends_at, v.priority, v.stacking, v.exclusion_group, v.conditions,
v.action, v.limits, v.funding, v.vendor_id, v.return_rule, v.needs_code, v.is_public
"""
_BOOK = f"""
SELECT book.position, v.from_revision, v.until_revision, v.valid_from, v.valid_until, {_COLUMNS}
FROM (SELECT coalesce(max(position), 0) AS position FROM log WHERE name = '{BOOK}') AS book
LEFT JOIN promotion_version v ON least(v.valid_until, v.ends_at) IS NULL OR least(v.valid_until, v.ends_at) > now() -
    CASE WHEN v.is_public AND NOT v.needs_code THEN $2::interval ELSE $1::interval END
ORDER BY v.promotion_id, v.version
"""  # noqa: S608 - made of constants

_AT_REVISION = f"""
SELECT {_COLUMNS} FROM promotion_version v
WHERE v.promotion_id = ANY($1::text[]) AND v.from_revision <= $2 AND (v.until_revision IS NULL OR $2 < v.until_revision)
"""  # noqa: S608 - made of constants

_RUNNING = f"""
SELECT {_COLUMNS} FROM promotion_version v
WHERE v.from_revision <= $1 AND (v.until_revision IS NULL OR $1 < v.until_revision)
  AND v.starts_at <= $2 AND (v.ends_at IS NULL OR $2 < v.ends_at)
  AND (NOT v.needs_code OR v.promotion_id = ANY($3::text[]))
ORDER BY v.promotion_id
"""  # noqa: S608 - made of constants

_STORED = f"""
SELECT p.version, p.archived_at,
       (SELECT count(*)::int FROM promotion_use u WHERE u.promotion_id = p.id AND u.released_at IS NULL) AS used,
       (SELECT CASE WHEN count(*) = 1 THEN min(c.shown) END
        FROM (SELECT shown FROM coupon_code WHERE promotion_id = p.id LIMIT 2) AS c) AS code, {_COLUMNS}
FROM promotion p JOIN promotion_version v ON v.promotion_id = p.id AND v.version = p.version
"""  # noqa: S608 - made of constants
_BY_ID = _STORED + "WHERE p.id = ANY($1::text[])"
_LOCK = _STORED + "WHERE p.id = $1 FOR NO KEY UPDATE OF p"
_NEWEST = (
    _STORED
    + """
WHERE p.archived_at IS NULL AND ($1::text IS NULL OR strpos(lower(v.name), lower($1)) > 0)
  AND ($2::timestamptz IS NULL OR v.starts_at < $2)
ORDER BY p.id DESC LIMIT $3
"""
)

_NEXT_REVISION = f"""
INSERT INTO log (name, position) VALUES ('{BOOK}', 1)
ON CONFLICT (name) DO UPDATE SET position = log.position + 1
RETURNING position
"""  # noqa: S608 - a constant
_ADD = """
INSERT INTO promotion (id, usage_limit, per_customer_limit, budget_minor, currency, unit_cap, unit_cap_per_customer)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_SAVE = """
UPDATE promotion p SET usage_limit = $2, per_customer_limit = $3, budget_minor = $4, currency = $5, unit_cap = $6,
       unit_cap_per_customer = $7, version = $8, used = counted.uses,
       spent_minor = counted.spent
FROM (SELECT count(*)::int AS uses, coalesce(sum(amount_minor) FILTER (WHERE currency = $5), 0)::bigint AS spent
      FROM promotion_use WHERE promotion_id = $1 AND released_at IS NULL) AS counted
WHERE p.id = $1
"""
_END = """
UPDATE promotion_version SET until_revision = $2, valid_until = now()
WHERE promotion_id = $1 AND until_revision IS NULL
"""
_BEGIN = """
INSERT INTO promotion_version (promotion_id, version, from_revision, name, translations, starts_at, ends_at, priority,
                               stacking, exclusion_group, conditions, action, limits, funding, vendor_id, return_rule,
                               needs_code, is_public)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
"""
_ARCHIVE = "UPDATE promotion SET archived_at = now() WHERE id = $1"
_ADD_CODES = """
INSERT INTO coupon_code (code, promotion_id, shown, usage_limit)
SELECT code, $1, shown, $4 FROM unnest($2::text[], $3::text[]) AS c (code, shown)
ON CONFLICT (code) DO NOTHING
RETURNING shown
"""
_REMOVE_CODES = "DELETE FROM coupon_code WHERE promotion_id = $1 AND code = ANY($2::text[])"
_COUPON = "SELECT code, promotion_id, usage_limit, used FROM coupon_code WHERE code = $1"
_CODES = "SELECT code, shown FROM coupon_code WHERE promotion_id = $1 AND code > $2 ORDER BY code LIMIT $3"
_CODES_BEFORE = "SELECT code, shown FROM coupon_code WHERE promotion_id = $1 AND code < $2 ORDER BY code DESC LIMIT $3"
_COUNT_CODES = "SELECT count(*) FROM coupon_code WHERE promotion_id = $1"


async def read_book(database: Database) -> PromotionBook:
    """All versions that may still matter, and the revision that they are complete up to; one statement."""
    rows = await database.fetch(_BOOK, REMEMBERED, HISTORY)
    return PromotionBook.of(rows[0][0], [_version(row) for row in rows if row[1] is not None])


async def promotions_by_id(database: Database, ids: Sequence[PromotionId]) -> list[StoredPromotion]:
    """Those that exist, archived ones too, in no particular order."""
    return [_stored(row) for row in await database.fetch(_BY_ID, list(ids))]


async def newest_promotions(
    database: Database, *, query: str | None, starts_before: datetime | None, limit: int
) -> list[StoredPromotion]:
    """What is not archived, the newest first: whose name contains `query`, and that start before a moment."""
    return [_stored(row) for row in await database.fetch(_NEWEST, query, starts_before, limit)]


async def codes_of(database: Database, promotion_id: PromotionId, request: PageRequest) -> Page[str]:
    """A page of the promotion's codes as they are shown, in the order of the codes."""
    backward = request.last is not None
    size = (request.last if backward else request.first) or 0
    cursor = request.before if backward else request.after
    default = BEHIND_ALL if backward else ""
    (boundary,) = (default,) if cursor is None else decode_cursor(cursor, CODES, str)
    sql = _CODES_BEFORE if backward else _CODES
    rows = await database.fetch(sql, promotion_id, boundary, size + 1)

    async def count() -> int:
        counted: int = await database.fetchval(_COUNT_CODES, promotion_id)
        return counted

    return cut(rows, request, size, edge=_code_edge, count=count)


def _code_edge(row: Record) -> Edge[str]:
    return Edge(encode_cursor(CODES, row[0]), row[1])


class PromotionRepository:
    """Implements `domain.pricing.promoting.ports.PromotionWriter` within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def lock(self, promotion_id: PromotionId) -> StoredPromotion | None:
        row = await self._connection.fetchrow(_LOCK, promotion_id)
        return None if row is None else _stored(row)

    async def add(self, promotion: Promotion) -> None:
        await self._connection.execute(_ADD, promotion.id, *_limits(promotion))
        await self._begin(promotion, version=1, revision=await self._next_revision())

    async def save(self, promotion: Promotion, *, version: int) -> None:
        await self._connection.execute(_SAVE, promotion.id, *_limits(promotion), version)
        revision = await self._next_revision()
        await self._connection.execute(_END, promotion.id, revision)
        await self._begin(promotion, version=version, revision=revision)

    async def archive(self, promotion_id: PromotionId) -> None:
        await self._connection.execute(_ARCHIVE, promotion_id)
        await self._connection.execute(_END, promotion_id, await self._next_revision())

    async def add_codes(
        self, promotion_id: PromotionId, codes: Sequence[str], *, usage_limit: int | None
    ) -> Sequence[str]:
        keys = [folded(code) for code in codes]
        rows = await self._connection.fetch(_ADD_CODES, promotion_id, keys, list(codes), usage_limit)
        return [row[0] for row in rows]

    async def remove_codes(self, promotion_id: PromotionId, codes: Sequence[str]) -> int:
        status = await self._connection.execute(_REMOVE_CODES, promotion_id, list(codes))
        return int(status.rpartition(" ")[2])

    async def coupon(self, code: str) -> Coupon | None:
        row = await self._connection.fetchrow(_COUPON, code)
        return None if row is None else Coupon(*row)

    async def is_vendor(self, vendor_id: VendorId) -> bool:
        return bool(await self._connection.fetchval("SELECT EXISTS (SELECT FROM vendor WHERE id = $1)", vendor_id))

    async def is_offer(self, offer_id: OfferId) -> bool:
        return bool(await self._connection.fetchval("SELECT EXISTS (SELECT FROM offer WHERE id = $1)", offer_id))

    async def _next_revision(self) -> int:
        """One more than the last; whoever else edits waits until this transaction ends."""
        revision: int = await self._connection.fetchval(_NEXT_REVISION)
        return revision

    async def _begin(self, promotion: Promotion, *, version: int, revision: int) -> None:
        await self._connection.execute(
            _BEGIN,
            promotion.id,
            version,
            revision,
            promotion.name,
            dict(promotion.translations or {}),
            promotion.starts_at,
            promotion.ends_at,
            promotion.priority,
            promotion.stacking.value,
            promotion.exclusion_group,
            write_conditions(promotion.selection, promotion.conditions),
            write_action(promotion.action),
            _limits_document(promotion),
            promotion.funding.value,
            promotion.vendor_id,
            promotion.return_rule.value,
            promotion.needs_code,
            promotion.is_public,
        )


def _limits(promotion: Promotion) -> tuple[Any, ...]:
    """What is counted, as the columns of `promotion` say it. A budget is in one currency."""
    currency, budget = next(iter((promotion.budget or {}).items()), (None, None))
    cap = promotion.unit_cap
    return (promotion.usage_limit, promotion.per_customer_limit, budget, currency, cap.total, cap.per_customer)


def _limits_document(promotion: Promotion) -> dict[str, Any]:
    limits = {
        "usage_limit": promotion.usage_limit,
        "per_customer_limit": promotion.per_customer_limit,
        "budget": dict(promotion.budget) if promotion.budget else None,
        "unit_cap": promotion.unit_cap.total,
        "unit_cap_per_customer": promotion.unit_cap.per_customer,
    }
    return {name: limit for name, limit in limits.items() if limit is not None}


async def promotions_at(database: Database, ids: Sequence[str], revision: int) -> list[Promotion]:
    """What these promotions said in a revision of the book, however long ago."""
    return [_promotion(row) for row in await database.fetch(_AT_REVISION, ids, revision)]


async def promotions_running(
    database: Database, revision: int, moment: datetime, *, with_codes: Sequence[str]
) -> list[Promotion]:
    """What ran at a moment in a revision of the book, however long ago; of those with codes just the ones named."""
    return [_promotion(row) for row in await database.fetch(_RUNNING, revision, moment, with_codes)]


def _stored(row: Record) -> StoredPromotion:
    promotion = _promotion(row)
    return StoredPromotion(promotion.id, promotion, row["version"], row["used"], row["code"], row["archived_at"])


def _version(row: Record) -> PromotionVersion:
    _, from_revision, until_revision, valid_from, valid_until, *_ = row
    return PromotionVersion(_promotion(row), from_revision, until_revision, valid_from, valid_until)


def _promotion(row: Record) -> Promotion:
    selection, conditions = read_conditions(row["conditions"])
    limits: Mapping[str, Any] = row["limits"]
    return Promotion(
        id=PromotionId(row["promotion_id"]),
        name=row["name"],
        action=read_action(row["action"]),
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        translations=row["translations"] or None,
        needs_code=row["needs_code"],
        priority=row["priority"],
        stacking=Stacking(row["stacking"]),
        exclusion_group=row["exclusion_group"],
        funding=Funding(row["funding"]),
        vendor_id=VendorId(row["vendor_id"]) if row["vendor_id"] else None,
        selection=selection,
        conditions=conditions,
        usage_limit=limits.get("usage_limit"),
        per_customer_limit=limits.get("per_customer_limit"),
        budget=limits.get("budget"),
        unit_cap=UnitCap(limits.get("unit_cap"), limits.get("unit_cap_per_customer")),
        is_public=row["is_public"],
        return_rule=ReturnRule(row["return_rule"]),
    )
