"""Which answers are kept, and whom they are told apart by."""

from dataclasses import dataclass, field
from math import inf
from typing import Any

import pytest
import strawberry

from execution import AnswerKeeper, Executor, Result
from execution.answers import UNKNOWN
from execution.caching import CacheControl, CacheControlScope
from tests.execution.answers.making import Clock, SharedShelf, make_answers

FOR_ALL: Any = CacheControl(max_age=60)
FOR_ONE: Any = CacheControl(max_age=60, scope=CacheControlScope.PRIVATE)


@dataclass
class Context:
    """A guest, unless `audience` is None."""

    audience: str | None = "guests"
    reads: tuple[str, ...] = ("product_1",)
    sources: set[str] | None = None
    answered: list[str] = field(default_factory=list)

    def record_sources(self) -> set[str]:
        self.sources = set()
        return self.sources

    def read(self, what: str) -> None:
        self.answered.append(what)
        if self.sources is not None:
            self.sources.update(self.reads)


def public(info: strawberry.Info[Any, None], word: str = "word", count: int = 0) -> str:
    info.context.read("public")
    return f"{word} {count}"


def personal(info: strawberry.Info[Any, None]) -> str:
    info.context.read("personal")
    return "mine"


def fresh(info: strawberry.Info[Any, None]) -> str:
    info.context.read("fresh")
    return "fresh"


def broken(info: strawberry.Info[Any, None]) -> str | None:
    info.context.read("broken")
    raise ValueError


@strawberry.type
class Query:
    public: str = strawberry.field(resolver=public, directives=[FOR_ALL])
    personal: str = strawberry.field(resolver=personal, directives=[FOR_ONE])
    fresh: str = strawberry.field(resolver=fresh)
    broken: str | None = strawberry.field(resolver=broken, directives=[FOR_ALL])


@strawberry.type
class Mutation:
    change: str = strawberry.mutation(resolver=fresh, directives=[FOR_ALL])


@dataclass
class Shop:
    """A program of some release, which keeps answers."""

    keeper: AnswerKeeper
    executor: Executor
    answered: list[str] = field(default_factory=list)

    async def ask(self, text: str, variables: dict[str, Any] | None = None, **context: Any) -> Any:
        admitted = self.executor.admit(text, variables)
        asker = Context(**context, answered=self.answered)

        async def run() -> Result:
            return await self.executor.run(admitted, asker)

        return (await self.keeper.answer(admitted, asker, run)).to_bytes()


def make_shop(release: str = "one", shared: SharedShelf | None = None, clock: Clock | None = None) -> Shop:
    answers = make_answers(clock or Clock(), shared=shared)
    schema = strawberry.Schema(Query, Mutation)
    keeper = AnswerKeeper(
        answers,
        release=lambda: release,
        audience_of=lambda context: context.audience,
        right_until=lambda now: 1_010.0 if now < 1_010 else inf,
    )
    return Shop(keeper, Executor(schema))


@pytest.fixture
def shop() -> Shop:
    return make_shop()


async def test_what_the_schema_says_everybody_may_keep_is_made_once(shop: Shop):
    answers = [await shop.ask("{ public }") for _ in range(3)]

    assert answers == [b'{"data":{"public":"word 0"}}'] * 3
    assert shop.answered == ["public"]


@pytest.mark.parametrize(
    "text",
    ["{ personal }", "{ fresh }", "{ public personal }", "{ public fresh }", "{ broken }", "mutation { change }"],
)
async def test_everything_else_is_made_each_time(shop: Shop, text: str):
    first, second = await shop.ask(text), await shop.ask(text)

    assert first.partition(b"traceId")[0] == second.partition(b"traceId")[0]
    assert len(shop.answered) >= 2
    assert len(shop.answered) % 2 == 0


async def test_what_was_made_of_something_unknown_is_made_each_time(shop: Shop):
    for _ in range(2):
        await shop.ask("{ public }", reads=("product_1", UNKNOWN))

    assert shop.answered == ["public", "public"]


async def test_who_is_somebody_in_particular_is_answered_for_themselves(shop: Shop):
    await shop.ask("{ public }")
    await shop.ask("{ public }", audience=None)
    await shop.ask("{ public }", audience=None)

    assert shop.answered == ["public"] * 3


async def test_audiences_operations_and_variables_are_told_apart(shop: Shop):
    asked = "query($word: String!, $count: Int) { public(word: $word, count: $count) }"
    ways: list[tuple[str, dict[str, Any], str]] = [
        (asked, {"word": "a"}, "guests"),
        (asked, {"word": "b"}, "guests"),
        (asked, {"word": "a"}, "others"),
        (asked, {"word": "a", "count": 1}, "guests"),
        (asked + " ", {"word": "a"}, "guests"),
    ]
    for text, variables, audience in ways:
        await shop.ask(text, variables, audience=audience)

    assert len(shop.answered) == len(ways)
    await shop.ask(asked, {"count": 1, "word": "a"})
    await shop.ask(asked, {"word": "a", "unknown": 1})
    assert len(shop.answered) == len(ways)


async def test_releases_beside_each_other_do_not_read_each_others_answers():
    shared = SharedShelf()
    old, same, new = make_shop("old", shared), make_shop("old", shared), make_shop("new", shared)
    for _ in range(2):
        await old.ask("{ public }")

    for shop in (same, new):
        await shop.ask("{ public }")

    assert (same.answered, new.answered) == ([], ["public"])


async def test_no_answer_outlives_a_moment_at_which_something_changes_by_itself():
    clock = Clock(1_000.0)
    shop = make_shop(clock=clock)
    await shop.ask("{ public }")

    clock.seconds = 1_009.9
    await shop.ask("{ public }")
    assert len(shop.answered) == 1
    clock.seconds = 1_010.0
    await shop.ask("{ public }")
    assert len(shop.answered) == 2
    clock.seconds = 1_069.9
    await shop.ask("{ public }")
    assert len(shop.answered) == 2
