"""The list page by hand: what `documents.LIST_PAGE` answers."""

import asyncio
from collections import defaultdict
from typing import Any

import orjson

from bench.documents import LIST_MEDIA, LIST_SIZE, LIST_VARIANTS
from bench.limit.market import CURRENCY, MARKET, Delivery
from persistence.statement import Pool

PRODUCTS = """
SELECT product.id, product.slug, product.title, product.media
FROM search_product AS found
JOIN search_price AS price ON price.product_id = found.product_id AND price.currency = $2
    AND price.market_id = (SELECT id FROM market WHERE handle = $1)
JOIN product ON product.id = found.product_id
ORDER BY found.newest_on DESC, found.product_id DESC LIMIT $3
"""
VARIANTS = """
SELECT product_id, id, sku, title FROM variant WHERE product_id = ANY($1::text[]) ORDER BY product_id, position, id
"""
PRICES = """
SELECT DISTINCT ON (offer.variant_id) offer.variant_id, price.amount_minor
FROM offer
JOIN vendor ON vendor.id = offer.vendor_id AND vendor.status = 'ACTIVE'
JOIN price ON price.offer_id = offer.id AND price.min_quantity = 1 AND price.starts_at IS NULL AND price.ends_at IS NULL
JOIN price_list ON price_list.id = price.price_list_id AND price_list.currency = $2
    AND price_list.company_id IS NULL AND price_list.customer_group IS NULL
JOIN LATERAL (
    SELECT sum(on_hand - reserved - allocated - safety) > 0 AS in_stock FROM stock_level WHERE offer_id = offer.id
) AS stock ON true
WHERE offer.product_id = ANY($1::text[]) AND offer.status = 'ACTIVE'
ORDER BY offer.variant_id, stock.in_stock DESC NULLS LAST,
    price.amount_minor + CASE WHEN price.amount_minor >= $4 THEN 0 ELSE $3 END, offer.id
"""


class ListPage:
    """Twenty products with their variants and what those cost."""

    def __init__(self, pool: Pool, delivery: Delivery) -> None:
        self._pool = pool
        self._delivery = (delivery.price_minor, delivery.free_from_minor)

    async def answer(self, asked: bytes) -> bytes:
        del asked
        return orjson.dumps({"data": {"search": {"nodes": await self._nodes()}}})

    async def _nodes(self) -> list[dict[str, Any]]:
        products = await self._pool.fetch(PRODUCTS, MARKET, CURRENCY, LIST_SIZE)
        ids = [row[0] for row in products]
        variants, prices = await asyncio.gather(
            self._pool.fetch(VARIANTS, ids), self._pool.fetch(PRICES, ids, CURRENCY, *self._delivery)
        )
        price_of = {variant_id: minor for variant_id, minor in prices}  # noqa: C416 - a record is a pair to Python alone
        by_product: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for product_id, *facts in variants:
            by_product[product_id].append(_variant(facts, price_of.get(facts[0])))
        return [_product(row, by_product[row[0]]) for row in products]


def _product(row: Any, variants: list[dict[str, Any]]) -> dict[str, Any]:
    key, slug, title, media = row
    return {
        "id": key,
        "slug": slug,
        "title": title,
        "media": [
            {"url": image["url"], "alt": image.get("alt"), "width": image.get("width"), "height": image.get("height")}
            for image in media[:LIST_MEDIA]
        ],
        "variants": {"nodes": variants[:LIST_VARIANTS]},
    }


def _variant(facts: list[str], minor: int | None) -> dict[str, Any]:
    key, sku, title = facts
    box = minor and {"price": {"current": {"gross": {"amountMinor": minor, "currency": CURRENCY}}}}
    return {"id": key, "sku": sku, "title": title, "buyBox": box}
