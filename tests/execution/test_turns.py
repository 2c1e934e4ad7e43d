"""Big answers are made in parts: whole, in order, and with turns for others in between."""

import asyncio
import itertools
from collections.abc import Callable
from typing import Any, cast

import pytest
import strawberry
from graphql import build_client_schema, get_introspection_query

import server.web  # noqa: F401 - makes the schema know @inContext
from execution import Executor, Limits
from execution.compiled.run import PART_CALLS
from execution.turns import PART_VALUES, Entrance, Turns
from schema.root import schema as shop


@strawberry.type
class Item:
    number: int

    @strawberry.field
    def next(self) -> "Item":
        return Item(number=self.number + 1)

    @strawberry.field
    def crash(self) -> int:
        raise ZeroDivisionError


@strawberry.type
class Query:
    @strawberry.field
    def items(self, count: int) -> list[Item]:
        return [Item(number=at) for at in range(count)]


SCHEMA = strawberry.Schema(Query)
ITEMS = "query($count: Int!) { items(count: $count) { number next { number } } }"


async def turns_of_others_beside(executor: Executor, count: int) -> tuple[int, Any]:
    """How often somebody else ran while the answer was made, and the answer."""
    answering = asyncio.create_task(executor.execute(ITEMS, {"count": count}))
    turns = -1
    while not answering.done():
        turns += 1
        await asyncio.sleep(0)
    return turns, await answering


async def test_a_big_answer_is_made_in_parts_and_is_whole():
    turns, answer = await turns_of_others_beside(Executor(SCHEMA), 6_000)

    assert answer.data == {"items": [{"number": at, "next": {"number": at + 1}} for at in range(6_000)]}
    assert turns >= 18_000 // PART_VALUES - 1


async def test_a_big_answer_of_a_plan_is_made_in_parts_too():
    executor, how = compiling()
    await turns_of_others_beside(executor, 1)

    turns, answer = await turns_of_others_beside(executor, 6_000)

    assert how == ["first_use", "compiled"]
    assert answer.data == {"items": [{"number": at, "next": {"number": at + 1}} for at in range(6_000)]}
    assert turns >= 6_000 // PART_CALLS


async def test_a_bound_that_a_plan_meets_in_a_later_part_refuses_the_whole_answer():
    executor, how = compiling(limits=Limits(values=20_000))
    await executor.execute(ITEMS, {"count": 1})

    answer = await executor.execute(ITEMS, {"count": 6_000})

    assert how == ["first_use", "unusual"]
    assert (answer.data, answer.code) == (None, "COST_LIMIT_EXCEEDED")


def compiling(**options: Any) -> tuple[Executor, list[str]]:
    """An executor, and how it ran what it was asked."""
    how: list[str] = []
    return Executor(SCHEMA, on_execution=how.append, **options), how


