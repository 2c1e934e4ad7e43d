"""A compiled operation, and the bounded store of them."""

from collections import OrderedDict
from typing import Any
from weakref import WeakKeyDictionary

from graphql import GraphQLSchema, OperationType
from graphql.execution.values import VariableValues

from execution.compiled.again import Shelf
from execution.compiled.lasting import mark_lasting
from execution.compiled.selections import Selections, UnsupportedError
from execution.compiled.source import Writer
from execution.documents import Operation

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
        self._reasons: WeakKeyDictionary[Operation, dict[Values, str | None]] = WeakKeyDictionary()
        """Of operations that came before, for values of their conditions: why there is no plan; None for none yet."""
        self._plans: OrderedDict[tuple[Operation, Values], Plan] = OrderedDict()

    def __len__(self) -> int:
        return len(self._plans)

    def of(self, operation: Operation, variables: VariableValues) -> Plan | str:
        """The plan to run it by, or in a word why there is none."""
        values = tuple(map(variables.coerced.get, operation.conditions))
        key = operation, values
        plan = self._plans.get(key)
        if plan is not None:
            self._plans.move_to_end(key)
            return "path" if plan.needs_paths else plan
        reasons = self._reasons.get(operation)
        came_before = operation.is_repeated if reasons is None else values in reasons
        if not came_before:
            self._remember(operation, values, None)
            return "first_use"
        reason = reasons and reasons.get(values)
        return reason or self._made(operation, values, variables)

    def _remember(self, operation: Operation, values: "Values", reason: str | None) -> None:
        reasons = self._reasons.setdefault(operation, {})
        if len(reasons) >= MAX_VALUES:
            reasons.clear()
        reasons[values] = reason

    def _made(self, operation: Operation, values: "Values", variables: VariableValues) -> Plan | str:
        self._remember(operation, values, None)
        try:
            plan = Plan(self._schema, operation, variables, self._shelf, hide_suggestions=self._hide_suggestions)
        except UnsupportedError as error:
            self._remember(operation, values, error.reason)
            return error.reason
        except Exception:  # noqa: BLE001 - such as a directive whose variable is null: graphql-core says what is wrong
            self._remember(operation, values, "uncompilable")
            return "uncompilable"
        self._plans[operation, values] = plan
        self.weight += plan.weight
        while self.weight > self._max_weight:
            self.weight -= self._plans.popitem(last=False)[1].weight
        return plan


type Values = tuple[Any, ...]
"""Of the variables that `@skip` and `@include` look at."""
