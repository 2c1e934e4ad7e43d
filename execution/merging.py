"""Whether fields of one response name can be answered by one value: FieldsInSetCanMerge of the specification.

The rule of graphql-core compares every two fields, which takes a quarter of a second for a document that is within all
bounds. Here fields are put together by name, and each group is looked at once: among fields that can meet in one
object for name and arguments, among all for the shape of what they answer. (The method is Simon Adameit's;
graphql-java and Sangria use it too.) Documents must be valid by all other rules: types are known, and no fragment
spreads itself.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    is_leaf_type,
)

type Group = Sequence["Selected"]


@dataclass(frozen=True, slots=True, eq=False)
class Selected:
    """A field as it stands in a document, the type that it is selected of, and what it is there."""

    node: FieldNode
    parent: GraphQLNamedType
    field: GraphQLField


class Conflict(Exception):  # noqa: N818 - a finding, raised to end the search
    def __init__(self, one: Selected, other: Selected, reason: str) -> None:
        name = _response_name(one.node)
        message = f"Fields '{name}' conflict because {reason}. Use different aliases on the fields to fetch both if "
        super().__init__(message + "this was intentional.")
        self.nodes = (one.node, other.node)


def conflict_in(document: DocumentNode, schema: GraphQLSchema) -> GraphQLError | None:
    """The first two fields that cannot be merged, or None."""
    fragments = {part.name.value: part for part in document.definitions if isinstance(part, FragmentDefinitionNode)}
    collector = _Collector(schema, fragments)
    try:
        for part in document.definitions:
            if isinstance(part, OperationDefinitionNode) and (root := schema.get_root_type(part.operation)):
                scope = collector.fields([(part.selection_set, root)])
                _check_same(scope, collector)
                _check_shapes(scope, collector)
    except Conflict as conflict:
        return GraphQLError(str(conflict), list(conflict.nodes))
    return None


class _Collector:
    """Spreads out what selection sets select of one object; a fragment counts once in each such scope."""

    def __init__(self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._schema = schema
        self._fragments = fragments

    def fields(self, sets: Iterable[tuple[SelectionSetNode, GraphQLNamedType]]) -> Mapping[str, Group]:
        found: dict[str, list[Selected]] = defaultdict(list)
        spread: set[str] = set()
        for selection_set, parent in sets:
            self._collect(selection_set, parent, found, spread)
        return found

    def below(self, group: Group) -> Mapping[str, Group]:
        """What the fields of a group select together, by response name."""
        return self.fields(
            (each.node.selection_set, get_named_type(each.field.type)) for each in group if each.node.selection_set
        )

    def _collect(
        self,
        selection_set: SelectionSetNode,
        parent: GraphQLNamedType,
        found: dict[str, list[Selected]],
        spread: set[str],
    ) -> None:
        for node in selection_set.selections:
            if isinstance(node, FieldNode):
                if field := self._schema.get_field(parent, node.name.value):  # type: ignore[arg-type] # it is composite
                    found[_response_name(node)].append(Selected(node, parent, field))
            elif isinstance(node, InlineFragmentNode):
                self._collect(node.selection_set, self._type_of(node, parent), found, spread)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in spread:
                spread.add(node.name.value)
                fragment = self._fragments[node.name.value]
                self._collect(fragment.selection_set, self._type_of(fragment, parent), found, spread)

    def _type_of(self, node: InlineFragmentNode | FragmentDefinitionNode, parent: GraphQLNamedType) -> GraphQLNamedType:
        return self._schema.type_map[node.type_condition.name.value] if node.type_condition else parent


def _check_shapes(scope: Mapping[str, Group], collector: _Collector) -> None:
    """Fields of one name answer values of one shape, whatever objects they are of."""
    for group in scope.values():
        first = group[0]
        for other in group[1:]:
            if not _is_same_shape(first.field.type, other.field.type):
                reason = f"they return conflicting types '{first.field.type}' and '{other.field.type}'"
                raise Conflict(first, other, reason)
        if first.node.selection_set:
            _check_shapes(collector.below(group), collector)


def _check_same(scope: Mapping[str, Group], collector: _Collector) -> None:
    """Fields of one name that can be of one object are the same field with the same arguments."""
    for group in scope.values():
        for meeting in _meeting(group):
            first = meeting[0]
            arguments = _arguments(first.node) if len(meeting) > 1 else None
            for other in meeting[1:]:
                _check_pair(first, other, arguments)
            if first.node.selection_set:
                _check_same(collector.below(meeting), collector)


def _check_pair(first: Selected, other: Selected, arguments: Mapping[str, Any] | None) -> None:
    one, another = first.node.name.value, other.node.name.value
    if one != another:
        raise Conflict(first, other, f"'{one}' and '{another}' are different fields")
    if _arguments(other.node) != arguments:
        raise Conflict(first, other, "they have differing arguments")


def _meeting(group: Group) -> Iterable[Group]:
    """The parts of a group whose fields can be of one object: those of each object type with those of all others."""
    first = group[0].parent
    if all(each.parent is first for each in group):
        return (group,)
    abstract = [each for each in group if not isinstance(each.parent, GraphQLObjectType)]
    concrete: dict[str, list[Selected]] = {}
    for each in group:
        if isinstance(each.parent, GraphQLObjectType):
            concrete.setdefault(each.parent.name, []).append(each)
    return tuple([*abstract, *found] for found in concrete.values()) if concrete else (abstract,)


def _is_same_shape(one: Any, other: Any) -> bool:
    if one is other:
        return True
    for wrapper in (GraphQLNonNull, GraphQLList):
        if isinstance(one, wrapper) or isinstance(other, wrapper):
            return type(one) is type(other) and _is_same_shape(one.of_type, other.of_type)
    return not (is_leaf_type(one) or is_leaf_type(other))


def _response_name(node: FieldNode) -> str:
    return node.alias.value if node.alias else node.name.value


def _arguments(node: FieldNode) -> Mapping[str, Any]:
    return {argument.name.value: _value(argument.value) for argument in node.arguments or ()}


def _value(node: ValueNode) -> Any:
    """Something that is equal for values that are written alike; fields of input objects have no order."""
    if isinstance(node, ListValueNode):
        return [_value(item) for item in node.values]
    if isinstance(node, ObjectValueNode):
        return {field.name.value: _value(field.value) for field in node.fields}
    if isinstance(node, VariableNode):
        return (node.kind, node.name.value)
    return (node.kind, getattr(node, "value", None))
