"""One computation at a time, and none that is known to be out of date."""

import asyncio

import pytest

from execution.answers.history import History
from tests.execution.answers.making import Clock, SharedShelf, make_answers, make_maker


async def test_who_asks_the_same_is_given_what_was_made_before():
    maker = make_maker()

    assert [await maker.ask(), await maker.ask(), await maker.ask("other")] == ["old"] * 3
    assert len(maker.made) == 2


async def test_an_answer_ends_when_it_said():
    clock = Clock()
    maker = make_maker(make_answers(clock), clock)
    await maker.ask()
    maker.value = "new"

    clock.seconds += 59.9
    assert await maker.ask() == "old"
    clock.seconds += 0.1
    assert await maker.ask() == "new"


async def test_a_change_of_a_source_ends_what_was_made_of_it_and_nothing_else():
    answers = make_answers()
    product, other = make_maker(answers), make_maker(answers, sources=("product_2", "store"))
    await product.ask("first")
    await other.ask("second")
    product.value = other.value = "new"

    answers.saw(11, ["product_1"])

    assert await product.ask("first") == "new"
    assert await other.ask("second") == "old"


async def test_many_who_ask_at_once_have_it_made_once():
    maker = make_maker(gate=asyncio.Event())
    asked = [asyncio.create_task(maker.ask()) for _ in range(50)]
    await maker.began.wait()
    assert maker.gate is not None
    maker.gate.set()

    assert await asyncio.gather(*asked) == ["old"] * 50
    assert len(maker.made) == 1
    assert maker.answers.figures.hits["waited"] == 49


async def test_what_was_begun_before_a_change_is_not_kept_after_it():
    gate = asyncio.Event()
    maker = make_maker(gate=gate)
    first = asyncio.create_task(maker.ask())
    await maker.began.wait()
    maker.value, maker.gate = "new", None

    maker.answers.saw(11, ["product_1"])
    gate.set()

    assert await first == "old"
    assert await maker.ask() == "new"
    assert maker.answers.figures.overtaken == 1


async def test_who_comes_after_a_change_is_never_given_what_was_begun_before_it():
    gate = asyncio.Event()
    maker = make_maker(gate=gate)
    first = asyncio.create_task(maker.ask())
    await maker.began.wait()
    maker.value, maker.gate = "new", None
    maker.answers.saw(11, ["product_1"])
    second = asyncio.create_task(maker.ask())
    await asyncio.sleep(0)

    gate.set()

    assert [await first, await second, await maker.ask()] == ["old", "new", "new"]


async def test_a_change_of_something_else_leaves_what_is_being_made():
    gate = asyncio.Event()
    maker = make_maker(gate=gate)
    first = asyncio.create_task(maker.ask())
    await maker.began.wait()
    maker.value = "new"

    maker.answers.saw(11, ["product_2"])
    gate.set()

    assert [await first, await maker.ask()] == ["old", "old"]


async def test_who_waits_is_answered_though_whoever_began_gives_up():
    gate = asyncio.Event()
    maker = make_maker(gate=gate)
    first = asyncio.create_task(maker.ask())
    await maker.began.wait()
    second = asyncio.create_task(maker.ask())
    await asyncio.sleep(0)

    first.cancel()
    gate.set()

    assert await second == "old"
    assert len(maker.made) == 1
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_who_waits_for_what_fails_makes_their_own():
    gate = asyncio.Event()
    maker = make_maker(gate=gate, fails=True)
    failing = asyncio.create_task(maker.ask())
    await maker.began.wait()
    waiting = asyncio.create_task(maker.ask())
    await asyncio.sleep(0)
    gate.set()
    with pytest.raises(ZeroDivisionError):
        await failing

    with pytest.raises(ZeroDivisionError):
        await waiting
    assert len(maker.made) == 2


async def test_what_is_not_to_be_kept_is_made_for_each():
    gate = asyncio.Event()
    maker = make_maker(gate=gate, is_kept=False)
    asked = [asyncio.create_task(maker.ask()) for _ in range(3)]
    await maker.began.wait()
    gate.set()

    assert await asyncio.gather(*asked) == ["old"] * 3
    assert len(maker.made) == 3
    assert maker.answers.count == 0


async def test_nothing_is_kept_nor_given_while_changes_are_not_seen():
    maker = make_maker(make_answers())
    await maker.ask()

    maker.answers.stop_seeing()
    maker.value = "new"

    assert [await maker.ask(), await maker.ask()] == ["new", "new"]
    assert (maker.answers.count, len(maker.made)) == (0, 3)
    maker.answers.saw(11)
    assert await maker.ask() == "new"
    assert maker.answers.count == 1


