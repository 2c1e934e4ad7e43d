"""What an operation may cost before it runs, in points, from `@cost` and `@listSize` of the schema.

The directives are those of Federation 2.9, after IBM's GraphQL Cost Directive Specification. A field costs its own
`@cost` (0 without one), and each object that it may answer the `@cost` of its type (1 without one) and what is selected
of it. The number of objects in a list is the page size, where `@listSize` names the arguments that say it, else its
`assumedSize`, else UNSIZED. Leaves cost nothing. `@skip` and `@include` are not looked at, and of an interface or union
all that is selected counts, so that the cost is an upper bound; for lists without a page size it is an estimate.

An operation is priced once, when its document is admitted, each fragment once for all of its spreads. What depends on
variables stays a formula of few terms.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    is_leaf_type,
)
from strawberry.federation.schema_directives import Cost, ListSize

from execution.declared import declared

UNSIZED = 10
"""How many items a list is taken to have where the schema does not say."""

MAX_SIZE = 100
"""The largest page that is counted; resolvers refuse to answer larger ones."""

ITEMS = ListSize(assumed_size=1, slicing_arguments=["ids", "representations"], sized_fields=None)
"""What answers one item for each of those that it is given; `@listSize` knows of numbers only."""

MUTATION = 10
INTROSPECTION = {"__schema": 500, "__type": 50}


@dataclass(frozen=True, slots=True)
class Size:
    """How many items: the largest of what the document says and of what its variables say, or else `otherwise`."""

    stated: int | None
    variables: tuple[str, ...]
    otherwise: int

    def of(self, variables: Mapping[str, Any]) -> int:
        given = [_counted(variables[name]) for name in self.variables if variables.get(name) is not None]
        if self.stated is not None:
            given.append(self.stated)
        return max(given) if given else self.otherwise


ONE = Size(1, (), 1)


@dataclass(frozen=True, slots=True, eq=False)
class Price:
    """Points: `fixed`, and for each term a number of times a size times another price. Compared by identity."""

    fixed: int = 0
    terms: Mapping[tuple[Size, "Price"], int] = field(default_factory=dict)

    def of(self, variables: Mapping[str, Any]) -> int:
        """The points with these coerced variables."""
        if not self.terms:
            return self.fixed
        return self._of(variables, {})

    def _of(self, variables: Mapping[str, Any], known: dict[int, int]) -> int:
        points = known.get(id(self))
        if points is None:
            points = self.fixed
            for (size, price), times in self.terms.items():
                points += times * size.of(variables) * price._of(variables, known)  # noqa: SLF001 - its own kind
            known[id(self)] = points
        return points

    def times(self, size: Size) -> "Price":
        if size.variables:
            return Price(0, {(size, self): 1})
        number = size.of({})
        return Price(self.fixed * number, {term: times * number for term, times in self.terms.items()})


FREE = Price()


def total(prices: Iterable[Price]) -> Price:
    fixed = 0
    terms: dict[tuple[Size, Price], int] = {}
    for price in prices:
        fixed += price.fixed
        for term, times in price.terms.items():
            terms[term] = terms.get(term, 0) + times
    return Price(fixed, terms)


def price_of(
    operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode], schema: GraphQLSchema
) -> Price:
    """The price of an operation of a valid document."""
    root = schema.get_root_type(operation.operation)
    assert root is not None, "validation refuses operations that the schema does not have"
    return _Pricing(schema, fragments).selections(operation.selection_set, root, {})


type Sizes = Mapping[str, Size]
"""The sizes that a connection's field gives to the fields below it (`sizedFields`)."""


