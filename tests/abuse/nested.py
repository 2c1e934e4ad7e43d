"""Arguments of fields below the roots: where each can be reached, and an operation that gives it a value."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
)

from tests.abuse.documents import CORE, Path, Place, field_of, inputs_of, object_type, put

DEEPEST = 6
PLAIN: Mapping[str, Any] = {"Int": 1, "Boolean": True, "String": "lamp", "DateTime": "2026-11-21T12:00:00Z"}

BY_ANY_ID = ("_entities", "node", "nodes")
"""They lead to everything, but are given the id of one thing: others lead to what is there."""


@dataclass(frozen=True)
class Trail:
    """How a field is reached from a field of Query."""

    root: str
    steps: tuple[tuple[str, str], ...]
    """Type and field, from below the root to the field itself."""

    @property
    def field(self) -> GraphQLField:
        of, name = self.steps[-1]
        found = CORE.type_map[of]
        assert isinstance(found, GraphQLObjectType)
        field: GraphQLField = found.fields[name]
        return field


@dataclass(frozen=True)
class NestedPlace:
    """A place in an argument of a field below a root."""

    trail: Trail
    argument: str
    within: Place

    def __str__(self) -> str:
        steps = [f"{of}.{name}" for of, name in self.trail.steps]
        return " > ".join([self.trail.root, *steps]) + f" ({'.'.join(map(str, self.within.path))})"

    @property
    def type(self) -> GraphQLInputType:
        return self.within.type

    @property
    def path(self) -> Path:
        """Where the value stands in the argument."""
        return self.within.path[1:]

    def variables(self, value: Any) -> dict[str, Any]:
        return {f"nested_{self.argument}": put(None, self.path, value)}


def nested_places() -> list[NestedPlace]:
    """Every argument of every field that Query leads to, each once, by the shortest way."""
    return [
        NestedPlace(trail, argument, Place(of, name, path, kind))
        for trail in trails()
        for of, name in [trail.steps[-1]]
        for argument, value in trail.field.args.items()
        for path, kind in inputs_of((argument,), value.type)
    ]


def trails() -> Iterator[Trail]:
    seen: set[tuple[str, str]] = set()
    waiting: deque[tuple[str, tuple[tuple[str, str], ...], Any]] = deque(
        (root, (), get_named_type(field.type))
        for root, field in object_type("Query").fields.items()
        if root not in BY_ANY_ID
    )
    while waiting:
        root, steps, kind = waiting.popleft()
        for of in _objects(kind):
            for name, field in of.fields.items():
                if (of.name, name) in seen or len(steps) == DEEPEST:
                    continue
                seen.add((of.name, name))
                further = (*steps, (of.name, name))
                if field.args:
                    yield Trail(root, further)
                if not is_leaf_type(get_named_type(field.type)):
                    waiting.append((root, further, get_named_type(field.type)))


def _objects(kind: Any) -> list[GraphQLObjectType]:
    if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
        return list(CORE.get_possible_types(kind))
    return [kind] if isinstance(kind, GraphQLObjectType) else []


def nested_document(place: NestedPlace) -> str:
    """The operation that leads to the field, whose variables are those of its root and `nested_<argument>`."""
    root = field_of("Query", place.trail.root)
    own = [f"${name}: {argument.type}" for name, argument in root.args.items()]
    argument = place.trail.field.args[place.argument]
    declared = ", ".join([*own, f"$nested_{place.argument}: {argument.type}"])
    passed = ", ".join(f"{name}: ${name}" for name in root.args)
    head = f"{place.trail.root}({passed})" if passed else place.trail.root
    return f"query({declared}) {{ {head} {_below(place, 0)} }}"


def _below(place: NestedPlace, at: int) -> str:
    of, name = place.trail.steps[at]
    found = CORE.type_map[of]
    assert isinstance(found, GraphQLObjectType)
    field = found.fields[name]
    is_last = at == len(place.trail.steps) - 1
    given = {other: _literal(argument.type) for other, argument in field.args.items() if is_required_argument(argument)}
    if is_last:
        given[place.argument] = f"$nested_{place.argument}"
    arguments = f"({', '.join(f'{key}: {value}' for key, value in given.items())})" if given else ""
    if not is_last:
        below = _below(place, at + 1)
    else:
        below = "" if is_leaf_type(get_named_type(field.type)) else "{ __typename }"
    return f"{{ __typename ... on {of} {{ {name}{arguments} {below} }} }}"


def _literal(kind: GraphQLInputType) -> str:
    """A value of a required argument beside the one that is tried."""
    inner = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    if isinstance(inner, GraphQLList):
        return f"[{_literal(inner.of_type)}]"
    if isinstance(inner, GraphQLEnumType):
        return str(next(iter(inner.values)))
    if isinstance(inner, GraphQLInputObjectType):
        needed = [(name, field) for name, field in inner.fields.items() if is_required_input_field(field)]
        return "{" + ", ".join(f"{name}: {_literal(field.type)}" for name, field in needed) + "}"
    known = PLAIN.get(get_named_type(inner).name, "market_01jd3kq0r2e5ta3wbz9x7m4h6n")
    return f'"{known}"' if isinstance(known, str) else str(known).lower()
