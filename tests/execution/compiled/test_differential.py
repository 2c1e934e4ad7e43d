"""Random operations, answered by graphql-core and by compiled plans: no difference, whatever goes wrong.

`PROPERTIES=nightly` compares a million of them.
"""

import os
from collections import Counter
from random import Random
from typing import Any

import pytest

from tests.execution.compiled.compared import Pair, essence, exactly
from tests.execution.compiled.nasty import State, nasty_schema
from tests.execution.compiled.operations import Writer

IS_NIGHTLY = os.environ.get("PROPERTIES") == "nightly"
SHARDS = 400 if IS_NIGHTLY else 8
OPERATIONS = 2_500
HARM = (0, 0, 2, 10, 30)

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
