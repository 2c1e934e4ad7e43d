"""What was built of lasting objects is shown again exactly as long as it would be built the same."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution import Executor, Limits
from execution.compiled.again import Asked, Shelf, Shown
from execution.compiled.lasting import SELDOM, TRIALS, Lasting
from execution.compiled.selections import Selection
from tests.execution.compiled.goods import Good, Price, World, make_executor

CARD = """
query($first: Int) {
  goods { id name maker { name } price { amount } parts(first: $first) { id price { amount } tags } }
}
"""


@pytest.fixture
def world() -> World:
    cable = Good("cable", "Cable")
    lamp, chair = Good("lamp", "Lamp", (cable, Good("bulb", "Bulb"))), Good("chair", "Chair")
    return World([lamp, chair], {"lamp": Price(30), "cable": Price(5), "chair": Price(80)})


@pytest.fixture
def executor() -> Executor:
    return make_executor()


async def asked(executor: Executor, world: World, document: str = CARD, **variables: Any) -> Any:
    """The answer, which is that of graphql-core, and what was called for it."""
    expected = await make_executor(compiled=False).execute(document, variables, context=world)
    world.calls.clear()
    result = await executor.execute(document, variables, context=world)
    assert result.to_bytes() == expected.to_bytes()
    return result.data, list(world.calls)


async def prepared(executor: Executor, world: World, document: str = CARD, **variables: Any) -> None:
    """Compiled at the second time, by when what is shown is remembered."""
    for _ in range(2):
        await asked(executor, world, document, **variables)


async def test_no_resolver_is_called_again_while_all_is_the_same(executor, world):
    await prepared(executor, world)

    data, calls = await asked(executor, world)

    assert [good["price"] for good in data["goods"]] == [{"amount": 30}, {"amount": 80}]
    assert calls == []


async def test_what_rests_on_something_new_is_built_anew(executor, world):
    await prepared(executor, world)
    world.prices["cable"] = Price(6)

    data, calls = await asked(executor, world)

    assert data["goods"][0]["parts"][0]["price"] == {"amount": 6}
    assert calls.count("price") == 3, "of the lamp and its parts, and not of the chair"


async def test_what_was_not_there_is_looked_for_again(executor, world):
    del world.prices["chair"]
    await prepared(executor, world)
    world.prices["chair"] = Price(90)

    data, _ = await asked(executor, world)

    assert data["goods"][1]["price"] == {"amount": 90}


async def test_a_new_object_is_built(executor, world):
    await prepared(executor, world)
    world.goods[1] = Good("chair", "Big chair")

    data, _ = await asked(executor, world)

    assert data["goods"][1]["name"] == "Big chair"


async def test_grounds_that_have_to_look_it_up_are_waited_for_once(executor, world):
    await prepared(executor, world)
    world.is_slow = True

    _, calls = await asked(executor, world)

    assert calls == ["read 4"]


async def test_where_a_ground_fails_the_resolvers_say_what_it_comes_to(executor, world):
    await prepared(executor, world)
    world.is_slow = world.is_down = True

    data, calls = await asked(executor, world)

    assert data["goods"][0]["price"] is None
    assert "price" in calls


async def test_other_arguments_show_something_else(executor, world):
    await prepared(executor, world)

    data, _ = await asked(executor, world, first=1)

    assert [part["id"] for part in data["goods"][0]["parts"]] == ["cable"]


async def test_fields_that_do_not_say_what_they_rest_on_are_resolved_each_time(executor, world):
    document = "{ goods { mood price { amount } parts { mood } } }"
    await prepared(executor, world, document)

    _, calls = await asked(executor, world, document)

    assert calls == ["mood"] * 4, "of both goods, and of the lamp's parts"


async def test_what_is_shown_to_one_audience_is_kept_apart_from_what_is_shown_to_another(executor, world):
    await prepared(executor, world)
    world.audience, world.words = "abroad", "de"
    await prepared(executor, world)
    world.audience, world.words = None, "en"

    _, calls = await asked(executor, world)

    assert calls == []


async def test_mutations_resolve_everything(executor, world):
    document = "mutation { goods { price { amount } } }"
    await prepared(executor, world, document)

    _, calls = await asked(executor, world, document)

    assert calls.count("price") == 2


async def test_what_is_shown_again_counts_against_the_limit_as_before(world):
    document = "{ goods { name tags maker { name } price { amount } parts { id tags } } }"
    sizes = range(10, 45)

    for size in sizes:
        executor = make_executor(limits=Limits(values=size))
        results = [await executor.execute(document, context=world) for _ in range(4)]
        assert len({result.to_bytes() for result in results}) == 1

    assert results[0].errors == ()


STEPS = ("ask", "few", "price", "gone", "words", "rename", "break", "slow", "abroad")


@given(st.lists(st.sampled_from(STEPS), max_size=30))
async def test_answers_are_those_of_graphql_core_whatever_changes_between_them(steps):
    cable = Good("cable", "Cable")
    world = World([Good("lamp", "Lamp", (cable, cable)), Good("chair", "Chair")], {"lamp": Price(1)})
    executor = make_executor()
    document = CARD.replace("maker", "tags maker")

    for number, step in enumerate(["ask", "ask", *steps]):
        if step == "price":
            world.prices["cable"] = Price(number)
        elif step == "gone":
            world.prices.pop("cable", None)
        elif step == "words":
            world.words = f"language {number}"
        elif step == "rename":
            world.goods[0] = Good("lamp", f"Lamp {number}", (cable,))
        elif step == "break":
            world.goods[0] = replace(world.goods[0], is_broken=not world.goods[0].is_broken)
        elif step == "slow":
            world.is_slow = not world.is_slow
        elif step == "abroad":
            world.audience = None if world.audience else "abroad"
        await asked(executor, world, document, **({"first": 1} if step == "few" else {}))


def shown_on(shelf: Shelf, source: Good, size: int) -> Asked:
    asked = Asked(LASTING, [{}], [source], ())
    shelf.put(asked, Shown(source, (), (), {}, size))
    return asked


LASTING = Lasting(Selection(None, None), [], frozenset())  # type: ignore[arg-type] # a selection of nothing


def test_the_shelf_forgets_what_was_not_looked_for_longest():
    shelf = Shelf(max_values=100)
    first, second = (shown_on(shelf, Good(str(number), ""), 30) for number in range(2))
    assert shelf.of(first) != [None]

    third = shown_on(shelf, Good("3", ""), 30)

    assert [shelf.of(asked) != [None] for asked in (first, second, third)] == [True, False, True]


def test_what_is_put_twice_takes_its_room_once():
    shelf = Shelf(max_values=100)
    lamp = Good("lamp", "Lamp")

    for _ in range(5):
        asked = shown_on(shelf, lamp, 50)

    assert len(shelf) == 1
    assert shelf.of(asked) != [None]


def test_what_is_never_shown_again_is_seldom_remembered():
    selection = Lasting(Selection(None, None), [], frozenset())  # type: ignore[arg-type] # a selection of nothing
    for _ in range(TRIALS // 20):
        assert selection.is_worth_remembering(20)

    worth = [selection.is_worth_remembering(20) for _ in range(SELDOM)]

    assert worth.count(True) == 1
    selection.note_shown_again(20)
    assert selection.is_worth_remembering(20)
