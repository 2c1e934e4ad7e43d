"""A compiled operation, and the bounded store of them."""

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any
from weakref import WeakKeyDictionary

from graphql import (
    DirectiveNode,
    GraphQLSchema,
    Node,
    OperationType,
    VariableNode,
    Visitor,
    visit,
)
from graphql.execution.values import VariableValues

from execution.compiled.again import Shelf
from execution.compiled.lasting import mark_lasting
from execution.compiled.selections import Selections, UnsupportedError
from execution.compiled.source import Writer
from execution.documents import Operation

CONDITIONS = frozenset({"skip", "include"})
MAX_VALUES = 64
"""For how many combinations of its conditions an operation is remembered."""

CHARACTERS_OF_A_FIELD = 16
"""A plan keeps its parsed document: so many characters of it take as much room as a compiled field."""


class Plan:
    """How to run an operation; holds for one set of values of the variables that `@skip` and `@include` look at.

    Raises UnsupportedError for operations that graphql-core has to run. `needs_paths`: some resolver of it asks where
    it stands, which only graphql-core knows.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        operation: Operation,
        conditions: VariableValues,
        shelf: Shelf,
        *,
        hide_suggestions: bool,
    ) -> None:
        root = schema.get_root_type(operation.type)
        if root is None or operation.type is OperationType.SUBSCRIPTION:
            raise UnsupportedError("subscription")
        selections = Selections(schema, operation, conditions, hide_suggestions=hide_suggestions)
        self.schema = schema
        self.operation = operation
        self.hide_suggestions = hide_suggestions
        self.is_serial = operation.type is OperationType.MUTATION
        self.needs_paths = False
        self.root = selections.of_root(root)
        self.build = Writer(schema, selections).made(self.root)
        self.shelf = shelf
        mark_lasting(self.root)
        self.weight = selections.fields + len(operation.text) // CHARACTERS_OF_A_FIELD


class Plans:
    """The plans of operations in use, compiled when an operation is asked for a second time.

    Bounded by `max_weight`: a plan weighs as much as it has fields, and something for the length of its document. Of
    operations without a plan nothing is kept that outlives their documents.
    """

    def __init__(self, schema: GraphQLSchema, *, hide_suggestions: bool = False, max_weight: int = 20_000) -> None:
        self._schema = schema
        self._hide_suggestions = hide_suggestions
        self._max_weight = max_weight
        self._shelf = Shelf()
        self.weight = 0
        self._known: WeakKeyDictionary[Operation, Known] = WeakKeyDictionary()
        self._plans: OrderedDict[tuple[Operation, Values], Plan] = OrderedDict()

    def __len__(self) -> int:
        return len(self._plans)

    def of(self, operation: Operation, variables: VariableValues) -> Plan | str:
        """The plan to run it by, or in a word why there is none."""
        known = self._known.get(operation)
        if is_new := known is None:
            known = self._known[operation] = Known(operation)
        values = tuple(map(variables.coerced.get, known.conditions))
        if is_new and operation.is_repeated:
            known.remember(values, None)
        key = operation, values
        plan = self._plans.get(key)
        if plan is not None:
            self._plans.move_to_end(key)
            return "path" if plan.needs_paths else plan
        if values not in known.reasons:
            known.remember(values, None)
            return "first_use"
        return known.reasons[values] or self._made(operation, known, values, variables)

    def _made(self, operation: Operation, known: "Known", values: "Values", variables: VariableValues) -> Plan | str:
        try:
            plan = Plan(self._schema, operation, variables, self._shelf, hide_suggestions=self._hide_suggestions)
        except UnsupportedError as error:
            known.remember(values, error.reason)
            return error.reason
        except Exception:  # noqa: BLE001 - such as a directive whose variable is null: graphql-core says what is wrong
            known.remember(values, "uncompilable")
            return "uncompilable"
        self._plans[operation, values] = plan
        self.weight += plan.weight
        while self.weight > self._max_weight:
            self.weight -= self._plans.popitem(last=False)[1].weight
        return plan


type Values = tuple[Any, ...]
"""Of the variables that `@skip` and `@include` look at."""


class Known:
    """What is known of an operation: its conditions, and for values of them why there is no plan; None for none yet."""

    def __init__(self, operation: Operation) -> None:
        self.conditions = tuple(sorted(set(_condition_variables(operation))))
        self.reasons: dict[Values, str | None] = {}

    def remember(self, values: Values, reason: str | None) -> None:
        if len(self.reasons) >= MAX_VALUES:
            self.reasons.clear()
        self.reasons[values] = reason


def _condition_variables(operation: Operation) -> Iterator[str]:
    """The variables that decide what is selected."""
    found: list[str] = []

    class Directives(Visitor):
        def enter_directive(self, node: DirectiveNode, *_: object) -> None:
            if node.name.value in CONDITIONS:
                values = [argument.value for argument in node.arguments or ()]
                found.extend(value.name.value for value in values if isinstance(value, VariableNode))

    parts: list[Node] = [operation.definition, *operation.fragment_definitions.values()]
    for part in parts:
        visit(part, Directives())
    yield from found
