"""The search page by hand: what `documents.SEARCH_PAGE` answers.

What is found, in which order and by what it can be narrowed is said by the store's own statements, which are part of
the answer and not of the way to it. They are listened to once for each query; after that the very same statements are
sent, and all else is written by hand.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import orjson

from bench.limit.market import CURRENCY, Delivery, state_of
from domain.catalog.search import SearchInput
from domain.pricing.context import RequestContext, Wish, applied
from domain.shared.page import PageRequest
from persistence.paging import encode_cursor
from persistence.pricing.reference import Reference
from persistence.search.facets import facets
from persistence.search.hits import hits, list_name
from persistence.statement import Database, Pool, Record

SIZE = 24
PRODUCTS = "SELECT id, slug, title, media FROM product WHERE id = ANY($1::text[])"
OFFERS = """
SELECT offer.product_id, offer.variant_id, offer.id, price.amount_minor, (
    SELECT coalesce(sum(greatest(0, on_hand - reserved - allocated - safety)), 0) FROM stock_level
    WHERE offer_id = offer.id) AS available
FROM offer
JOIN vendor ON vendor.id = offer.vendor_id AND vendor.status = 'ACTIVE'
JOIN price ON price.offer_id = offer.id AND price.min_quantity = 1 AND price.starts_at IS NULL AND price.ends_at IS NULL
JOIN price_list ON price_list.id = price.price_list_id AND price_list.currency = $2
    AND price_list.company_id IS NULL AND price_list.customer_group IS NULL
WHERE offer.product_id = ANY($1::text[]) AND offer.status = 'ACTIVE'
"""


type Asked = tuple[str, tuple[Any, ...]]
"""A statement and its arguments."""


class Listened:
    """A database that remembers what it was asked."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.statements: list[Asked] = []

    async def fetch(self, sql: str, *arguments: Any) -> list[Record]:
        self.statements.append((sql, arguments))
        return await self._pool.fetch(sql, *arguments)


@dataclass(frozen=True, slots=True)
class Known:
    """Of one query: its statements, what its cursors begin with, and the facets that it has, by their labels."""

    hits: Sequence[Asked]
    facets: Sequence[Asked]
    list_name: str
    labels: Mapping[str, str]


class SearchPage:
    """Twenty-four products of what a query finds, how many there are, and by what they can be narrowed."""

    def __init__(self, pool: Pool, delivery: Delivery, context: RequestContext) -> None:
        self._pool = pool
        self._delivery = delivery
        self._context = context
        self._known: dict[str, Known] = {}

    @classmethod
    async def opened(cls, pool: Pool, delivery: Delivery) -> "SearchPage":
        markets = (await Reference(pool).facts()).markets
        return cls(pool, delivery, applied(markets, asked=Wish(), preferred=Wish()))

    async def answer(self, asked: bytes) -> bytes:
        query = orjson.loads(asked)["variables"]["query"]
        known = self._known.get(query)
        if known is None:
            known = self._known[query] = await self._listened(query)
        return orjson.dumps({"data": {"search": await self._search(known)}})

    async def _listened(self, query: str) -> Known:
        first, second = Listened(self._pool), Listened(self._pool)
        asked = SearchInput(query)
        await hits(cast("Database", first), asked, None, self._context, PageRequest(first=SIZE))
        insight = await facets(cast("Database", second), asked, None, self._context)
        labels = {facet.key: facet.label for facet in insight.facets or ()}
        return Known(first.statements, second.statements, list_name(asked, None, self._context), labels)

    async def _rows(self, statements: Sequence[Asked]) -> list[Record]:
        return [row for sql, arguments in statements for row in await self._pool.fetch(sql, *arguments)]

    async def _search(self, known: Known) -> dict[str, Any]:
        rows, counted = await asyncio.gather(self._rows(known.hits), self._rows(known.facets))
        found = [row for row in rows if row["product_id"] is not None]
        page = found[:SIZE]
        ids = [row["product_id"] for row in page]
        products, offers = await asyncio.gather(
            self._pool.fetch(PRODUCTS, ids), self._pool.fetch(OFFERS, ids, CURRENCY)
        )
        last = encode_cursor(known.list_name, page[-1]["key"], ids[-1]) if page else None
        values: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in counted:
            values[row["key"]].append({"value": row["value"], "count": int(row["count"])})
        return {
            "totalCount": values["total"][0]["count"],
            "facets": [
                {"key": key, "label": label, "values": [] if key == "price" else values[key]}
                for key, label in known.labels.items()
            ],
            "nodes": self._nodes(ids, products, offers),
            "pageInfo": {"hasNextPage": len(found) > SIZE, "endCursor": last},
        }

    def _nodes(self, ids: list[str], products: Sequence[Record], offers: Sequence[Record]) -> list[dict[str, Any]]:
        rows = {row[0]: row for row in products}
        sold: dict[str, list[Record]] = defaultdict(list)
        for offer in offers:
            sold[offer[0]].append(offer)
        return [self._product(rows[key], sold[key]) for key in ids]

    def _product(self, row: Record, offers: Sequence[Record]) -> dict[str, Any]:
        key, slug, title, media = row
        boxes = self._buy_boxes(offers)
        prices = [box[3] for box in boxes]
        return {
            "id": key,
            "slug": slug,
            "title": title,
            "media": [{"url": image["url"], "alt": image.get("alt")} for image in media[:1]],
            "priceRange": {"min": {"amountMinor": min(prices), "currency": CURRENCY}} if prices else None,
            "availability": state_of(max(box[4] for box in boxes)) if boxes else "NOT_SOLD_HERE",
        }

    def _buy_boxes(self, offers: Sequence[Record]) -> Sequence[Record]:
        """The best offer of each variant."""
        best: dict[str, tuple[tuple[bool, int, str], Record]] = {}
        for offer in offers:
            rank = (offer[4] < 1, self._delivery.landed_minor(offer[3]), offer[2])
            if offer[1] not in best or rank < best[offer[1]][0]:
                best[offer[1]] = (rank, offer)
        return [offer for _, offer in best.values()]
