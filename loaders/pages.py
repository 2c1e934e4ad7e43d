"""Pages, found by their slugs: what there is to read beside the slug is read in the same statement."""

from domain.shared.ids import ProductId
from loaders.registry import Loaders
from loaders.storefronts import window_of
from persistence.catalog.slugs import NamedBySlug, named_by_slug
from persistence.pricing import queries


async def page(reads: Loaders, kind: str, slug: str) -> NamedBySlug | None:
    """What a slug of this kind means."""
    named = await named_by_slug(reads.pool, kind, slug, reads.language)
    if named is not None:
        reads.stamps.note_storefront(named.storefront)
    return named


async def product_page(reads: Loaders, slug: str) -> NamedBySlug | None:
    """Which product a slug means; what can be bought of it is known then as well, since its page shows that."""
    window = await window_of(reads)
    named, rows = await queries.product_page(
        reads.pool, slug, reads.language, window.list_ids, reads.now, with_goods=window.is_promoted
    )
    if named is None:
        return None
    product_id = ProductId(named.entity_id)
    reads.stamps.note_product(product_id, named.stamp)
    reads.stamps.note_storefront(named.storefront)
    if named.is_current:
        reads.assortment.give(product_id, window.assortment(("page", product_id), rows, reads.now))
    return named
