"""Reads of offers: prices, stock and whether they may be sold, in one statement however many are asked for."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from domain.pricing.measures import Measure
from domain.pricing.model import OfferPrice, PriceList
from domain.pricing.offer import Ahead, OfferCondition, QuantityLimits, StockPolicy, StoredOffer
from domain.pricing.promotions.selection import Goods
from domain.shared.ids import OfferId, PriceListId, ProductId, VariantId, VendorId
from persistence.catalog.slugs import NamedBySlug, base_of, named
from persistence.changes import STOREFRONT_COUNT
from persistence.inventory.queries import ENOUGH, ahead_at, available_at
from persistence.kept import rows_of_each
from persistence.statement import Database, Record, joined, one_of

PRODUCT_AT = 2
PRICE_AT = 23
"""Where a row's price begins, if it has one."""
DATES_AT = PRICE_AT + 3
"""Where it says when that price begins and ends."""
STOREFRONT_AT = PRICE_AT + 5
"""Where it counts the changes of what all pages rest on."""
NAMED_AT = STOREFRONT_AT + 1
"""Where a page's row says whom its slug names."""

_GOODS = """product.brand_id,
    (SELECT array_to_string(category.lineage, ' ') FROM category WHERE category.id = product.category_id),
    (SELECT string_agg(member.collection_id, ' ') FROM collection_product member WHERE member.product_id = product.id),
    product.kind = 'GIFT_CARD'"""
_NO_GOODS = "NULL, NULL, NULL, NULL"
"""What promotions look at is read where promotions run."""

_COLUMNS = f"""offer.id, offer.variant_id, offer.product_id, offer.vendor_id, offer.condition,
    offer.min_quantity, offer.max_quantity, offer.step, offer.per_customer, offer.version,
    offer.status = 'ACTIVE' AND vendor.status = 'ACTIVE' AND product.status = 'ACTIVE' AS is_public,
    product.tax_class, variant.weight_grams,
    CASE WHEN product.kind = 'DIGITAL' THEN {ENOUGH} ELSE {available_at("$1")} END AS available,
    supply.policy, {ahead_at("$1")} AS ahead, supply.available_from, variant.measure_value, variant.measure_unit,
    %s,
    price.price_list_id, price.amount_minor, price.min_quantity, price.starts_at, price.ends_at,
    {STOREFRONT_COUNT} AS storefront"""

_SOURCE = f"""offer
JOIN product ON product.id = offer.product_id
JOIN variant ON variant.id = offer.variant_id
JOIN vendor ON vendor.id = offer.vendor_id
LEFT JOIN supply ON supply.offer_id = offer.id
LEFT JOIN LATERAL (
    SELECT price_list_id, amount_minor, min_quantity, starts_at, ends_at FROM price
    WHERE price.offer_id = offer.id AND price.price_list_id {one_of("$2")}
        AND (price.ends_at IS NULL OR price.ends_at > $1::timestamptz)
    OFFSET 0
) AS price ON true"""  # noqa: S608 - made of constants
"""Prices are looked up one by one: where statistics are old, PostgreSQL would rather read all of them."""

_IS_SOLD = "offer.status = 'ACTIVE' AND vendor.status = 'ACTIVE'"

_OF_PRODUCTS = f"SELECT {_COLUMNS} FROM {_SOURCE} WHERE offer.product_id {one_of('$3')} AND {_IS_SOLD}"  # noqa: S608
_BY_IDS = f"SELECT {_COLUMNS} FROM {_SOURCE} WHERE offer.id {one_of('$3')}"  # noqa: S608
_PAGE = f"""
WITH named AS ({named(kind="'PRODUCT'", slug="$3", language="$4", base="$5")})
SELECT offers.*, named.*, (SELECT stamp FROM product WHERE id = named.entity_id), {STOREFRONT_COUNT}
FROM named LEFT JOIN LATERAL (
    SELECT {_COLUMNS} FROM {_SOURCE} WHERE offer.product_id = named.entity_id AND named.is_current AND {_IS_SOLD}
) AS offers ON true
"""  # noqa: S608 - made of constants
_SQL = {
    (what, with_goods): what % (_GOODS if with_goods else _NO_GOODS)
    for what in (_OF_PRODUCTS, _BY_IDS, _PAGE)
    for with_goods in (True, False)
}


