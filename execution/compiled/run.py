"""One execution of a plan.

A field with a resolver runs once for all objects that have it at its position: by its batch function if it has one,
else by calls that are awaited together. Fields beside each other run beside each other, those of a mutation's root one
after another.

The compiled path knows of success only. As soon as something else comes up it stops, and graphql-core runs the
operation, to which the outcomes of all resolvers that were called are handed over (`replay.py`): none is called twice.
"""

import asyncio
from collections.abc import Awaitable, Collection, Coroutine, Hashable, Iterable, Sequence
from typing import Any

from graphql.execution.values import VariableValues
from graphql.pyutils import Path
from strawberry.execution.is_awaitable import optimized_is_awaitable as is_awaitable

from execution.begun import begun
from execution.compiled.again import Again, Asked, remember
from execution.compiled.answers import Batch, Call, values_of
from execution.compiled.plan import Plan
from execution.compiled.replay import Failure, Outcomes, Record
from execution.compiled.selections import ResolvedField, Selection, Use
from execution.compiled.values import Unusual, plain
from execution.turns import Turns

PART_CALLS = 500
"""How many objects are resolved in one go; most answers have fewer. In between, everybody else has their turn."""

type Pending = list[Coroutine[Any, Any, "Pending"]]
"""What has to be awaited; each gives what is to be awaited after it."""


class Waiting(dict[Selection, tuple[list[dict[str, Any]], list[Any]]]):
    """For each selection with fields to be resolved: the dictionaries they belong in, and the objects they are of."""

    def __missing__(self, selection: Selection) -> tuple[list[dict[str, Any]], list[Any]]:
        found = self[selection] = ([], [])
        return found


class FieldInfo:
    """What a resolver sees as its `info`, the same for all objects at its position.

    It is made whole only when somebody looks beyond the context. Below the root it does not know its path: whoever
    wants that is called by graphql-core.
    """

    def __init__(self, run: "Run", use: Use) -> None:
        self.context = run.context
        self.schema = run.plan.schema
        self._run = run
        self._use = use

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name == "path" and not self._use.is_root:
            self._run.plan.needs_paths = True
            raise Unusual
        use = self._use
        path = Path(None, use.key, use.parent.name)
        whole = self._run.core.build_resolve_info(use.definition, use.nodes, use.parent, path)
        return getattr(whole, name)


