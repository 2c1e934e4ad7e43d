"""The part of the query DSL that the adapter speaks, evaluated for real: whether a document matches, and its score.

Scores are BM25's. What is not known is refused as the engine refuses what it does not know.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from functools import partial
from typing import Any

from domain.shared.making import dataclass
from integrations.opensearch.double.faults import unparsable
from integrations.opensearch.double.mapping import Fields, IndexMapping

K1, B = 1.2, 0.75
type Json = Mapping[str, Any]
type Score = float | None
"""None: no match."""


@dataclass(slots=True)
class Statistics:
    """In how many documents each term of a field stands, and how long the field is."""

    mapping: IndexMapping
    documents: Sequence[Fields]
    _known: dict[str, tuple[dict[str, int], float]] = field(default_factory=dict)

    def of(self, path: str) -> tuple[dict[str, int], float]:
        if path not in self._known:
            counts: dict[str, int] = {}
            lengths = [len(document.terms[path]) for document in self.documents if path in document.terms]
            for document in self.documents:
                for term in set(document.terms.get(path, ())):
                    counts[term] = counts.get(term, 0) + 1
            self._known[path] = (counts, sum(lengths) / len(lengths) if lengths else 1.0)
        return self._known[path]

    def weigh(self, path: str, term: str, found: Fields, document_count: int | None = None) -> Score:
        """BM25 of one term in one field."""
        terms = found.terms.get(path, ())
        frequency = terms.count(term)
        if not frequency:
            return None
        counts, usual_length = self.of(path)
        count = counts.get(term, 1) if document_count is None else document_count
        rarity = math.log(1 + (len(self.documents) - count + 0.5) / (count + 0.5))
        norm = K1 * (1 - B + B * len(terms) / usual_length)
        return rarity * frequency / (frequency + norm)


def score(query: Json, found: Fields, known: Statistics) -> Score:
    """The score of the document, or nested object, for the query; EngineFault for what is no query."""
    if len(query) != 1:
        raise unparsable("query malformed, empty clause found" if not query else "query malformed, too many clauses")
    ((name, told),) = query.items()
    if name not in _QUERIES:
        raise unparsable(f"unknown query [{name}]")
    return _QUERIES[name](told, found, known)


def _only(name: str, told: Json, *allowed: str) -> None:
    for key in told:
        if key not in allowed:
            raise unparsable(f"[{name}] query does not support [{key}]")


def _one_field(name: str, told: Json) -> tuple[str, Any]:
    if len(told) != 1:
        raise unparsable(f"[{name}] query doesn't support multiple fields")
    return next(iter(told.items()))


def _bool(told: Json, found: Fields, known: Statistics) -> Score:
    _only("bool", told, "must", "filter", "should", "must_not", "minimum_should_match", "boost")
    must = [score(each, found, known) for each in _clauses(told, "must")]
    filters = [score(each, found, known) for each in _clauses(told, "filter")]
    barred = [score(each, found, known) for each in _clauses(told, "must_not")]
    should = [score(each, found, known) for each in _clauses(told, "should")]
    met = [each for each in should if each is not None]
    is_optional = bool(must or filters or not should)
    least = told.get("minimum_should_match", 0 if is_optional else 1)
    if None in must or None in filters or any(each is not None for each in barred):
        return None
    if len(met) < max(required(least, len(should)), 0 if is_optional else 1):
        return None
    return (sum(each for each in must if each is not None) + sum(met)) * float(told.get("boost", 1.0))


def _clauses(told: Json, name: str) -> Sequence[Json]:
    clauses = told.get(name, ())
    return [clauses] if isinstance(clauses, Mapping) else clauses


def required(least: Any, clauses: int) -> int:
    """How many of so many optional clauses `minimum_should_match` asks for."""
    if isinstance(least, int):
        return least if least >= 0 else max(clauses + least, 0)
    if not str(least).endswith("%"):
        raise unparsable(f"the double does not know minimum_should_match [{least}]")
    percent = int(str(least).removesuffix("%"))
    share = int(clauses * abs(percent) / 100)
    return share if percent >= 0 else clauses - share


def _constant_score(told: Json, found: Fields, known: Statistics) -> Score:
    _only("constant_score", told, "filter", "boost")
    return None if score(told["filter"], found, known) is None else float(told.get("boost", 1.0))


def _nested(told: Json, found: Fields, known: Statistics) -> Score:
    _only("nested", told, "path", "query", "score_mode")
    if known.mapping.kind_of(told["path"]) != "nested":
        raise unparsable(f"[nested] failed to find nested object under path [{told['path']}]")
    score(told["query"], Fields(), known)
    scores = [score(told["query"], below, known) for below in found.nested.get(told["path"], ())]
    met = [each for each in scores if each is not None]
    return sum(met) / len(met) if met else None


def _term(told: Json, found: Fields, known: Statistics) -> Score:
    path, asked = _one_field("term", told)
    value = asked["value"] if isinstance(asked, Mapping) else asked
    return _has(path, [value], found, known)


def _terms(told: Json, found: Fields, known: Statistics) -> Score:
    path, values = _one_field("terms", told)
    if not isinstance(values, list):
        raise unparsable("[terms] query requires an array of terms")
    return _has(path, values, found, known)


def _has(path: str, values: Sequence[Any], found: Fields, known: Statistics) -> Score:
    _must_not_be_text(path, known)
    return 1.0 if any(value in found.values.get(path, ()) for value in values) else None


def _prefix(told: Json, found: Fields, known: Statistics) -> Score:
    path, asked = _one_field("prefix", told)
    _only("prefix", asked, "value")
    _must_not_be_text(path, known)
    return 1.0 if any(value.startswith(asked["value"]) for value in found.values.get(path, ())) else None


def _range(told: Json, found: Fields, _known: Statistics) -> Score:
    path, bounds = _one_field("range", told)
    _only("range", bounds, "gte", "lte")
    low, high = bounds.get("gte", -math.inf), bounds.get("lte", math.inf)
    return 1.0 if any(low <= value <= high for value in found.values.get(path, ())) else None


def _must_not_be_text(path: str, known: Statistics) -> None:
    if known.mapping.kind_of(path) == "text":
        raise unparsable(f"the double looks for whole terms in keywords alone, which [{path}] is not")


def _multi_match(told: Json, found: Fields, known: Statistics) -> Score:
    _only("multi_match", told, "query", "type", "fields", "minimum_should_match", "zero_terms_query")
    if told.get("type") != "cross_fields":
        raise unparsable(f"No type found for value: [{told.get('type')}]")
    fields = [_weighed(each) for each in told["fields"]]
    present = [(path, weight) for path, weight in fields if known.mapping.kind_of(path) == "text"]
    if not present:
        return None
    terms = list(dict.fromkeys(known.mapping.terms(present[0][0], told["query"])))
    if not terms and told.get("zero_terms_query") == "all":
        return 1.0
    scores = [_across(term, present, found, known) for term in terms]
    met = [each for each in scores if each is not None]
    if not met or len(met) < required(told.get("minimum_should_match", 1), len(terms)):
        return None
    return sum(met)


def _across(term: str, fields: Sequence[tuple[str, float]], found: Fields, known: Statistics) -> Score:
    """The best field counts, as if the term were as common in each as where it is most common."""
    count = max(known.of(path)[0].get(term, 0) for path, _ in fields)
    weights = [(known.weigh(path, term, found, count), weight) for path, weight in fields]
    return max((each * weight for each, weight in weights if each is not None), default=None)


def _weighed(path: str) -> tuple[str, float]:
    name, _, weight = path.partition("^")
    return name, float(weight or 1)


def _match_phrase(told: Json, found: Fields, known: Statistics) -> Score:
    path, asked = _one_field("match_phrase", told)
    _only("match_phrase", asked, "query", "boost")
    if known.mapping.kind_of(path) != "text":
        return None
    terms, stood = known.mapping.terms(path, asked["query"]), found.terms.get(path, [])
    if not terms or not any(stood[at : at + len(terms)] == terms for at in range(len(stood))):
        return None
    weights = [known.weigh(path, term, found) or 0.0 for term in terms]
    return sum(weights) * float(asked.get("boost", 1.0))


def _always(told: Json, _found: Fields, _known: Statistics, *, result: Score) -> Score:
    _only("match_all", told, "boost")
    return result


_QUERIES: Mapping[str, Callable[[Any, Fields, Statistics], Score]] = {
    "match_all": partial(_always, result=1.0),
    "match_none": partial(_always, result=None),
    "bool": _bool,
    "constant_score": _constant_score,
    "nested": _nested,
    "term": _term,
    "terms": _terms,
    "prefix": _prefix,
    "range": _range,
    "multi_match": _multi_match,
    "match_phrase": _match_phrase,
}
