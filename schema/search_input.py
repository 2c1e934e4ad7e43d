"""What a search is asked by, wherever products are listed."""

from decimal import Decimal
from typing import Any

import strawberry

from domain.catalog import search as model
from execution.declared import read_only
from resolvers import search
from resolvers.context import Info
from resolvers.paging import page_request
from schema.base import enum

enum(model.SearchSort)

PAGE_SIZE = 24


@strawberry.input(
    description="Narrows a result. Takes `values`, of which one has to fit, or a range from `min` to `max`, inclusive."
)
class FilterInput:
    key: str = strawberry.field(
        description="`category`, `collection` or `vendor` by ids, `brand` by names, `price` by range in the context's "
        "currency, `availability` by IN_STOCK and OUT_OF_STOCK, or `attributes.<key>` by values or range."
    )
    values: list[str] | None = strawberry.field(default=None, description="At most 50.")
    min: Decimal | None = strawberry.field(default=None, description="The least.")
    max: Decimal | None = strawberry.field(default=None, description="The most.")

    def to_domain(self) -> model.Filter:
        return model.Filter(self.key, tuple(self.values or ()), self.min, self.max)


@read_only
@strawberry.input(description="What is looked for. Every filter has to fit, and of each filter one value.")
class SearchInput:
    query: str | None = strawberry.field(
        default=None, description="Words, or a SKU, GTIN or MPN; at most 500 characters, of which 16 words count."
    )
    filters: list[FilterInput] | None = strawberry.field(default=None, description="At most 20.")
    sort: model.SearchSort = strawberry.field(default=model.SearchSort.RELEVANCE, description="What stands first.")

    def to_domain(self) -> model.SearchInput:
        return model.SearchInput(self.query or "", tuple(item.to_domain() for item in self.filters or ()), self.sort)


async def found(
    info: Info,
    input: SearchInput,
    first: int = PAGE_SIZE,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
) -> Any:
    return await search.search(info, input.to_domain(), page_request(first, after, last, before))


async def products_within(
    root: Any,
    info: Info,
    input: SearchInput | None = None,
    first: int = PAGE_SIZE,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
) -> Any:
    """The products of a category and those below it, of a collection, or of a vendor."""
    asked = input.to_domain() if input is not None else model.SearchInput()
    return await search.search(info, asked, page_request(first, after, last, before), root.id)
