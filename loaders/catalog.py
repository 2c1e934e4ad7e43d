"""Products, variants, categories and collections, batched."""

from collections.abc import Mapping, Sequence

from domain.catalog.model import AttributeDefinition, Category, Collection, Product, Variant
from domain.shared.ids import CategoryId, CollectionId, ProductId, VariantId
from loaders.batch import many_per_key, one_per_key
from loaders.reads import Reads
from persistence.catalog import queries


async def products(reads: Reads, ids: Sequence[ProductId]) -> list[Product | None]:
    return await queries.products(reads.pool, ids, reads.language, reads.reference.catalog, reads.stamps)


async def variants(reads: Reads, ids: Sequence[VariantId]) -> list[Variant | None]:
    return one_per_key(ids, await queries.variants(reads.pool, ids, reads.language), lambda found: found.id)


async def variants_of_product(reads: Reads, ids: Sequence[ProductId]) -> list[tuple[Variant, ...]]:
    return await queries.variants_of_products(reads.pool, ids, reads.language, reads.reference.catalog, reads.stamps)


async def lineages(reads: Reads, ids: Sequence[CategoryId]) -> list[list[Category]]:
    """Each category and all that lie above it, from the root down; nothing if there is no such category."""
    found = await queries.categories_with_ancestors(reads.pool, ids, reads.language)
    by_id = {category.id: category for category in found}
    return [_lineage(by_id, category_id) for category_id in ids]


def _lineage(known: Mapping[CategoryId, Category], category_id: CategoryId) -> list[Category]:
    found = known.get(category_id)
    return [known[above] for above in found.lineage] if found else []


async def categories(reads: Reads, ids: Sequence[CategoryId]) -> list[Category | None]:
    return [lineage[-1] if lineage else None for lineage in await lineages(reads, ids)]


async def child_categories(reads: Reads, ids: Sequence[CategoryId]) -> list[list[Category]]:
    found = await queries.child_categories(reads.pool, ids, reads.language)
    return many_per_key(ids, found, lambda category: CategoryId(category.parent_id or ""))


async def collections(reads: Reads, ids: Sequence[CollectionId]) -> list[Collection | None]:
    return one_per_key(ids, await queries.collections(reads.pool, ids, reads.language), lambda found: found.id)


async def collections_of_product(reads: Reads, ids: Sequence[ProductId]) -> list[list[Collection]]:
    found = await queries.collections_of_products(reads.pool, ids, reads.language)
    return [[collection for _, collection in pairs] for pairs in many_per_key(ids, found, lambda pair: pair[0])]


async def attributes(reads: Reads, keys: Sequence[str]) -> list[AttributeDefinition | None]:
    return one_per_key(keys, await queries.attributes(reads.pool, keys, reads.language), lambda found: found.key)
