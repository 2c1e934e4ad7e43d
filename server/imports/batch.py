"""Some hundred products written in one transaction: looked up together, checked one by one, written by kind of row."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from domain.shared.events import Event, EventType
from domain.shared.ids import OfferId, VendorId
from persistence import outbox
from persistence.catalog import bulk, search_index
from persistence.ids import new_id
from persistence.statement import Connection, Record
from server.imports.references import References, slug_of
from server.imports.rows import OfferRow, ProductRow, VariantRow

ACTOR = "import"
REASON = "IMPORT"
CONTENT_DIGEST_BYTES = 16
LOCK = 4_812_206_331


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
class Outcome:
    """What became of a batch."""

    created: int = 0
    changed: int = 0
    rejected: list[tuple[int, str, str]] = field(default_factory=list)


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


async def write(connection: Connection, candidates: Sequence[Candidate], *, language: str) -> Outcome:
    """Write the products, in the caller's transaction. Those that the database's state speaks against are left out."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
    outcome = Outcome()
    known = await Known.of(connection, candidates, language=language)
    good = [item for item in candidates if _passes(item, outcome, lambda item: _check_names(item.row, known))]
    await known.references.grow(connection, [item.row for item in good])
    plans: list[Plan] = []
    for item in good:
        _passes(item, outcome, lambda item: plans.append(_plan(item, known, language)))
    hashes = {item.row.external_id: item.content_hash for item in good}
    await _write(connection, plans, known, hashes, outcome)
    return outcome


def _passes(item: Candidate, outcome: Outcome, check: Any) -> bool:
    try:
        check(item)
    except RowError as problem:
        outcome.rejected.append((item.line, item.row.external_id, str(problem)))
        return False
    return True


@dataclass(slots=True)
class Known:
    """What the database holds of the products, SKUs, slugs and offers that a batch speaks of."""

    references: References
    products: Mapping[str, Record]
    variants: Mapping[str, Record]
    offers: Mapping[tuple[str, str, str], str]
    stock: Mapping[tuple[str, str], Record]
    slugs: dict[tuple[str, str], str]

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
        )


def _check_names(row: ProductRow, known: Known) -> None:
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


def _plan(item: Candidate, known: Known, language: str) -> Plan:
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
    plan.prices += [(offer_id, list_id, least, minor, None, None) for (list_id, least), minor in amounts.items()]
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


async def _write(
    connection: Connection,
    plans: Sequence[Plan],
    known: Known,
    hashes: Mapping[str, bytes],
    outcome: Outcome,
) -> None:
    product_ids = [plan.product_id for plan in plans]
    fresh = [(*plan.product, hashes[plan.product[1]]) for plan in plans if plan.is_new]
    await bulk.upsert(connection, bulk.NEW_PRODUCT, fresh)
    touched = await bulk.upsert(connection, bulk.PRODUCT, [plan.product for plan in plans if not plan.is_new])
    await bulk.remember_content(
        connection, [(plan.product_id, hashes[plan.product[1]]) for plan in plans if not plan.is_new]
    )
    variants = await bulk.upsert(connection, bulk.VARIANT, [record for plan in plans for record in plan.variants])
    await bulk.upsert(connection, bulk.OFFER, [record for plan in plans for record in plan.offers])
    repriced = await _write_prices(connection, plans, known)
    changes = [change for plan in plans for change in plan.stock]
    await bulk.change_stock(connection, changes, reason=REASON, reference=ACTOR, actor=ACTOR)
    await _write_slugs_and_members(connection, plans)
    changed = _products_of(plans, {*touched, *variants})
    events = _events(plans, known, changed, repriced)
    await outbox.record(connection, events, actor=ACTOR, new_id=new_id)
    await search_index.refresh(connection, product_ids)
    outcome.created = len(fresh)
    outcome.changed = len(plans) - len(fresh)


def _products_of(plans: Sequence[Plan], written: set[str]) -> list[str]:
    """The products of which the row itself or a variant was written."""
    return [
        plan.product_id
        for plan in plans
        if plan.is_new or plan.product_id in written or any(record[0] in written for record in plan.variants)
    ]


async def _write_prices(connection: Connection, plans: Sequence[Plan], known: Known) -> set[str]:
    """Make the offers' prices in the public lists what the rows say. The offers of which one changed."""
    prices = [record for plan in plans for record in plan.prices]
    offers = [record[0] for plan in plans if not plan.is_new for record in plan.offers]
    lists = known.references.managed_price_lists
    dropped = (
        await bulk.drop_other_prices(connection, offers, lists, [record[:3] for record in prices]) if offers else []
    )
    return {*dropped, *await bulk.upsert(connection, bulk.PRICE, prices)}


async def _write_slugs_and_members(connection: Connection, plans: Sequence[Plan]) -> None:
    slugs = [(plan.product_id, language, slug) for plan in plans for language, slug in plan.slugs]
    await bulk.upsert(
        connection, bulk.SLUG, [("PRODUCT", language, slug, product_id, True) for product_id, language, slug in slugs]
    )
    renamed = {plan.product_id for plan in plans if not plan.is_new}
    await bulk.retire_slugs(connection, "PRODUCT", [slug for slug in slugs if slug[0] in renamed])
    placed = [plan for plan in plans if plan.members is not None]
    members = [member for plan in placed for member in plan.members or ()]
    ids = [plan.product_id for plan in placed]
    await bulk.leave_other_collections(connection, ids, [(member[0], member[1]) for member in members])
    await bulk.upsert(connection, bulk.MEMBER, members)


def _events(plans: Sequence[Plan], known: Known, changed: Sequence[str], repriced: set[str]) -> list[Event]:
    """One fact per product that changed, and of offers that were there before one per new price or count."""
    events = [Event(EventType.PRODUCT_CHANGED, product_id) for product_id in changed]
    old = set(known.offers.values())
    vendors = {record[0]: record[3] for plan in plans for record in plan.offers}
    moved = {change.offer_id for plan in plans for change in plan.stock if change.delta}
    for kind, offers in ((EventType.PRICE_CHANGED, repriced), (EventType.STOCK_CHANGED, moved)):
        events += [
            Event(kind, offer_id, vendor_id=VendorId(vendors[offer_id]), offer_id=OfferId(offer_id))
            for offer_id in sorted(offers & old)
        ]
    return events


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
