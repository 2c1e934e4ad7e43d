"""The ids behind the names that import rows use: loaded for each batch, and grown where rows name something new.

Vendors, warehouses, price lists and collections must exist; brands, categories and attributes come into being by being
named.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson
from slugify import slugify

from domain.shared.making import dataclass, replace
from persistence.catalog import bulk
from persistence.ids import new_id
from persistence.statement import Connection
from server.imports.rows import AttributeRow, ProductRow

type Path = tuple[str, ...]

MAX_SLUG_LENGTH = 120
KINDS: Mapping[type, str] = {bool: "BOOLEAN", int: "NUMBER", float: "NUMBER", str: "TEXT"}
"""Of an attribute, by its values."""
PLAIN = re.compile(r"[\x00-%(-+\--\x7f]*")
"""ASCII without the signs that `slugify` does more with than part words: the quote, entities, points in numbers."""
PLAIN_WORDS = re.compile("[a-z0-9]+")


@dataclass(frozen=True, slots=True)
class KnownAttribute:
    id: str
    key: str
    label: str
    kind: str
    unit: str | None
    translations: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class KnownWarehouse:
    id: str
    vendor_id: str


@lru_cache(maxsize=4_096)
def slug_of(text: str) -> str:
    """A readable address for `text`: "Größe & Maß" becomes "groesse-mass"; empty if nothing of it can be written so."""
    if len(text) < MAX_SLUG_LENGTH and PLAIN.fullmatch(text):
        return "-".join(PLAIN_WORDS.findall(text.lower()))
    german = (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("Ä", "ae"), ("Ö", "oe"), ("Ü", "ue"), ("ß", "ss"))
    return slugify(text, max_length=MAX_SLUG_LENGTH, word_boundary=True, replacements=german)


class References:
    """What the rows of one batch name, by name.

    Loaded within the batch's transaction, which holds the lock of imports: nothing here can be stale, and a transaction
    that is undone leaves nothing wrong behind.
    """

    def __init__(self, language: str) -> None:
        self._language = language
        self.vendors: dict[str, str] = {}
        self.warehouses: dict[str, KnownWarehouse] = {}
        self.price_lists: dict[tuple[str | None, str], list[str]] = {}
        self.collections: dict[str, str] = {}
        self.brands: dict[str, str] = {}
        self.categories: dict[Path, str] = {}
        self.attributes: dict[str, KnownAttribute] = {}
        self._lineages: dict[str, Sequence[str]] = {}

    @classmethod
    async def of(cls, connection: Connection, rows: Sequence[ProductRow], *, language: str) -> "References":
        """What the database knows of the names that `rows` use."""
        references = cls(language)
        references.vendors = await ids_by(connection, "vendor", "slug")
        warehouses = await connection.fetch("SELECT code, id, vendor_id FROM warehouse")
        references.warehouses = {row[0]: KnownWarehouse(row[1], row[2]) for row in warehouses}
        references.collections = await ids_by(connection, "collection", "slug")
        references.price_lists = await _price_lists(connection)
        await references._load_named(connection, rows)
        return references

    async def _load_named(self, connection: Connection, rows: Sequence[ProductRow]) -> None:
        names = sorted({row.brand for row in rows if row.brand is not None})
        brands = await connection.fetch("SELECT name, id FROM brand WHERE name = ANY($1)", names)
        self.brands = {row["name"]: row["id"] for row in brands}
        categories = await connection.fetch("SELECT id, name, lineage FROM category")
        names_by_id = {row["id"]: row["name"] for row in categories}
        self.categories = {tuple(names_by_id[step] for step in row["lineage"]): row["id"] for row in categories}
        self._lineages = {row["id"]: row["lineage"] for row in categories}
        keys = sorted({key for row in rows for key in row.attributes})
        attributes = await connection.fetch(
            "SELECT id, key, label, kind, unit, translations FROM attribute WHERE key = ANY($1)", keys
        )
        self.attributes = {row["key"]: KnownAttribute(*row) for row in attributes}

    @property
    def managed_price_lists(self) -> list[str]:
        """The lists whose undated prices an import decides."""
        return sorted({list_id for lists in self.price_lists.values() for list_id in lists})

    async def grow(self, connection: Connection, rows: Sequence[ProductRow]) -> bool:
        """Make the brands, categories and attributes that `rows` are the first to name; whether pages may show them."""
        await self._grow_brands(connection, rows)
        has_categories = await self._grow_categories(connection, rows)
        return await self._grow_attributes(connection, rows) or has_categories

    async def _grow_brands(self, connection: Connection, rows: Iterable[ProductRow]) -> None:
        names = sorted({row.brand for row in rows if row.brand is not None} - self.brands.keys())
        taken = await _slugs(connection, "brand") if names else set()
        fresh = [(new_id("brand"), name, _free_slug(slug_of(name) or "brand", taken)) for name in names]
        self.brands |= {name: brand_id for brand_id, name, _ in fresh}
        await bulk.insert(connection, bulk.BRAND, fresh)

    async def _grow_categories(self, connection: Connection, rows: Iterable[ProductRow]) -> bool:
        wanted = {row.category[:depth] for row in rows for depth in range(1, len(row.category) + 1)}
        paths = sorted(wanted - self.categories.keys(), key=lambda path: (len(path), path))
        taken = await _slugs(connection, "category") if paths else set()
        fresh = [self._new_category(path, taken) for path in paths]
        await bulk.insert(connection, bulk.CATEGORY, fresh)
        slugs = [("CATEGORY", self._language, record[1], record[0], True) for record in fresh]
        await bulk.upsert(connection, bulk.SLUG, slugs)
        return bool(fresh)

    def _new_category(self, path: Path, taken: set[str]) -> tuple[Any, ...]:
        parent = self.categories.get(path[:-1])
        category_id = new_id("category")
        lineage = [*(self._lineages[parent] if parent else []), category_id]
        self.categories[path] = category_id
        self._lineages[category_id] = lineage
        slug = slug_of(path[-1]) or "category"
        if slug in taken and parent is not None:
            slug = slug_of(" ".join(path[-2:]))
        return category_id, _free_slug(slug, taken), path[-1], parent, lineage, 0, "{}"

    async def _grow_attributes(self, connection: Connection, rows: Iterable[ProductRow]) -> bool:
        grown: dict[str, KnownAttribute] = {}
        for row in rows:
            for key, fact in row.attributes.items():
                known = self.attributes.get(key)
                if (
                    known is None
                    or fact.label
                    or fact.unit
                    or row.translations
                    or known.kind != KINDS[type(fact.value)]
                ):
                    merged = _merged(known, key, fact, row)
                    if merged != known:
                        self.attributes[key] = grown[key] = merged
        records = [
            (item.id, item.key, item.label, item.kind, item.unit, orjson.dumps(item.translations).decode())
            for item in grown.values()
        ]
        await bulk.upsert(connection, bulk.ATTRIBUTE, records)
        return bool(records)


async def _price_lists(connection: Connection) -> dict[tuple[str | None, str], list[str]]:
    """The public lists by market and currency.

    A price without a market goes into the currency's general list, or where there is none into each market's.
    """
    rows = await connection.fetch(
        "SELECT market.handle, price_list.currency, price_list.id "
        "FROM price_list LEFT JOIN market ON market.id = price_list.market_id "
        "WHERE customer_group IS NULL AND company_id IS NULL AND starts_at IS NULL AND ends_at IS NULL "
        "ORDER BY price_list.priority, price_list.id"
    )
    lists: dict[tuple[str | None, str], list[str]] = {}
    for market, currency, list_id in rows:
        lists.setdefault((market, currency), [list_id])
    general = {currency for market, currency in lists if market is None}
    for (_, currency), ids in sorted(lists.items(), key=lambda item: item[1]):
        if currency not in general:
            lists.setdefault((None, currency), []).extend(ids)
    return lists


async def ids_by(connection: Connection, table: str, key: str) -> dict[str, str]:
    """The id of each row of a small table by another column of it."""
    rows = await connection.fetch(f"SELECT {key}, id FROM {table}")  # noqa: S608
    return {row[0]: row[1] for row in rows}


async def _slugs(connection: Connection, table: str) -> set[str]:
    return {row[0] for row in await connection.fetch(f"SELECT slug FROM {table}")}  # noqa: S608


def _merged(known: KnownAttribute | None, key: str, fact: AttributeRow, row: ProductRow) -> KnownAttribute:
    """The attribute with what one more product says of it; values of several kinds make it a text."""
    kind = KINDS[type(fact.value)]
    if known is None:
        label = key.replace("_", " ").strip().capitalize() or key
        known = KnownAttribute(new_id("attribute"), key, fact.label or label, kind, fact.unit, {})
    return replace(
        known,
        kind=known.kind if known.kind == kind else "TEXT",
        label=fact.label or known.label,
        unit=fact.unit or known.unit,
        translations=_translated(known, key, fact, row),
    )


def _translated(known: KnownAttribute, key: str, fact: AttributeRow, row: ProductRow) -> Mapping[str, Any]:
    translations = dict(known.translations)
    for language, words in row.translations.items():
        label, value = words.attributes.get(key), words.attribute_values.get(str(fact.value))
        if label is None and value is None:
            continue
        said = dict(translations.get(language, {}))
        if label is not None:
            said["label"] = label
        if value is not None:
            said["values"] = said.get("values", {}) | {str(fact.value): value}
        translations[language] = said
    return translations


def _free_slug(wanted: str, taken: set[str]) -> str:
    """`wanted`, or with a number behind it; taken from now on."""
    slug, number = wanted, 1
    while slug in taken:
        number += 1
        slug = f"{wanted}-{number}"
    taken.add(slug)
    return slug
