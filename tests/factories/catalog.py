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
from persistence.inventory.tables import stock_level, supply, warehouse
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
        item_id = new_id("vendor")
        await self.put(vendor, id=item_id, name=name, **({"slug": item_id, "country": "DE"} | values))
        await self.slug("VENDOR", values.get("slug", item_id), item_id)
        return item_id

    async def warehouse(self, vendor_id: str, **values: Any) -> str:
        item_id = new_id("warehouse")
        await self.put(
            warehouse, id=item_id, vendor_id=vendor_id, **({"code": item_id, "name": "Main", "country": "DE"} | values)
        )
        return item_id

    async def category(self, name: str, lineage: Sequence[str] = (), **values: Any) -> str:
        """A category below the last of `lineage`."""
        item_id = new_id("category")
        parent_id = lineage[-1] if lineage else None
        known = {"slug": name.lower(), "parent_id": parent_id, "lineage": [*lineage, item_id]}
        await self.put(category, id=item_id, name=name, **(known | values))
        await self.slug("CATEGORY", (known | values)["slug"], item_id)
        return item_id

    async def collection(self, name: str, products: Sequence[str] = (), **values: Any) -> str:
        item_id = new_id("collection")
        await self.put(collection, id=item_id, name=name, **({"slug": name.lower()} | values))
        await self.slug("COLLECTION", values.get("slug", name.lower()), item_id)
        for position, product_id in enumerate(products):
            await self.put(collection_product, collection_id=item_id, product_id=product_id, position=position)
        return item_id

    async def brand(self, name: str) -> str:
        item_id = new_id("brand")
        await self.put(brand, id=item_id, name=name, slug=name.lower())
        return item_id

    async def attribute(self, key: str, label: str, **values: Any) -> str:
        item_id = new_id("attribute")
        await self.put(attribute, id=item_id, key=key, label=label, **values)
        return item_id

    async def menu(self, handle: str, items: Sequence[Mapping[str, Any]]) -> None:
        await self.put(menu, handle=handle, items=items)

    async def product(self, title: str = "A lamp", **values: Any) -> str:
        """A product without variants, named in every language that `translations` gives a slug for."""
        item_id = new_id("product")
        known = {"slug": item_id} | values
        await self.put(product, id=item_id, title=title, **known)
        await self.slug("PRODUCT", known["slug"], item_id)
        for language, words in values.get("translations", {}).items():
            if "slug" in words:
                await self.slug("PRODUCT", words["slug"], item_id, language=language)
        return item_id

    async def variant(self, product_id: str, options: Mapping[str, str] | None = None, **values: Any) -> str:
        item_id = new_id("variant")
        chosen = [{"name": name, "value": value} for name, value in (options or {}).items()]
        title = " / ".join((options or {}).values()) or "A lamp"
        known = {"sku": item_id, "title": title, "options": chosen}
        await self.put(variant, id=item_id, product_id=product_id, **(known | values))
        return item_id

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
        item_id = new_id("offer")
        product_id = await self.pool.fetchval("SELECT product_id FROM variant WHERE id = $1", variant_id)
        await self.put(offer, id=item_id, variant_id=variant_id, product_id=product_id, vendor_id=vendor_id, **values)
        for handle, amount_minor in (PRICES if prices is None else prices).items():
            await self.price(item_id, handle, amount_minor)
        if stock is not None:
            await self.stock(item_id, await self.warehouse(vendor_id), on_hand=stock)
        return item_id

    async def price(self, offer_id: str, handle: str, amount_minor: int, **values: Any) -> None:
        terms = {"price_list_id": self.price_lists[handle], "amount_minor": amount_minor}
        await self.put(price, offer_id=offer_id, **(terms | values))

    async def stock(self, offer_id: str, warehouse_id: str, **counts: int) -> None:
        await self.put(stock_level, offer_id=offer_id, warehouse_id=warehouse_id, **counts)

    async def supply(self, offer_id: str, **terms: Any) -> None:
        await self.put(supply, offer_id=offer_id, **terms)

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
    lists = await pool.fetch("SELECT handle, id FROM price_list")
    return CatalogWriter(pool, {row["handle"]: row["id"] for row in lists})
