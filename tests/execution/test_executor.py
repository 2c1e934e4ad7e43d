import asyncio
from contextlib import aclosing
from typing import Any

import pytest

from execution import ErrorWriter, Executor, Fault, Result
from execution.errors import RequestRefused
from execution.responses import MASKED_MESSAGE
from tests.execution.toy import Context, make_schema


@pytest.fixture
def faults() -> list[Fault]:
    return []


@pytest.fixture
def executor(faults) -> Executor:
    return Executor(make_schema(), errors=ErrorWriter(faults.append, new_trace_id=lambda: "trace-1"))


def codes(result: Result) -> list[str]:
    return [error["extensions"]["code"] for error in result.errors]


async def collected(executor: Executor, document: str, context: Any = None) -> list[Result]:
    results = await executor.subscribe(document, context=context or Context())
    assert not isinstance(results, Result)
    return [result async for result in results]


async def test_a_query_answers_its_data_in_the_order_asked(executor):
    result = await executor.execute("query($n: Int = 1) { slow things(count: $n) { name } hello }", context=Context())

    assert (result.errors, result.executed) == ((), True)
    assert result.to_bytes() == b'{"data":{"slow":"done","things":[{"name":"0"}],"hello":"Hello, world!"}}'


async def test_the_fields_of_a_query_run_beside_each_other(executor):
    loop = asyncio.get_running_loop()
    started = loop.time()

    await executor.execute("{ a: slow(seconds: 0.2) b: slow(seconds: 0.2) c: slow(seconds: 0.2) }")

    assert loop.time() - started < 0.5


async def test_the_fields_of_a_mutation_run_in_order(executor):
    context = Context()

    await executor.execute('mutation { a: note(text: "1") b: note(text: "2") c: note(text: "3") }', context=context)

    assert context.seen == ["1", "2", "3"]


async def test_the_schemas_own_answer_is_the_same(executor):
    document = "query($n: Int!) { __typename things(count: $n) { __typename name thing { nothing } } hello }"

    ours = await executor.execute(document, {"n": 3})
    theirs = await make_schema().execute(document, {"n": 3})

    assert ours.data == theirs.data


async def test_an_error_with_a_code_is_told_as_it_is(executor, faults):
    result = await executor.execute("{ thing { refused } }")

    assert result.data == {"thing": {"refused": None}}
    assert result.errors == [
        {
            "message": "Not for you.",
            "locations": [{"line": 1, "column": 11}],
            "path": ["thing", "refused"],
            "extensions": {"code": "FORBIDDEN"},
        }
    ]
    assert faults == []


@pytest.mark.parametrize("field", ["crash", "uncoded"])
async def test_any_other_error_is_masked_and_reported(executor, faults, field):
    result = await executor.execute(f"query Named {{ thing {{ {field} }} }}")

    assert result.errors == [
        {
            "message": MASKED_MESSAGE,
            "locations": [{"line": 1, "column": 23}],
            "path": ["thing", field],
            "extensions": {"code": "INTERNAL_SERVER_ERROR", "traceId": "trace-1"},
        }
    ]
    assert b"secret" not in result.to_bytes()
    assert [(str(fault.error), fault.trace_id, fault.operation_name, fault.path) for fault in faults] == [
        ("select * from secret", "trace-1", "Named", ("thing", field))
    ]


async def test_a_null_where_the_schema_promises_none_is_our_fault(executor):
    result = await executor.execute("{ thing { brokenPromise } hello }")

    assert (result.data, codes(result)) == ({"thing": None, "hello": "Hello, world!"}, ["INTERNAL_SERVER_ERROR"])


async def test_a_fault_in_every_item_is_reported_a_few_times_only(executor, faults):
    result = await executor.execute("{ things(count: 50) { crash } }")

    assert (len(result.errors), len(faults)) == (50, 10)


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        ("query($n: Int!) { things(count: $n) { name } }", {}),
        ("query($n: Int!) { things(count: $n) { name } }", {"n": "three"}),
        ("query($n: Int!) { things(count: $n) { name } }", {"n": 2**31}),
        ("query($s: Size!) { area(size: $s) }", {"s": {"width": 1, "height": 2}}),
        ("query($n: Int = 3) { things(count: $n) { name } }", {"n": None}),
    ],
)
async def test_a_variable_that_does_not_fit_is_the_callers_fault(executor, faults, document, variables):
    result = await executor.execute(document, variables)

    assert (codes(result), faults) == (["BAD_USER_INPUT"], [])


