"""What an engine outside the database is told of products, read of what the index of the database says of them."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from domain.pricing.searching.document import DocumentPrice, DocumentWords, SearchDocument
from domain.shared.ids import CategoryId, CollectionId, MarketId, ProductId, VariantId, VendorId
from persistence.search.index import SAID
from persistence.statement import Database, Record

_BRAND = "brand="

_PRESENT = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"

_DOCUMENTS = f"""
WITH {SAID}
SELECT placed.product_id, newest_on, places, facts,
    (SELECT brand FROM said WHERE said.id = placed.product_id AND language = '') AS brand_words,
    coalesce((SELECT jsonb_object_agg(language, ARRAY[title, title_words, kind_words, summary_words, rest_words])
              FROM said WHERE said.id = placed.product_id), '{{}}') AS words,
    coalesce((SELECT jsonb_object_agg(key, value) FROM jsonb_each(product.attributes)
              WHERE jsonb_typeof(value) = 'number'), '{{}}') AS numbers,
    coalesce((SELECT jsonb_agg(jsonb_build_array(market_id, currency, amount_minor, in_stock)) FROM search_price
              WHERE search_price.product_id = placed.product_id), '[]') AS prices,
    coalesce((SELECT jsonb_object_agg(code, variant_id) FROM (
                  SELECT code, min(variant_id) AS variant_id FROM search_code
                  WHERE search_code.product_id = placed.product_id GROUP BY code) AS told), '{{}}') AS codes,
    coalesce((SELECT jsonb_object_agg(collection_id, position) FROM collection_product
              WHERE collection_product.product_id = placed.product_id), '{{}}') AS positions
FROM search_product AS placed JOIN product ON product.id = placed.product_id
WHERE placed.product_id = ANY($1)
"""  # noqa: S608 - made of constants


async def versioned_documents(database: Database, product_ids: Sequence[str]) -> tuple[int, Sequence[SearchDocument]]:
    """The documents of those of the products that can be found, and a number that says how old they are.

    It is the database's clock before they were read, in microseconds since 1970. So what is read after a change has a
    greater number than all that was read before it.
    """
    version = await database.fetchval(_PRESENT)
    rows = await database.fetch(_DOCUMENTS, sorted(set(product_ids)))
    return version, [_document(row) for row in rows]


def _document(row: Record) -> SearchDocument:
    places: Sequence[str] = row["places"]
    newest_on: date = row["newest_on"]
    return SearchDocument(
        product_id=ProductId(row["product_id"]),
        newest_on=newest_on,
        brand=next((place.removeprefix(_BRAND) for place in places if place.startswith(_BRAND)), None),
        brand_words=row["brand_words"] or "",
        categories=[CategoryId(place) for place in places if place.startswith("category_")],
        vendors=[VendorId(place) for place in places if place.startswith("vendor_")],
        collections={CollectionId(key): position for key, position in row["positions"].items()},
        facts=row["facts"],
        numbers=row["numbers"],
        prices=[_price(*price) for price in row["prices"]],
        codes={code: VariantId(variant_id) for code, variant_id in row["codes"].items()},
        words={language: _words(*words) for language, words in row["words"].items()},
    )


def _price(market_id: str, currency: str, amount_minor: int, in_stock: bool) -> DocumentPrice:
    return DocumentPrice(MarketId(market_id), currency, amount_minor, in_stock)


def _words(*texts: Any) -> DocumentWords:
    """Of the texts in their order, with single spaces between their words."""
    return DocumentWords(*[" ".join((text or "").split()) for text in texts])
