"""Documents made from the schema: every root field, with all that can be selected below it, and every place in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
    Undefined,
    ast_from_value,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    parse,
    print_ast,
)

from execution.limits import Limits, exceeded
from schema.access import requirements_of, schema_of
from schema.root import schema

CORE = schema_of(schema)
ROOTS = ("Query", "Mutation", "Subscription")
GUARDED_TYPES = ("Customer", "ApiKey", *ROOTS)
AMBIGUOUS = (
    "code",
    "email",
    "expiresAt",
    "kind",
    "language",
    "message",
    "name",
    "number",
    "quantity",
    "reference",
    "state",
    "status",
    "version",
)
DEPTH = 3
LIMITS = Limits()

type Path = tuple[str | int, ...]


def root_fields() -> list[tuple[str, str]]:
    return [(root, name) for root in ROOTS for name in object_type(root).fields]


def object_type(name: str) -> GraphQLObjectType:
    found = CORE.type_map[name]
    assert isinstance(found, GraphQLObjectType)
    return found


def field_of(root: str, name: str) -> GraphQLField:
    found: GraphQLField = object_type(root).fields[name]
    return found


@cache
def document(root: str, name: str, depth: int = DEPTH) -> str:
    """The operation of one root field, whose arguments are variables of their names; as deep as may be asked for."""
    found = (_document(root, name, levels) for levels in range(depth, 0, -1))
    return next(text for text in found if exceeded(parse(text), LIMITS) is None)


def _document(root: str, name: str, depth: int) -> str:
    field = field_of(root, name)
    declared = ", ".join(f"${argument}: {value.type}{_default(value)}" for argument, value in field.args.items())
    passed = ", ".join(f"{argument}: ${argument}" for argument in field.args)
    head = f"{root.lower()}({declared}) {{ {name}({passed})" if declared else f"{root.lower()} {{ {name}"
    return f"{head} {below(field.type, depth)} }}"


def _default(argument: GraphQLArgument) -> str:
    known = argument.default_value
    return "" if known is Undefined else f" = {print_ast(ast_from_value(known, argument.type))}"  # type: ignore[arg-type] # it is valid


def below(kind: Any, depth: int) -> str:
    """A selection of what is below, or nothing for a leaf."""
    inner = get_named_type(kind)
    return "" if is_leaf_type(inner) else f"{{ {selection(inner, depth)} }}"


def selection(of: Any, depth: int, within: tuple[str, ...] = ()) -> str:
    """Every field below a type that needs no argument, so deep; no type within itself.

    What asks for more than its type does is left out: refused, it would hide its siblings.
    """
    if isinstance(of, GraphQLInterfaceType | GraphQLUnionType):
        parts = [f"... on {found.name} {{ {_leaves(found)} }}" for found in CORE.get_possible_types(of)]
        return " ".join(["__typename", *parts])
    return " ".join(["__typename", *_fields(of, depth, within)])


def _leaves(of: GraphQLObjectType) -> str:
    """Its leaves under names of their own, since two types may give one name to fields that differ."""
    names = [name for name, field in _open_fields(of) if is_leaf_type(get_named_type(field.type))]
    return " ".join(["__typename", *(f"{of.name}_{name}: {name}" if name in AMBIGUOUS else name for name in names)])


def _fields(of: GraphQLObjectType, depth: int, within: tuple[str, ...]) -> Iterator[str]:
    for name, field in _open_fields(of):
        inner = get_named_type(field.type)
        if is_leaf_type(inner):
            yield name
        elif depth > 1 and inner.name not in within:
            yield f"{name} {{ {selection(inner, depth - 1, (*within, of.name))} }}"


def _open_fields(of: GraphQLObjectType) -> Iterator[tuple[str, GraphQLField]]:
    for name, field in of.fields.items():
        needs = any(is_required_argument(argument) for argument in field.args.values())
        if not needs and (of.name in GUARDED_TYPES or not list(requirements_of(of, field))):
            yield name, field


@dataclass(frozen=True)
class Place:
    """A place in the arguments of a root field where a value stands."""

    root: str
    field: str
    path: Path
    type: GraphQLInputType

    @property
    def name(self) -> str:
        return str(next(step for step in reversed(self.path) if isinstance(step, str)))

    def __str__(self) -> str:
        return ".".join(map(str, (self.root, self.field, *self.path)))


def places() -> list[Place]:
    return [
        Place(root, name, path, kind)
        for root, name in root_fields()
        for argument, value in field_of(root, name).args.items()
        for path, kind in inputs_of((argument,), value.type)
    ]


def inputs_of(path: Path, kind: GraphQLInputType) -> Iterator[tuple[Path, GraphQLInputType]]:
    """The place of an argument, and every place within its value."""
    return _inputs(path, kind, ())


def _inputs(path: Path, kind: GraphQLInputType, within: tuple[str, ...]) -> Iterator[tuple[Path, GraphQLInputType]]:
    yield path, kind
    inner = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    if isinstance(inner, GraphQLList):
        item: Any = inner.of_type.of_type if isinstance(inner.of_type, GraphQLNonNull) else inner.of_type
        if isinstance(item, GraphQLInputObjectType):
            yield from _of_object((*path, 0), item, within)
    elif isinstance(inner, GraphQLInputObjectType):
        yield from _of_object(path, inner, within)


def _of_object(
    path: Path, kind: GraphQLInputObjectType, within: tuple[str, ...]
) -> Iterator[tuple[Path, GraphQLInputType]]:
    if kind.name not in within:
        for name, item in kind.fields.items():
            yield from _inputs((*path, name), item.type, (*within, kind.name))


def with_value(arguments: Mapping[str, Any], path: Path, value: Any) -> dict[str, Any]:
    """A copy of arguments with another value at one place; what leads there is made where it is missing."""
    changed: Any = put(dict(arguments), path, value)
    return dict(changed)


def put(found: Any, path: Path, value: Any) -> Any:
    if not path:
        return value
    step, *rest = path
    if isinstance(step, int):
        items = list(found or [{}])
        items[step] = put(items[step], tuple(rest), value)
        return items
    known = dict(found or {})
    known[step] = put(known.get(step), tuple(rest), value)
    return known


def value_at(arguments: Any, path: Path) -> Any:
    for step in path:
        try:
            arguments = arguments[step]
        except (KeyError, IndexError, TypeError):
            return None
    return arguments