async def test_the_errors_of_variables_are_bounded(executor):
    wrong = {f"v{at}": "x" for at in range(60)}
    declared = " ".join(f"${name}: Int" for name in wrong)
    used = " ".join(f"{name}: things(count: ${name}) {{ name }}" for name in wrong)

    result = await executor.execute(f"query({declared}) {{ {used} }}", wrong)

    assert len(result.errors) == 21


async def test_a_variable_nested_without_end_is_refused(executor):
    size: dict[str, Any] = {"width": 1}
    for _ in range(900):
        size = {"width": 1, "inner": size}

    result = await executor.execute("query($s: Size!) { area(size: $s) }", {"s": size})

    assert (result.executed, codes(result)) == (False, ["BAD_USER_INPUT"])


async def test_a_refused_request_has_no_data(executor):
    result = await executor.execute("{ nope }")

    assert result.executed is False
    assert b'"data"' not in result.to_bytes()


async def test_a_subscription_answers_each_event(executor):
    results = await collected(executor, "subscription { things { name thing { name } } }")

    assert [result.data for result in results] == [
        {"things": {"name": name, "thing": {"name": name}}} for name in ("first", "second")
    ]


async def test_a_crash_in_the_source_is_masked_and_ends_the_subscription(executor, faults):
    first, last = await collected(executor, "subscription { crashAfterOne }")

    assert first.data == {"crashAfterOne": 1}
    assert (codes(last), len(faults)) == (["INTERNAL_SERVER_ERROR"], 1)


async def test_an_error_with_a_code_in_the_source_is_told_as_it_is(executor, faults):
    [result] = await collected(executor, "subscription { refused }")

    assert ([error["message"] for error in result.errors], faults) == (["Not for you."], [])


async def test_closing_a_subscription_closes_its_source(executor):
    context = Context()
    results = await executor.subscribe("subscription { count(to: 100) }", context=context)

    async with aclosing(results):
        first = await anext(results)

    assert (first.data, context.events_open) == ({"count": 1}, 0)


async def test_canceling_a_subscription_closes_its_source(executor):
    context = Context()
    results = await executor.subscribe("subscription { count(to: 100, pause: 30) }", context=context)
    waiting = asyncio.ensure_future(anext(results))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert context.events_open == 1

    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    assert context.events_open == 0


async def test_a_query_streams_its_one_answer(executor):
    results = await collected(executor, "{ hello }")

    assert [result.data for result in results] == [{"hello": "Hello, world!"}]


async def test_a_refused_subscription_is_a_result_not_a_stream(executor):
    result = await executor.subscribe("subscription { nope }")

    assert isinstance(result, Result)
    assert codes(result) == ["GRAPHQL_VALIDATION_FAILED"]


COUNTED = "query Counted($count: Int!, $name: String) { things(count: $count) { name } hello(name: $name) }"


def test_what_is_asked_with_the_same_values_is_found_out_once(executor):
    variables = {"count": 2, "name": "you"}

    _, first, second = [executor.admit(COUNTED, dict(variables)) for _ in range(3)]

    assert first is second
    assert first.variables.coerced == variables
    assert executor.admit(COUNTED, {"count": 3, "name": "you"}).variables.coerced["count"] == 3


def test_values_that_are_only_equal_are_not_the_same(executor):
    for _ in range(3):
        assert executor.admit(COUNTED, {"count": 1}).variables.coerced == {"count": 1}
        with pytest.raises(RequestRefused):
            executor.admit(COUNTED, {"count": True})


def test_few_values_are_remembered(executor):
    admitted = [executor.admit(COUNTED, {"count": number}) for number in range(200)]

    again = [executor.admit(COUNTED, {"count": number}) for number in range(200)]

    assert [one.cost for one in admitted] == [one.cost for one in again]
    assert sum(one is other for one, other in zip(admitted, again, strict=True)) <= 32
