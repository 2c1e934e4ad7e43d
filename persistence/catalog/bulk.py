"""Catalog rows by the thousand: new ones by COPY; others are staged, and one statement writes only what differs.

All functions run in the transaction of the caller, on one connection.
"""

from collections.abc import Container, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import JSONB

from persistence.catalog.tables import attribute, brand, category, collection_product, product, slug, variant
from persistence.inventory.tables import stock_level, stock_movement
from persistence.pricing.tables import offer, price
from persistence.statement import Connection, Record

RECORD_TIMEOUT_SECONDS = 120.0


class Upsert(NamedTuple):
    """How a kind of row is written: which columns, by which key, and what else an update of it changes."""

    table: Table
    columns: tuple[str, ...]
    key: tuple[str, ...] = ("id",)
    on_update: str = ""


class StockChange(NamedTuple):
    """Units to add to (or take from) what a warehouse has of an offer, and the safety stock to keep there."""

    offer_id: str
    warehouse_id: str
    delta: int
    safety: int


async def insert(connection: Connection, kind: Upsert, records: Sequence[tuple[Any, ...]]) -> None:
    """Insert `records` that the table does not hold; any that it does is an error of the whole transaction.

    Each record holds the values of `kind.columns` in order, documents as JSON text.
    """
    if not records:
        return
    if _documents(kind):
        await _write_staged(connection, kind, records, _insert_of(kind))
    else:
        await _copy(connection, kind.table.name, kind, records)


async def upsert(connection: Connection, kind: Upsert, records: Sequence[tuple[Any, ...]]) -> list[str]:
    """Insert `records` or update those that differ. The first key column of each row that was written.

    Each record holds the values of `kind.columns` in order, documents as JSON text.
    """
    if not records:
        return []
    written = await _write_staged(connection, kind, records, _upsert_of(kind))
    return [row[0] for row in written]


async def _write_staged(
    connection: Connection, kind: Upsert, records: Sequence[tuple[Any, ...]], write: str
) -> list[Record]:
    """COPY takes no documents from this client: they are staged as the texts they are."""
    await connection.execute(_stage_of(kind))
    await _copy(connection, _stage(kind), kind, records)
    written = await connection.fetch(write, timeout=RECORD_TIMEOUT_SECONDS)
    await connection.execute(f"DROP TABLE {_stage(kind)}")
    return written


async def _copy(connection: Connection, table: str, kind: Upsert, records: Sequence[tuple[Any, ...]]) -> None:
    await connection.copy_records_to_table(table, records=records, columns=kind.columns, timeout=RECORD_TIMEOUT_SECONDS)


def _stage(kind: Upsert) -> str:
    return f"stage_{kind.table.name}"


@lru_cache(maxsize=64)
def _documents(kind: Upsert) -> frozenset[str]:
    return frozenset(column for column in kind.columns if isinstance(kind.table.c[column].type, JSONB))


@lru_cache(maxsize=64)
def _stage_of(kind: Upsert) -> str:
    columns = ", ".join(f"{column}::text" if column in _documents(kind) else column for column in kind.columns)
    return (
        f"CREATE TEMPORARY TABLE {_stage(kind)} ON COMMIT DROP AS SELECT {columns} FROM {kind.table.name} WITH NO DATA"  # noqa: S608
    )


@lru_cache(maxsize=64)
def _insert_of(kind: Upsert) -> str:
    columns = ", ".join(f"{column}::jsonb" if column in _documents(kind) else column for column in kind.columns)
    return f"INSERT INTO {kind.table.name} ({', '.join(kind.columns)}) SELECT {columns} FROM {_stage(kind)}"  # noqa: S608


@lru_cache(maxsize=64)
def _upsert_of(kind: Upsert) -> str:
    name = kind.table.name
    free = [column for column in kind.columns if column not in kind.key]
    changes = [f"{column} = excluded.{column}" for column in free] + ([kind.on_update] if kind.on_update else [])
    differs = f"({_list(name, free)}) IS DISTINCT FROM ({_list('excluded', free)})"
    action = f"UPDATE SET {', '.join(changes)} WHERE {differs}" if free else "NOTHING"
    key = ", ".join(kind.key)
    return f"{_insert_of(kind)} ORDER BY {key} ON CONFLICT ({key}) DO {action} RETURNING {kind.key[0]}"


def _list(table: str, columns: Sequence[str]) -> str:
    return ", ".join(f"{table}.{column}" for column in columns)


