"""What a catalog stands on: vendors, warehouses, the tree of categories, collections and menus, from one JSON file.

Written before the products that name them. Each is known by its slug, code or handle; writing again updates what
differs.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

import orjson
from pydantic import Field, StrictInt

from persistence.catalog import bulk
from persistence.catalog.tables import collection, menu
from persistence.changes import count_storefront
from persistence.ids import new_id
from persistence.inventory.tables import warehouse
from persistence.orders.document_tables import legal_entity
from persistence.statement import Connection, Pool
from persistence.vendors.tables import vendor
from server.imports.references import ids_by, slug_of
from server.imports.rows import ImageRow, Row
from server.imports.text import Code, Country, Html, Language, Line, Slug, Text, Word

VENDOR = bulk.Upsert(
    vendor,
    ("id", "slug", "name", "description", "country", "logo", "policies", "translations", "status", "is_house"),
    on_update="version = vendor.version + 1",
)
WAREHOUSE_FACTS = ("latitude", "longitude", "opening_hours", "time_zone", "cutoff_hour", "handling_days")
WAREHOUSE = bulk.Upsert(
    warehouse, ("id", "code", "name", "country", "vendor_id", "is_pickup", "priority", "address", *WAREHOUSE_FACTS)
)
COLLECTION = bulk.Upsert(collection, ("id", "slug", "name", "description", "image", "translations", "position"))
LEGAL_ENTITY = bulk.Upsert(legal_entity, ("vendor_id", "name", "address", "registration", "email"), key=("vendor_id",))
MENU = bulk.Upsert(menu, ("handle", "items"), key=("handle",))


class WordsRow(Row):
    """A name and a description in another language, and of vendors the texts of policies by kind."""

    name: Word | None = None
    description: Html | None = None
    slug: Slug | None = None
    policies: dict[Code, Html] | None = None


class PolicyRow(Row):
    """What a vendor promises: `kind` is a word like `returns` or `shipping`."""

    kind: Code
    text: Html


class LegalEntityRow(Row):
    """Who a vendor is before the law, as its invoices say."""

    name: Line
    address: "AddressRow"
    registration: Line | None = None
    email: Line | None = None


class VendorRow(Row):
    slug: Slug
    name: Word
    description: Html = ""
    country: Country
    logo: ImageRow | None = None
    policies: tuple[PolicyRow, ...] = ()
    translations: dict[Language, WordsRow] = Field(default={})
    status: Literal["APPLIED", "IN_REVIEW", "ACTIVE", "SUSPENDED", "REJECTED", "CLOSED"] = "ACTIVE"
    is_house: bool = False
    legal_entity: LegalEntityRow | None = None


class AddressRow(Row):
    """Where a warehouse is, in the parts of an address of the API."""

    company: Text | None = None
    line1: Line
    line2: Text | None = None
    city: Line
    region: Text | None = None
    postal_code: Text | None = None
    country: Country


class WarehouseRow(Row):
    code: Code
    name: Word
    vendor: Slug
    country: Country
    is_pickup: bool = False
    priority: StrictInt = 0
    address: AddressRow | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    opening_hours: Text | None = None
    time_zone: Word | None = None
    cutoff_hour: Annotated[StrictInt, Field(ge=0, le=24)] | None = None
    handling_days: Annotated[StrictInt, Field(ge=0, le=60)] = 0


class CategoryRow(Row):
    """A category with those below it; their order is the order of display."""

    name: Word
    slug: Slug | None = None
    image: ImageRow | None = None
    translations: dict[Language, WordsRow] = Field(default={})
    children: tuple["CategoryRow", ...] = ()


class CollectionRow(Row):
    slug: Slug
    name: Word
    description: Html = ""
    image: ImageRow | None = None
    translations: dict[Language, WordsRow] = Field(default={})


class MenuItemRow(Row):
    """One entry of a menu; `path` is an address of the storefront such as `/categories/kitchen-and-table`."""

    title: Word
    path: Annotated[Text, Field(pattern="^/")]
    titles: dict[Language, Word] = Field(default={})
    items: tuple["MenuItemRow", ...] = ()


class Store(Row):
    """The whole file; any section may be missing."""

    vendors: tuple[VendorRow, ...] = ()
    warehouses: tuple[WarehouseRow, ...] = ()
    categories: tuple[CategoryRow, ...] = ()
    collections: tuple[CollectionRow, ...] = ()
    menus: dict[Code, tuple[MenuItemRow, ...]] = Field(default={})


def read_store(path: Path) -> Store:
    """The store a JSON file describes; pydantic's ValidationError says what is wrong with one that describes none."""
    return Store.model_validate_json(path.read_bytes())


