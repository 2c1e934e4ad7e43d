"""When the worker runs a job: at its times, on news, at once while there is more, and again after trouble."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest
from prometheus_client import CollectorRegistry

from server import worker
from server.wiring import Parts
from server.worker import Job, repeat
from server.worker_watch import JobWatch
from tests.fakes.news import LocalNews

NEVER = 3_600.0


class Work:
    """What a job does, which is counted; `act` is told how often it ran, and says whether there is more."""

    def __init__(self, act: Callable[[int], Awaitable[bool]]) -> None:
        self._act = act
        self.times = 0
        self._ran = asyncio.Condition()

    async def run(self, _parts: Parts) -> bool:
        self.times += 1
        async with self._ran:
            self._ran.notify_all()
        return await self._act(self.times)

    async def has_run(self, times: int) -> None:
        async with asyncio.timeout(10), self._ran:
            await self._ran.wait_for(lambda: self.times >= times)


async def nothing_more(_times: int) -> bool:
    return False


@asynccontextmanager
async def repeated(work: Work, news: LocalNews, **terms: Any) -> AsyncIterator[None]:
    """The job goes on while the block lasts, and has to end with it."""
    parts = cast("Parts", SimpleNamespace(news=news, traces=None))
    job = Job("sample", work.run, **{"every_seconds": NEVER, **terms})
    stop = asyncio.Event()
    task = asyncio.create_task(repeat(job, parts, stop, JobWatch(parts, CollectorRegistry())))
    try:
        yield
    finally:
        stop.set()
        async with asyncio.timeout(5):
            await task


async def test_it_runs_at_its_times():
    work = Work(nothing_more)

    async with repeated(work, LocalNews(), every_seconds=0.01):
        await work.has_run(3)


async def test_it_goes_on_at_once_while_there_is_more():
    async def more_twice(times: int) -> bool:
        return times < 3

    work = Work(more_twice)

    async with repeated(work, LocalNews()):
        await work.has_run(3)


async def test_news_wake_it():
    work, news = Work(nothing_more), LocalNews()

    async with repeated(work, news, topic="events"):
        await work.has_run(2)  # once by itself, and once because it has just begun to listen
        await news.tell("events")
        await work.has_run(3)


async def test_what_is_told_while_it_runs_is_not_missed():
    news = LocalNews()

    async def told_meanwhile(times: int) -> bool:
        if times == 3:
            await news.tell("events")
            await asyncio.sleep(0.05)
        return False

    work = Work(told_meanwhile)

    async with repeated(work, news, topic="events"):
        await work.has_run(2)
        await news.tell("events")
        await work.has_run(4)


async def test_news_that_come_together_are_gathered():
    work, news = Work(nothing_more), LocalNews()

    async with repeated(work, news, topic="events", gather_seconds=1.5):
        await work.has_run(2)
        for _ in range(20):
            await news.tell("events")
            await asyncio.sleep(0.001)
        before = work.times
        await work.has_run(3)
        await asyncio.sleep(0.1)

    assert (before, work.times) == (2, 3)


async def test_a_worker_that_stops_does_not_wait_for_more_news():
    work, news = Work(nothing_more), LocalNews()

    async with repeated(work, news, topic="events", gather_seconds=NEVER):
        await work.has_run(1)
        await news.tell("events")
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("trouble", [ConnectionError("away"), ValueError("a bug")])
async def test_after_trouble_it_is_tried_again(trouble: Exception, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(worker, "TROUBLE_SECONDS", 0.01)

    async def fails_first(times: int) -> bool:
        if times == 1:
            raise trouble
        return False

    work = Work(fails_first)

    async with repeated(work, LocalNews()):
        await work.has_run(2)