_CHANGE_STOCK = """
WITH change AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::int[]) AS item (offer_id, warehouse_id, delta, safety)
), changed AS (
    UPDATE stock_level AS level SET on_hand = level.on_hand + change.delta, safety = change.safety
    FROM change WHERE (level.offer_id, level.warehouse_id) = (change.offer_id, change.warehouse_id)
    RETURNING level.offer_id, level.warehouse_id
)
INSERT INTO stock_level AS level (offer_id, warehouse_id, on_hand, safety)
SELECT * FROM change WHERE (offer_id, warehouse_id) NOT IN (SELECT * FROM changed) ORDER BY 1, 2
ON CONFLICT (offer_id, warehouse_id)
DO UPDATE SET on_hand = level.on_hand + excluded.on_hand, safety = excluded.safety
"""


async def change_stock(
    connection: Connection,
    changes: Sequence[StockChange],
    new_offers: Container[str],
    *,
    reason: str,
    reference: str,
    actor: str,
) -> None:
    """Add each change to its level, and write the movement that explains it (S8: their sum is what is on hand).

    A level that does not exist is made, as all of `new_offers` are; what is taken from one is checked by the table
    alone.
    """
    first = [change for change in changes if change.offer_id in new_offers]
    later = [change for change in changes if change.offer_id not in new_offers]
    await insert(connection, STOCK_LEVEL, first)
    if later:
        await connection.execute(_CHANGE_STOCK, *_columns(later, 4))
    await connection.copy_records_to_table(
        stock_movement.name,
        records=[
            (item.offer_id, item.warehouse_id, item.delta, reason, reference, actor) for item in changes if item.delta
        ],
        columns=("offer_id", "warehouse_id", "delta", "reason", "reference", "actor"),
    )


