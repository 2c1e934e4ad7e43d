"""What offers cost before: the prices that stand and those that were replaced, in one statement for a page of offers.

Replaced prices are written by a trigger of the table `price` (migration 0003), whoever replaces them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from domain.pricing.model import OfferPrice, PriceList
from domain.pricing.prior_price import PastPrice, PriorPriceRule
from domain.pricing.promotions.selection import Goods
from domain.shared.ids import MarketId, OfferId, PriceListId, ProductId, VariantId, VendorId
from domain.shared.making import dataclass
from persistence.statement import Database, Record

REMEMBERED = timedelta(days=400)
"""How far back a reduction may have begun; as long as promotions are kept in mind for it."""

_HISTORY = """
SELECT o.id, o.variant_id, o.product_id, o.vendor_id, p.brand_id, k.lineage AS categories,
       ARRAY(SELECT m.collection_id FROM collection_product m WHERE m.product_id = p.id) AS collections,
       p.kind = 'GIFT_CARD' AS is_gift_card, o.min_quantity, p.tax_class,
       (SELECT prior_price FROM market WHERE id = $4) AS rule,
       (SELECT jsonb_agg(jsonb_build_array(c.price_list_id, c.amount_minor, c.min_quantity, c.starts_at, c.ends_at,
                                           c.valid_from, c.valid_until))
        FROM (SELECT price_list_id, amount_minor, min_quantity, starts_at, ends_at, set_at AS valid_from,
                     NULL::timestamptz AS valid_until
              FROM price WHERE offer_id = o.id AND price_list_id = ANY($2::text[])
              UNION ALL
              SELECT price_list_id, amount_minor, min_quantity, starts_at, ends_at, valid_from, valid_until
              FROM price_segment
              WHERE offer_id = o.id AND price_list_id = ANY($2::text[]) AND valid_until > $3) AS c) AS prices
FROM offer o JOIN product p ON p.id = o.product_id LEFT JOIN category k ON k.id = p.category_id
WHERE o.id = ANY($1::text[])
"""


@dataclass(frozen=True, slots=True)
class PriceHistory:
    """What an offer cost by some price lists, as stored, and how its market tells prior prices."""

    offer_id: OfferId
    goods: Goods
    min_quantity: int
    tax_class: str
    prices: Sequence[PastPrice]
    rule: PriorPriceRule


async def price_histories(
    database: Database,
    ids: Sequence[OfferId],
    price_lists: Mapping[PriceListId, PriceList],
    market_id: MarketId,
    now: datetime,
) -> list[PriceHistory]:
    """Of those offers that exist, in no particular order."""
    rows = await database.fetch(_HISTORY, list(ids), list(price_lists), now - REMEMBERED, market_id)
    return [_history(row, price_lists) for row in rows]


def _history(row: Record, price_lists: Mapping[PriceListId, PriceList]) -> PriceHistory:
    offer_id = OfferId(row["id"])
    return PriceHistory(
        offer_id,
        Goods(
            ProductId(row["product_id"]),
            VariantId(row["variant_id"]),
            offer_id,
            VendorId(row["vendor_id"]),
            row["brand_id"],
            frozenset(row["categories"] or ()),
            frozenset(row["collections"]),
            row["is_gift_card"],
        ),
        row["min_quantity"],
        row["tax_class"],
        [_past(price_lists[PriceListId(list_id)], *values) for list_id, *values in row["prices"] or ()],
        PriorPriceRule(row["rule"]),
    )


def _past(
    price_list: PriceList,
    minor: int,
    min_quantity: int,
    starts_at: str | None,
    ends_at: str | None,
    valid_from: str,
    valid_until: str | None,
) -> PastPrice:
    price = OfferPrice(price_list, minor, min_quantity, _moment(starts_at), _moment(ends_at))
    return PastPrice(price, datetime.fromisoformat(valid_from), _moment(valid_until))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
