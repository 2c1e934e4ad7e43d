"""How a field is answered: by an attribute, or by a call. The one module that knows how Strawberry calls resolvers.

Strawberry wraps each resolver to convert its arguments and to make its `info`, at every call. Where nothing else is
wrapped around that, the arguments are converted once for all objects, and the resolver is called directly. A resolver
that somebody has wrapped, to guard it or to extend it, is called as it is.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cached_property, partial
from inspect import isfunction
from operator import attrgetter
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLSchema,
    Undefined,
    VariableNode,
    Visitor,
    default_field_resolver,
    visit,
)
from graphql.execution.values import get_argument_values
from strawberry.schema import schema_converter
from strawberry.types.field import StrawberryField

from execution.compiled.inputs import MakeArguments, argument_maker
from execution.declared import DEFINITION, RestsOn, is_read_only, rests_on

type Call = Callable[[Any], Any]
"""From the object that has the field to what its resolver returns, which may be awaitable."""

type Batch = Callable[[Sequence[Any]], Sequence[Any] | Awaitable[Sequence[Any]]]
"""From all such objects to an outcome for each of them; an exception is the failure of its object alone."""

IMMUTABLE = (str, int, float, bool, type(None), Enum, date, Decimal)
SCALARS = frozenset({str, int, float, bool, type(None), type(Undefined)})
"""Of variables by whose values arguments are kept."""
MAX_KEPT = 64
"""For how many values of its variables a field keeps its arguments."""

STRAWBERRYS = frozenset({"_get_basic_result", "_resolver", "_async_resolver"})


@dataclass(frozen=True, slots=True)
class Attribute:
    """The value is the object's attribute of this name."""

    name: str


@dataclass(frozen=True, slots=True)
class Taken:
    """Arguments as a resolver takes them, without the object and `info`; and its batch function with them, if any.

    `is_shared`: one object's resolver may be given the same as another's.
    """

    arguments: Mapping[str, Any]
    is_shared: bool
    batch: Any


class PlainCall:
    """The field's resolver as graphql-core calls it."""

    rests_on: RestsOn | None = None
    """What its outcomes rest on, if it says so."""
    variables: tuple[str, ...] = ()
    """Those in the arguments, where `rests_on` is known."""

    def __init__(self, definition: GraphQLField, details: Any) -> None:
        self._definition = definition
        self._node = details.node
        self._resolve = definition.resolve or default_field_resolver
        self._has_arguments = bool(definition.args or self._node.arguments)

    def arguments(self, run: Any) -> dict[str, Any]:
        """The coerced arguments; raises GraphQLError for what no argument can be."""
        if not self._has_arguments:
            return {}
        return get_argument_values(self._definition, self._node, run.variables, None, run.plan.hide_suggestions)

    def prepared_batch(self, _run: Any, _info: Any) -> Batch | None:
        """The function for many objects, if there is one."""
        return None

    def prepared(self, run: Any, info: Any) -> Call:
        arguments = self.arguments(run)
        resolve = self._resolve
        if are_immutable(arguments):
            return lambda source: resolve(source, info, **arguments)
        return lambda source: resolve(source, info, **self.arguments(run))


class AttributeCall(PlainCall):
    """The object's attribute of this name, as if a resolver answered with it."""

    rests_on = RestsOn()

    def __init__(self, definition: GraphQLField, details: Any, name: str) -> None:
        super().__init__(definition, details)
        self._get = attrgetter(name)

    def prepared(self, _run: Any, _info: Any) -> Call:
        return self._get


