"""The order of hits, and what comes behind a place in it."""

from collections.abc import Mapping, Sequence
from functools import cmp_to_key
from typing import Any

from domain.shared.making import dataclass
from integrations.opensearch.double.faults import illegal, unparsable
from integrations.opensearch.double.mapping import Fields
from integrations.opensearch.double.queries import Statistics, score

type Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """A document with its score, and what it is ordered by."""

    id: str
    fields: Fields
    score: float
    key: tuple[Any, ...] = ()


def keys_of(sort: Sequence[Json], found: Fields, own_score: float, known: Statistics) -> tuple[Any, ...]:
    return tuple(_key(*_one(each), found, own_score, known) for each in sort)


def _one(told: Json) -> tuple[str, Json]:
    if len(told) != 1:
        raise unparsable("[sort] takes one field an object")
    return next(iter(told.items()))


def _key(path: str, told: Json, found: Fields, own_score: float, known: Statistics) -> Any:
    if unknown := set(told) - {"order", "nested"}:
        raise unparsable(f"[field_sort] unknown field [{unknown.pop()}]")
    if path == "_score":
        return own_score
    if known.mapping.kind_of(path) is None:
        raise illegal(f"No mapping found for [{path}] in order to sort on")
    values = found.values.get(path, []) if "nested" not in told else _below(path, told["nested"], found, known)
    return None if not values else max(values) if told["order"] == "desc" else min(values)


def _below(path: str, told: Json, found: Fields, known: Statistics) -> Sequence[Any]:
    objects = found.nested.get(told["path"], ())
    fitting = [each for each in objects if "filter" not in told or score(told["filter"], each, known) is not None]
    return [value for each in fitting for value in each.values.get(path, ())]


def ordered(found: Sequence[Found], sort: Sequence[Json], after: Sequence[Any] | None) -> list[Found]:
    """In order, and only what comes behind `after` in it."""
    directions = [_one(each)[1]["order"] for each in sort]
    if after is not None and len(after) != len(directions):
        raise illegal(f"search_after has {len(after)} value(s) but sort has {len(directions)}.")

    def compare(first: Sequence[Any], second: Sequence[Any]) -> int:
        for one, other, direction in zip(first, second, directions, strict=True):
            if one == other:
                continue
            if one is None or other is None:
                return 1 if one is None else -1
            return (1 if one > other else -1) * (-1 if direction == "desc" else 1)
        return 0

    ranked = sorted(found, key=lambda each: cmp_to_key(compare)(each.key))
    return ranked if after is None else [each for each in ranked if compare(each.key, after) > 0]
