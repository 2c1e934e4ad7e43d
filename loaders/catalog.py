"""Products, variants, categories and collections, batched."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from domain.catalog.model import Attribute, AttributeDefinition, Category, Collection, Product, Variant, attributes_of
from domain.shared.ids import CategoryId, CollectionId, ProductId, VariantId
from loaders.batch import many_per_key, one_per_key
from loaders.reads import Reads
from persistence.catalog import queries
from persistence.catalog.kept import Resting, keep_facts, known, known_facts, rest, rested

if TYPE_CHECKING:
    from loaders.registry import Loaders


async def products(reads: Reads, ids: Sequence[ProductId]) -> list[Product | None]:
    return await queries.products(reads.pool, ids, reads.language, reads.reference.catalog, reads.stamps)


def kept_products(reads: Reads, ids: Sequence[ProductId]) -> dict[ProductId, Product]:
    return known(reads.reference.catalog.products, ids, reads.language, reads.stamps)


async def variants(reads: Reads, ids: Sequence[VariantId]) -> list[Variant | None]:
    return one_per_key(ids, await queries.variants(reads.pool, ids, reads.language), lambda found: found.id)


async def variants_of_product(reads: Reads, ids: Sequence[ProductId]) -> list[tuple[Variant, ...]]:
    return await queries.variants_of_products(reads.pool, ids, reads.language, reads.reference.catalog)


def kept_variants(reads: Reads, ids: Sequence[ProductId]) -> dict[ProductId, tuple[Variant, ...]]:
    return known(reads.reference.catalog.variants, ids, reads.language, reads.stamps)


async def lineages(reads: Reads, ids: Sequence[CategoryId]) -> list[Sequence[Category]]:
    """Each category and all that lie above it, from the root down; nothing if there is no such category."""
    resting = reads.resting
    by_id = {
        category.id: category for category in await queries.categories_with_ancestors(reads.pool, ids, reads.language)
    }
    found = {category_id: _lineage(by_id, category_id) for category_id in ids}
    rest(reads.reference.catalog.lineages, found, resting)
    return list(found.values())


def kept_lineages(reads: Reads, ids: Sequence[CategoryId]) -> dict[CategoryId, Sequence[Category]]:
    return rested(reads.reference.catalog.lineages, ids, reads.resting)


def _lineage(known: Mapping[CategoryId, Category], category_id: CategoryId) -> list[Category]:
    found = known.get(category_id)
    return [known[above] for above in found.lineage] if found else []


async def categories(reads: Reads, ids: Sequence[CategoryId]) -> list[Category | None]:
    return [lineage[-1] if lineage else None for lineage in await lineages(reads, ids)]


def kept_categories(reads: Reads, ids: Sequence[CategoryId]) -> dict[CategoryId, Category | None]:
    return {key: lineage[-1] if lineage else None for key, lineage in kept_lineages(reads, ids).items()}


async def child_categories(reads: Reads, ids: Sequence[CategoryId]) -> list[list[Category]]:
    found = await queries.child_categories(reads.pool, ids, reads.language)
    return many_per_key(ids, found, lambda category: CategoryId(category.parent_id or ""))


async def collections(reads: Reads, ids: Sequence[CollectionId]) -> list[Collection | None]:
    return one_per_key(ids, await queries.collections(reads.pool, ids, reads.language), lambda found: found.id)


async def collections_of_product(reads: Reads, ids: Sequence[ProductId]) -> list[Sequence[Collection]]:
    resting = reads.resting
    pairs = await queries.collections_of_products(reads.pool, ids, reads.language)
    found: list[Sequence[Collection]] = [
        [collection for _, collection in each] for each in many_per_key(ids, pairs, lambda pair: pair[0])
    ]
    rest(reads.reference.catalog.collections, dict(zip(ids, found, strict=True)), resting)
    return found


def kept_collections(reads: Reads, ids: Sequence[ProductId]) -> dict[ProductId, Sequence[Collection]]:
    return rested(reads.reference.catalog.collections, ids, reads.resting)


async def facts_of_product(reads: "Loaders", ids: Sequence[ProductId]) -> list[tuple[Attribute, ...]]:
    """What is known of each product, in the order of the attributes."""
    resting, stamps = reads.resting, dict(reads.stamps.products)
    products = [product for product in await reads.product.load_many(ids) if product is not None]
    known = await _definitions(reads, {key for product in products for key in product.facts}, resting)
    found = {product.id: attributes_of(product.facts, known) for product in products}
    keep_facts(reads.reference.catalog, found, stamps, resting)
    return [found.get(key, ()) for key in ids]


async def _definitions(reads: Reads, keys: AbstractSet[str], resting: Resting) -> Mapping[str, AttributeDefinition]:
    kept = reads.reference.catalog.attributes
    known = rested(kept, keys, resting)
    if missing := [key for key in keys if key not in known]:
        read = {each.key: each for each in await queries.attributes(reads.pool, missing, reads.language)}
        rest(kept, read, resting)
        known |= read
    return known


def kept_facts(reads: Reads, ids: Sequence[ProductId]) -> dict[ProductId, tuple[Attribute, ...]]:
    return known_facts(reads.reference.catalog, ids, reads.stamps, reads.resting)