def _columns(records: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    """Records turned on their side, as `unnest` takes them."""
    return [[record[at] for record in records] for at in range(width)]


async def products_by_external_id(connection: Connection, external_ids: Sequence[str]) -> Mapping[str, Record]:
    """`id, slug, translations, content_hash` of the products that exist, by external id; locked until the commit."""
    rows = await connection.fetch(
        "SELECT external_id, id, slug, translations, content_hash FROM product "
        "WHERE external_id = ANY($1) ORDER BY id FOR UPDATE",
        external_ids,
    )
    return {row["external_id"]: row for row in rows}


async def content_hashes(connection: Connection, external_ids: Sequence[str]) -> Mapping[str, bytes | None]:
    """The hash of the row that each existing product was last imported from."""
    rows = await connection.fetch(
        "SELECT external_id, content_hash FROM product WHERE external_id = ANY($1)", external_ids
    )
    return {row[0]: row[1] for row in rows}


async def variants_by_sku(connection: Connection, skus: Sequence[str]) -> Mapping[str, Record]:
    rows = await connection.fetch("SELECT sku, id, product_id FROM variant WHERE sku = ANY($1)", skus)
    return {row["sku"]: row for row in rows}


async def offers_of(connection: Connection, variant_ids: Sequence[str]) -> Mapping[tuple[str, str, str], str]:
    """The id of each offer by variant, vendor and condition."""
    rows = await connection.fetch(
        "SELECT variant_id, vendor_id, condition, id FROM offer WHERE variant_id = ANY($1)", variant_ids
    )
    return {(row[0], row[1], row[2]): row[3] for row in rows}


async def stock_of(connection: Connection, offer_ids: Sequence[str]) -> Mapping[tuple[str, str], Record]:
    """`on_hand, promised, safety` by offer and warehouse, locked in the order in which a checkout locks them."""
    rows = await connection.fetch(
        "SELECT offer_id, warehouse_id, on_hand, reserved + allocated AS promised, safety FROM stock_level "
        "WHERE offer_id = ANY($1) ORDER BY offer_id, warehouse_id FOR UPDATE",
        offer_ids,
    )
    return {(row["offer_id"], row["warehouse_id"]): row for row in rows}


async def owners_of_slugs(connection: Connection, kind: str, slugs: Sequence[str]) -> Mapping[tuple[str, str], str]:
    """Whom each slug names or once named, by slug and language."""
    rows = await connection.fetch(
        "SELECT slug, language, entity_id FROM slug WHERE kind = $1 AND slug = ANY($2)", kind, slugs
    )
    return {(row[0], row[1]): row[2] for row in rows}


async def retire_slugs(connection: Connection, kind: str, current: Sequence[tuple[str, str, str]]) -> None:
    """Turn what else the entities were called into redirects, given the (entity id, language, slug) that hold now."""
    if not current:
        return
    entities, languages, slugs = _columns(current, 3)
    await connection.execute(
        "UPDATE slug SET is_current = false WHERE kind = $1 AND entity_id = ANY($2) AND is_current AND NOT EXISTS "
        "(SELECT FROM unnest($2::text[], $3::text[], $4::text[]) AS now (entity_id, language, slug) "
        "WHERE (now.entity_id, now.language, now.slug) = (slug.entity_id, slug.language, slug.slug))",
        kind,
        entities,
        languages,
        slugs,
    )


async def drop_other_prices(
    connection: Connection, offer_ids: Sequence[str], list_ids: Sequence[str], kept: Sequence[tuple[str, str, int]]
) -> list[str]:
    """Delete the offers' undated prices in these lists but for `kept` and those derived. The offers that lost one."""
    kept_offers, kept_lists, kept_quantities = _columns(kept, 3)
    rows = await connection.fetch(
        f"DELETE FROM {price.name} WHERE offer_id = ANY($1) AND price_list_id = ANY($2) "  # noqa: S608
        "AND starts_at IS NULL AND ends_at IS NULL AND derived_from IS NULL AND NOT EXISTS "
        "(SELECT FROM unnest($3::text[], $4::text[], $5::int[]) AS kept (offer_id, price_list_id, min_quantity) "
        "WHERE (kept.offer_id, kept.price_list_id, kept.min_quantity) "
        "= (price.offer_id, price.price_list_id, price.min_quantity)) RETURNING offer_id",
        offer_ids,
        list_ids,
        kept_offers,
        kept_lists,
        kept_quantities,
    )
    return [row[0] for row in rows]


async def leave_other_collections(
    connection: Connection, product_ids: Sequence[str], kept: Sequence[tuple[str, str]]
) -> bool:
    """Take products out of every collection but those of `kept`, pairs of collection and product; was any in one?"""
    collections, products = _columns(kept, 2)
    status = await connection.execute(
        "DELETE FROM collection_product AS member WHERE product_id = ANY($1) AND NOT EXISTS "
        "(SELECT FROM unnest($2::text[], $3::text[]) AS kept (collection_id, product_id) "
        "WHERE (kept.collection_id, kept.product_id) = (member.collection_id, member.product_id))",
        product_ids,
        collections,
        products,
    )
    return status != "DELETE 0"


async def remember_content(connection: Connection, hashes: Sequence[tuple[str, bytes]]) -> None:
    """Note what row each product is now like; that alone is no change of the product."""
    if hashes:
        ids, values = _columns(hashes, 2)
        await connection.execute(
            "UPDATE product SET content_hash = fresh.hash FROM unnest($1::text[], $2::bytea[]) AS fresh (id, hash) "
            "WHERE product.id = fresh.id",
            ids,
            values,
        )


_PRODUCT_COLUMNS = (
    "id",
    "external_id",
    "slug",
    "title",
    "description",
    "kind",
    "status",
    "brand_id",
    "category_id",
    "tax_class",
    "attributes",
    "options",
    "media",
    "translations",
    "released_on",
)
STOCK_LEVEL = Upsert(stock_level, ("offer_id", "warehouse_id", "on_hand", "safety"), key=("offer_id", "warehouse_id"))
NEW_PRODUCT = Upsert(product, (*_PRODUCT_COLUMNS, "content_hash"))
PRODUCT = Upsert(product, _PRODUCT_COLUMNS, on_update="version = product.version + 1, updated_at = now()")
VARIANT = Upsert(
    variant,
    (
        "id",
        "product_id",
        "sku",
        "title",
        "position",
        "options",
        "gtin",
        "mpn",
        "identifiers",
        "image",
        "weight_grams",
        "volume_ml",
        "hs_code",
        "origin_country",
    ),
)
OFFER = Upsert(
    offer,
    (
        "id",
        "variant_id",
        "product_id",
        "vendor_id",
        "condition",
        "status",
        "min_quantity",
        "max_quantity",
        "step",
        "per_customer",
    ),
    on_update="version = offer.version + 1",
)
RATE = ("rate", "rate_at")
PRICE = Upsert(
    price,
    ("offer_id", "price_list_id", "min_quantity", "amount_minor", "starts_at", "ends_at", "derived_from", *RATE),
    key=("offer_id", "price_list_id", "min_quantity", "starts_at"),
)
"""Prices as somebody sets them: in the place of a derived one, such a price stays."""
SLUG = Upsert(slug, ("kind", "language", "slug", "entity_id", "is_current"), key=("kind", "slug", "language"))
MEMBER = Upsert(collection_product, ("collection_id", "product_id", "position"), key=("collection_id", "product_id"))
BRAND = Upsert(brand, ("id", "name", "slug"))
CATEGORY = Upsert(category, ("id", "slug", "name", "parent_id", "lineage", "position", "translations"))
ATTRIBUTE = Upsert(attribute, ("id", "key", "label", "kind", "unit", "translations"))