class _Pricing:
    def __init__(self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._schema = schema
        self._fragments = fragments
        self._priced: dict[tuple[str, tuple[tuple[str, Size], ...]], Price] = {}

    def selections(self, selection_set: SelectionSetNode, parent: GraphQLNamedType, sizes: Sizes) -> Price:
        return total(self._selection(node, parent, sizes) for node in selection_set.selections)

    def _selection(self, node: Any, parent: GraphQLNamedType, sizes: Sizes) -> Price:
        if isinstance(node, FieldNode):
            return self._field(node, parent, sizes)
        if isinstance(node, FragmentSpreadNode):
            return self._fragment(node.name.value, sizes)
        assert isinstance(node, InlineFragmentNode)
        condition = node.type_condition
        within = self._schema.type_map[condition.name.value] if condition else parent
        return self.selections(node.selection_set, within, sizes)

    def _fragment(self, name: str, sizes: Sizes) -> Price:
        key = (name, tuple(sizes.items()))
        if (price := self._priced.get(key)) is None:
            fragment = self._fragments[name]
            within = self._schema.type_map[fragment.type_condition.name.value]
            price = self._priced[key] = self.selections(fragment.selection_set, within, sizes)
        return price

    def _field(self, node: FieldNode, parent: GraphQLNamedType, sizes: Sizes) -> Price:
        if flat := INTROSPECTION.get(node.name.value):
            return Price(flat)
        definition = self._schema.get_field(_composite(parent), node.name.value)
        assert definition is not None, "validation refuses fields that the schema does not have"
        own = _weight(definition, MUTATION if parent is self._schema.mutation_type else 0)
        arguments = sum(_weight(definition.args[each.name.value], 0) for each in node.arguments or ())
        answered = get_named_type(definition.type)
        if is_leaf_type(answered):
            return Price(own + arguments) if own or arguments else FREE
        size, below = _sizes(node, definition, sizes.get(node.name.value))
        inner = self.selections(node.selection_set, answered, below) if node.selection_set else FREE
        return total([Price(own + arguments), total([Price(_weight(answered, 1)), inner]).times(size)])


def _composite(parent: GraphQLNamedType) -> GraphQLCompositeType:
    assert isinstance(parent, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType)
    return parent


def _sizes(node: FieldNode, definition: GraphQLField, inherited: Size | None) -> tuple[Size, Sizes]:
    """How many objects the field answers, and what it says of the lists below it."""
    listed = next(declared(definition, ListSize), None)
    if listed is None and not definition.args.keys().isdisjoint(ITEMS.slicing_arguments or ()):
        listed = ITEMS
    size = _size(node, listed) if listed else None
    if listed and listed.sized_fields:
        assert size is not None
        return ONE, dict.fromkeys(listed.sized_fields, size)
    if not _is_list(definition.type):
        return ONE, {}
    return size or inherited or Size(UNSIZED, (), UNSIZED), {}


def _size(node: FieldNode, listed: ListSize) -> Size:
    otherwise = listed.assumed_size if isinstance(listed.assumed_size, int) else UNSIZED
    given = {argument.name.value: argument.value for argument in node.arguments or ()}
    stated: list[int] = []
    variables: list[str] = []
    for name in listed.slicing_arguments or ():
        value = given.get(name)
        if isinstance(value, VariableNode):
            variables.append(value.name.value)
        elif value is not None and (number := _stated(value)) is not None:
            stated.append(number)
    return Size(max(stated) if stated else None, tuple(variables), otherwise)


def _stated(value: ValueNode) -> int | None:
    if isinstance(value, IntValueNode):
        return _counted(int(value.value[:10]))
    return len(value.values) if isinstance(value, ListValueNode) else None


def _counted(value: Any) -> int:
    """The size that a variable says: a number of items, or the items themselves."""
    if isinstance(value, list):
        return len(value)
    return min(max(value, 0), MAX_SIZE) if isinstance(value, int) else 1


def _weight(element: Any, otherwise: int) -> int:
    return next((cost.weight for cost in declared(element, Cost)), otherwise)


def _is_list(kind: Any) -> bool:
    return isinstance(kind.of_type if isinstance(kind, GraphQLNonNull) else kind, GraphQLList)
