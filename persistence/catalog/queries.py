"""Reads of the catalog, in the language of whoever asks."""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import BigInteger, Select, Text, bindparam, case, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY

from domain.catalog.model import (
    AttributeDefinition,
    Category,
    Collection,
    Menu,
    Product,
    ProductKind,
    ProductStatus,
    SelectedOption,
    Variant,
    menu_item,
)
from domain.shared.ids import CategoryId, CollectionId, ProductId, VariantId, VendorId
from domain.shared.media import Image, image_of, rich_text
from domain.shared.translation import words_in
from persistence.catalog.kept import KeptCatalog, Stamps
from persistence.catalog.slugs import base_of
from persistence.catalog.tables import (
    attribute,
    brand,
    category,
    collection,
    collection_product,
    menu,
    product,
    variant,
)
from persistence.changes import STOREFRONT_COUNT
from persistence.kept import characters_of, rows_of_each
from persistence.pricing.tables import offer
from persistence.statement import Database, Record, Statement, joined

IDS = bindparam("ids", type_=ARRAY(Text))
JOINED_IDS = cast(
    select(func.string_to_array(bindparam("ids", type_=Text), literal_column("','"))).scalar_subquery(), ARRAY(Text)
)
"""Ids that `joined` made one text of: see `persistence.statement.one_of`."""
LANGUAGE = bindparam("language", type_=Text)
BASE_LANGUAGE = bindparam("base_language", type_=Text)

_vendors_of_hidden = case(
    (
        product.c.status != "ACTIVE",
        func.array_to_string(
            func.array(
                select(offer.c.vendor_id).distinct().where(offer.c.product_id == product.c.id).scalar_subquery(),
                type_=ARRAY(Text),
            ),
            literal_column("' '"),
        ),
    )
)


STAMP_AT = 17
"""Where a product's row tells its stamp; the count of what all pages rest on comes next."""


def _written(document: Any) -> Any:
    """A document as its text, by which a row can be kept (`persistence.kept`)."""
    return cast(document, Text)


_count: Any = literal_column(STOREFRONT_COUNT, type_=BigInteger)

_products = select(
    product.c.id,
    product.c.slug,
    product.c.title,
    product.c.description,
    product.c.kind,
    product.c.status,
    brand.c.name,
    product.c.category_id,
    product.c.tax_class,
    _written(product.c.media),
    _written(product.c.attributes),
    _written(product.c.options),
    _written(product.c.translations),
    product.c.released_on,
    product.c.version,
    product.c.updated_at,
    _vendors_of_hidden,
    product.c.stamp,
    _count,
).outerjoin(brand, brand.c.id == product.c.brand_id)

_variants = select(
    variant.c.id,
    variant.c.product_id,
    variant.c.sku,
    variant.c.title,
    _written(variant.c.options),
    variant.c.gtin,
    variant.c.mpn,
    _written(variant.c.image),
    variant.c.weight_grams,
    variant.c.hs_code,
    variant.c.origin_country,
    product.c.title,
    _written(func.coalesce(product.c.translations.op("->")(LANGUAGE), product.c.translations.op("->")(BASE_LANGUAGE))),
    product.c.status == "ACTIVE",
    _vendors_of_hidden,
    product.c.stamp,
).join(product, product.c.id == variant.c.product_id)

_categories = select(
    category.c.id,
    category.c.slug,
    category.c.name,
    category.c.parent_id,
    category.c.lineage,
    category.c.image,
    category.c.translations,
)

_collections = select(
    collection.c.id,
    collection.c.slug,
    collection.c.name,
    collection.c.description,
    collection.c.image,
    collection.c.translations,
)


def _by_ids(base: "Select[Any]", column: Any) -> Statement:
    return Statement(base.where(column == func.any(IDS)))


