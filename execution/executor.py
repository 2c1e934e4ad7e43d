"""Runs operations on graphql-core, without Strawberry's own parse, validation and extensions on every request."""

from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence, Sized
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from inspect import isawaitable, iscoroutine
from typing import Any
from weakref import WeakKeyDictionary

import orjson
import strawberry
from graphql import ExecutionResult, GraphQLError, OperationType, assert_valid_schema
from graphql.execution import Executor as CoreExecutor
from graphql.execution import (
    create_source_event_stream,
    default_field_resolver,
    default_type_resolver,
    map_source_to_response_event,
)
from graphql.execution.values import VariableValues, get_variable_values
from strawberry.execution.is_awaitable import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from execution.begun import begun
from execution.compiled import Plans, Run
from execution.directives import graphql_schema
from execution.documents import Document, DocumentStore, Operation
from execution.errors import RequestErrorCode, RequestRefused, coded
from execution.limits import Limits
from execution.responses import ErrorWriter, Result, encode
from execution.text import Values, check_variables, has_many, simple_values
from execution.turns import PART_VALUES, Turns
from execution.variables import InputReaders, NotReadError, VariableReader

MAX_VARIABLE_ERRORS = 20
MANY_VALUES = 500
"""Fewer in the variables of a request take a millisecond at the most."""

MAX_ADMITTED = 32
"""For how many values of its variables it is kept what a document asks with them."""

MAX_SCHEMA_ANSWERS = 4
"""How many big answers about the schema are kept: half a megabyte each, and few clients ask."""
BIG_SCHEMA_BYTES = 10_000

TOO_BIG = "The answer would be too big: ask for less at once."


@dataclass(frozen=True, slots=True, weakref_slot=True)
class AdmittedOperation:
    """An operation ready to run: valid, within the limits, its variables coerced; `cost` is in points.

    `is_trusted`: its document was registered. `tells_cost`: the client wants to be told what it costs.
    """

    operation: Operation
    variables: VariableValues
    cost: int = 0
    is_trusted: bool = False
    tells_cost: bool = False

    @property
    def name(self) -> str | None:
        return self.operation.name

    @property
    def type(self) -> OperationType:
        return self.operation.type


class PlainExecutor(CoreExecutor[Any]):
    """graphql-core's executor with Strawberry's `info`, in turns, and without the upkeep of incremental delivery.

    `@defer` and `@stream` are unknown to our schemas, and the upkeep was a quarter of what `{ __typename }` cost.
    What is more than a part of an answer waits for its turn, so that no answer keeps others waiting.
    """

    operation_extensions = None
    build_resolve_info = StrawberryGraphQLCoreExecutionContext.build_resolve_info
    values_left = 0
    """How many fields and items the answer may have yet. When there are too many, nothing more is resolved."""
    turns: Turns
    turn = 0
    part_left = PART_VALUES

    def execute_field(self, *where: Any) -> Any:
        """Begun at once, as are the items of lists: an error beside it cancels it, and may do so before it begins."""
        return _begun(super().execute_field(*where))

    def complete_list_item_value(self, item: Any, completed: list[Any], *where: Any) -> bool:
        if is_awaitable := super().complete_list_item_value(item, completed, *where):
            completed[-1] = begun(completed[-1])
        return is_awaitable

    def complete_awaitable_list_item_value(self, *where: Any) -> Any:
        return begun(super().complete_awaitable_list_item_value(*where))

    def execute_fields(self, parent: Any, source: Any, path: Any, grouped: Any, at: Any) -> Any:
        self.values_left -= len(grouped)
        if self.values_left < 0:
            return {}
        self.part_left -= len(grouped)
        if self.part_left < 0:
            return self._execute_in_turn(parent, source, path, grouped, at)
        return super().execute_fields(parent, source, path, grouped, at)

    async def _execute_in_turn(self, parent: Any, source: Any, path: Any, grouped: Any, at: Any) -> Any:
        await self.turns.come(len(grouped))
        if self.turn != self.turns.number:
            self.turn, self.part_left = self.turns.number, PART_VALUES
        self.part_left -= len(grouped)
        executed = super().execute_fields(parent, source, path, grouped, at)
        return await executed if isawaitable(executed) else executed

    def complete_iterable_value(self, item_type: Any, details: Any, info: Any, path: Any, items: Any, at: Any) -> Any:
        self.values_left -= len(items) if isinstance(items, Sized) else 1
        if self.values_left >= 0:
            return super().complete_iterable_value(item_type, details, info, path, items, at)
        _give_up(items)
        return []

    def build_response(self, data: dict[str, Any] | None) -> Any:
        """The refusal stands for the whole answer: what was left out would seem not to be there."""
        response = super().build_response(data)
        return response if self.values_left >= 0 else ExecutionResult(None, [_too_big()])


def _begun(value: Any) -> Any:
    return begun(value) if iscoroutine(value) else value


def _too_big() -> GraphQLError:
    return GraphQLError(TOO_BIG, extensions={"code": str(RequestErrorCode.COST_LIMIT_EXCEEDED)})


