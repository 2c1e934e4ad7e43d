"""The filters of a search, as SQL on `product`, what the index tells of one, and its price here."""

from collections.abc import Sequence

from domain.catalog.search import Filter, SearchInput, Stock, price_bounds
from domain.pricing.context import RequestContext
from persistence.search import number_bands, price_bands
from persistence.search.matching import Arguments

PRICED = frozenset({"price", "availability"})
"""Filters of what stands in `search_price`."""
NARROWED = "places, facts, numbers"
"""What filters read of a product."""


def conditions(filters: Sequence[Filter], request: RequestContext, arguments: Arguments) -> list[tuple[str, str]]:
    """SQL on `product` and its price for each filter, with the filter's key."""
    return [(entry.key, _condition(entry, request.currency, arguments)) for entry in filters]


def all_of(filters: Sequence[Filter], request: RequestContext, arguments: Arguments) -> str:
    """SQL: that `product` passes all of the filters."""
    return " AND ".join(["true", *(condition for _, condition in conditions(filters, request, arguments))])


def left_by(filters: str, asked: SearchInput) -> str:
    """SQL on `matched`: that a product passes the filters. What was found of a wide search did, unless by its code; so
    its numbers are not looked up twice.
    """
    passed = "(SELECT NOT is_whole FROM portion)"
    return f"({passed} AND variant_id IS NULL OR {filters})" if asked.query else f"({passed} OR {filters})"


def narrowing(filters: Sequence[Filter], request: RequestContext, arguments: Arguments) -> tuple[str, str]:
    """SQL: that `product` passes all of the filters; and that it does as far as the index of words and places knows,
    which is not of stock, and of prices by their bands.
    """
    known = [entry for entry in filters if entry.key not in PRICED]
    priced = [price_bands.passed(entry, request) for entry in filters if entry.key == "price"]
    alike = [f"product.places && {arguments.add(places)}::text[]" for places in priced]
    indexed = " AND ".join([all_of(known, request, arguments), *alike])
    others = [entry for entry in filters if entry not in known]
    return f"{indexed} AND {all_of(others, request, arguments)}", indexed


def _condition(entry: Filter, currency: str, arguments: Arguments) -> str:
    if entry.key == "price":
        low, high = price_bounds(entry, currency)
        return f"amount_minor BETWEEN {arguments.add(low)} AND {arguments.add(high)}"
    if entry.key == "availability":
        return f"in_stock = ANY({arguments.add([value == Stock.IN_STOCK.value for value in entry.values])}::boolean[])"
    if entry.attribute is None:
        places = [f"brand={value}" if entry.key == "brand" else value for value in entry.values]
        return f"product.places && {arguments.add(places)}::text[]"
    if not entry.is_range:
        facts = [f"{entry.attribute}={value}" for value in entry.values]
        return f"product.facts && {arguments.add(facts)}::text[]"
    return _is_between(entry, arguments)


def _is_between(entry: Filter, arguments: Arguments) -> str:
    """SQL: that a number lies in a range. Only that of a product which the bands leave in doubt is looked up."""
    whole, partly = number_bands.passed(entry)
    key, low, high = (arguments.add(value) for value in (entry.attribute, entry.min, entry.max))
    number = (
        f"CASE WHEN jsonb_typeof(attributes -> {key}::text) = 'number' THEN (attributes ->> {key}::text)::numeric END"
    )
    # For each product by itself (OFFSET 0): to read the numbers of all of them first may look cheaper.
    looked_up = (
        f"EXISTS (SELECT FROM product AS told WHERE told.id = product.product_id AND {number} "
        f"BETWEEN coalesce({low}::numeric, '-Infinity') AND coalesce({high}::numeric, 'Infinity') OFFSET 0)"
    )
    stands = "product.numbers && {}::bigint[]"
    known, possible = (stands.format(arguments.add(bands)) for bands in (whole, whole + partly))
    return f"{possible} AND ({known} OR {looked_up})"
