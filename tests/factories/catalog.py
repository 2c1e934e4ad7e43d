"""Catalogs written straight into a database: valid rows, of which a test names what matters to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, bindparam, insert

from persistence.catalog.tables import (
    attribute,
    brand,
    category,
    collection,
    collection_product,
    menu,
    product,
    slug,
    variant,
)
from persistence.ids import new_id
from persistence.inventory.tables import stock_level, warehouse
from persistence.pricing.tables import offer, price
from persistence.statement import Pool, Statement
from persistence.vendors.tables import vendor
from server.seed import seed

PRICES = {"us-usd": 2499, "de-eur": 1999, "gb-gbp": 1799, "jp-jpy": 3200}
STOCK = 100


@dataclass(frozen=True, slots=True)
class CatalogWriter:
    """Writes what a test needs. Each method answers the id of what it wrote."""

    pool: Pool
    price_lists: Mapping[str, str]

    async def vendor(self, name: str = "A vendor", **values: Any) -> str:
        id = new_id("vendor")
        await self.put(vendor, id=id, name=name, **({"slug": id, "country": "DE"} | values))
        await self.slug("VENDOR", values.get("slug", id), id)
        return id

    async def warehouse(self, vendor_id: str, **values: Any) -> str:
        id = new_id("warehouse")
        await self.put(
            warehouse, id=id, vendor_id=vendor_id, **({"code": id, "name": "Main", "country": "DE"} | values)
        )
        return id

    async def category(self, name: str, lineage: Sequence[str] = (), **values: Any) -> str:
        """A category below the last of `lineage`."""
        id = new_id("category")
        parent_id = lineage[-1] if lineage else None
        known = {"slug": name.lower(), "parent_id": parent_id, "lineage": [*lineage, id]}
        await self.put(category, id=id, name=name, **(known | values))
        await self.slug("CATEGORY", (known | values)["slug"], id)
        return id

    async def collection(self, name: str, products: Sequence[str] = (), **values: Any) -> str:
        id = new_id("collection")
        await self.put(collection, id=id, name=name, **({"slug": name.lower()} | values))
        await self.slug("COLLECTION", values.get("slug", name.lower()), id)
        for position, product_id in enumerate(products):
            await self.put(collection_product, collection_id=id, product_id=product_id, position=position)
        return id

    async def brand(self, name: str) -> str:
        id = new_id("brand")
        await self.put(brand, id=id, name=name, slug=name.lower())
        return id

    async def attribute(self, key: str, label: str, **values: Any) -> str:
        id = new_id("attribute")
        await self.put(attribute, id=id, key=key, label=label, **values)
        return id

    async def menu(self, handle: str, items: Sequence[Mapping[str, Any]]) -> None:
        await self.put(menu, handle=handle, items=items)

    async def product(self, title: str = "A lamp", **values: Any) -> str:
        """A product without variants, named in every language that `translations` gives a slug for."""
        id = new_id("product")
        known = {"slug": id} | values
        await self.put(product, id=id, title=title, **known)
        await self.slug("PRODUCT", known["slug"], id)
        for language, words in values.get("translations", {}).items():
            if "slug" in words:
                await self.slug("PRODUCT", words["slug"], id, language=language)
        return id

    async def variant(self, product_id: str, options: Mapping[str, str] | None = None, **values: Any) -> str:
        id = new_id("variant")
        chosen = [{"name": name, "value": value} for name, value in (options or {}).items()]
        title = " / ".join((options or {}).values()) or "A lamp"
        known = {"sku": id, "title": title, "options": chosen}
        await self.put(variant, id=id, product_id=product_id, **(known | values))
        return id

    async def offer(
        self,
        variant_id: str,
        vendor_id: str,
        *,
        prices: Mapping[str, int] | None = None,
        stock: int | None = STOCK,
        **values: Any,
    ) -> str:
        """An offer at these prices by the handle of their list, with stock in a warehouse of its own; None for none."""
        id = new_id("offer")
        product_id = await self.pool.fetchval("SELECT product_id FROM variant WHERE id = $1", variant_id)
        await self.put(offer, id=id, variant_id=variant_id, product_id=product_id, vendor_id=vendor_id, **values)
        for handle, amount_minor in (PRICES if prices is None else prices).items():
            await self.price(id, handle, amount_minor)
        if stock is not None:
            await self.stock(id, await self.warehouse(vendor_id), on_hand=stock)
        return id

    async def price(self, offer_id: str, handle: str, amount_minor: int, **values: Any) -> None:
        terms = {"price_list_id": self.price_lists[handle], "amount_minor": amount_minor}
        await self.put(price, offer_id=offer_id, **(terms | values))

    async def stock(self, offer_id: str, warehouse_id: str, **counts: int) -> None:
        await self.put(stock_level, offer_id=offer_id, warehouse_id=warehouse_id, **counts)

    async def slug(
        self, kind: str, text: str, entity_id: str, *, language: str = "en", is_current: bool = True
    ) -> None:
        values = {"kind": kind, "slug": text, "entity_id": entity_id, "language": language, "is_current": is_current}
        await self.put(slug, **values)

    async def sold(self, title: str = "A lamp", *, vendor_id: str | None = None, **terms: Any) -> tuple[str, str, str]:
        """A product with one variant and one offer: their ids."""
        product_id = await self.product(title, **terms.pop("product", {}))
        variant_id = await self.variant(product_id, **terms.pop("variant", {}))
        offer_id = await self.offer(variant_id, vendor_id or await self.vendor(), **terms)
        return product_id, variant_id, offer_id

    async def put(self, table: Table, **values: Any) -> None:
        names: dict[str, Any] = {name: bindparam(name) for name in values}
        await Statement(insert(table).values(names)).run(self.pool, **values)


async def catalog_in(pool: Pool) -> CatalogWriter:
    """A writer for a database that has the seeded markets and nothing else."""
    await seed(pool, new_id)
    return CatalogWriter(pool, dict(await pool.fetch("SELECT handle, id FROM price_list")))
