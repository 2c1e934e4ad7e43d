"""What is counted of the documents that a search finds."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from integrations.opensearch.double.faults import EngineFault, unparsable
from integrations.opensearch.double.mapping import Fields
from integrations.opensearch.double.queries import Statistics, score

DEFAULT_BUCKETS = 10
MAX_BUCKETS = 65_535
"""`search.max_buckets`."""
type Json = Mapping[str, Any]


def aggregated(asked: Json, found: Sequence[Fields], known: Statistics) -> dict[str, Any]:
    """The results by name; `found` are documents or objects nested in them."""
    return {name: _result(name, told, found, known) for name, told in asked.items()}


def _result(name: str, told: Json, found: Sequence[Fields], known: Statistics) -> dict[str, Any]:
    inner = told.get("aggs", {})
    kinds = [kind for kind in told if kind != "aggs"]
    if len(kinds) != 1:
        raise unparsable(f"Found {len(kinds)} aggregation type definitions in [{name}]")
    if kinds[0] not in _KINDS:
        raise unparsable(f"Unknown aggregation type [{kinds[0]}]")
    return _KINDS[kinds[0]](told[kinds[0]], inner, found, known)


def _filter(told: Json, inner: Json, found: Sequence[Fields], known: Statistics) -> dict[str, Any]:
    score(told, Fields(), known)
    passing = [each for each in found if score(told, each, known) is not None]
    return {"doc_count": len(passing)} | aggregated(inner, passing, known)


def _nested(told: Json, inner: Json, found: Sequence[Fields], known: Statistics) -> dict[str, Any]:
    below = [each for document in found for each in document.nested.get(told["path"], ())]
    return {"doc_count": len(below)} | aggregated(inner, below, known)


def _terms(told: Json, inner: Json, found: Sequence[Fields], known: Statistics) -> dict[str, Any]:
    if unknown := set(told) - {"field", "size", "include"}:
        raise unparsable(f"[terms] unknown field [{unknown.pop()}]")
    path, size = told["field"], told.get("size", DEFAULT_BUCKETS)
    if known.mapping.kind_of(path) == "text":
        reason = f"Text fields are not optimised for operations that require per-document field data: [{path}]"
        raise EngineFault(400, "illegal_argument_exception", reason)
    if size > MAX_BUCKETS:
        raise EngineFault(503, "too_many_buckets_exception", f"Trying to create too many buckets: {size}")
    counts = Counter(value for each in found for value in set(each.values.get(path, ())))
    if "include" in told:
        counts = Counter({value: count for value, count in counts.items() if re.fullmatch(told["include"], value)})
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    assert not inner
    return {
        "doc_count_error_upper_bound": 0,
        "sum_other_doc_count": sum(count for _, count in ranked[size:]),
        "buckets": [_key(value) | {"doc_count": count} for value, count in ranked[:size]],
    }


def _key(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"key": int(value), "key_as_string": str(value).lower()}
    return {"key": value}


def _stats(told: Json, _inner: Json, found: Sequence[Fields], _known: Statistics) -> dict[str, Any]:
    values = [float(value) for each in found for value in each.values.get(told["field"], ())]
    if not values:
        return {"count": 0, "min": None, "max": None, "avg": None, "sum": 0.0}
    total = sum(values)
    return {"count": len(values), "min": min(values), "max": max(values), "avg": total / len(values), "sum": total}


_KINDS: Mapping[str, Callable[[Json, Json, Sequence[Fields], Statistics], dict[str, Any]]] = {
    "filter": _filter,
    "nested": _nested,
    "terms": _terms,
    "stats": _stats,
}
