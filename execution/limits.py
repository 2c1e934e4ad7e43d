"""What a document may ask for: bounds checked once, when it is admitted, in time linear in its text.

A fragment is measured once however often it is spread, so that doubling fragments cost nothing to refuse.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
)

INTROSPECTION_ROOTS = frozenset({"__schema", "__type"})


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper bounds, inclusive.

    Depth, fields, aliases and directives are those of one operation with every fragment spread out in full,
    `document_fields` those of all operations together. `variables` are those that one operation declares. `values` are
    the fields of all objects and the items of all lists in one answer: lists within lists multiply, which no document
    shows. `schema_values` are those of an answer about nothing but the schema, which grows with it: all that editors
    and generators ask about a thousand types are 33,000.
    """

    source_characters: int = 65_536
    tokens: int = 2_000
    operations: int = 20
    fragments: int = 100
    depth: int = 16
    variables: int = 100
    fields: int = 500
    document_fields: int = 2_000
    aliases: int = 100
    directives: int = 100
    values: int = 30_000
    schema_values: int = 90_000


@dataclass(frozen=True, slots=True)
class Measure:
    """The size of an operation or of a selection inside it."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0


NOTHING = Measure()


def exceeded(document: DocumentNode, limits: Limits) -> GraphQLError | None:
    """The first bound that the document breaks, or None.

    Unknown and circular fragments count as empty: validation is the one to refuse them.
    """
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    fragments = _fragments(document)
    if len(operations) > limits.operations:
        return _too_many("operations", limits.operations, None)
    if len(fragments) > limits.fragments:
        return _too_many("fragments", limits.fragments, None)
    ruler = _Ruler(fragments)
    try:
        measures = [(operation, ruler.operation(operation)) for operation in operations]
    except RecursionError:
        return _too_many("levels of selections", limits.depth, None)
    if sum(measure.fields for _, measure in measures) > limits.document_fields:
        return _too_many("fields in all operations", limits.document_fields, None)
    return next((error for node, measure in measures if (error := _broken(measure, limits, node))), None)


def _fragments(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    return {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}


def _broken(measure: Measure, limits: Limits, operation: OperationDefinitionNode) -> GraphQLError | None:
    if measure.depth > limits.depth:
        return _too_many("levels of selections", limits.depth, operation)
    if measure.fields > limits.fields:
        return _too_many("fields", limits.fields, operation)
    if measure.aliases > limits.aliases:
        return _too_many("aliases", limits.aliases, operation)
    if measure.directives > limits.directives:
        return _too_many("directives", limits.directives, operation)
    if len(operation.variable_definitions or ()) > limits.variables:
        return _too_many("variables", limits.variables, operation)
    return None


def _too_many(what: str, limit: int, operation: OperationDefinitionNode | None) -> GraphQLError:
    return GraphQLError(f"The document has more than {limit} {what}.", operation)


def asks_schema_alone(operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]) -> bool:
    """Whether a valid operation within the limits asks about the schema, and of nothing else."""
    return operation.operation is OperationType.QUERY and all(
        name in INTROSPECTION_ROOTS or name == "__typename" for name in _root_fields(operation.selection_set, fragments)
    )


def _root_fields(selections: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]) -> Iterator[str]:
    for node in selections.selections:
        if isinstance(node, FieldNode):
            yield node.name.value
        elif isinstance(node, FragmentSpreadNode):
            yield from _root_fields(fragments[node.name.value].selection_set, fragments)
        else:
            assert isinstance(node, InlineFragmentNode)
            yield from _root_fields(node.selection_set, fragments)


class _Ruler:
    """Measures selections, each fragment once (and once more where introspection spreads it)."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self.fragments = fragments
        self._measured: dict[tuple[str, bool], Measure] = {}

    def operation(self, node: OperationDefinitionNode) -> Measure:
        measure = self._selections(node.selection_set, introspecting=False)
        return _sum(measure, Measure(directives=len(node.directives or ())))

    def fragment(self, name: str, *, introspecting: bool) -> Measure:
        key = (name, introspecting)
        if (measure := self._measured.get(key)) is None:
            self._measured[key] = NOTHING
            node = self.fragments.get(name)
            measure = self._selections(node.selection_set, introspecting=introspecting) if node else NOTHING
            self._measured[key] = measure
        return measure

    def _selections(self, selection_set: SelectionSetNode, *, introspecting: bool) -> Measure:
        depth = fields = aliases = directives = 0
        for node in selection_set.selections:
            measure = self._selection(node, introspecting=introspecting)
            depth = max(depth, measure.depth)
            fields += measure.fields
            aliases += measure.aliases
            directives += measure.directives + len(node.directives or ())
        return Measure(depth, fields, aliases, directives)

    def _selection(self, node: SelectionNode, *, introspecting: bool) -> Measure:
        if isinstance(node, FieldNode):
            return self._field(node, introspecting=introspecting)
        if isinstance(node, FragmentSpreadNode):
            return self.fragment(node.name.value, introspecting=introspecting)
        assert isinstance(node, InlineFragmentNode)
        return self._selections(node.selection_set, introspecting=introspecting)

    def _field(self, node: FieldNode, *, introspecting: bool) -> Measure:
        name = node.name.value
        introspecting = introspecting or name in INTROSPECTION_ROOTS
        inner = self._selections(node.selection_set, introspecting=introspecting) if node.selection_set else NOTHING
        # The standard introspection query unwraps types nine levels deep.
        level = 0 if introspecting and name == "ofType" else 1
        return _sum(inner, Measure(level, fields=1, aliases=1 if node.alias else 0))


def _sum(one: Measure, other: Measure) -> Measure:
    return Measure(
        one.depth + other.depth,
        one.fields + other.fields,
        one.aliases + other.aliases,
        one.directives + other.directives,
    )