def _give_up(items: Iterable[Any]) -> None:
    """Close coroutines that will never be awaited."""
    for item in items:
        if iscoroutine(item):
            item.close()


class Executor:
    """Executes documents against one schema, whatever transport they came by.

    With `compiled` it runs what it can by compiled plans, with the same answers. `on_execution` is told of each query
    and mutation how it was run: "compiled", or in a word why graphql-core ran it.
    """

    def __init__(
        self,
        schema: strawberry.Schema,
        *,
        limits: Limits | None = None,
        documents: DocumentStore | None = None,
        introspection: bool = True,
        suggestions: bool = True,
        errors: ErrorWriter | None = None,
        compiled: bool = True,
        on_execution: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.schema = graphql_schema(schema)
        assert_valid_schema(self.schema)
        self.errors = errors or ErrorWriter()
        self._limits = limits or Limits()
        self.documents = documents or DocumentStore(
            self.schema, self._limits, introspection=introspection, suggestions=suggestions
        )
        self._hide_suggestions = not suggestions
        chosen = schema.execution_context_class
        self._turns = Turns()
        is_plain = chosen is StrawberryGraphQLCoreExecutionContext
        self._core_class: Any = PlainExecutor if is_plain else chosen
        self._plans = Plans(self.schema, hide_suggestions=not suggestions) if compiled and is_plain else None
        self._on_execution = on_execution
        self._admitted: WeakKeyDictionary[Document, dict[tuple[str | None, Values], AdmittedOperation]] = (
            WeakKeyDictionary()
        )
        self._input_readers = InputReaders()
        self._variable_readers: WeakKeyDictionary[Operation, VariableReader | None] = WeakKeyDictionary()
        self._schema_answers: OrderedDict[Operation, orjson.Fragment] = OrderedDict()

    def admit(
        self, text: str, variables: Mapping[str, Any] | None = None, operation_name: str | None = None
    ) -> AdmittedOperation:
        """The operation to run; raises RequestRefused with what is wrong in the document or the variables."""
        return self.operation_of(self.documents.admit(text), variables, operation_name)

    def operation_of(
        self, document: Document, variables: Mapping[str, Any] | None = None, operation_name: str | None = None
    ) -> AdmittedOperation:
        """The same of a document that is admitted already."""
        return self._with_variables(document, variables or {}, operation_name)

    async def operation_aside(
        self, document: Document, variables: Mapping[str, Any] | None = None, operation_name: str | None = None
    ) -> AdmittedOperation:
        """The same, but many values are looked at aside, where documents are read, and keep nobody else waiting."""
        found = partial(self._with_variables, document, variables or {}, operation_name)
        if has_many(variables, MANY_VALUES):
            return await self.documents.aside.done(found, is_long=True)
        return found()

    def _with_variables(
        self, document: Document, variables: Mapping[str, Any], operation_name: str | None
    ) -> AdmittedOperation:
        """Found out once for the same few simple values: pages ask for the same again and again."""
        values = simple_values(variables) if document.is_repeated else None
        if values is None:
            return self._coerced(document, variables, operation_name)
        known = self._admitted.setdefault(document, {})
        found = known.get((operation_name, values))
        if found is None:
            found = self._coerced(document, variables, operation_name)
            if len(known) >= MAX_ADMITTED:
                known.clear()
            known[operation_name, values] = found
        return found

    def _coerced(
        self, document: Document, variables: Mapping[str, Any], operation_name: str | None
    ) -> AdmittedOperation:
        check_variables(variables)
        operation = document.operation(operation_name)
        definitions = operation.definition.variable_definitions or ()
        reader = self._reader(operation) if operation.is_repeated else None
        read = reader.read(variables) if reader is not None else None
        coerced = read or get_variable_values(
            self.schema, definitions, dict(variables), MAX_VARIABLE_ERRORS, self._hide_suggestions
        )
        if isinstance(coerced, list):
            raise RequestRefused(coded(error, RequestErrorCode.BAD_USER_INPUT) for error in coerced)
        return AdmittedOperation(operation, coerced, operation.price.of(coerced.coerced))

    def _reader(self, operation: Operation) -> VariableReader | None:
        """What reads the operation's variables; None if graphql-core does."""
        if operation not in self._variable_readers:
            definitions = operation.definition.variable_definitions or ()
            try:
                found = VariableReader(self.schema, definitions, self._input_readers)
            except NotReadError:
                found = None
            self._variable_readers[operation] = found
        return self._variable_readers[operation]

    async def run(self, admitted: AdmittedOperation, context: Any) -> Result:
        """The answer to a query or mutation. Never raises but for cancellation.

        By its plan if it has one; from where that does not lead further, or without one, by graphql-core.
        """
        try:
            plan = self._plans.of(admitted.operation, admitted.variables) if self._plans is not None else "off"
            if isinstance(plan, str):
                return await self._run_by_core(admitted, context, why=plan)
            make_core = partial(self._core, admitted, context)
            run = Run(plan, context, admitted.variables, make_core, self._turns, max_values=self._limits.values)
            data = await run.data()
            if data is not None:
                self._on_execution("compiled")
                return Result(data)
            self._on_execution("unusual")
            run.core.middleware_manager = run.outcomes()
            return self._result(await _executed(run.core), admitted)
        except Exception as error:  # noqa: BLE001 - the edge where faults are masked
            return self.errors.failed(error, admitted.name, executed=True)

    async def _run_by_core(self, admitted: AdmittedOperation, context: Any, *, why: str) -> Result:
        """The schema does not change: what takes a tenth of a second to say is kept, as bytes, if it is asked again."""
        kept, operation = self._schema_answers, admitted.operation
        if operation in kept and not admitted.variables.coerced:
            kept.move_to_end(operation)
            return Result(written=kept[operation])
        self._on_execution(why)
        result = self._result(await _executed(self._core(admitted, context)), admitted)
        may_be_kept = operation.asks_schema_alone and operation.is_repeated and not admitted.variables.coerced
        if may_be_kept and not result.errors and len(written := encode(result.data)) > BIG_SCHEMA_BYTES:
            kept[operation] = orjson.Fragment(written)
            if len(kept) > MAX_SCHEMA_ANSWERS:
                kept.popitem(last=False)
        return result

    async def stream(self, admitted: AdmittedOperation, context: Any) -> AsyncGenerator[Result]:
        """The answers to a subscription, or the one answer to a query or mutation.

        Closing the stream closes the resolver's generator. A fault ends it with a masked error.
        """
        if admitted.type is not OperationType.SUBSCRIPTION:
            yield await self.run(admitted, context)
            return
        try:
            source = await self._source(admitted, context)
            if isinstance(source, ExecutionResult):
                yield self._refused_source(source, admitted)
                return
            async with aclosing(source):
                async for outcome in source:
                    yield self._result(outcome, admitted)
        except Exception as error:  # noqa: BLE001 - the edge where faults are masked
            yield self.errors.failed(error, admitted.name, executed=True)

    async def execute(
        self,
        text: str,
        variables: Mapping[str, Any] | None = None,
        operation_name: str | None = None,
        context: Any = None,
    ) -> Result:
        """Admit and run in one; a refused request is answered, not raised."""
        try:
            admitted = self.admit(text, variables, operation_name)
        except RequestRefused as refused:
            return self.errors.refused(refused.errors)
        return await self.run(admitted, context)

    async def subscribe(
        self,
        text: str,
        variables: Mapping[str, Any] | None = None,
        operation_name: str | None = None,
        context: Any = None,
    ) -> AsyncGenerator[Result] | Result:
        """Admit and stream in one; a refused request is answered with a Result instead of a stream."""
        try:
            admitted = self.admit(text, variables, operation_name)
        except RequestRefused as refused:
            return self.errors.refused(refused.errors)
        return self.stream(admitted, context)

    def _core(self, admitted: AdmittedOperation, context: Any) -> Any:
        """A graphql-core executor, built directly: document and variables were checked when they were admitted."""
        operation = admitted.operation
        core = self._core_class(
            self.schema,
            operation.fragment_definitions,
            operation.fragments,
            None,
            context,
            operation.definition,
            admitted.variables,
            default_field_resolver,
            default_type_resolver,
            default_field_resolver,
            is_awaitable=optimized_is_awaitable,
            hide_suggestions=self._hide_suggestions,
        )
        core.values_left = self._limits.schema_values if operation.asks_schema_alone else self._limits.values
        core.turns = self._turns
        return core

    async def _source(
        self, admitted: AdmittedOperation, context: Any
    ) -> AsyncGenerator[ExecutionResult] | ExecutionResult:
        core = self._core(admitted, context)
        source = create_source_event_stream(core)
        if isawaitable(source):
            source = await source
        return source if isinstance(source, ExecutionResult) else map_source_to_response_event(core, source)

    def _result(self, outcome: ExecutionResult, admitted: AdmittedOperation) -> Result:
        if not outcome.errors:
            return Result(outcome.data, extensions=outcome.extensions)
        if admitted.type is not OperationType.MUTATION and (refusal := _refused_for_cost(outcome.errors)):
            return Result(errors=self.errors.written([refusal], admitted.name))
        return Result(outcome.data, self.errors.written(outcome.errors, admitted.name), outcome.extensions)

    def _refused_source(self, outcome: ExecutionResult, admitted: AdmittedOperation) -> Result:
        return Result(errors=self.errors.written(outcome.errors or [], admitted.name), executed=False)


async def _executed(core: Any) -> ExecutionResult:
    outcome = core.execute_operation()
    return await outcome if isawaitable(outcome) else outcome  # type: ignore[no-any-return] # graphql-core is untyped here


def _refused_for_cost(errors: Sequence[GraphQLError]) -> GraphQLError | None:
    """The first error by which a resolver says that too much was asked for; it stands for the whole answer."""
    code = RequestErrorCode.COST_LIMIT_EXCEEDED
    return next((error for error in errors if (error.extensions or {}).get("code") == code), None)
