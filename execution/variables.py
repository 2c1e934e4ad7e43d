"""Variables as their types take them, found out once for each type of input.

graphql-core asks of every value anew what its type is, which took a tenth of what a mutation costs. Here each type has
a function that reads its values. It knows what is right and nothing else: whatever is wrong, or not given where there
is a default, is left to graphql-core, which says what it comes to.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    Undefined,
    VariableDefinitionNode,
    is_required_input_field,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource
from graphql.utilities.coerce_input_value import coerce_default_value

type Read = Callable[[Any], Any]
"""From a value that is not null to what its type makes of it; Undefined if it is none of the type."""


class NotReadError(Exception):
    """A type whose values can be nested without end, or are one of several: graphql-core reads them."""


class InputReaders:
    """What reads the values of each type of a schema's inputs, made when it is first needed."""

    def __init__(self) -> None:
        self._known: dict[str, Read] = {}
        self._begun: set[str] = set()

    def of(self, kind: Any) -> Read:
        """Raises NotReadError for types that are left to graphql-core."""
        if isinstance(kind, GraphQLNonNull):
            return self.of(kind.of_type)
        if isinstance(kind, GraphQLList):
            return _list_reader(self.of(kind.of_type), is_required=isinstance(kind.of_type, GraphQLNonNull))
        if isinstance(kind, GraphQLInputObjectType):
            return self._of_object(kind)
        return _leaf_reader(kind.coerce_input_value)

    def _of_object(self, kind: GraphQLInputObjectType) -> Read:
        if kind.name not in self._known:
            if kind.name in self._begun or kind.is_one_of:
                raise NotReadError(kind.name)
            self._begun.add(kind.name)
            self._known[kind.name] = self._object_reader(kind)
        return self._known[kind.name]

    def _object_reader(self, kind: GraphQLInputObjectType) -> Read:
        fields = {
            name: (field.out_name or name, self.of(field.type), isinstance(field.type, GraphQLNonNull))
            for name, field in kind.fields.items()
        }
        required = {name for name, field in kind.fields.items() if is_required_input_field(field)}
        defaults = dict(_defaults(kind))
        out_type = kind.out_type

        def read(value: Any) -> Any:
            if not isinstance(value, dict) or not required <= value.keys():
                return Undefined
            found = defaults.copy()
            for name, given in value.items():
                if name not in fields:
                    return Undefined
                out_name, read_field, is_required = fields[name]
                found[out_name] = taken = _taken(given, read_field, is_required=is_required)
                if taken is Undefined:
                    return Undefined
            return out_type(found)

        return read


class VariableReader:
    """Reads the variables of one operation."""

    def __init__(
        self, schema: GraphQLSchema, definitions: Sequence[VariableDefinitionNode], readers: InputReaders
    ) -> None:
        """Raises NotReadError if they are left to graphql-core."""
        self._variables = [(signature, readers.of(signature.type)) for signature in _signatures(schema, definitions)]

    def read(self, inputs: Mapping[str, Any]) -> VariableValues | None:
        """The values as graphql-core has them; None if it has to look at them itself."""
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for signature, read in self._variables:
            name, is_required = signature.name, isinstance(signature.type, GraphQLNonNull)
            if name not in inputs:
                if is_required or signature.default is not None:
                    return None
                sources[name] = VariableValueSource(signature)
                continue
            value = inputs[name]
            sources[name] = VariableValueSource(signature, value)
            coerced[name] = taken = _taken(value, read, is_required=is_required)
            if taken is Undefined:
                return None
        return VariableValues(sources, coerced)


def _taken(value: Any, read: Read, *, is_required: bool) -> Any:
    if value is None:
        return Undefined if is_required else None
    return read(value)


def _list_reader(read: Read, *, is_required: bool) -> Read:
    def read_list(value: Any) -> Any:
        """Of a list alone: a single value in the place of one is left to graphql-core."""
        if type(value) is not list:
            return Undefined
        found = [_taken(item, read, is_required=is_required) for item in value]
        return Undefined if any(item is Undefined for item in found) else found

    return read_list


def _leaf_reader(coerce: Read) -> Read:
    def read_leaf(value: Any) -> Any:
        try:
            return coerce(value)
        except Exception:  # noqa: BLE001 - graphql-core says what is wrong
            return Undefined

    return read_leaf


def _defaults(kind: GraphQLInputObjectType) -> Iterator[tuple[str, Any]]:
    for name, field in kind.fields.items():
        value = coerce_default_value(field)
        if value is not Undefined:
            yield field.out_name or name, value


def _signatures(
    schema: GraphQLSchema, definitions: Sequence[VariableDefinitionNode]
) -> Iterator[GraphQLVariableSignature]:
    for definition in definitions:
        signature = get_variable_signature(schema, definition)
        if isinstance(signature, GraphQLError):
            raise NotReadError(signature.message)
        yield signature