class StrawberryCall(PlainCall):
    """A resolver of Strawberry's, called without what Strawberry wraps around it."""

    def __init__(self, definition: GraphQLField, details: Any, field: StrawberryField, converter: Any) -> None:
        super().__init__(definition, details)
        assert field.base_resolver is not None
        self._field = field
        self._converter = converter
        self._function: Any = field.base_resolver.wrapped_func
        self._batch: Any = getattr(self._function, "batch", None)
        self.rests_on = rests_on(self._function)
        self._takes_self = field.base_resolver.self_parameter is not None
        told = field.base_resolver.info_parameter
        self._info_name = told.name if told is not None else None
        parents = (field.base_resolver.parent_parameter, field.base_resolver.root_parameter)
        self.variables = variables_of(self._node)
        self._kept: dict[tuple[Any, ...], Taken] = {}
        self._names = tuple(parameter.name for parameter in parents if parameter is not None)

    def prepared(self, run: Any, info: Any) -> Call:
        told = self._told(info)
        taken = self._taken(run, told)
        own = dict(taken.arguments)
        if self._info_name is not None:
            own[self._info_name] = told
        call = self._direct(own)
        if taken.is_shared:
            return call
        first = [call]
        return lambda source: first.pop()(source) if first else self._converted_call(self.arguments(run), told, source)

    def prepared_batch(self, run: Any, info: Any) -> Batch | None:
        if self._batch is None:
            return None
        told = self._told(info)
        batch = self._taken(run, told).batch
        return lambda sources: batch(sources, told)

    def _told(self, info: Any) -> Any:
        return self._converter.config.info_class(_raw_info=info, _field=self._field)

    def _taken(self, run: Any, info: Any) -> "Taken":
        """The arguments as the resolver takes them. Those that nobody changes are converted once for the same values
        of the variables.
        """
        values = values_of(self.variables, run.variables.coerced) if self.variables else ()
        known = None if values is None else self._kept.get(values)
        if known is not None:
            return known
        own = self._own(run, info)
        taken = Taken(own, are_immutable(own), self._batch_with(own))
        if taken.is_shared and values is not None:
            if len(self._kept) >= MAX_KEPT:
                self._kept.clear()
            self._kept[values] = taken
        return taken

    def _batch_with(self, arguments: dict[str, Any]) -> Any:
        """The batch function with these arguments, prepared if it has something to prepare for them."""
        if self._batch is None:
            return None
        prepare = getattr(self._batch, "prepared", None)
        return partial(self._batch, **arguments) if prepare is None else prepare(**arguments)

    def _own(self, run: Any, info: Any) -> dict[str, Any]:
        """The converted arguments, without the object and `info`."""
        if self._make is not None:
            return self._make(self.arguments(run))
        own = self._converted(self.arguments(run), info, None)[1]
        for name in (*self._names, self._info_name):
            own.pop(name or "", None)
        return own

    @cached_property
    def _make(self) -> MakeArguments | None:
        return argument_maker(self._field, self._converter)

    def _direct(self, arguments: dict[str, Any]) -> Call:
        function = self._function
        if self._takes_self and not self._names:
            return lambda source: function(source, **arguments)
        if len(self._names) == 1 and not self._takes_self:
            (name,) = self._names

            def call(source: Any) -> Any:
                arguments[name] = source
                return function(**arguments)

            return call
        before = self._takes_self
        return lambda source: function(
            *((source,) if before else ()), **arguments, **dict.fromkeys(self._names, source)
        )

    def _converted_call(self, asked: dict[str, Any], info: Any, source: Any) -> Any:
        positional, named = self._converted(asked, info, source)
        return self._function(*positional, **named)

    def _converted(self, asked: dict[str, Any], info: Any, source: Any) -> tuple[list[Any], dict[str, Any]]:
        return schema_converter.get_arguments(
            field=self._field,
            source=source,
            info=info,
            kwargs=asked,
            config=self._converter.config,
            scalar_registry=self._converter.scalar_registry,
        )


def variables_of(node: FieldNode) -> tuple[str, ...]:
    """The names of the variables in the arguments."""
    found: list[str] = []

    class Variables(Visitor):
        def enter_variable(self, variable: VariableNode, *_: object) -> None:
            found.append(variable.name.value)

    for argument in node.arguments or ():
        visit(argument, Variables())
    return tuple(dict.fromkeys(found))


def values_of(names: Sequence[str], coerced: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """What tells these variables' values from any others; None for values that nothing can be known by.

    1, 1.0 and true are equal to Python, and not to a resolver.
    """
    values = [coerced.get(name, Undefined) for name in names]
    kinds = [type(value) for value in values]
    return (*kinds, *values) if all(kind in SCALARS for kind in kinds) else None


def are_immutable(arguments: dict[str, Any]) -> bool:
    return all(isinstance(value, IMMUTABLE) or is_read_only(type(value)) for value in arguments.values())


def answer_of(definition: GraphQLField, details: Any, schema: GraphQLSchema) -> Attribute | PlainCall:
    """How the field of this node is answered."""
    field = strawberrys_own(definition)
    converter = getattr(getattr(schema, "_strawberry_schema", None), "schema_converter", None)
    if field is None or converter is None or getattr(converter, "_exception_handler_specs", None):
        return PlainCall(definition, details)
    if field.base_resolver is None:
        is_attribute = field.default_resolver is getattr and field.python_name.isidentifier()
        return Attribute(field.python_name) if is_attribute else PlainCall(definition, details)
    if not callable(field.base_resolver.wrapped_func):
        return PlainCall(definition, details)
    return StrawberryCall(definition, details, field, converter)


def strawberrys_own(definition: GraphQLField) -> StrawberryField | None:
    """The Strawberry field whose resolver stands here with nothing around it but what Strawberry always does."""
    resolve = definition.resolve
    if not isfunction(resolve) or resolve.__code__.co_filename != schema_converter.__file__:
        return None
    field = definition.extensions.get(DEFINITION)
    if not isinstance(field, StrawberryField) or field.extensions or resolve.__code__.co_name not in STRAWBERRYS:
        return None
    return field if type(field).get_result is StrawberryField.get_result else None
