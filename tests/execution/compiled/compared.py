"""One operation executed by graphql-core and by its plan, and what is different."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import FragmentDefinitionNode, OperationDefinitionNode, parse
from graphql.execution.collect_fields import FragmentDetails

from execution import AdmittedOperation, ErrorWriter, Executor, Operation, Result
from execution.caching import NOT_KEPT
from execution.cost import FREE
from execution.documents import conditions_of


@dataclass
class Pair:
    """Two executors of one schema. `how`: how the compiled one ran its last operation."""

    core: Executor
    compiled: Executor
    how: list[str]

    @classmethod
    def of(cls, schema: Any, *, told: tuple[type[Exception], ...] = ()) -> "Pair":
        how: list[str] = []
        writer = ErrorWriter(new_trace_id=lambda: "trace", told=told)
        return cls(
            Executor(schema, errors=writer, compiled=False),
            Executor(schema, errors=writer, on_execution=how.append),
            how,
        )

    def operation(self, text: str) -> Operation:
        """The only operation of a document that is known to be valid, without a price."""
        parts = parse(text).definitions
        (definition,) = (part for part in parts if isinstance(part, OperationDefinitionNode))
        fragments = {part.name.value: part for part in parts if isinstance(part, FragmentDefinitionNode)}
        details = {name: FragmentDetails(part, None) for name, part in fragments.items()}
        return Operation(
            text,
            None,
            definition.operation,
            definition.operation.value,
            definition,
            fragments,
            details,
            conditions_of(definition, fragments),
            FREE,
            NOT_KEPT,
            asks_schema_alone=False,
            is_repeated=False,
            document_sha256="",
        )

    def admitted(self, operation: Operation, variables: Mapping[str, Any]) -> AdmittedOperation:
        document: Any = type("Document", (), {"operation": lambda _self, _name: operation, "is_repeated": False})()
        return self.core.operation_of(document, variables)

    async def answers(
        self, admitted: AdmittedOperation, make_context: Callable[[], Any]
    ) -> tuple[Result, Result, Any, Any]:
        """Both answers and both contexts; the plan is compiled at once."""
        theirs, ours = make_context(), make_context()
        expected = await self.core.run(admitted, theirs)
        plans: Any = self.compiled._plans
        plans.of(admitted.operation, admitted.variables)
        actual = await self.compiled.run(admitted, ours)
        return expected, actual, theirs, ours


def exactly(result: Result) -> tuple[bytes, Any]:
    """All of an answer: data in order, and each error with its words, code, place and position."""
    return orjson.dumps(result.data, default=repr), list(result.errors)


def essence(result: Result) -> tuple[bytes, set[Any]]:
    """What of an answer does not depend on which resolver was ready first.

    Where null spread, the position that became null; which of several errors below it came first is a matter of luck.
    """
    errors = set()
    for error in result.errors:
        path = tuple(error["path"])
        null_at = nulled(result.data, path)
        errors.add((path, error["extensions"]["code"]) if null_at == path else (null_at, "spread"))
    return orjson.dumps(result.data, default=repr), errors


def nulled(data: Any, path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """The outermost position on the way that is null."""
    for at, key in enumerate(path):
        if data is None:
            return path[:at]
        data = data[key]
    return path
