"""What a row asks of the database, in view of what is there: checked, and laid out as records."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

import orjson

from domain.shared.making import dataclass
from persistence.catalog import bulk
from persistence.ids import new_id
from persistence.statement import Connection, Record
from server.imports.references import References, slug_of
from server.imports.rows import OfferRow, ProductRow, VariantRow

CONTENT_DIGEST_BYTES = 16
SET_BY_HAND = (None,) * 5
"""Of a price: in no window, and derived from nothing."""


class RowError(Exception):
    """What is wrong with a row in view of what the database holds."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A valid row, with the line it stands in and the digest of its content followed by that of its stock."""

    line: int
    row: ProductRow
    content_hash: bytes

    @property
    def stock_hash(self) -> bytes:
        return self.content_hash[CONTENT_DIGEST_BYTES:]


@dataclass(slots=True)
class Plan:
    """The records one product asks for; kept apart until all of it has been found good."""

    product_id: str
    is_new: bool
    product: tuple[Any, ...] = ()
    slugs: list[tuple[str, str]] = field(default_factory=list)
    members: list[tuple[str, str, int]] | None = None
    variants: list[tuple[Any, ...]] = field(default_factory=list)
    offers: list[tuple[Any, ...]] = field(default_factory=list)
    prices: list[tuple[Any, ...]] = field(default_factory=list)
    stock: list[bulk.StockChange] = field(default_factory=list)


@dataclass(slots=True)
class Known:
    """What the database holds of the products, SKUs, slugs and offers that a batch speaks of."""

    references: References
    products: Mapping[str, Record]
    variants: Mapping[str, Record]
    offers: Mapping[tuple[str, str, str], str]
    stock: Mapping[tuple[str, str], Record]
    slugs: dict[tuple[str, str], str]
    ids: frozenset[str]
    """Of the variants and offers."""

    @classmethod
    async def of(cls, connection: Connection, candidates: Sequence[Candidate], *, language: str) -> "Known":
        rows = [item.row for item in candidates]
        products = await bulk.products_by_external_id(connection, [row.external_id for row in rows])
        variants = await bulk.variants_by_sku(connection, [variant.sku for row in rows for variant in row.variants])
        offers = await bulk.offers_of(connection, [record["id"] for record in variants.values()])
        slugs = await bulk.owners_of_slugs(
            connection, "PRODUCT", sorted({slug for row in rows for slug in _wishes(row)})
        )
        return cls(
            references=await References.of(connection, rows, language=language),
            products=products,
            variants=variants,
            offers=offers,
            stock=await bulk.stock_of(connection, sorted(offers.values())),
            slugs=dict(slugs),
            ids=frozenset({*(record["id"] for record in variants.values()), *offers.values()}),
        )


def check_names(row: ProductRow, known: Known) -> None:
    """Refuse what names something that must exist and does not, or a SKU that is another product's."""
    references = known.references
    for slug in row.collections or ():
        _must(slug in references.collections, f"there is no collection {slug!r}")
    existing = known.products.get(row.external_id)
    for variant in row.variants:
        owner = known.variants.get(variant.sku)
        is_ours = owner is None or (existing is not None and owner["product_id"] == existing["id"])
        _must(is_ours, f"SKU {variant.sku!r} belongs to another product")
        for offer in variant.offers:
            _check_offer(offer, references)


def _check_offer(offer: OfferRow, references: References) -> None:
    vendor_id = references.vendors.get(offer.vendor)
    _must(vendor_id is not None, f"there is no vendor {offer.vendor!r}")
    for price in offer.prices:
        where = f" in market {price.market!r}" if price.market else ""
        _must(
            (price.market, price.currency) in references.price_lists,
            f"there is no price list of {price.currency}{where}",
        )
    for level in offer.stock:
        warehouse = references.warehouses.get(level.warehouse)
        _must(warehouse is not None, f"there is no warehouse {level.warehouse!r}")
        is_theirs = warehouse is not None and warehouse.vendor_id == vendor_id
        _must(is_theirs, f"warehouse {level.warehouse!r} is not one of vendor {offer.vendor!r}")


def _must(holds: bool, problem: str) -> None:
    if not holds:
        raise RowError(problem)


def plan_of(item: Candidate, known: Known, language: str) -> Plan:
    """The records of one product; raises `RowError` where the database speaks against them."""
    row = item.row
    existing = known.products.get(row.external_id)
    plan = Plan(existing["id"] if existing else new_id("product"), existing is None)
    before = existing["content_hash"] if existing else None
    sets_stock = before is None or before[CONTENT_DIGEST_BYTES:] != item.stock_hash
    for position, variant in enumerate(row.variants):
        _plan_variant(plan, row, variant, position, known, sets_stock=sets_stock)
    if row.collections is not None:
        collections = [known.references.collections[slug] for slug in row.collections]
        plan.members = [(collection_id, plan.product_id, item.line) for collection_id in collections]
    slug = _claim_slug(plan.product_id, row, existing, known, language)
    translations = _claim_translated_slugs(plan, row, existing, known)
    plan.slugs.append((language, slug))
    plan.product = _product_record(plan, row, slug, translations, known.references)
    return plan


def _product_record(
    plan: Plan, row: ProductRow, slug: str, translations: Mapping[str, Any], references: References
) -> tuple[Any, ...]:
    options = [
        {
            "name": name,
            "values": [{"name": value, "swatch": row.swatches.get(value)} for value in _values_of(row, name)],
        }
        for name in row.options
    ]
    return (
        plan.product_id,
        row.external_id,
        slug,
        row.title,
        row.description or None,
        row.kind,
        row.status,
        references.brands[row.brand] if row.brand is not None else None,
        references.categories[row.category] if row.category else None,
        row.tax_class,
        _json({key: fact.value for key, fact in row.attributes.items()}),
        _json(options),
        _json([image.model_dump() for image in row.images]),
        _json(translations),
        row.released,
    )


