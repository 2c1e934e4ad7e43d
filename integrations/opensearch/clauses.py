"""The clauses of the query DSL that we use, and the conditions that buyers' filters become."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from domain.catalog.search import Filter, Stock, price_bounds
from domain.pricing.context import RequestContext
from integrations.opensearch.documents import shelf_of

type Clause = dict[str, Any]

NOTHING: Clause = {"match_none": {}}


def term(field: str, value: Any) -> Clause:
    return {"term": {field: {"value": value}}}


def terms(field: str, values: Iterable[Any]) -> Clause:
    return {"terms": {field: list(values)}}


def nested(path: str, *conditions: Clause) -> Clause:
    """That one object below `path` meets all of the conditions."""
    return {"nested": {"path": path, "query": all_of(*conditions)}}


def all_of(*conditions: Clause) -> Clause:
    return {"bool": {"filter": list(conditions)}}


def any_of(*conditions: Clause, least: int = 1) -> Clause:
    return {"bool": {"should": list(conditions), "minimum_should_match": least}}


def constant(condition: Clause, score: float) -> Clause:
    """The condition with the same score for all that meet it."""
    return {"constant_score": {"filter": condition, "boost": score}}


def shelf(request: RequestContext) -> Clause:
    """Of an object below `prices`: that it is shown in this context."""
    return term("prices.shelf", shelf_of(request.market.id, request.currency))


def sold(scope: str | None, request: RequestContext) -> list[Clause]:
    """That a product is sold in this context, within the category, collection or vendor of `scope`."""
    here = nested("prices", shelf(request))
    return [here] if scope is None else [here, term(scope.rpartition("_")[0], scope)]


def conditions(filters: Sequence[Filter], request: RequestContext) -> Mapping[str, list[Clause]]:
    """What the filters of each key let through."""
    by_key: dict[str, list[Clause]] = defaultdict(list)
    for entry in filters:
        by_key[entry.key].append(_condition(entry, request))
    return by_key


def _condition(entry: Filter, request: RequestContext) -> Clause:
    if entry.key == "price":
        low, high = price_bounds(entry, request.currency)
        return nested("prices", shelf(request), {"range": {"prices.amount_minor": {"gte": low, "lte": high}}})
    if entry.key == "availability":
        wanted = {value == Stock.IN_STOCK.value for value in entry.values}
        return nested("prices", shelf(request), terms("prices.in_stock", sorted(wanted)))
    if entry.attribute is None:
        return terms(entry.key, entry.values)
    if not entry.is_range:
        return terms("facts", [f"{entry.attribute}={value}" for value in entry.values])
    bounds = {"gte": entry.min, "lte": entry.max}
    told = {name: float(bound) for name, bound in bounds.items() if bound is not None}
    return nested("numbers", term("numbers.key", entry.attribute), {"range": {"numbers.value": told}})