async def test_a_small_answer_is_made_in_one_go():
    turns, answer = await turns_of_others_beside(Executor(SCHEMA), PART_VALUES // 4)

    assert not answer.errors
    assert turns <= 3


async def test_a_bound_that_is_met_in_a_later_part_refuses_the_whole_answer():
    executor = Executor(SCHEMA, limits=Limits(values=20_000))

    answer = await executor.execute(ITEMS, {"count": 6_000})

    assert (answer.data, answer.code) == (None, "COST_LIMIT_EXCEEDED")


async def test_an_error_in_a_later_part_leaves_nothing_behind():
    executor = Executor(SCHEMA)

    answer = await executor.execute("{ items(count: 5000) { number next { number } crash } }")

    assert (answer.data, answer.code) == (None, "INTERNAL_SERVER_ERROR")


async def test_many_big_answers_take_turns():
    executor = Executor(SCHEMA)

    answers = await asyncio.gather(*(turns_of_others_beside(executor, 3_000) for _ in range(5)))

    assert [len(answer.data["items"]) for _, answer in answers] == [3_000] * 5


def test_turns_begin_anew_in_another_loop():
    """Those who waited in a loop that has ended are forgotten."""
    turns = Turns()

    async def leave() -> None:
        waiting = asyncio.create_task(turns.come(1))
        await asyncio.sleep(0)
        waiting.cancel()

    asyncio.run(leave())
    asyncio.run(asyncio.wait_for(turns.come(1), 10))

    assert turns.number >= 1


async def come(entrance: Entrance) -> None:
    turn = entrance.turn()
    if turn is not None:
        await turn


async def test_what_has_begun_goes_on_before_others_begin():
    entrance, began = Entrance(slow_clock()), list[int]()

    async def flood(number: int) -> None:
        await come(entrance)
        began.append(number)

    async def ask() -> int:
        await come(entrance)
        for _ in range(3):
            await asyncio.sleep(0)
        return len(began)

    asking = asyncio.create_task(ask())
    flooding = [asyncio.create_task(flood(number)) for number in range(50)]

    assert await asking < 10
    await asyncio.gather(*flooding)
    assert began == list(range(50))


async def test_those_whose_beginning_takes_no_time_begin_together():
    entrance, began = Entrance(lambda: 0.0), list[int]()

    async def begin(number: int) -> None:
        await come(entrance)
        began.append(number)

    beginning = [asyncio.create_task(begin(number)) for number in range(50)]
    await asyncio.sleep(0)

    assert began == list(range(50))
    await asyncio.gather(*beginning)


def slow_clock() -> Callable[[], float]:
    """It is looked at once for each who begins, which takes ten milliseconds."""
    return itertools.count(step=0.01).__next__


async def test_who_leaves_before_their_turn_keeps_nobody_from_it():
    entrance = Entrance(slow_clock())
    waiting = [asyncio.create_task(come(entrance)) for _ in range(5)]
    await asyncio.sleep(0)
    for each in waiting[1:4]:
        each.cancel()

    async with asyncio.timeout(10):
        await waiting[4]
        await come(entrance)

    assert [each.cancelled() for each in waiting] == [False, True, True, True, False]


def test_the_entrance_opens_anew_in_another_loop():
    entrance = Entrance()

    for _ in range(2):
        asyncio.run(asyncio.wait_for(come(entrance), 10))


@pytest.mark.parametrize("with_all", [False, True])
async def test_editors_and_generators_are_told_the_whole_schema(with_all: bool):
    query = get_introspection_query(
        specified_by_url=with_all,
        directive_is_repeatable=with_all,
        schema_description=with_all,
        input_value_deprecation=with_all,
    )

    answer = await Executor(shop).execute(query)

    assert not answer.errors
    assert answer.data is not None
    assert set(build_client_schema(cast(Any, answer.data)).type_map) == set(Executor(shop).schema.type_map)


async def test_what_they_are_told_is_the_same_when_they_ask_again_and_made_no_more():
    made: list[str] = []
    executor = Executor(shop, on_execution=made.append)
    queries = [get_introspection_query().replace("IntrospectionQuery", f"Q{at}") for at in range(6)]

    answers = [(await executor.execute(query)).to_bytes() for query in queries for _ in range(3)]

    assert set(answers) == {answers[0]}
    assert len(answers[0]) > 500_000
    assert len(made) == 2 * len(queries)
    assert len(executor._schema_answers) < len(queries)


async def test_what_they_ask_with_other_variables_is_not_taken_for_the_same():
    executor = Executor(shop)
    query = "query($all: Boolean!) { __schema { types { name fields @include(if: $all) { name } } } }"

    answers = [(await executor.execute(query, {"all": each})).to_bytes() for each in (True, False, True)]

    assert answers[0] == answers[2] != answers[1]


@pytest.mark.parametrize(
    ("document", "alone"),
    [
        ("{ __schema { queryType { name } } }", True),
        ('{ __typename ... { ...F } } fragment F on Query { __type(name: "Item") { name } }', True),
        ("{ __schema { queryType { name } } items(count: 1) { number } }", False),
        ("{ ...F } fragment F on Query { items(count: 1) { number } }", False),
    ],
)
async def test_the_schema_alone_may_be_told_at_more_length(document: str, alone: bool):
    executor = Executor(SCHEMA, limits=Limits(values=1, schema_values=100))

    answer = await executor.execute(document)

    assert (answer.code is None) is alone
