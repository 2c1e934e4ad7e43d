"""Searching, the lists of products in a category, a collection or a vendor's range, and suggestions."""

from collections.abc import Callable, Coroutine, Sequence
from functools import cached_property
from typing import Any

from domain.catalog.model import Category, Product, Variant
from domain.catalog.search import Facet, Hits, Insight, SearchInput, checked
from domain.catalog.search import SearchHit as Hit
from domain.pricing.offer import MoneyRange
from domain.shared.errors import RequestFault
from domain.shared.ids import VariantId
from domain.shared.making import dataclass
from domain.shared.page import PageInfo, PageRequest
from domain.vendors.model import Vendor
from loaders.reads import SharedLoader
from loaders.sources import LISTS
from resolvers.context import Info

MAX_SUGGESTIONS = 20
MAX_SEARCHES = 50
"""Of one request: lists within lists multiply, and each is a statement of its own."""


@dataclass(frozen=True)
class SearchResult:
    """A page of what was found; `insight` reads what is asked of the whole result, in one statement."""

    found: Hits
    read_insights: Callable[[Sequence[bool]], Coroutine[Any, Any, list[Insight]]]

    @property
    def hits(self) -> Sequence[Hit]:
        return self.found.hits

    @property
    def page_info(self) -> PageInfo:
        return self.found.page_info

    @property
    def corrected_query(self) -> str | None:
        return self.found.corrected_query

    @cached_property
    def insight(self) -> SharedLoader[bool, Insight]:
        return SharedLoader(self.read_insights)


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A product that was found."""

    cursor: str
    node: Product
    variant_id: VariantId | None


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What somebody who has begun to type may mean."""

    queries: Sequence[str]
    products: Sequence[Product]
    categories: Sequence[Category]
    vendors: Sequence[Vendor]


async def search(info: Info, asked: SearchInput, page: PageRequest, scope: str | None = None) -> SearchResult:
    """What is found of what is sold in context, within the category, collection or vendor of `scope`."""
    _count_search(info)
    info.context.note(LISTS)
    asked = checked(asked)
    request = info.context.request
    engine = info.context.services.search
    found = await engine.hits(asked, scope, request, page)

    async def read(with_facets: Sequence[bool]) -> list[Insight]:
        told = engine.facets if any(with_facets) else engine.total
        return [await told(asked, scope, request)] * len(with_facets)

    return SearchResult(found, read)


def _count_search(info: Info) -> None:
    info.context.searches += 1
    if info.context.searches > MAX_SEARCHES:
        raise RequestFault(f"At most {MAX_SEARCHES} lists of products at once.", "COST_LIMIT_EXCEEDED")


async def edges(root: SearchResult, info: Info) -> list[SearchHit]:
    """The hits with their products, but for one that has just ceased to be public."""
    return [
        SearchHit(hit.cursor, product, hit.variant_id)
        for hit, product in zip(root.hits, await _products(root, info), strict=True)
        if product is not None and product.is_public
    ]


async def nodes(root: SearchResult, info: Info) -> list[Product]:
    return [product for product in await _products(root, info) if product is not None and product.is_public]


async def _products(root: SearchResult, info: Info) -> list[Product | None]:
    loaders = info.context.loaders
    for hit in root.hits:
        loaders.stamps.note_product(hit.product_id, hit.stamp)
    found: list[Product | None] = await loaders.product.load_many([hit.product_id for hit in root.hits])
    return found


async def total_count(root: SearchResult) -> int:
    return (await root.insight.load(False)).total


async def facets(root: SearchResult) -> Sequence[Facet]:
    return (await root.insight.load(True)).facets or ()


async def matched_variant(root: SearchHit, info: Info) -> Variant | None:
    """The variant whose SKU, GTIN or MPN was asked for."""
    if root.variant_id is None:
        return None
    found: Variant | None = await info.context.loaders.variant.load(root.variant_id)
    return found


def price_range(root: Facet) -> MoneyRange | None:
    return MoneyRange(root.lowest, root.highest) if root.lowest is not None and root.highest is not None else None


async def suggest(info: Info, prefix: str, limit: int = 6) -> Suggestions:
    """Suggestions of every kind; BAD_USER_INPUT for a prefix or number that no search box sends."""
    if not 1 <= limit <= MAX_SUGGESTIONS:
        raise RequestFault(f"`limit` must be 1 to {MAX_SUGGESTIONS}.")
    typed = checked(SearchInput(prefix)).query
    found = await info.context.services.search.suggestions(typed, limit, info.context.request)
    info.context.note(LISTS)
    loaders = info.context.loaders
    products = await loaders.product.load_many(list(found.products))
    categories = await loaders.category.load_many(list(found.categories))
    vendors = await loaders.vendor.load_many(list(found.vendors))
    return Suggestions(
        queries=found.queries,
        products=[item for item in products if item is not None and item.is_public],
        categories=[item for item in categories if item is not None],
        vendors=[item for item in vendors if item is not None and item.is_public],
    )
