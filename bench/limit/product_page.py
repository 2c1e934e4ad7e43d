"""The product page by hand: what `documents.PRODUCT_PAGE` answers."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import orjson

from bench.limit.market import CURRENCY, Delivery, formatted, state_of
from persistence.statement import Pool, Record

PRODUCT = """
SELECT product.id, product.slug, product.title, description, brand.name, category.id, category.name, media,
    product.options, product.attributes,
    ARRAY(SELECT jsonb_build_array(key, label) FROM attribute
          WHERE key = ANY(ARRAY(SELECT jsonb_object_keys(product.attributes))) ORDER BY position, label)
FROM slug
JOIN product ON product.id = slug.entity_id AND product.status = 'ACTIVE'
LEFT JOIN brand ON brand.id = brand_id
LEFT JOIN category ON category.id = category_id
WHERE slug.kind = 'PRODUCT' AND slug.slug = $1 AND is_current
"""
VARIANTS = """
SELECT variant.id, sku, title, options FROM variant WHERE product_id = $1 ORDER BY position, id LIMIT 50
"""
OFFERS = """
SELECT offer.variant_id, offer.id, vendor.name, price.amount_minor, (
    SELECT coalesce(sum(greatest(0, on_hand - reserved - allocated - safety)), 0) FROM stock_level
    WHERE offer_id = offer.id) AS available
FROM offer
JOIN vendor ON vendor.id = offer.vendor_id AND vendor.status = 'ACTIVE'
JOIN price ON price.offer_id = offer.id AND price.min_quantity = 1 AND price.starts_at IS NULL AND price.ends_at IS NULL
JOIN price_list ON price_list.id = price.price_list_id AND price_list.currency = $2
    AND price_list.company_id IS NULL AND price_list.customer_group IS NULL
WHERE offer.product_id = $1 AND offer.status = 'ACTIVE'
"""
MEDIA, OFFERS_OF_VARIANT = 10, 5


class ProductPage:
    """One product with all that can be bought of it."""

    def __init__(self, pool: Pool, delivery: Delivery) -> None:
        self._pool = pool
        self._delivery = delivery

    async def answer(self, asked: bytes) -> bytes:
        slug = orjson.loads(asked)["variables"]["slug"]
        async with self._pool.acquire() as connection:
            row = await connection.fetchrow(PRODUCT, slug)
            assert row is not None, "only products that there are, are asked for"
            variants = await connection.fetch(VARIANTS, row[0])
            offers = await connection.fetch(OFFERS, row[0], CURRENCY)
        return orjson.dumps({"data": {"product": self._product(row, variants, self._ranked(offers))}})

    def _ranked(self, rows: Sequence[Record]) -> dict[str, list[Record]]:
        """The offers of each variant, the best first."""
        found: dict[str, list[Record]] = defaultdict(list)
        for row in rows:
            found[row[0]].append(row)
        for offers in found.values():
            offers.sort(key=lambda row: (row[4] < 1, self._delivery.landed_minor(row[3]), row[1]))
        return found

    def _product(self, row: Record, variants: Sequence[Record], offers: dict[str, list[Record]]) -> dict[str, Any]:
        key, slug, title, html, brand, category_id, category_name, media, options, facts, labels = row
        prices = [ranked[0][3] for ranked in offers.values()]
        return {
            "id": key,
            "slug": slug,
            "title": title,
            "description": {"html": html} if html else None,
            "brand": brand,
            "category": {"id": category_id, "name": category_name} if category_id else None,
            "media": [
                {
                    "url": image["url"],
                    "alt": image.get("alt"),
                    "width": image.get("width"),
                    "height": image.get("height"),
                }
                for image in media[:MEDIA]
            ],
            "options": [
                {"name": option["name"], "values": [{"name": value["name"]} for value in option["values"]]}
                for option in options
            ],
            "attributes": [{"key": key, "label": label, "value": facts[key]} for key, label in labels],
            "priceRange": {"min": {"formatted": formatted(min(prices))}, "max": {"formatted": formatted(max(prices))}}
            if prices
            else None,
            "variants": {"nodes": [_variant(variant, offers.get(variant[0], ())) for variant in variants]},
        }


def _variant(row: Record, offers: Sequence[Record]) -> dict[str, Any]:
    key, sku, title, options = row
    return {
        "id": key,
        "sku": sku,
        "title": title,
        "options": [{"name": option["name"], "value": option["value"]} for option in options],
        "offers": {"nodes": [_offer(offer) for offer in offers[:OFFERS_OF_VARIANT]]},
    }


def _offer(row: Record) -> dict[str, Any]:
    _, key, vendor, minor, available = row
    return {
        "id": key,
        "vendor": {"name": vendor},
        "price": {"current": {"gross": {"amountMinor": minor, "formatted": formatted(minor)}}},
        "availability": {"state": state_of(available)},
    }