def _values_of(row: ProductRow, option: str) -> list[str]:
    """The option's values in the order in which the variants bring them."""
    return list(dict.fromkeys(variant.options[option] for variant in row.variants))


def _plan_variant(
    plan: Plan, row: ProductRow, variant: VariantRow, position: int, known: Known, *, sets_stock: bool
) -> None:
    existing = known.variants.get(variant.sku)
    variant_id = existing["id"] if existing else new_id("variant")
    chosen = [{"name": name, "value": variant.options[name]} for name in row.options]
    image = next((image for image in row.images if image.url == variant.image), None)
    plan.variants.append(
        (
            variant_id,
            plan.product_id,
            variant.sku,
            " / ".join(choice["value"] for choice in chosen) or row.title,
            position,
            _json(chosen),
            variant.gtins[0] if variant.gtins else None,
            variant.mpn,
            [*variant.gtins[1:], *variant.identifiers],
            _json(image.model_dump()) if image else None,
            variant.weight_grams,
            variant.volume_ml,
            variant.hs_code,
            variant.origin_country,
        )
    )
    for offer in variant.offers:
        _plan_offer(plan, variant, variant_id, offer, known, sets_stock=sets_stock)


def _plan_offer(
    plan: Plan, variant: VariantRow, variant_id: str, offer: OfferRow, known: Known, *, sets_stock: bool
) -> None:
    vendor_id = known.references.vendors[offer.vendor]
    offer_id = known.offers.get((variant_id, vendor_id, offer.condition)) or new_id("offer")
    limits = (offer.min_quantity, offer.max_quantity, offer.quantity_step, offer.per_customer)
    plan.offers.append((offer_id, variant_id, plan.product_id, vendor_id, offer.condition, offer.status, *limits))
    amounts = {
        (list_id, price.min_quantity): price.minor
        for price in sorted(offer.prices, key=lambda price: price.market is not None)
        for list_id in known.references.price_lists[price.market, price.currency]
    }
    plan.prices += [(offer_id, list_id, least, minor, *SET_BY_HAND) for (list_id, least), minor in amounts.items()]
    if sets_stock:
        plan.stock += _stock_changes(offer_id, variant, offer, known)


def _stock_changes(offer_id: str, variant: VariantRow, offer: OfferRow, known: Known) -> Iterator[bulk.StockChange]:
    for counted in offer.stock:
        warehouse_id = known.references.warehouses[counted.warehouse].id
        level = known.stock.get((offer_id, warehouse_id))
        if level is None:
            yield bulk.StockChange(offer_id, warehouse_id, counted.on_hand, counted.safety)
            continue
        promised, delta = level["promised"], counted.on_hand - level["on_hand"]
        where = f"{variant.sku!r} in {counted.warehouse!r}"
        _must(counted.on_hand >= promised, f"{counted.on_hand} of {where}, but {promised} are promised to buyers")
        if delta or counted.safety != level["safety"]:
            yield bulk.StockChange(offer_id, warehouse_id, delta, counted.safety)


def _wishes(row: ProductRow) -> Iterator[str]:
    """Every slug the product might take."""
    yield from _generated(row) if row.slug is None else (row.slug,)
    yield from (words.slug for words in row.translations.values() if words.slug)


def _generated(row: ProductRow) -> tuple[str, str]:
    """The slug that a product without one is given, and the one it takes if that is another's."""
    external = slug_of(row.external_id) or "0"
    title = slug_of(row.title) or "product"
    return title, f"{title}-{external}"


def _claim_slug(product_id: str, row: ProductRow, existing: Record | None, known: Known, language: str) -> str:
    """The product's slug. One that was generated stays when the title changes: addresses last."""
    if row.slug is not None:
        _claim(product_id, row.slug, language, known)
        return row.slug
    if existing is not None:
        return str(existing["slug"])
    for slug in _generated(row):
        if known.slugs.setdefault((slug, language), product_id) == product_id:
            return slug
    return f"{_generated(row)[0]}-{product_id[-12:]}"


def _claim_translated_slugs(plan: Plan, row: ProductRow, existing: Record | None, known: Known) -> dict[str, Any]:
    """The translations as they are stored, each with a slug if it ever had one."""
    stored: dict[str, Any] = {}
    before = existing["translations"] if existing else {}
    for language, words in row.translations.items():
        slug = words.slug or before.get(language, {}).get("slug")
        if slug is not None:
            _claim(plan.product_id, slug, language, known)
            plan.slugs.append((language, slug))
        stored[language] = _translation(row, language, slug)
    return stored


def _translation(row: ProductRow, language: str, slug: str | None) -> dict[str, Any]:
    words = row.translations[language]
    options = {
        name: {
            "label": words.options.get(name, name),
            "values": {value: words.values[value] for value in _values_of(row, name) if value in words.values},
        }
        for name in row.options
    }
    said = {
        "title": words.title,
        "description": words.description,
        "slug": slug,
        "options": options,
        "media": words.alt,
    }
    return {name: value for name, value in said.items() if value}


def _claim(product_id: str, slug: str, language: str, known: Known) -> None:
    owner = known.slugs.setdefault((slug, language), product_id)
    _must(owner == product_id, f"slug {slug!r} ({language}) names another product")


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