class Run:
    """Runs a plan once. `core` makes the executor of graphql-core that takes over if need be."""

    def __init__(
        self, plan: Plan, context: Any, variables: VariableValues, make_core: Any, turns: Turns, *, max_values: int
    ) -> None:
        self.plan = plan
        self.context = context
        self.variables = variables
        self.values_left = max_values
        self.waiting = Waiting()
        self._turns = turns
        self._turn = turns.number
        self._part_left = PART_CALLS
        self._make_core = make_core
        self._core: Any = None
        self._records: list[Record] = []
        self._missed: list[Asked] = []
        self._root: dict[str, Any] = {}
        self._is_unusual = False

    async def data(self) -> dict[str, Any] | None:
        """The data of an answer without errors; None if graphql-core has to go on, from `outcomes`."""
        try:
            if not self.plan.is_serial:
                self.values_left -= len(self.plan.root.uses)
            self._root = self.plan.build(None, self)
        except (Exception, Unusual):  # noqa: BLE001 - graphql-core says what it comes to
            return None
        self.waiting = Waiting()
        if self.plan.root.resolved:
            await self._resolve_root()
        if self._is_unusual or self.values_left < 0:
            return None
        for missed in self._missed:
            remember(self.plan.shelf, missed, self._records, self.context)
        return self._root

    @property
    def _audience(self) -> Hashable:
        """Whom things look the same to, as far as the context says: what they are shown is remembered together."""
        return getattr(self.context, "audience", None)

    @property
    def core(self) -> Any:
        if self._core is None:
            self._core = self._make_core()
        return self._core

    def outcomes(self) -> Outcomes:
        """What the resolvers answered that were called."""
        return Outcomes(self._root, self._records)

    def info(self, use: Use) -> Any:
        return FieldInfo(self, use)

    async def _resolve_root(self) -> None:
        fields = self.plan.root.resolved
        if not self.plan.is_serial:
            pending: Pending = []
            for field in fields:
                self._start(field, [self._root], [None], pending)
            await _all(pending)
            return
        for field in fields:
            pending = []
            self._start(field, [self._root], [None], pending)
            await _all(pending)
            if self._is_unusual:
                return

    def _start(self, field: ResolvedField, dicts: list[dict[str, Any]], sources: list[Any], pending: Pending) -> None:
        """Resolve the field for all objects; what has to be awaited is added to `pending`."""
        self._part_left -= len(sources)
        if self._part_left < 0:
            pending.append(self._start_in_turns(field, dicts, sources))
        else:
            self._start_now(field, dicts, sources, pending)

    async def _start_in_turns(self, field: ResolvedField, dicts: list[dict[str, Any]], sources: list[Any]) -> Pending:
        for at in range(0, len(sources), PART_CALLS):
            part = slice(at, at + PART_CALLS)
            await self._turns.come(len(sources[part]))
            if self._turn != self._turns.number:
                self._turn, self._part_left = self._turns.number, PART_CALLS
            pending: Pending = []
            self._start_now(field, dicts[part], sources[part], pending)
            await _all(pending)
        return []

    def _start_now(
        self, field: ResolvedField, dicts: list[dict[str, Any]], sources: list[Any], pending: Pending
    ) -> None:
        """Call the field's resolver, or its batch function."""
        if self._is_unusual:
            return
        info = self.info(field)
        answer = field.answer
        try:
            batch = answer.prepared_batch(self, info)
            call = answer.prepared(self, info) if batch is None else None
        except (Exception, Unusual):  # noqa: BLE001 - an argument that cannot be: graphql-core says so
            self._is_unusual = True
            return
        if batch is not None:
            self._start_batch(field, dicts, sources, batch, pending)
        elif call is not None:
            self._start_calls(field, dicts, sources, call, pending)

    def _start_calls(
        self, field: ResolvedField, dicts: list[dict[str, Any]], sources: list[Any], call: Call, pending: Pending
    ) -> None:
        outcomes = [self._called(call, source) for source in sources]
        awaited = [at for at, outcome in enumerate(outcomes) if type(outcome) not in plain and is_awaitable(outcome)]
        if awaited:
            pending.append(self._finish_awaited(field, dicts, sources, outcomes, awaited))
        else:
            self._finish(field, dicts, sources, outcomes, (), pending)

    def _start_batch(
        self, field: ResolvedField, dicts: list[dict[str, Any]], sources: list[Any], batch: Batch, pending: Pending
    ) -> None:
        found: Any
        try:
            found = batch(sources)
        except (Exception, Unusual) as error:  # noqa: BLE001 - as if each of them had failed
            found = [self._failed(error)] * len(dicts)
        if isinstance(found, list):
            self._finish(field, dicts, sources, self._vetted(found, dicts), range(len(dicts)), pending)
        else:
            pending.append(self._finish_batch(field, dicts, sources, found))

    def _called(self, call: Call, source: Any) -> Any:
        try:
            return call(source)
        except (Exception, Unusual) as error:  # noqa: BLE001 - graphql-core says what it comes to
            return self._failed(error)

    def _outcome(self, done: "asyncio.Future[Any]") -> Any:
        failure = done.exception()
        return done.result() if failure is None else self._failed(failure)

    def _failed(self, error: BaseException) -> Failure:
        self._is_unusual = True
        return Failure(error)

    async def _settled(self, awaitables: Sequence[Awaitable[Any]]) -> list[Any]:
        """The outcomes of all, each started at once."""
        if len(awaitables) == 1:
            try:
                return [await awaitables[0]]
            except (Exception, Unusual) as error:  # noqa: BLE001 - graphql-core says what it comes to
                return [self._failed(error)]
        tasks = [begun(awaitable) for awaitable in awaitables]
        if not all(task.done() for task in tasks):
            await asyncio.gather(*tasks, return_exceptions=True)
        return [self._outcome(task) for task in tasks]

    async def _finish_batch(
        self, field: ResolvedField, dicts: list[dict[str, Any]], sources: list[Any], batch: Awaitable[Sequence[Any]]
    ) -> Pending:
        outcomes: Sequence[Any]
        try:
            outcomes = await batch
        except (Exception, Unusual) as error:  # noqa: BLE001 - as if each of them had failed
            outcomes = [self._failed(error)] * len(dicts)
        pending: Pending = []
        self._finish(field, dicts, sources, self._vetted(outcomes, dicts), range(len(dicts)), pending)
        return pending

    def _vetted(self, outcomes: Sequence[Any], dicts: Sequence[Any]) -> list[Any]:
        """What a batch function answered, with failures marked."""
        assert len(outcomes) == len(dicts), "a batch function answers as many as it is asked for"
        return [self._failed(each) if isinstance(each, Exception) else each for each in outcomes]

    async def _finish_awaited(
        self,
        field: ResolvedField,
        dicts: list[dict[str, Any]],
        sources: list[Any],
        outcomes: list[Any],
        awaited: Sequence[int],
    ) -> Pending:
        settled = await self._settled([outcomes[at] for at in awaited])
        for at, outcome in zip(awaited, settled, strict=True):
            outcomes[at] = outcome
        pending: Pending = []
        self._finish(field, dicts, sources, outcomes, frozenset(awaited), pending)
        return pending

    def _finish(
        self,
        field: ResolvedField,
        dicts: list[dict[str, Any]],
        sources: list[Any],
        outcomes: list[Any],
        awaited: Collection[int],
        pending: Pending,
    ) -> None:
        """Note the outcomes down, put them into their dictionaries, and start what is selected of them."""
        self._records.append(Record(field, sources, dicts, outcomes, awaited))
        if self._is_unusual:
            return
        try:
            field.finish(outcomes, dicts, self)
        except (Exception, Unusual):  # noqa: BLE001 - graphql-core says what it comes to
            self._is_unusual = True
            return
        if not self.waiting:
            return
        waiting, self.waiting = self.waiting, Waiting()
        for selection, (dicts_below, sources_below) in waiting.items():
            self._start_below(selection, dicts_below, sources_below, pending)

    def _start_below(
        self, selection: Selection, dicts: list[dict[str, Any]], sources: list[Any], pending: Pending
    ) -> None:
        """Resolve what is selected of all these objects, or show it again."""
        lasting = None if self.plan.is_serial else selection.lasting
        variables = None if lasting is None else values_of(lasting.variables, self.variables.coerced)
        if lasting is None or variables is None or len(sources) > self._part_left:
            self._start_fields(selection.resolved, dicts, sources, pending)
            return
        self._part_left -= len(sources)
        self._start_fields(lasting.others, dicts, sources, pending)
        again = Again(self.plan.shelf, Asked(lasting, dicts, sources, (variables, self._audience)), self.context)
        if again.is_known:
            self._show_again(again, pending)
        else:
            pending.append(self._wait_and_show_again(again))

    async def _wait_and_show_again(self, again: Again) -> Pending:
        await again.wait()
        pending: Pending = []
        self._show_again(again, pending)
        return pending

    def _show_again(self, again: Again, pending: Pending) -> None:
        """Show what is the same, and resolve the rest."""
        size, missed = again.show()
        self.values_left -= size
        if missed is not None:
            self._missed.append(missed)
            self._start_fields(missed.lasting.fields, missed.dicts, missed.sources, pending)

    def _start_fields(
        self, fields: Iterable[ResolvedField], dicts: list[dict[str, Any]], sources: list[Any], pending: Pending
    ) -> None:
        for field in fields:
            self._start(field, dicts, sources, pending)


async def _all(pending: Pending) -> None:
    """Await them beside each other, and what comes after each."""
    while len(pending) == 1:
        pending = await pending[0]
    if pending:
        tasks = [begun(_all([each])) for each in pending]
        try:
            await asyncio.gather(*tasks)
        except BaseException:
            for task in tasks:
                task.cancel()
            raise
