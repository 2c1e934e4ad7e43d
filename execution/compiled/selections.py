"""What is selected of which type at which position, by graphql-core's own collection of fields."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
)
from graphql.execution.collect_fields import CollectedFields, collect_fields, collect_subfields
from graphql.execution.values import VariableValues

from execution.compiled.answers import Attribute, AttributeCall, PlainCall, answer_of
from execution.declared import is_lasting
from execution.documents import Operation

INTROSPECTION = frozenset({"__schema", "__type"})
MAX_FIELDS = 2_000
"""Of one operation. Documents are smaller, but what is selected of an interface may be compiled for many types."""


class UnsupportedError(Exception):
    """The operation has something that is always left to graphql-core; `reason` says what, in a word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Use:
    """A field as it is selected somewhere in the document, under its response key. Compared by identity."""

    is_root = False
    below: "Selection | None" = None
    """What is selected of the objects that it leads to, if those are of one type."""

    def __init__(self, key: str, definition: GraphQLField, details: list[Any], parent: GraphQLObjectType) -> None:
        self.key = key
        self.definition = definition
        self.details = details
        self.parent = parent

    @property
    def nodes(self) -> list[FieldNode]:
        return [each.node for each in self.details]

    @cached_property
    def list_depth(self) -> int:
        """How many lists lie around what it leads to."""
        depth, type_ = 0, self.definition.type
        while isinstance(type_, GraphQLList | GraphQLNonNull):
            depth += isinstance(type_, GraphQLList)
            type_ = type_.of_type
        return depth


class AttributeUse(Use):
    """One that is an attribute of the object."""

    attribute: str


class ResolvedField(Use):
    """One that has a resolver. `finish(outcomes, dicts, run)` puts what it answered into its dictionaries."""

    answer: PlainCall
    finish: Callable[[list[Any], list[dict[str, Any]], Any], None]


class Selection:
    """What is selected of one object type at one position: a use for each response key, or the type's own name.

    Compared by identity.
    """

    def __init__(self, parent: GraphQLObjectType, use: Use | None) -> None:
        self.parent = parent
        self.use = use
        self.uses: dict[str, Use | str] = {}
        self.lasting: Any = None
        """What of it is shown again (`lasting.Lasting`), if anything."""

    @cached_property
    def resolved(self) -> list[ResolvedField]:
        return [use for use in self.uses.values() if isinstance(use, ResolvedField)]


class Selections:
    """Collects the selections of one operation, under one set of values for its `@skip` and `@include`."""

    def __init__(
        self, schema: GraphQLSchema, operation: Operation, conditions: VariableValues, *, hide_suggestions: bool
    ) -> None:
        self._schema = schema
        self._operation = operation
        self._conditions = conditions
        self._hide_suggestions = hide_suggestions
        self.fields = 0
        """How many were collected."""

    def of_root(self, root: GraphQLObjectType) -> Selection:
        operation = self._operation
        collected = collect_fields(
            self._schema, operation.fragments, self._conditions, root, operation.definition, self._hide_suggestions
        )
        return self._selection(Selection(root, None), collected)

    def below(self, use: Use, type_: GraphQLObjectType) -> Selection:
        """What the field selects of objects of this type; raises UnsupportedError."""
        operation = self._operation
        collected = collect_subfields(
            self._schema,
            operation.fragments,
            self._conditions,
            operation.definition,
            type_,
            use.details,
            self._hide_suggestions,
        )
        use.below = self._selection(Selection(type_, use), collected)
        return use.below

    def _selection(self, selection: Selection, collected: CollectedFields) -> Selection:
        if collected.new_defer_usages:
            raise UnsupportedError("incremental")
        for key, details in collected.grouped_field_set.items():
            self.fields += 1
            if self.fields > MAX_FIELDS:
                raise UnsupportedError("size")
            if (use := self._use(key, details, selection.parent)) is not None:
                selection.uses[key] = use
                if isinstance(use, Use):
                    use.is_root = selection.use is None
        return selection

    def _use(self, key: str, details: list[Any], parent: GraphQLObjectType) -> Use | str | None:
        name = details[0].node.name.value
        if name == "__typename":
            return parent.name
        if name in INTROSPECTION:
            raise UnsupportedError("introspection")
        if any(each.fragment_variable_values is not None for each in details):
            raise UnsupportedError("fragment_arguments")
        if any(each.name.value == "stream" for each in details[0].node.directives or ()):
            raise UnsupportedError("incremental")
        definition = self._schema.get_field(parent, name)
        if definition is None:
            return None
        answer = answer_of(definition, details[0], self._schema)
        if isinstance(answer, Attribute) and is_lasting(parent) and not is_leaf_type(get_named_type(definition.type)):
            answer = AttributeCall(definition, details[0], answer.name)  # so that it is shown again
        if isinstance(answer, Attribute):
            attribute = AttributeUse(key, definition, details, parent)
            attribute.attribute = answer.name
            return attribute
        resolved = ResolvedField(key, definition, details, parent)
        resolved.answer = answer
        return resolved