async def write_store(pool: Pool, store: Store, *, language: str = "en") -> None:
    """Bring everything of `store` into the database, in one transaction."""
    async with pool.acquire() as connection, connection.transaction():
        await _write_vendors(connection, store, language)
        await _write_warehouses(connection, store)
        await _write_categories(connection, store, language)
        await _write_collections(connection, store, language)
        menus = [(handle, _json([item.model_dump() for item in items])) for handle, items in store.menus.items()]
        await bulk.upsert(connection, MENU, menus)
        await count_storefront(connection)


async def _write_vendors(connection: Connection, store: Store, language: str) -> None:
    ids = await ids_by(connection, "vendor", "slug")
    records = [
        (
            ids.get(row.slug) or new_id("vendor"),
            row.slug,
            row.name,
            row.description or None,
            row.country,
            _document(row.logo),
            _json([policy.model_dump() for policy in row.policies]),
            _translations(row.translations),
            row.status,
            row.is_house,
        )
        for row in store.vendors
    ]
    await bulk.upsert(connection, VENDOR, records)
    slugs = [("VENDOR", language, record[1], record[0], True) for record in records]
    await bulk.upsert(connection, bulk.SLUG, slugs)
    entities = [
        (record[0], entity.name, _document(entity.address), entity.registration, entity.email)
        for row, record in zip(store.vendors, records, strict=True)
        if (entity := row.legal_entity) is not None
    ]
    await bulk.upsert(connection, LEGAL_ENTITY, entities)


async def _write_warehouses(connection: Connection, store: Store) -> None:
    ids, vendors = await ids_by(connection, "warehouse", "code"), await ids_by(connection, "vendor", "slug")
    records = [
        (
            ids.get(row.code) or new_id("warehouse"),
            row.code,
            row.name,
            row.country,
            vendors[row.vendor],
            row.is_pickup,
            row.priority,
            _document(row.address),
            *[getattr(row, name) for name in WAREHOUSE_FACTS],
        )
        for row in store.warehouses
    ]
    await bulk.upsert(connection, WAREHOUSE, records)


async def _write_categories(connection: Connection, store: Store, language: str) -> None:
    """Parents before children, so that each finds the lineage it continues."""
    ids = await ids_by(connection, "category", "slug")
    records: list[tuple[Any, ...]] = []
    slugs: list[tuple[Any, ...]] = []
    waiting: list[tuple[CategoryRow, int, list[str]]] = [(row, at, []) for at, row in enumerate(store.categories)]
    for row, position, lineage in waiting:
        slug = row.slug or slug_of(row.name)
        category_id = ids.setdefault(slug, new_id("category"))
        path = [*lineage, category_id]
        parent = lineage[-1] if lineage else None
        records.append(
            (category_id, slug, row.name, parent, path, position, _translations(row.translations), _document(row.image))
        )
        slugs.append(("CATEGORY", language, slug, category_id, True))
        slugs += [
            ("CATEGORY", tongue, words.slug, category_id, True)
            for tongue, words in row.translations.items()
            if words.slug
        ]
        waiting += [(child, at, path) for at, child in enumerate(row.children)]
    kind = bulk.CATEGORY._replace(columns=(*bulk.CATEGORY.columns, "image"))
    await bulk.upsert(connection, kind, records)
    await bulk.upsert(connection, bulk.SLUG, slugs)


async def _write_collections(connection: Connection, store: Store, language: str) -> None:
    ids = await ids_by(connection, "collection", "slug")
    records = [
        (
            ids.get(row.slug) or new_id("collection"),
            row.slug,
            row.name,
            row.description or None,
            _document(row.image),
            _translations(row.translations),
            position,
        )
        for position, row in enumerate(store.collections)
    ]
    await bulk.upsert(connection, COLLECTION, records)
    slugs = [("COLLECTION", language, record[1], record[0], True) for record in records]
    await bulk.upsert(connection, bulk.SLUG, slugs)


def _translations(words: dict[Language, WordsRow]) -> str:
    return _json({language: row.model_dump(exclude_none=True) for language, row in words.items()})


def _document(row: Row | None) -> str | None:
    return _json(row.model_dump()) if row is not None else None


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
