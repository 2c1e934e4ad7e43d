"""A compiled operation, and the bounded store of them."""

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

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

from execution.compiled.selections import Selections, UnsupportedError
from execution.compiled.source import Writer
from execution.documents import Operation

CONDITIONS = frozenset({"skip", "include"})


class Plan:
    """How to run an operation; holds for one set of values of the variables that `@skip` and `@include` look at.

    Raises UnsupportedError for operations that graphql-core has to run. `needs_paths`: some resolver of it asks where
    it stands, which only graphql-core knows.
    """

    def __init__(
        self, schema: GraphQLSchema, operation: Operation, conditions: VariableValues, *, hide_suggestions: bool
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
        self.fields = selections.fields


class Plans:
    """The plans of operations in use, compiled when an operation runs for the second time.

    Bounded by the number of operations that are remembered, and by the number of fields that are compiled.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        *,
        hide_suggestions: bool = False,
        max_operations: int = 2_000,
        max_fields: int = 20_000,
    ) -> None:
        self._schema = schema
        self._hide_suggestions = hide_suggestions
        self._max_operations = max_operations
        self._max_fields = max_fields
        self._fields = 0
        self._known: OrderedDict[Any, Plan | str | None] = OrderedDict()
        self._conditions: OrderedDict[Operation, tuple[str, ...]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def of(self, operation: Operation, variables: VariableValues) -> Plan | str:
        """The plan to run it by, or in a word why there is none."""
        key = (operation, *(variables.coerced.get(name) for name in self._conditions_of(operation)))
        known = self._known.get(key, MISSING)
        if known is MISSING:
            self._keep(key, None)
            return "first_use"
        self._known.move_to_end(key)
        if known is None:
            known = self._known[key] = self._made(operation, variables)
            self._fields += _size(known)
            self._shrink()
        return "path" if isinstance(known, Plan) and known.needs_paths else known

    def _made(self, operation: Operation, variables: VariableValues) -> Plan | str:
        try:
            return Plan(self._schema, operation, variables, hide_suggestions=self._hide_suggestions)
        except UnsupportedError as error:
            return error.reason
        except Exception:  # noqa: BLE001 - such as a directive whose variable is null: graphql-core says what is wrong
            return "uncompilable"

    def _conditions_of(self, operation: Operation) -> tuple[str, ...]:
        names = self._conditions.get(operation)
        if names is None:
            names = self._conditions[operation] = tuple(sorted(set(_condition_variables(operation))))
            if len(self._conditions) > self._max_operations:
                self._conditions.popitem(last=False)
        return names

    def _keep(self, key: Any, plan: Plan | None) -> None:
        self._known[key] = plan
        self._shrink()

    def _shrink(self) -> None:
        while len(self._known) > self._max_operations or self._fields > self._max_fields:
            _, dropped = self._known.popitem(last=False)
            self._fields -= _size(dropped)


MISSING: Any = object()


def _size(plan: Plan | str | None) -> int:
    return plan.fields if isinstance(plan, Plan) else 0


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
