"""How long the answer to a query may be kept, and by whom, from `@cacheControl` of the schema.

The directive and its rules are Apollo's. An answer may be kept as long as the shortest-lived thing in it. A field that
answers objects says its `maxAge`, or their type does; one that says neither is not to be kept, unless its type has
`inheritMaxAge`, which lives as long as what it is part of. Leaves live as long as their object. What is at the root
must say for itself. So whatever nobody thought about is not kept.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import strawberry
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
    is_leaf_type,
)
from strawberry.schema_directive import Location

from execution.declared import declared


@strawberry.enum(description="Who may keep an answer.")
class CacheControlScope(Enum):
    PUBLIC = strawberry.enum_value("PUBLIC", description="Anybody: browsers, proxies, content delivery networks.")
    PRIVATE = strawberry.enum_value("PRIVATE", description="Only whoever asked.")


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION, Location.OBJECT, Location.INTERFACE, Location.UNION],
    name="cacheControl",
    description="How long an answer with this may be kept: as long as the shortest-lived thing in it.",
)
class CacheControl:
    max_age: int | None = strawberry.directive_field(name="maxAge", default=strawberry.UNSET)
    scope: CacheControlScope | None = strawberry.UNSET
    inherit_max_age: bool | None = strawberry.directive_field(name="inheritMaxAge", default=strawberry.UNSET)


@dataclass(frozen=True, slots=True)
class CachePolicy:
    """For how many seconds an answer may be kept; 0 for not at all. `is_private`: only by whoever asked."""

    max_age_seconds: int = 0
    is_private: bool = False


NOT_KEPT = CachePolicy()


def policy_of(
    operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode], schema: GraphQLSchema
) -> CachePolicy:
    """The policy of an operation of a valid document."""
    root = schema.get_root_type(operation.operation)
    if operation.operation is not OperationType.QUERY or root is None:
        return NOT_KEPT
    reading = _Reading(schema, fragments, root)
    ages = list(reading.ages(operation.selection_set, root))
    return CachePolicy(min(ages), reading.is_private) if ages and min(ages) > 0 else NOT_KEPT


class _Reading:
    """Reads a document's hints, of each fragment once."""

    def __init__(
        self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode], root: GraphQLNamedType
    ) -> None:
        self.is_private = False
        self._schema = schema
        self._fragments = fragments
        self._root = root
        self._read: set[str] = set()

    def ages(self, selection_set: SelectionSetNode, parent: GraphQLNamedType) -> Iterator[int]:
        for node in selection_set.selections:
            if isinstance(node, FieldNode):
                yield from self._field(node, parent)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                within = self._schema.type_map[condition.name.value] if condition else parent
                yield from self.ages(node.selection_set, within)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in self._read:
                self._read.add(node.name.value)
                fragment = self._fragments[node.name.value]
                yield from self.ages(fragment.selection_set, self._schema.type_map[fragment.type_condition.name.value])

    def _field(self, node: FieldNode, parent: GraphQLNamedType) -> Iterator[int]:
        if node.name.value == "__typename":
            return
        definition = self._schema.get_field(parent, node.name.value)  # type: ignore[arg-type] # it is composite
        assert definition is not None, "validation refuses fields that the schema does not have"
        answered = get_named_type(definition.type)
        yield from self._hinted(definition, answered, is_root=parent is self._root)
        if node.selection_set:
            yield from self.ages(node.selection_set, answered)

    def _hinted(self, definition: Any, answered: GraphQLNamedType, *, is_root: bool) -> Iterator[int]:
        hints = [*declared(definition, CacheControl), *declared(answered, CacheControl)]
        self.is_private = self.is_private or any(hint.scope is CacheControlScope.PRIVATE for hint in hints)
        stated = next((hint.max_age for hint in hints if isinstance(hint.max_age, int)), None)
        if stated is not None:
            yield stated
        elif is_root or not (is_leaf_type(answered) or any(hint.inherit_max_age for hint in hints)):
            yield 0
