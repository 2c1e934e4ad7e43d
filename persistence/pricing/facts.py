"""The facts of offers, read in one statement however many offers a cart has."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from domain.catalog.snapshot import LineSnapshot
from domain.pricing.facts import OfferFacts
from domain.pricing.model import OfferPrice, PriceList, TierMode
from domain.pricing.wrapping.model import GiftWrapPer, WrapTerms
from domain.shared.ids import MarketId, OfferId, PriceListId, ProductId, VariantId, VendorId
from domain.shared.money import PriceEnding
from persistence.inventory.queries import ENOUGH, ahead_at, available_at
from persistence.statement import Database, Record, among, unseen

_CURRENCY = unseen("$4::text")
_FACTS = f"""
SELECT offer.id, offer.variant_id, offer.product_id, offer.vendor_id,
       offer.status = 'ACTIVE' AND p.status = 'ACTIVE' AND v.status = 'ACTIVE' AS is_sold,
       CASE WHEN p.kind = 'GIFT_CARD' THEN 'voucher' ELSE p.tax_class END AS tax_class,
       v.country AS vendor_country, p.kind IN ('DIGITAL', 'SERVICE') AS is_service, t.hs_code,
       p.brand_id, k.lineage AS categories, p.kind = 'GIFT_CARD' AS is_gift_card,
       ARRAY(SELECT m.collection_id FROM collection_product m WHERE m.product_id = p.id) AS collections,
       t.weight_grams, t.volume_ml, offer.min_quantity, offer.max_quantity, offer.step,
       coalesce(p.translations -> $2 ->> 'title', p.title) AS title, t.sku, t.options,
       p.translations -> $2 -> 'options' AS option_labels,
       coalesce(t.image, p.media -> 0) AS image,
       CASE WHEN p.kind = 'DIGITAL' THEN {ENOUGH} ELSE {available_at("$3")} + {ahead_at("$3")} END AS available,
       p.kind = 'DIGITAL' AS is_download, wrap.per AS wrap_per, wrap.price_minor AS wrap_minor,
       (SELECT jsonb_agg(jsonb_build_array(
               c.amount_minor, c.min_quantity, c.starts_at, c.ends_at, l.id, l.name, l.currency, l.market_id,
               l.customer_group, l.company_id, l.priority, l.starts_at, l.ends_at, l.tier_mode, l.ending_minor,
               l.ending_step))
        FROM price c JOIN price_list l ON l.id = c.price_list_id
        WHERE c.offer_id = offer.id AND l.currency = {_CURRENCY}) AS prices
FROM offer
JOIN variant t ON t.id = offer.variant_id
JOIN product p ON p.id = offer.product_id
JOIN vendor v ON v.id = offer.vendor_id
LEFT JOIN category k ON k.id = p.category_id
LEFT JOIN supply ON supply.offer_id = offer.id
LEFT JOIN gift_wrap AS wrap
  ON wrap.vendor_id = offer.vendor_id AND wrap.currency = {_CURRENCY} AND p.kind IN ('PHYSICAL', 'BUNDLE')
WHERE offer.id {among("$1")}
"""  # noqa: S608 - made of constants


async def offer_facts(
    database: Database, ids: Sequence[OfferId], *, language: str, currency: str, now: datetime
) -> dict[OfferId, OfferFacts]:
    """The facts of those offers that exist; words in `language` where they are translated, prices in `currency`."""
    if not ids:
        return {}
    rows = await database.fetch(_FACTS, list(ids), language, now, currency)
    return {OfferId(row["id"]): _facts(row) for row in rows}


def _facts(row: Record) -> OfferFacts:
    return OfferFacts(
        offer_id=OfferId(row["id"]),
        variant_id=VariantId(row["variant_id"]),
        product_id=ProductId(row["product_id"]),
        vendor_id=VendorId(row["vendor_id"]),
        is_sold=row["is_sold"],
        tax_class=row["tax_class"],
        weight_grams=row["weight_grams"],
        volume_ml=row["volume_ml"],
        min_quantity=row["min_quantity"],
        max_quantity=row["max_quantity"],
        step=row["step"],
        available=row["available"],
        snapshot=_snapshot(row),
        prices=tuple(_price(*values) for values in row["prices"] or ()),
        vendor_country=row["vendor_country"],
        is_service=row["is_service"],
        hs_code=row["hs_code"],
        brand_id=row["brand_id"],
        categories=frozenset(row["categories"] or ()),
        collections=frozenset(row["collections"]),
        is_gift_card=row["is_gift_card"],
        is_download=row["is_download"],
        wrap=None if row["wrap_per"] is None else WrapTerms(GiftWrapPer(row["wrap_per"]), row["wrap_minor"]),
    )


def _snapshot(row: Record) -> LineSnapshot:
    labels: dict[str, Any] = row["option_labels"] or {}
    image: dict[str, Any] = row["image"] or {}
    return LineSnapshot(
        title=row["title"],
        sku=row["sku"],
        options=tuple(_labeled(option["name"], option["value"], labels) for option in row["options"]),
        image_url=image.get("url"),
        image_alt=image.get("alt"),
    )


def _labeled(name: str, value: str, labels: dict[str, Any]) -> tuple[str, str]:
    translated = labels.get(name, {})
    return translated.get("label", name), translated.get("values", {}).get(value, value)


def _price(
    minor: int,
    min_quantity: int,
    starts_at: str | None,
    ends_at: str | None,
    list_id: str,
    name: str,
    currency: str,
    market_id: str | None,
    customer_group: str | None,
    company_id: str | None,
    priority: int,
    list_starts_at: str | None,
    list_ends_at: str | None,
    tier_mode: str,
    ending_minor: int | None,
    ending_step: int | None,
) -> OfferPrice:
    price_list = PriceList(
        PriceListId(list_id),
        name,
        currency,
        MarketId(market_id) if market_id else None,
        customer_group,
        company_id,
        priority,
        _moment(list_starts_at),
        _moment(list_ends_at),
        TierMode(tier_mode),
        None if ending_minor is None or ending_step is None else PriceEnding(ending_minor, ending_step),
    )
    return OfferPrice(price_list, minor, min_quantity, _moment(starts_at), _moment(ends_at))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
