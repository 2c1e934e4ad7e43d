"""Finding products."""

import strawberry

from domain.catalog import search as model
from resolvers import search as finding
from schema import search_input
from schema.base import PageInfo, enum, represents, resolve
from schema.catalog import Category, Product, Variant
from schema.money import MoneyRange
from schema.vendors import Vendor

enum(model.FacetKind)


@strawberry.type(description="A product that was found.")
@represents(finding.SearchHit)
class SearchHit:
    cursor: str = resolve(description="Pass it as `after` or `before` to page from here.")
    node: Product = resolve(description="The product.")
    matched_variant: Variant | None = resolve(
        finding.matched_variant, description="The variant whose SKU, GTIN or MPN was searched for."
    )


@strawberry.type(description="A value to narrow a result by.")
@represents(model.FacetValue)
class FacetValue:
    value: str = resolve(description="What to pass in a filter's `values`.")
    label: str = resolve(description="What to show, in the context's language.")
    count: int = resolve(
        description="How many products choosing it would leave, whatever else is chosen of this facet. "
        "Of a result of more than some thousands, about how many."
    )
    selected: bool = resolve(description="It is chosen already.")


@strawberry.type(description="A way to narrow a result. Its own selection does not narrow its counts.")
@represents(model.Facet)
class Facet:
    key: str = resolve(description="What to pass as a filter's `key`.")
    label: str = resolve(description="What to show, in the context's language.")
    kind: model.FacetKind = resolve(description="How to choose from it.")
    values: list[FacetValue] = resolve(description="At most 30, the most common first; none for a range.")
    range: MoneyRange | None = resolve(finding.price_range, description="The least and the greatest; null for a list.")


@strawberry.type(description="A page of what was found, of what is sold in context.")
@represents(finding.SearchResult)
class SearchResult:
    edges: list[SearchHit] = resolve(finding.edges, description="The products with their cursors.")
    nodes: list[Product] = resolve(finding.nodes, description="The products alone.")
    page_info: PageInfo = resolve(description="Where this page stands in the result.")
    total_count: int = resolve(
        finding.total_count,
        description="How many products were found; counted only when asked for. Beyond some thousands about how many.",
    )
    facets: list[Facet] = resolve(
        finding.facets, description="By what the result can be narrowed best; counted only when asked for."
    )
    corrected_query: str | None = resolve(
        description="What was searched for instead, where no product has a word of the query but many a similar one."
    )


@strawberry.type(description="What somebody who has begun to type may mean.")
@represents(finding.Suggestions)
class Suggestions:
    queries: list[str] = resolve(description="Queries that go on from what was typed, the most common first.")
    products: list[Product] = resolve(description="Products that are called like it.")
    categories: list[Category] = resolve(description="Categories that are called like it.")
    vendors: list[Vendor] = resolve(description="Vendors that are called like it.")


@strawberry.type
class SearchQuery:
    search: SearchResult = resolve(
        search_input.found, description="Products by words or codes, narrowed by filters; without a query, all of them."
    )
    suggest: Suggestions = resolve(
        finding.suggest, description="What to offer below a search box: up to `limit` (1 to 20) of each kind."
    )
