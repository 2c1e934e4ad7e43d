"""One search of one index: what a body asks for, and the answer."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from integrations.opensearch.double.aggregations import aggregated
from integrations.opensearch.double.cluster import Index, Stored
from integrations.opensearch.double.faults import illegal, unparsable
from integrations.opensearch.double.mapping import Fields
from integrations.opensearch.double.ordering import Found, keys_of, ordered
from integrations.opensearch.double.queries import Statistics, score
from integrations.opensearch.double.suggesting import suggested

KEYS = {"size", "query", "sort", "search_after", "aggs", "suggest", "track_total_hits", "_source"}
DEFAULT_SIZE, MAX_SIZE = 10, 10_000
DEFAULT_TRACKED = 10_000
type Json = Mapping[str, Any]


def search(index: Index, name: str, body: Json) -> dict[str, Any]:
    """The answer; EngineFault for a body that the engine, or this double, does not understand."""
    for key in body:
        if key not in KEYS:
            raise unparsable(f"unknown key [{key}] in a search request")
    if body.get("size", DEFAULT_SIZE) > MAX_SIZE:
        raise illegal(f"Result window is too large, from + size must be less than or equal to: [{MAX_SIZE}]")
    started = time.perf_counter()
    stored, known = index.searchable
    found = _found(stored, body, known)
    answer: dict[str, Any] = {
        "timed_out": False,
        "_shards": {"total": 1, "successful": 1, "skipped": 0, "failed": 0},
        "hits": _hits(stored, name, body, found),
    }
    if "aggs" in body:
        answer["aggregations"] = aggregated(body["aggs"], [each.fields for each in found], known)
    if "suggest" in body:
        answer["suggest"] = suggested(body["suggest"], known)
    return {"took": int((time.perf_counter() - started) * 1000)} | answer


def _found(stored: Mapping[str, Stored], body: Json, known: Statistics) -> list[Found]:
    query, sort = body.get("query", {"match_all": {}}), body.get("sort", ())
    score(query, Fields(), known)  # what is no query is refused, even where there is no document
    found = []
    for item_id, document in stored.items():
        points = score(query, document.fields, known)
        if points is not None:
            key = keys_of(sort, document.fields, points, known)
            found.append(Found(item_id, document.fields, points, key))
    return found


def _hits(stored: Mapping[str, Stored], name: str, body: Json, found: Sequence[Found]) -> dict[str, Any]:
    sort = body.get("sort", ({"_score": {"order": "desc"}},))
    ranked = found if "sort" not in body else ordered(found, sort, body.get("search_after"))
    kept = ranked[: body.get("size", DEFAULT_SIZE)]
    hits = [_hit(each, name, stored[each.id].source, body) for each in kept]
    return _total(body.get("track_total_hits", DEFAULT_TRACKED), len(found)) | {"max_score": None, "hits": hits}


def _total(tracked: bool | int, count: int) -> dict[str, Any]:
    if tracked is False:
        return {}
    if tracked is True or count <= tracked:
        return {"total": {"value": count, "relation": "eq"}}
    return {"total": {"value": tracked, "relation": "gte"}}


def _hit(found: Found, name: str, source: Json, body: Json) -> dict[str, Any]:
    hit: dict[str, Any] = {"_index": name, "_id": found.id, "_score": found.score}
    if found.key:
        hit["sort"] = list(found.key)
    wanted = body.get("_source", True)
    if wanted is not False:
        hit["_source"] = {key: value for key, value in source.items() if wanted is True or key in wanted}
    return hit
