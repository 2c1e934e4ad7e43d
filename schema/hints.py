"""Directives that are laid upon the schema as a whole before it is built, from tables of their own."""

from collections.abc import Iterable, Iterator
from typing import Any

from strawberry.types.base import StrawberryContainer, StrawberryObjectDefinition, get_object_definition
from strawberry.types.field import StrawberryField
from strawberry.types.lazy_type import LazyType
from strawberry.types.union import StrawberryUnion
from strawberry.utils.str_converters import to_camel_case


def object_definitions(*roots: Any) -> Iterator[StrawberryObjectDefinition]:
    """Every object type and interface that can be reached from `roots`, once."""
    waiting = list(roots)
    seen: set[int] = set()
    while waiting:
        reached = _named(waiting.pop())
        if isinstance(reached, StrawberryUnion):
            waiting.extend(reached.types)
            continue
        definition = get_object_definition(reached)
        if definition is None or definition.is_input or id(definition) in seen:
            continue
        seen.add(id(definition))
        yield definition
        waiting.extend(interface.origin for interface in definition.interfaces)
        waiting.extend(field.type for field in definition.fields)


def object_fields(*roots: Any) -> Iterator[tuple[StrawberryObjectDefinition, StrawberryField]]:
    """Every field of theirs, once: a field that types inherit is one."""
    seen: set[int] = set()
    for definition in object_definitions(*roots):
        for field in definition.fields:
            if id(field) not in seen:
                seen.add(id(field))
                yield definition, field


def name_of(field: StrawberryField) -> str:
    return field.graphql_name or to_camel_case(field.python_name)


def arguments_of(field: StrawberryField) -> frozenset[str]:
    return frozenset(argument.python_name for argument in field.arguments)


def answered_by(field: StrawberryField) -> StrawberryObjectDefinition | None:
    """The object type that the field answers, one or many."""
    return get_object_definition(_named(field.type))


def is_list(field: StrawberryField) -> bool:
    kind: Any = field.type
    while isinstance(kind, StrawberryContainer):
        if type(kind).__name__ == "StrawberryList":
            return True
        kind = kind.of_type
    return False


def lay(element: StrawberryField | StrawberryObjectDefinition, directives: Iterable[object]) -> None:
    element.directives = [*(element.directives or ()), *directives]


def _named(kind: Any) -> Any:
    while True:
        if isinstance(kind, LazyType):
            kind = kind.resolve_type()
        elif isinstance(kind, StrawberryContainer):
            kind = kind.of_type
        else:
            return kind
