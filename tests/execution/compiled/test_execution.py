"""What compiled execution does besides answering the same: when it runs, what it calls, what it leaves alone."""

import asyncio
import gc
from typing import Any

import pytest
import strawberry

from execution import ErrorWriter, Executor, Limits
from execution.compiled import Plans
from tests.execution.toy import Context, make_schema


@pytest.fixture
def how() -> list[str]:
    return []


@pytest.fixture
def executor(how) -> Executor:
    return Executor(make_schema(), errors=ErrorWriter(new_trace_id=lambda: "trace"), on_execution=how.append)


async def again(executor: Executor, document: str, times: int = 3, **options: Any) -> Any:
    results = [await executor.execute(document, context=Context(), **options) for _ in range(times)]
    return [(result.data, list(result.errors)) for result in results]


async def test_an_operation_is_compiled_when_it_comes_a_second_time(executor, how):
    first, second, third = await again(executor, "{ things { name } hello }")

    assert first == second == third
    assert how == ["first_use", "compiled", "compiled"]


async def test_a_switch_turns_it_off(how):
    executor = Executor(make_schema(), compiled=False, on_execution=how.append)

    await again(executor, "{ hello }")

    assert how == ["off"] * 3


async def test_each_value_of_a_condition_has_a_plan_of_its_own(executor, how):
    document = "query($c: Boolean!) { hello things @include(if: $c) { name } }"

    for condition in (True, True, False, False):
        await executor.execute(document, {"c": condition}, context=Context())

    assert how == ["first_use", "compiled"] * 2


@pytest.mark.parametrize(
    ("document", "variables", "reason"),
    [
        ("{ __schema { queryType { name } } }", {}, "introspection"),
        ("query($c: Boolean = true) { hello @skip(if: $c) }", {"c": None}, "uncompilable"),
        ("{ thing { crash } }", {}, "unusual"),
        ("{ thing { brokenPromise } }", {}, "unusual"),
        ("query($n: Int = 1) { things(count: $n) { name } }", {"n": None}, "unusual"),
    ],
)
async def test_what_is_left_to_graphql_core_says_why(executor, how, document, variables, reason):
    answers = await again(executor, document, variables=variables)

    assert answers[0] == answers[1] == answers[2]
    assert how == ["first_use", reason, reason]


async def test_plans_are_bounded_by_their_weight(executor):
    plans = Plans(executor.schema, max_weight=12)

    for number in range(9):
        admitted = executor.admit(f"{{ a{number}: things {{ name }} }}")
        plans.of(admitted.operation, admitted.variables)
        plans.of(admitted.operation, admitted.variables)

        assert plans.weight <= 12
    assert len(plans) == 4


async def test_an_operation_that_is_gone_is_forgotten(executor):
    plans = Plans(executor.schema)
    admitted = executor.admit("{ hello }")

    plans.of(admitted.operation, admitted.variables)
    known = len(plans._reasons)
    executor.documents._documents.clear()
    del admitted
    gc.collect()

    assert (known, len(plans._reasons)) == (1, 0)


async def test_an_answer_that_holds_too_much_is_refused_alike():
    executor = Executor(make_schema(), limits=Limits(values=100))

    answers = await again(executor, "{ things(count: 60) { name } }", times=2)
    fitting = await again(executor, "{ things(count: 49) { name } }", times=2)

    assert answers[0] == answers[1]
    assert [error["extensions"]["code"] for error in answers[1][1]] == ["COST_LIMIT_EXCEEDED"]
    assert fitting[0] == fitting[1]
    assert fitting[1][1] == []


async def twin(root: Any, least: int = 0) -> "Leaf":
    return Leaf(key=root.key + least, calls=root.calls)


async def twins(roots: Any, _info: Any, *, least: int = 0) -> Any:
    roots[0].calls.append(("twins", len(roots), least))
    return [await twin(root, least) for root in roots]


twin.batch = twins  # type: ignore[attr-defined] # as the compiler looks for it


@strawberry.type
class Leaf:
    key: int
    calls: strawberry.Private[list[Any]]
    twin: "Leaf" = strawberry.field(resolver=twin)

    @strawberry.field
    async def slow(self) -> str:
        self.calls.append(self.key)
        await asyncio.sleep(0.05)
        return str(self.key)

    @strawberry.field
    def path(self, info: strawberry.Info) -> str:
        return ".".join(map(str, info.path.as_list()))


async def leaves(info: strawberry.Info) -> list[Leaf]:
    return [Leaf(key=number, calls=info.context.seen) for number in range(20)]


@strawberry.type
class Query:
    leaves: list[Leaf] = strawberry.field(resolver=leaves)


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def note(self, info: strawberry.Info, text: str) -> str:
        info.context.seen.append(text)
        if text == "fails":
            raise ValueError
        return text


@pytest.fixture
def batching(how) -> Executor:
    return Executor(strawberry.Schema(Query, Mutation), on_execution=how.append)


async def test_a_batch_field_is_called_once_for_all_objects(batching, how):
    context = Context()
    document = "{ leaves { twin(least: 5) { key } } }"
    await batching.execute(document, context=Context())

    result = await batching.execute(document, context=context)

    calls: list[Any] = list(context.seen)
    assert calls == [("twins", 20, 5)]
    assert how[-1] == "compiled"
    assert result.data["leaves"][3] == {"twin": {"key": 8}}


async def test_the_resolvers_of_all_objects_run_beside_each_other(batching, how):
    document = "{ leaves { a: slow b: slow } }"
    await batching.execute(document, context=Context())
    started = asyncio.get_running_loop().time()

    await batching.execute(document, context=Context())

    assert how[-1] == "compiled"
    assert asyncio.get_running_loop().time() - started < 1.0  # one after the other it would be 2 seconds


async def test_a_resolver_that_asks_where_it_stands_is_called_by_graphql_core(batching, how):
    document = "{ leaves { path } }"
    answers = [(await batching.execute(document, context=Context())).data for _ in range(3)]

    assert how == ["first_use", "unusual", "path"]
    assert answers[2]["leaves"][7] == {"path": "leaves.7.path"}
    assert answers[0] == answers[1] == answers[2]


async def test_a_failed_field_of_a_mutation_that_must_be_there_ends_it(batching, how):
    document = 'mutation { a: note(text: "1") b: note(text: "fails") c: note(text: "3") }'
    contexts = [Context() for _ in range(3)]

    results = [await batching.execute(document, context=context) for context in contexts]

    assert [context.seen for context in contexts] == [["1", "fails"]] * 3
    assert [result.data for result in results] == [None] * 3
    assert how == ["first_use", "unusual", "unusual"]


async def test_canceling_an_execution_cancels_its_resolvers(batching, how):
    document = "{ leaves { slow } }"
    await batching.execute(document, context=Context())
    running = asyncio.ensure_future(batching.execute(document, context=Context()))
    await asyncio.sleep(0.01)
    before = len(asyncio.all_tasks())

    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await asyncio.sleep(0)

    assert running.cancelled()
    assert len(asyncio.all_tasks()) <= before - 20