_PRODUCTS = Statement(_products.where(product.c.id == func.any(JOINED_IDS)))
_VARIANTS = _by_ids(_variants, variant.c.id)
_VARIANTS_OF_PRODUCTS = Statement(
    _variants.where(variant.c.product_id == func.any(JOINED_IDS)).order_by(
        variant.c.product_id, variant.c.position, variant.c.id
    )
)
_COLLECTIONS = _by_ids(_collections, collection.c.id)
_COLLECTIONS_OF_PRODUCTS = Statement(
    _collections.add_columns(collection_product.c.product_id)
    .join(collection_product, collection_product.c.collection_id == collection.c.id)
    .where(collection_product.c.product_id == func.any(IDS))
    .order_by(collection.c.position, collection.c.id)
)
_asked = category.alias("asked")
_CATEGORIES_WITH_ANCESTORS = Statement(
    _categories.where(
        category.c.id.in_(select(func.unnest(_asked.c.lineage)).where(_asked.c.id == func.any(IDS)).scalar_subquery())
    )
)
_CHILDREN = Statement(
    _categories.where(category.c.parent_id == func.any(IDS)).order_by(category.c.position, category.c.name)
)
_ATTRIBUTES = Statement(
    select(attribute.c.key, attribute.c.label, attribute.c.unit, attribute.c.position, attribute.c.translations).where(
        attribute.c.key == func.any(bindparam("keys", type_=ARRAY(Text)))
    )
)
_MENU = Statement(select(menu.c.handle, menu.c["items"]).where(menu.c.handle == bindparam("handle")))


async def products(
    database: Database, ids: Sequence[ProductId], language: str, kept: KeptCatalog, stamps: Stamps
) -> list[Product | None]:
    """Products of any status; see `resolvers.access` for who may see which. Public ones are kept."""
    found: dict[ProductId, Product] = {}
    for row in await _PRODUCTS.rows(database, ids=joined(ids)):
        key, stamp = ProductId(row[0]), row[STAMP_AT]
        stamps.note_product(key, stamp)
        stamps.note_storefront(row[STAMP_AT + 1])
        found[key] = kept.products.get((key, stamp, language)) or _product_of(row, language, kept)
    return [found.get(key) for key in ids]


def _product_of(row: Record, language: str, kept: KeptCatalog) -> Product:
    made = _product(row, language)
    if made.is_public:  # who may see others changes with their offers
        kept.products.put((made.id, row[STAMP_AT], language), made, characters_of(row))
    return made


async def variants(database: Database, ids: Sequence[VariantId], language: str) -> list[Variant]:
    return [_variant(row) for row in await _VARIANTS.rows(database, ids=ids, **_tags(language))]


async def variants_of_products(
    database: Database, ids: Sequence[ProductId], language: str, kept: KeptCatalog
) -> list[tuple[Variant, ...]]:
    """All variants of each product, in their order. Those of public products are kept."""
    rows = await _VARIANTS_OF_PRODUCTS.rows(database, ids=joined(ids), **_tags(language))
    return [_variants_of(group, language, kept) for group in rows_of_each(ids, rows, column=1)]


def _variants_of(rows: Sequence[Record], language: str, kept: KeptCatalog) -> tuple[Variant, ...]:
    made = tuple(map(_variant, rows))
    if made and made[0].is_public:
        kept.variants.put((made[0].product_id, rows[0][-1], language), made, characters_of(rows))
    return made


async def categories_with_ancestors(database: Database, ids: Sequence[CategoryId], language: str) -> list[Category]:
    """The categories, and all that lie above them, in no order."""
    return [_category(row, language) for row in await _CATEGORIES_WITH_ANCESTORS.rows(database, ids=ids)]


async def child_categories(database: Database, ids: Sequence[CategoryId], language: str) -> list[Category]:
    """What lies directly below each category, in order."""
    return [_category(row, language) for row in await _CHILDREN.rows(database, ids=ids)]


async def collections(database: Database, ids: Sequence[CollectionId], language: str) -> list[Collection]:
    return [_collection(row, language) for row in await _COLLECTIONS.rows(database, ids=ids)]