type Rows = tuple[Record, ...]
"""What is stored of some offers, to be made into them by `stored_offers`."""


async def offers_of_products(
    database: Database,
    product_ids: Sequence[ProductId],
    price_lists: Sequence[PriceListId],
    now: datetime,
    *,
    with_goods: bool = False,
) -> list[Rows]:
    """The active offers of active vendors for each product, with what they cost by these price lists."""
    rows = await database.fetch(_SQL[_OF_PRODUCTS, with_goods], now, joined(price_lists), joined(product_ids))
    return rows_of_each(product_ids, rows, column=PRODUCT_AT)


async def offers(
    database: Database,
    ids: Sequence[OfferId],
    price_lists: Sequence[PriceListId],
    now: datetime,
    *,
    with_goods: bool = False,
) -> Sequence[Record]:
    """What is stored of offers by their ids, whether or not they may be sold."""
    return await database.fetch(_SQL[_BY_IDS, with_goods], now, joined(price_lists), joined(ids))


async def product_page(
    database: Database,
    slug: str,
    language: str,
    price_lists: Sequence[PriceListId],
    now: datetime,
    *,
    with_goods: bool = False,
) -> tuple[NamedBySlug | None, Rows]:
    """Which product a slug names, and what is stored of its active offers, in one statement."""
    rows = await database.fetch(_SQL[_PAGE, with_goods], now, joined(price_lists), slug, language, base_of(language))
    if not rows:
        return None, ()
    return NamedBySlug(*rows[0][NAMED_AT:]), tuple(rows) if rows[0][0] is not None else ()


def has_dated_prices(rows: Rows) -> bool:
    """Whether a price among them begins or ends."""
    return any(row[DATES_AT] is not None or row[DATES_AT + 1] is not None for row in rows)


def stored_offers(rows: Iterable[Record], price_lists: Mapping[PriceListId, PriceList]) -> list[StoredOffer]:
    """One offer for all of its rows, of which there is one per price, or one without."""
    prices: dict[str, list[OfferPrice]] = {}
    first_rows: list[Record] = []
    for row in rows:
        known = prices.get(row[0])
        if known is None:
            known = prices[row[0]] = []
            first_rows.append(row)
        if row[PRICE_AT] is not None:
            known.append(OfferPrice(price_lists[row[PRICE_AT]], *row[PRICE_AT + 1 : STOREFRONT_AT]))
    return [_stored_offer(row, prices[row[0]]) for row in first_rows]


def _stored_offer(row: Record, prices: Sequence[OfferPrice]) -> StoredOffer:
    offer_id, variant_id, product_id, vendor_id, condition, least, most, step, per_customer = row[:9]
    version, is_public, tax_class, weight_grams, available, policy, left, expected, measure, unit, *goods = row[
        9:PRICE_AT
    ]
    return StoredOffer(
        OfferId(offer_id),
        VariantId(variant_id),
        ProductId(product_id),
        VendorId(vendor_id),
        OfferCondition(condition),
        QuantityLimits(least, most, step, per_customer),
        version,
        is_public,
        tax_class,
        weight_grams,
        available,
        prices,
        None if measure is None else Measure(measure, unit),
        None if goods[3] is None else _goods(row, *goods),
        Ahead(StockPolicy(policy), left, expected) if left else None,
    )


def _goods(
    row: Record, brand_id: str | None, lineage: str | None, collections: str | None, is_gift_card: bool
) -> Goods:
    return Goods(
        ProductId(row[2]),
        VariantId(row[1]),
        OfferId(row[0]),
        VendorId(row[3]),
        brand_id,
        frozenset((lineage or "").split()),
        frozenset((collections or "").split()),
        is_gift_card,
    )