async def test_whoever_sees_nothing_for_too_long_is_blind():
    maker = make_maker(make_answers(blind_seconds=0.0))

    await maker.ask()

    assert maker.answers.count == 0
    assert maker.answers.figures.bypasses["blind"] == 1


async def test_what_is_out_of_date_may_be_given_for_a_while_and_is_made_anew_meanwhile():
    clock = Clock()
    maker = make_maker(make_answers(clock, stale_seconds=5), clock)
    await maker.ask()
    maker.value = "new"
    maker.answers.saw(11, ["product_1"])

    assert await maker.ask() == "old"
    assert await maker.ask() == "new"


async def test_what_is_out_of_date_for_too_long_is_given_to_nobody():
    clock = Clock()
    maker = make_maker(make_answers(clock, stale_seconds=5), clock)
    await maker.ask()
    maker.value = "new"
    maker.answers.saw(11, ["product_1"])
    clock.seconds += 5

    assert await maker.ask() == "new"


async def test_what_has_expired_may_be_given_for_a_while_as_well():
    clock = Clock()
    maker = make_maker(make_answers(clock, stale_seconds=5), clock)
    await maker.ask()
    maker.value = "new"
    clock.seconds += 64.9

    assert [await maker.ask(), await maker.ask()] == ["old", "new"]


async def test_the_answers_used_longest_ago_make_room():
    maker = make_maker(make_answers(max_bytes=4_000))
    for name in ("first", "second", "third", "first", "fourth"):
        await maker.ask(name)

    made = len(maker.made)
    await maker.ask("first")
    assert len(maker.made) == made
    await maker.ask("second")
    assert len(maker.made) == made + 1
    assert maker.answers.size_bytes <= 4_000


async def test_an_answer_that_is_too_big_is_not_kept():
    maker = make_maker(make_answers(max_answer_bytes=10))

    await maker.ask()

    assert maker.answers.count == 0
    assert maker.answers.figures.bypasses["too big"] == 1


async def test_processes_share_what_is_asked_for_again():
    clock, shared = Clock(), SharedShelf()
    here = make_maker(make_answers(clock, shared=shared), clock)
    there = make_maker(make_answers(clock, shared=shared), clock, value="other")
    await here.ask("once")
    await here.ask()
    await here.ask()

    assert await there.ask() == "old"
    assert there.made == []
    assert await there.ask("once") == "other"


async def test_a_shared_answer_is_judged_by_the_changes_that_were_seen_here():
    clock, shared = Clock(), SharedShelf()
    here = make_maker(make_answers(clock, shared=shared), clock)
    there = make_maker(make_answers(clock, shared=shared), clock, value="new")
    await here.ask()
    await here.ask()

    there.answers.saw(11, ["product_1"])

    assert await there.ask() == "new"


async def test_what_is_shared_is_shared_anew_as_soon_as_it_is_made_anew():
    clock, shared = Clock(), SharedShelf()
    here = make_maker(make_answers(clock, shared=shared), clock)
    there = make_maker(make_answers(clock, shared=shared), clock, value="other")
    await here.ask()
    await here.ask()
    for maker in (here, there):
        maker.answers.saw(11, ["product_1"])
    here.value = "new"
    await here.ask()

    assert await there.ask() == "new"


async def test_a_process_trusts_no_shared_answer_from_before_what_it_knows_of():
    clock, shared = Clock(), SharedShelf()
    here = make_maker(make_answers(clock, shared=shared, moment=10), clock)
    await here.ask()
    await here.ask()

    late = make_maker(make_answers(clock, shared=shared, moment=12), clock, value="new")

    assert await late.ask() == "new"


async def test_a_shared_answer_has_no_longer_life_than_where_it_was_made():
    clock, shared = Clock(), SharedShelf()
    here = make_maker(make_answers(clock, shared=shared), clock)
    there = make_maker(make_answers(clock, shared=shared), clock, value="new")
    await here.ask()
    await here.ask()

    clock.seconds += 60

    assert await there.ask() == "new"


async def test_shared_bytes_that_are_no_answer_are_ignored():
    clock, shared = Clock(), SharedShelf({"name": b"[]\nnonsense"})
    maker = make_maker(make_answers(clock, shared=shared), clock)

    assert await maker.ask() == "old"


def test_what_is_forgotten_of_the_past_passes_for_changed():
    history = History(max_sources=2)

    for moment, source in enumerate(["first", "second", "third"], start=1):
        history.note([source], moment)

    assert history.is_right(["third"], 3)
    assert history.is_right(["other"], 1)
    assert not history.is_right(["other"], 0)
    assert not history.is_right(["second"], 1)