async def collections_of_products(
    database: Database, ids: Sequence[ProductId], language: str
) -> list[tuple[ProductId, Collection]]:
    """The collections that each product stands in, in order."""
    rows = await _COLLECTIONS_OF_PRODUCTS.rows(database, ids=ids)
    return [(ProductId(row[-1]), _collection(row[:-1], language)) for row in rows]


async def attributes(database: Database, keys: Sequence[str], language: str) -> list[AttributeDefinition]:
    return [_attribute(row, language) for row in await _ATTRIBUTES.rows(database, keys=keys)]


async def menu_by_handle(database: Database, handle: str, language: str) -> Menu | None:
    row = await _MENU.row(database, handle=handle)
    return Menu(row[0], tuple(menu_item(item, language) for item in row[1])) if row else None


def _tags(language: str) -> dict[str, str]:
    return {"language": language, "base_language": base_of(language)}


def _product(row: Record, language: str) -> Product:
    key, own_slug, title, description, kind, status, brand_name, category_id, tax_class, *documents = row[:13]
    released_on, version, updated_at, vendor_ids = row[13:STAMP_AT]
    media, facts, options, translations = map(orjson.loads, documents)
    words = words_in(translations, language)
    return Product(
        ProductId(key),
        words.get("slug") or own_slug,
        words.get("title") or title,
        rich_text(words.get("description") or description),
        ProductKind(kind),
        ProductStatus(status),
        brand_name,
        CategoryId(category_id) if category_id else None,
        tax_class,
        _images(media, words.get("media")),
        facts,
        options,
        words,
        own_slug,
        translations,
        released_on,
        version,
        updated_at,
        _vendors(vendor_ids),
    )


def _vendors(ids: str | None) -> frozenset[VendorId]:
    return frozenset(map(VendorId, (ids or "").split()))


def _images(documents: Sequence[dict[str, Any]], alts: dict[str, str] | None) -> tuple[Image, ...]:
    return tuple([image for document in documents if (image := image_of(document, alts))])


def _variant(row: Record) -> Variant:
    key, product_id, sku, title, documents, gtin, mpn, image, weight_grams, hs_code, origin = row[:11]
    product_title, words, is_public, vendor_ids, _ = row[11:]
    said = orjson.loads(words) if words else {}
    options = tuple([_selected(document, said.get("options", {})) for document in orjson.loads(documents)])
    if said:
        title = " / ".join(option.value for option in options) or said.get("title") or product_title
    return Variant(
        VariantId(key),
        ProductId(product_id),
        sku,
        title,
        options,
        gtin,
        mpn,
        image_of(orjson.loads(image), said.get("media")) if image else None,
        weight_grams,
        hs_code,
        origin,
        is_public,
        _vendors(vendor_ids),
    )


def _selected(document: dict[str, str], words: dict[str, Any]) -> SelectedOption:
    name, value = document["name"], document["value"]
    said = words.get(name, {})
    return SelectedOption(said.get("label", name), said.get("values", {}).get(value, value), name, value)


def _category(row: Record, language: str) -> Category:
    key, own_slug, name, parent_id, lineage, image, translations = row
    words = words_in(translations, language)
    return Category(
        CategoryId(key),
        words.get("slug") or own_slug,
        words.get("name") or name,
        CategoryId(parent_id) if parent_id else None,
        tuple(map(CategoryId, lineage)),
        image_of(image),
        own_slug,
        translations,
    )


def _collection(row: "Record | tuple[Any, ...]", language: str) -> Collection:
    key, own_slug, name, description, image, translations = row
    words = words_in(translations, language)
    return Collection(
        CollectionId(key),
        words.get("slug") or own_slug,
        words.get("name") or name,
        rich_text(words.get("description") or description),
        image_of(image),
        own_slug,
        translations,
    )


def _attribute(row: Record, language: str) -> AttributeDefinition:
    key, label, unit, position, translations = row
    words = words_in(translations, language)
    return AttributeDefinition(key, words.get("label") or label, unit, position, words.get("values", {}))
