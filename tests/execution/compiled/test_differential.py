"""Random operations, answered by graphql-core and by compiled plans: no difference, whatever goes wrong.

`PROPERTIES=nightly` compares a million of them.
"""

import os
from collections import Counter
from random import Random
from typing import Any

import pytest

from tests.execution.compiled.compared import Pair, essence, exactly
from tests.execution.compiled.goods import Good, Price, World, make_executor
from tests.execution.compiled.nasty import State, nasty_schema
from tests.execution.compiled.operations import Writer

IS_NIGHTLY = os.environ.get("PROPERTIES") == "nightly"
SHARDS = 400 if IS_NIGHTLY else 8
OPERATIONS = 2_500
HARM = (0, 0, 2, 10, 30)
PAGES = 250
RUNS = 8
"""Of each page, from when its document is new to when what it shows is shown again."""
GOODS = ("bulb", "cable", "chair", "lamp")

pytestmark = [
    # graphql-core leaves coroutines behind when an error spreads from beside them
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.timeout(3_600 if IS_NIGHTLY else 600),
]


@pytest.fixture(scope="module")
def pair() -> Pair:
    return Pair.of(nasty_schema())


def written(pair: Pair, random: Random) -> tuple[str, str, dict[str, Any]]:
    kind = "mutation" if random.random() < 0.2 else "query"
    writer = Writer(pair.core.schema, random, fields=10)
    return kind, writer.operation(kind), writer.variables


@pytest.mark.parametrize("shard", range(SHARDS))
async def test_compiled_answers_are_those_of_graphql_core(pair, shard):
    how: Counter[str] = Counter()
    for seed in range(shard * OPERATIONS, (shard + 1) * OPERATIONS):
        random = Random(seed)
        kind, text, variables = written(pair, random)
        harm, pauses = random.choice(HARM), random.random() < 0.3
        admitted = pair.admitted(pair.operation(text), variables)

        expected, actual, theirs, ours = await pair.answers(admitted, lambda: State(seed, harm, pauses=pauses))  # noqa: B023 - called before the next turn

        seen = essence if pauses else exactly
        assert seen(actual) == seen(expected), (seed, text, variables)
        if kind == "mutation" and not expected.errors:
            assert sorted(ours.calls) == sorted(theirs.calls), (seed, text, variables)
        how[pair.how[-1]] += 1
    assert how["compiled"] > OPERATIONS // 4
    assert how["unusual"] > OPERATIONS // 10


def make_world() -> World:
    cable = Good("cable", "Cable")
    lamp = Good("lamp", "Lamp", (cable, Good("bulb", "Bulb", (cable,))))
    return World([lamp, Good("chair", "Chair"), lamp], {each: Price(5) for each in GOODS})


def change(world: World, random: Random) -> None:
    """What happens between two requests, if anything."""
    number = random.randrange(100)
    match random.randrange(12):
        case 0:
            world.prices[random.choice(GOODS)] = Price(number)
        case 1:
            world.prices.pop(random.choice(GOODS), None)
        case 2:
            world.words = f"language {number}"
        case 3:
            world.goods[0] = Good("lamp", f"Lamp {number}", world.goods[0].parts, is_broken=number < 30)
        case 4:
            world.audience = random.choice((None, "abroad"))
        case 5:
            world.is_slow = not world.is_slow


def varied(variables: dict[str, Any], random: Random) -> dict[str, Any]:
    """The same variables, some with other values."""

    def other(value: Any) -> Any:
        if isinstance(value, bool):
            return random.random() < 0.5
        return random.randrange(5) if isinstance(value, int) else value

    return {name: other(value) if random.random() < 0.3 else value for name, value in variables.items()}


@pytest.mark.parametrize("shard", range(SHARDS // 8))
async def test_pages_that_are_asked_for_again_are_answered_as_by_graphql_core(shard):
    """Whole requests, with what is kept between them: documents, variables, arguments and what was shown of objects."""
    how: Counter[str] = Counter()
    calls: Counter[str] = Counter()
    core, compiled = make_executor(compiled=False), make_executor(on_execution=lambda word: how.update((word,)))
    for seed in range(shard * PAGES, (shard + 1) * PAGES):
        random = Random(seed)
        writer = Writer(core.schema, random, fields=10)
        text = writer.operation()
        world = make_world()
        for _ in range(RUNS):
            variables = varied(writer.variables, random)

            expected = await core.execute(text, variables, context=world)
            calls["core"] += len(world.calls)
            world.calls.clear()
            actual = await compiled.execute(text, variables, context=world)
            calls["compiled"] += len(world.calls)
            world.calls.clear()

            assert exactly(actual) == exactly(expected), (seed, text, variables)
            change(world, random)
    assert how["compiled"] > PAGES * RUNS // 4
    assert how["unusual"] > PAGES // 10
    assert calls["compiled"] < calls["core"] * 0.8, "what has not changed is shown again"


async def test_random_operations_are_valid(pair):
    for seed in range(200):
        _, text, variables = written(pair, Random(seed))

        document = pair.core.documents.admit(text)

        pair.core.operation_of(document, variables)


async def test_nothing_is_resolved_twice_when_graphql_core_takes_over(pair):
    for seed in range(1_000):
        _, text, variables = written(pair, Random(seed))
        admitted = pair.admitted(pair.operation(text), variables)

        _, _, theirs, ours = await pair.answers(admitted, lambda: State(seed, 10))  # noqa: B023 - called before the next turn

        most = Counter(theirs.calls)
        again = {call for call, times in Counter(ours.calls).items() if times > max(most[call], 1)}
        assert again == set(), (seed, text, variables)
