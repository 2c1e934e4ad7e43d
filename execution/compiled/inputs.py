"""Arguments as resolvers take them, made as Strawberry makes them of what graphql-core has coerced.

Strawberry asks of every value anew what its type is and how its fields are called. Here that is found out once for each
type of input. Types that Strawberry knows more of than that are left to it.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING
from typing import Any

from strawberry.relay.types import GlobalID
from strawberry.schema.compat import is_scalar
from strawberry.types.base import StrawberryList, StrawberryMaybe, StrawberryOptional, has_object_definition
from strawberry.types.enum import StrawberryEnumDefinition, has_enum_definition
from strawberry.types.field import StrawberryField
from strawberry.types.lazy_type import LazyType
from strawberry.types.unset import UNSET

type Make = Callable[[Any], Any]
"""From a coerced value that is not null to what a resolver is given."""
type MakeArguments = Callable[[Mapping[str, Any]], dict[str, Any]]


class NotMadeError(Exception):
    """A type that builds its own values, or of a kind that is not known here."""


def argument_maker(field: StrawberryField, converter: Any) -> MakeArguments | None:
    """Makes the arguments of a field; None if that is left to Strawberry, whose `converter` made the schema."""
    makers, naming = InputMakers(converter), converter.config.name_converter
    try:
        arguments = {
            naming.from_argument(argument): (argument.python_name, makers.of(argument.type))
            for argument in field.arguments
        }
    except NotMadeError:
        return None
    return lambda coerced: _made(arguments, coerced)


class InputMakers:
    """What makes the values of each type that a field's arguments are of."""

    def __init__(self, converter: Any) -> None:
        self._naming = converter.config.name_converter
        self._scalars = converter.scalar_registry
        self._known: dict[Any, InputMaker] = {}

    def of(self, kind: Any) -> Make | None:
        """None if values are taken as they are. Raises NotMadeError for what Strawberry knows more of."""
        if kind is GlobalID or isinstance(kind, StrawberryMaybe):
            raise NotMadeError(str(kind))
        if isinstance(kind, StrawberryOptional):
            return self.of(kind.of_type)
        if isinstance(kind, StrawberryList):
            return _list_maker(self.of(kind.of_type))
        if isinstance(kind, LazyType):
            return self.of(kind.resolve_type())
        if isinstance(kind, StrawberryEnumDefinition) or has_enum_definition(kind) or is_scalar(kind, self._scalars):
            return None
        if has_object_definition(kind):
            return self._of_object(kind)
        raise NotMadeError(str(kind))

    def _of_object(self, kind: Any) -> "InputMaker":
        """Known before its fields are, which may be of the type itself."""
        if kind not in self._known:
            definition = kind.__strawberry_definition__
            if definition.from_input is not None or not definition.is_input:
                raise NotMadeError(definition.name)
            maker = self._known[kind] = InputMaker(kind)
            for field in definition.fields:
                make = self.of(field.resolve_type(type_definition=definition))
                maker.fields[self._naming.from_field(field)] = (field.python_name, make)
                if field.default_value is MISSING and field.default_factory is MISSING:
                    maker.absent[field.python_name] = None
        return self._known[kind]


class InputMaker:
    """Makes the objects of one input type."""

    def __init__(self, kind: type) -> None:
        self._kind = kind
        self.fields: dict[str, tuple[str, Make | None]] = {}
        self.absent: dict[str, Any] = {}
        """What fields without a default of their own are when they are not given."""

    def __call__(self, value: Mapping[str, Any]) -> Any:
        return self._kind(**{**self.absent, **_made(self.fields, value)})


def _made(fields: Mapping[str, tuple[str, Make | None]], given: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in given.items():
        if name in fields:
            python_name, make = fields[name]
            found[python_name] = value if make is None else _value(make, value)
    return found


def _list_maker(make: Make | None) -> Make:
    """A list of its own each time, since a default is the same to all requests."""
    if make is None:
        return list
    return lambda values: [_value(make, value) for value in values]


def _value(make: Make, value: Any) -> Any:
    return value if value is None or value is UNSET else make(value)
